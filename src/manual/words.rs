use crate::rules::schema::{AddEdit, CidrClass, Condition, Direction, Edit, Join, Ports, Scalar, SetEdit};

/// A line of a list, with its depth in it.
pub(super) struct Line {
    pub(super) depth: usize,
    pub(super) text: String,
}

/// Says a condition in words, a line for each question.
pub(super) fn condition(c: &Condition, depth: usize, lines: &mut Vec<Line>) {
    say(c, Sense::Is, depth, lines);
}

/// Says what an edit does.
pub(super) fn edit(edit: &Edit) -> String {
    match edit {
        Edit { set: Some(SetEdit { path, to }), .. } => format!("sets `{path}` to `{to}`"),
        Edit { add: Some(AddEdit { path, body }), .. } if body.is_empty() => format!("adds an empty `{path}`"),
        Edit { add: Some(AddEdit { path, body }), .. } => {
            let members: Vec<_> = body.iter().map(|(name, value)| format!("`{name}` as `{value}`")).collect();
            format!("adds `{path}` with {}, where there is none", members.join(" and "))
        }
        Edit { remove: Some(path), .. } if path == "." => "removes the element".to_owned(),
        Edit { remove, .. } => format!("removes `{}`", remove.as_deref().unwrap_or_default()),
    }
}

/// Whether a condition is said as it is or denied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sense {
    Is,
    IsNot,
}

impl Sense {
    fn pick(self, is: &'static str, is_not: &'static str) -> &'static str {
        if self == Self::Is { is } else { is_not }
    }

    fn denied(self) -> Self {
        if self == Self::Is { Self::IsNot } else { Self::Is }
    }
}

fn say(c: &Condition, sense: Sense, depth: usize, lines: &mut Vec<Line>) {
    let mut head = |text: String, inner: &[&Condition]| {
        lines.push(Line { depth, text });
        for inner in inner {
            say(inner, Sense::Is, depth + 1, lines);
        }
    };
    let below = c.where_.as_deref().into_iter().collect::<Vec<_>>();
    if let Some(inner) = &c.not {
        return say(inner, sense.denied(), depth, lines);
    }
    match (&c.all, &c.any) {
        (Some(list), _) | (_, Some(list)) if list.len() == 1 => {
            return list.iter().for_each(|only| say(only, sense, depth, lines));
        }
        (Some(all), _) => return head(sense.pick("all of these hold:", "not all of these hold:").into(), &refs(all)),
        (_, Some(any)) => return head(sense.pick("one of these holds:", "none of these holds:").into(), &refs(any)),
        (None, None) => {}
    }
    if let Some(list) = &c.some {
        head(format!("{} of `{list}` meets:", sense.pick("one", "none")), &below);
    } else if let Some(list) = &c.every {
        head(format!("{} of `{list}` meets:", sense.pick("each", "not each")), &below);
    } else if let Some(join) = &c.linked {
        let inner: Vec<_> = join.where_.as_deref().into_iter().collect();
        head(linked(join, sense, !inner.is_empty()), &inner);
    } else if let Some(exists) = &c.exists {
        let types = or(exists.types.iter());
        let inner: Vec<_> = exists.where_.as_deref().into_iter().collect();
        let colon = if inner.is_empty() { "" } else { " that meets:" };
        head(format!("there is {} {types} in the same configuration{colon}", article(&types, sense)), &inner);
    } else if let Some(range) = &c.ports {
        head(ports(range, sense), &[]);
    } else if let Some(fact) = &c.fact {
        head(format!("it is {} `{fact}`", sense.pick("known to be", "not known to be")), &[]);
    } else if let Some(version) = &c.provider_version {
        let is = sense.pick("is", "is not");
        head(format!("the version of the provider `{}` {is} below {}", version.name, version.below), &[]);
    } else if let Some(path) = &c.path {
        head(format!("`{path}` {}", tests(c, sense)), &[]);
    }
}

fn refs(list: &[Condition]) -> Vec<&Condition> {
    list.iter().collect()
}

fn linked(join: &Join, sense: Sense, is_asked: bool) -> String {
    let types = or(join.types.iter());
    let via = join.via.as_ref().map_or_else(String::new, |via| format!(" by `{via}`"));
    let colon = if is_asked { " that meets:" } else { "" };
    match join.direction {
        Direction::In => format!("{} {types} points to it{via}{colon}", article(&types, sense)),
        Direction::Out => format!("it points{via} to {} {types}{colon}", article(&types, sense)),
    }
}

