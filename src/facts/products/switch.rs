use super::release::Release;
use super::schema::{State, Switch};
use crate::facts::{Evidence, Look};
use crate::graph::EdgeKind;
use crate::query::{self, PathExpr, scalar_text};
use crate::value::{Path, Truth, Value};

/// What settings are looked up in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) look: Look<'a>,
    /// The container of a workload.
    pub(super) container: Option<&'a Path>,
    /// What a release sets.
    pub(super) release: Option<&'a Release>,
}

/// Whether a state is on, and the setting that decides it.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) truth: Truth,
    pub(super) at: Option<Path>,
}

/// Whether a state is on.
pub(super) fn is_on(state: &State, subject: Subject<'_>) -> Answer {
    let off = strongest(&state.off, subject);
    if off.truth == Truth::True {
        return Answer { truth: Truth::False, ..off };
    }
    let on = strongest(&state.on, subject);
    let on = match on.truth {
        Truth::False => Answer { truth: state.default.into(), at: None },
        _ => on,
    };
    match off.truth {
        Truth::Unknown => Answer { truth: on.truth.min(Truth::Unknown), at: off.at },
        _ => on,
    }
}

fn strongest(switches: &[Switch], subject: Subject<'_>) -> Answer {
    let answers = switches.iter().map(|switch| holds(switch, subject));
    answers.max_by_key(|answer| answer.truth).unwrap_or(Answer { truth: Truth::False, at: None })
}

/// Whether a switch holds.
fn holds(switch: &Switch, subject: Subject<'_>) -> Answer {
    let set = if let Some(name) = &switch.option {
        option(name, subject)
    } else if let Some(name) = &switch.env {
        variable(name, subject)
    } else if let Some(name) = &switch.value {
        subject.release.map_or(Set::No, |release| release.value(name))
    } else if let Some(path) = &switch.field {
        field(path, subject)
    } else {
        text(switch.text.as_deref().unwrap_or_default(), subject)
    };
    match set {
        Set::No => Answer { truth: Truth::False, at: None },
        Set::Maybe(at) => Answer { truth: Truth::Unknown, at: Some(at) },
        // A value from a secret is set, though it is not in the code what it is.
        Set::Hidden(at) => {
            let truth = if switch.in_.is_some() { Truth::Unknown } else { Truth::True };
            Answer { truth, at: Some(at) }
        }
        Set::To(text, at) => Answer { truth: fits(switch, &text).into(), at: Some(at) },
    }
}

fn fits(switch: &Switch, text: &str) -> bool {
    let among = |list: &Vec<String>| list.iter().any(|wanted| wanted.eq_ignore_ascii_case(text));
    match (&switch.in_, &switch.not_in) {
        (Some(list), _) => among(list),
        (None, Some(list)) => !text.is_empty() && !among(list),
        (None, None) => !text.is_empty() && !text.eq_ignore_ascii_case("false"),
    }
}

/// How a setting is set.
#[derive(Clone, Debug)]
pub(in crate::facts) enum Set {
    No,
    To(String, Path),
    /// To something that is kept elsewhere.
    Hidden(Path),
    /// Perhaps.
    Maybe(Path),
}

impl Set {
    /// How a value that stands at a path is set.
    pub(super) fn of(value: &Value, at: Path) -> Self {
        match scalar_text(value) {
            Some(text) => Self::To(text.to_string(), at),
            None if value.is_null() => Self::No,
            None if value.as_unknown().is_some() => Self::of_unknown(value, at),
            None => Self::To("…".to_owned(), at),
        }
    }

    /// An unknown that comes from a resource or an input without a default is set to something.
    fn of_unknown(value: &Value, at: Path) -> Self {
        use crate::value::Reason::{Computed, DataSource, KnownAfterApply, NoDefault, Withheld};
        match value.as_unknown().map(|unknown| &unknown.reason) {
            Some(KnownAfterApply(_) | DataSource(_) | NoDefault(_) | Computed(_) | Withheld(_)) => Self::Hidden(at),
            _ => Self::Maybe(at),
        }
    }
}

fn container<'a>(subject: Subject<'a>) -> Option<(&'a Value, &'a Path)> {
    let path = subject.container?;
    Some((subject.look.resource().attributes.at(path)?, path))
}

