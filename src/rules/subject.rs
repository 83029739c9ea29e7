use super::compile::{Matcher, Test};
use super::engine::Asking;
use crate::query::{self, Frames, PathExpr, PathStep};
use crate::value::Truth;

/// What a condition asks of a resource to learn whether it is about it at all, such as the image
/// that a pod runs: a rule about one program judges no other one, though both are pods.
pub(super) enum Subject<'t> {
    One(&'t Test),
    All(Vec<Self>),
    Any(Vec<Self>),
    Some(&'t PathExpr, Box<Self>),
}

/// Members that tell one thing from another of the same type.
const NAMES: &[&str] = &["image", "command", "args", "name", "kind", "apiVersion"];

/// The subject of a whole condition, if it asks for one and then for something else.
pub(super) fn subject(test: &Test) -> Option<Subject<'_>> {
    match test {
        Test::All(tests) => {
            let parts: Vec<Subject<'_>> = tests.iter().filter_map(part).collect();
            (!parts.is_empty() && parts.len() < tests.len()).then_some(Subject::All(parts))
        }
        Test::Any(tests) => tests.iter().map(subject).collect::<Option<_>>().map(Subject::Any),
        _ => None,
    }
}

fn part(test: &Test) -> Option<Subject<'_>> {
    match test {
        Test::Value { path, .. } => is_name(path).then_some(Subject::One(test)),
        Test::All(tests) => {
            let parts: Vec<Subject<'_>> = tests.iter().filter_map(part).collect();
            (!parts.is_empty()).then_some(Subject::All(parts))
        }
        Test::Any(tests) => tests.iter().map(part).collect::<Option<_>>().map(Subject::Any),
        Test::Some { path, test } => part(test).map(|inner| Subject::Some(path, Box::new(inner))),
        _ => None,
    }
}

fn is_name(path: &PathExpr) -> bool {
    let last = path.steps.iter().rfind(|step| !matches!(step, PathStep::View(_)));
    matches!(last, Some(PathStep::Key(key)) if NAMES.contains(&key.as_str()))
}

impl Asking<'_> {
    /// Whether a case is about the resource: it has an element to ask about that may be of the
    /// case's subject.
    pub(super) fn is_about(&self, matcher: &Matcher, subject: Option<&Subject<'_>>) -> bool {
        let root = Frames { value: self.attributes(), outer: None };
        let may_be = |frame: &Frames<'_>| subject.is_none_or(|subject| self.is_subject(subject, frame) != Truth::False);
        if let Some(about) = &matcher.about {
            return !self.facts.of(about, self.id).is_empty();
        }
        let Some(each) = &matcher.each else { return may_be(&root) };
        let mut elements = query::elements(&root, each).into_iter();
        elements.any(|found| may_be(&Frames { value: &found.value, outer: Some(&root) }))
    }

    fn is_subject(&self, subject: &Subject<'_>, frame: &Frames<'_>) -> Truth {
        match subject {
            Subject::One(test) => self.test(test, frame),
            Subject::All(parts) => parts.iter().map(|part| self.is_subject(part, frame)).min().unwrap_or(Truth::True),
            Subject::Any(parts) => parts.iter().map(|part| self.is_subject(part, frame)).max().unwrap_or(Truth::False),
            Subject::Some(path, inner) => self.any_element(frame, path, &mut |element| {
                self.is_subject(inner, &Frames { value: element, outer: Some(frame) })
            }),
        }
    }
}