fn ports(range: &Ports, sense: Sense) -> String {
    let covered = if range.cover.is_empty() { "all ports".to_owned() } else { or(range.cover.iter()) };
    format!("the ports from `{}` to `{}` {} {covered}", range.from, range.to, sense.pick("include", "do not include"))
}

/// The word before the name of a type.
fn article(types: &str, sense: Sense) -> &'static str {
    let is_vowel = types.trim_start_matches('`').starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']);
    sense.pick(if is_vowel { "an" } else { "a" }, "no")
}

/// Texts as `a`, `b` or `c`.
pub(super) fn or<T: ToString>(items: impl Iterator<Item = T>) -> String {
    let quoted: Vec<String> = items.map(|item| format!("`{}`", item.to_string().replace('`', "'"))).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// What a value is asked for.
fn tests(c: &Condition, sense: Sense) -> String {
    let all = positive(c);
    let default = match &c.default {
        Some(Scalar::Text(text)) if text.is_empty() => String::new(),
        Some(value) => format!(" (`{value}` where it is not set)"),
        None => String::new(),
    };
    if sense == Sense::Is {
        let said: Vec<_> = all.iter().map(|(is, _)| is.clone()).collect();
        return format!("{}{default}", said.join(" and "));
    }
    let or_unset = if c.default.is_none() && c.present.is_none() && c.empty.is_none() { ", or is not set" } else { "" };
    match &all[..] {
        [(_, is_not)] => format!("{is_not}{default}{or_unset}"),
        many => {
            let said: Vec<_> = many.iter().map(|(_, is_not)| is_not.clone()).collect();
            format!("{}{default}{or_unset}", said.join(" or "))
        }
    }
}

/// Each test, said and denied.
fn positive(c: &Condition) -> Vec<(String, String)> {
    let be = |what: String| (format!("is {what}"), format!("is not {what}"));
    let swap = |(is, is_not): (String, String), truth: bool| if truth { (is, is_not) } else { (is_not, is) };
    let verb = |does: &str, does_not: &str, what: String| (format!("{does} {what}"), format!("{does_not} {what}"));
    let mut all = Vec::new();
    all.extend(c.present.map(|truth| swap(("is set".into(), "is not set".into()), truth)));
    all.extend(c.empty.map(|truth| swap(be("empty or not set".into()), truth)));
    all.extend(c.equals.as_ref().map(|value| be(format!("`{value}`"))));
    all.extend(c.in_.as_ref().map(|values| be(or(values.iter()))));
    all.extend(c.matches.as_ref().map(|regex| verb("matches", "does not match", format!("`{regex}`"))));
    all.extend(c.below.map(|value| be(format!("below {value}"))));
    all.extend(c.above.map(|value| be(format!("above {value}"))));
    all.extend(c.cidr.map(|class| be(addresses(class).into())));
    all.extend(c.covers_port.as_ref().map(|ports| verb("covers", "does not cover", or(ports.iter()))));
    all.extend(c.covers_action.as_ref().map(|actions| verb("covers", "does not cover", or(actions.iter()))));
    all.extend(c.version_below.as_ref().map(|version| be(format!("a version below {version}"))));
    all.extend(c.same_as.as_ref().map(|path| be(format!("the same as `{path}`"))));
    all.extend(c.less_than.as_ref().map(|path| be(format!("less than `{path}`"))));
    all.extend(
        c.wide_range_to.as_ref().map(|path| verb("starts", "does not start", format!("a wide range up to `{path}`"))),
    );
    all.extend(c.literal.map(|truth| swap(be("written in the code".into()), truth)));
    all.extend(c.secret.map(|truth| swap(verb("looks", "does not look", "like a credential".into()), truth)));
    all.extend(
        c.names_secret.map(|truth| swap(verb("reads", "does not read", "like the name of a secret".into()), truth)),
    );
    all.extend(c.placeholder.map(|truth| swap(be("a placeholder".into()), truth)));
    all
}

fn addresses(class: CidrClass) -> &'static str {
    match class {
        CidrClass::World => "the whole internet",
        CidrClass::Wide => "a large part of the internet",
        CidrClass::Public => "a public address range",
    }
}