fn option(name: &str, subject: Subject<'_>) -> Set {
    let Some((value, at)) = container(subject) else { return Set::No };
    let mut maybe = Set::No;
    for list in ["args", "command"] {
        let path: PathExpr = format!("{list}.@flags[\"{name}\"]").parse().expect("a path in code");
        for found in query::find(value, &path) {
            let at = at.join(found.path());
            match Set::of(&found.value, at) {
                Set::No => {}
                Set::Hidden(at) | Set::Maybe(at) if found.value.as_unknown().is_some() => maybe = Set::Maybe(at),
                set => return set,
            }
        }
    }
    maybe
}

fn variable(name: &str, subject: Subject<'_>) -> Set {
    let Some((value, at)) = container(subject) else { return Set::No };
    let mut maybe = Set::No;
    for (index, variable) in value.get("env").and_then(Value::as_list).unwrap_or(&[]).iter().enumerate() {
        let here = at.key("env").index(index);
        match variable.get("name").and_then(scalar_text) {
            Some(found) if found == name => {
                let given = variable.get("valueFrom").or(variable.get("value_from")).filter(|from| !from.is_null());
                return match (variable.get("value"), given) {
                    (_, Some(_)) => Set::Hidden(here),
                    (Some(value), None) => Set::of(value, here),
                    (None, None) => Set::No,
                };
            }
            Some(_) => {}
            None => maybe = Set::Maybe(here),
        }
    }
    match (maybe, value.get("env")) {
        (Set::No, Some(env)) if env.as_unknown().is_some() => Set::Maybe(at.key("env")),
        (Set::No, _) => from_whole_map(name, subject.look, value, at),
        (maybe, _) => maybe,
    }
}

/// A variable that `envFrom` may bring: from a map in the code it is known whether it does.
fn from_whole_map(name: &str, look: Look<'_>, container: &Value, at: &Path) -> Set {
    for (index, _) in container.get("envFrom").and_then(Value::as_list).unwrap_or(&[]).iter().enumerate() {
        let here = at.key("envFrom").index(index);
        let mut source = look.outgoing(&[EdgeKind::Mounts]).filter(|(edge, _)| edge.via.is_within(&here));
        let Some((_, source)) = source.next() else { return Set::Maybe(here) };
        for member in ["data", "stringData"] {
            let given = source.resource().attributes.get(member).and_then(|data| data.get(name));
            if let Some(value) = given.filter(|value| !value.is_null()) {
                return if source.is_a(&["Secret"]) { Set::Hidden(here) } else { Set::of(value, here) };
            }
        }
    }
    Set::No
}

fn field(path: &str, subject: Subject<'_>) -> Set {
    let found = subject.look.find(path).into_iter().find(|found| !found.value.is_null());
    found.map_or(Set::No, |found| Set::of(&found.value, found.path().clone()))
}

/// The command line of a container, words apart by spaces.
pub(super) fn command_line(container: &Value) -> String {
    let mut words = Vec::new();
    for list in ["command", "args"] {
        match container.get(list) {
            Some(value) if value.as_list().is_some() => {
                words.extend(value.as_list().unwrap_or(&[]).iter().filter_map(scalar_text));
            }
            Some(value) => words.extend(scalar_text(value)),
            None => {}
        }
    }
    words.join(" ")
}

fn text(wanted: &str, subject: Subject<'_>) -> Set {
    let Some((value, at)) = container(subject) else { return Set::No };
    for list in ["args", "command"] {
        let items = value.get(list).and_then(Value::as_list).unwrap_or(&[]);
        let mut known = items.iter().enumerate().filter_map(|(index, item)| Some((index, scalar_text(item)?)));
        if let Some((index, text)) = known.find(|(_, text)| text.contains(wanted)) {
            return Set::To(text.to_string(), at.key(list).index(index));
        }
    }
    if command_line(value).contains(wanted) { Set::To(wanted.to_owned(), at.clone()) } else { Set::No }
}

/// The evidence of an answer; the whole container or release where nothing is set.
pub(super) fn evidence(answer: &Answer, subject: Subject<'_>, says: &str) -> Evidence {
    let at = answer.at.clone().or_else(|| subject.container.cloned()).unwrap_or_default();
    Evidence::new(subject.look.id, at, says)
}
