use std::fmt;
use std::str::FromStr;

/// A path in a rule: where to start, and steps of which each may lead to several values.
///
/// `a.b` steps into members, and into each element of a list on the way; `*` takes every member;
/// `["a.b"]` takes a key that is no word; `@name` looks at the value in another [`View`].
/// A path starts at the element in question; `.` is that element, `$.` starts at the resource,
/// `^.` at the element of the enclosing condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathExpr {
    /// Where it starts.
    pub base: Base,
    /// The steps.
    pub steps: Vec<PathStep>,
}

/// Where a path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Base {
    /// The element in question, or one of those around it: 0 is the innermost.
    Element(usize),
    /// The resource.
    Resource,
}

impl Base {
    /// Whether it is the element in question itself.
    pub(crate) fn is_innermost(self) -> bool {
        self == Self::Element(0)
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PathStep {
    /// The member of that name.
    Key(String),
    /// Every member or element.
    Every,
    /// The value seen in another way.
    View(View),
}

/// Another way to look at a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// A policy document as `statements`, each with `effect`, `actions`, `not_actions`,
    /// `resources`, `not_resources`, `principals` (`type`, `id`), `not_principals` and
    /// `conditions` (`test`, `variable`, `values`).
    Policy,
    /// JSON text, parsed.
    Json,
    /// YAML text, parsed.
    Yaml,
    /// Base64 text, decoded.
    Base64,
    /// Text in lower case.
    Lower,
    /// Number of elements, members or characters.
    Length,
    /// Names of the members.
    Keys,
    /// Members as a list of `key` and `value`.
    Entries,
    /// Scalars at any depth as a list of `key` (the nearest above) and `value`.
    Leaves,
    /// The first element of a list, where the order matters.
    First,
    /// Options of a command line as an object from name to value.
    Flags,
    /// Lines of a text, or words of a command line.
    Words,
    /// An image reference as `registry`, `repository`, `tag` and `digest`.
    Image,
}

impl View {
    /// Whether it looks at texts, which no block is.
    pub(crate) fn is_of_text(self) -> bool {
        use View as V;
        matches!(self, V::Policy | V::Json | V::Yaml | V::Base64 | V::Lower | V::Words | V::Image)
    }

    /// All views by name.
    pub const ALL: [(&'static str, Self); 13] = [
        ("policy", Self::Policy),
        ("json", Self::Json),
        ("yaml", Self::Yaml),
        ("base64", Self::Base64),
        ("lower", Self::Lower),
        ("length", Self::Length),
        ("keys", Self::Keys),
        ("entries", Self::Entries),
        ("first", Self::First),
        ("leaves", Self::Leaves),
        ("flags", Self::Flags),
        ("words", Self::Words),
        ("image", Self::Image),
    ];
}

impl FromStr for PathExpr {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (base, mut rest) = split_base(text);
        let mut steps = Vec::new();
        if rest == "." {
            return Ok(Self { base, steps });
        }
        if rest.is_empty() && base == Base::Element(0) {
            return Err("a path is empty, write `.` for the element itself".into());
        }
        while !rest.is_empty() {
            let (step, after) = next_step(rest).map_err(|why| format!("path `{text}`: {why}"))?;
            steps.extend(step);
            rest = after;
        }
        Ok(Self { base, steps })
    }
}

fn split_base(text: &str) -> (Base, &str) {
    if let Some(rest) = text.strip_prefix('$') {
        return (Base::Resource, rest.strip_prefix('.').unwrap_or(rest));
    }
    let rest = text.trim_start_matches('^');
    let outer = text.len() - rest.len();
    let rest = if outer > 0 { rest.strip_prefix('.').unwrap_or(rest) } else { rest };
    (Base::Element(outer), rest)
}

/// Takes one step off the front; `[*]` says nothing that is not implied, and gives no step.
fn next_step(text: &str) -> Result<(Option<PathStep>, &str), String> {
    if let Some(rest) = text.strip_prefix("[*]") {
        return Ok((None, rest.strip_prefix('.').unwrap_or(rest)));
    }
    if let Some(rest) = text.strip_prefix("[\"") {
        let (key, rest) = rest.split_once("\"]").ok_or("`[\"` without `\"]`")?;
        return Ok((Some(PathStep::Key(key.to_owned())), rest.strip_prefix('.').unwrap_or(rest)));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let step = match word.strip_prefix('@') {
        Some(name) => PathStep::View(view_named(name)?),
        None if word == "*" => PathStep::Every,
        None if is_word(word) => PathStep::Key(word.to_owned()),
        None => return Err(format!("`{word}` is no name; quote it as [\"{word}\"]")),
    };
    match rest.strip_prefix('.') {
        Some("") => Err("it ends in a dot".into()),
        Some(rest) => Ok((Some(step), rest)),
        None => Ok((Some(step), rest)),
    }
}

fn view_named(name: &str) -> Result<View, String> {
    let found = View::ALL.iter().find(|(known, _)| *known == name);
    let names = || View::ALL.map(|(name, _)| name).join(", ");
    found.map(|&(_, view)| view).ok_or_else(|| format!("`@{name}` is none of the views {}", names()))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-/".contains(c))
}

impl fmt::Display for PathExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.base {
            Base::Resource => f.write_str("$")?,
            Base::Element(0) if self.steps.is_empty() => return f.write_str("."),
            Base::Element(outer) => f.write_str(&"^".repeat(outer))?,
        }
        let mut dot = self.base != Base::Element(0);
        for step in &self.steps {
            if dot {
                f.write_str(".")?;
            }
            dot = true;
            match step {
                PathStep::Key(key) => f.write_str(key)?,
                PathStep::Every => f.write_str("*")?,
                PathStep::View(view) => {
                    let name = View::ALL.iter().find(|(_, known)| known == view).map_or("", |(name, _)| name);
                    write!(f, "@{name}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let text = r#"$.metadata.annotations["a.b/c"].rules[*].*.@policy.x"#;
        let path: PathExpr = text.parse().unwrap();
        assert_eq!(path.base, Base::Resource);
        assert_eq!(path.to_string(), "$.metadata.annotations.a.b/c.rules.*.@policy.x");
        assert_eq!("^.name".parse::<PathExpr>().unwrap().base, Base::Element(1));
        assert_eq!(".".parse::<PathExpr>().unwrap().steps, []);
    }

    #[test]
    fn mistakes_are_named() {
        for bad in ["", "a..b", "a.", "a.@nope", "a b", "[\"x"] {
            assert!(bad.parse::<PathExpr>().is_err(), "{bad:?}");
        }
    }
}
