use super::container::{Container, Given};
use super::release::Release;
use super::schema::{State, Switch};
use crate::facts::{Evidence, Look};
use crate::graph::EdgeKind;
use crate::query::{self, PathExpr, scalar_text};
use crate::value::{Path, Truth, Value};

/// What settings are looked up in.
#[derive(Clone, Copy, Debug)]
pub(in crate::facts) struct Subject<'a> {
    pub(in crate::facts) look: Look<'a>,
    /// The container that runs it.
    pub(in crate::facts) container: Option<&'a Container>,
    /// What a release sets.
    pub(in crate::facts) release: Option<&'a Release>,
}

/// Whether a state is on, and the setting that decides it.
#[derive(Clone, Debug)]
pub(in crate::facts) struct Answer {
    pub(in crate::facts) truth: Truth,
    pub(in crate::facts) at: Option<Path>,
}

/// Whether a state is on.
pub(in crate::facts) fn is_on(state: &State, subject: Subject<'_>) -> Answer {
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
pub(super) fn holds(switch: &Switch, subject: Subject<'_>) -> Answer {
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

/// Whether a switch holds for the value that its place is set to.
pub(super) fn fits(switch: &Switch, text: &str) -> bool {
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

/// The last value of an option that is known.
fn option(name: &str, subject: Subject<'_>) -> Set {
    let Some(container) = subject.container else { return Set::No };
    let mut all = settings(name, container).into_iter().rev();
    let last = all.next().unwrap_or(Set::No);
    match last {
        Set::Maybe(_) => all.find(|set| !matches!(set, Set::Maybe(_))).unwrap_or(last),
        last => last,
    }
}

/// Every value that a container's command line gives to an option, in its order.
pub(in crate::facts) fn settings(option: &str, container: &Container) -> Vec<Set> {
    let path: PathExpr = format!("@flags[\"{option}\"]").parse().expect("a path in code");
    let mut all = Vec::new();
    for (list, at) in &container.words {
        for found in query::find(list, &path) {
            match Set::of(&found.value, at.join(found.path())) {
                Set::No => {}
                Set::Hidden(at) | Set::Maybe(at) => all.push(Set::Maybe(at)),
                set @ Set::To(..) => all.push(set),
            }
        }
    }
    all
}

fn variable(name: &str, subject: Subject<'_>) -> Set {
    subject.container.map_or(Set::No, |container| setting(name, subject.look, container))
}

/// How a container sets an environment variable.
pub(in crate::facts) fn setting(variable: &str, look: Look<'_>, container: &Container) -> Set {
    let mut maybe = None;
    for found in &container.env {
        match &found.name {
            Some(name) if name == variable => {
                return match &found.value {
                    Given::Elsewhere => Set::Hidden(found.at.clone()),
                    Given::Here(value) => Set::of(value, found.at.clone()),
                    Given::Nothing => Set::No,
                };
            }
            Some(_) => {}
            None => maybe = Some(found.at.clone()),
        }
    }
    maybe.map_or_else(|| from_whole_map(variable, look, container), Set::Maybe)
}

/// A variable that `envFrom` may bring: from a map in the code it is known whether it does.
fn from_whole_map(name: &str, look: Look<'_>, container: &Container) -> Set {
    for here in &container.env_from {
        let mut source = look.outgoing(&[EdgeKind::Mounts]).filter(|(edge, _)| edge.via.is_within(here));
        let Some((_, source)) = source.next() else { return Set::Maybe(here.clone()) };
        for member in ["data", "stringData"] {
            let given = source.resource().attributes.get(member).and_then(|data| data.get(name));
            if let Some(value) = given.filter(|value| !value.is_null()) {
                let here = here.clone();
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

fn text(wanted: &str, subject: Subject<'_>) -> Set {
    let Some(container) = subject.container else { return Set::No };
    for (list, at) in container.words.iter().rev() {
        let items = list.as_list().unwrap_or(&[]);
        let mut known = items.iter().enumerate().filter_map(|(index, item)| Some((index, scalar_text(item)?)));
        if let Some((index, text)) = known.find(|(_, text)| text.contains(wanted)) {
            return Set::To(text.to_string(), at.index(index));
        }
    }
    if container.command_line().contains(wanted) { Set::To(wanted.to_owned(), container.at.clone()) } else { Set::No }
}

/// The evidence of an answer; the whole container or release where nothing is set.
pub(super) fn evidence(answer: &Answer, subject: Subject<'_>, says: &str) -> Evidence {
    let at = answer.at.clone().or_else(|| subject.container.map(|container| container.at.clone())).unwrap_or_default();
    Evidence::new(subject.look.id, at, says)
}
