use ecow::EcoString;

use super::path_expr::View;
use super::slots::scalar_text;
use crate::value::{Data, Map, Partial, PartialSegment, Step, Value};

/// One member of a value seen as members, and the real steps that lead to it.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) steps: Vec<Step>,
    pub(crate) key: EcoString,
    pub(crate) value: Value,
}

/// What `@entries`, `@leaves` and `@flags` see in a value, each part with its own place; `None` for other
/// views, and where an unknown may hide a part.
pub(crate) fn parts(view: View, value: &Value) -> Option<Vec<Part>> {
    match (view, &value.data) {
        (View::Entries | View::Flags, Data::Object(map)) => Some(members(map)),
        (View::Leaves, Data::Object(_) | Data::List(_)) => {
            let mut found = Vec::new();
            leaves("", value, &mut Vec::new(), &mut found);
            Some(found)
        }
        (View::Flags, Data::List(items) | Data::Set(items)) => flags(items),
        (View::Flags, Data::String(_)) => flags(std::slice::from_ref(value)),
        _ => None,
    }
}

/// The parts as one object.
pub(crate) fn as_object(parts: Vec<Part>) -> Value {
    Data::Object(parts.into_iter().map(|part| (part.key, part.value)).collect()).into()
}

/// A part as an object of `key` and `value`.
pub(crate) fn as_entry(part: Part) -> Value {
    let origin = part.value.origin.clone();
    let pair = [("key".into(), Value::string(part.key)), ("value".into(), part.value)];
    Value { data: Data::Object(pair.into_iter().collect()), origin }
}

fn members(map: &Map) -> Vec<Part> {
    let part = |(key, value): (&EcoString, &Value)| Part {
        steps: vec![Step::Key(key.clone())],
        key: key.clone(),
        value: value.clone(),
    };
    map.iter().map(part).collect()
}

/// The scalars at any depth, each under the nearest key above it.
fn leaves(key: &str, value: &Value, way: &mut Vec<Step>, found: &mut Vec<Part>) {
    let mut below = |step: Step, key: &str, child: &Value| {
        way.push(step);
        leaves(key, child, way, found);
        way.pop();
    };
    match &value.data {
        Data::Object(map) => map.iter().for_each(|(key, child)| below(Step::Key(key.clone()), key, child)),
        Data::List(items) => (0..).zip(items).for_each(|(index, child)| below(Step::Index(index), key, child)),
        _ => found.push(Part { steps: way.clone(), key: key.into(), value: value.clone() }),
    }
}

/// Options of a command line: `--name=value`, `--name value` and a bare `--name`, which is
/// `true`, in separate arguments or in one line for a shell; also kubeadm's `name` and `value`.
fn flags(arguments: &[Value]) -> Option<Vec<Part>> {
    let mut found: Vec<Part> = Vec::new();
    let mut waiting: Option<Part> = None;
    for (index, argument) in (0..).zip(arguments) {
        for word in words(argument)? {
            let part = |key: &str, value| Part { steps: vec![Step::Index(index)], key: key.into(), value };
            if let Some((key, value)) = word.option() {
                found.extend(waiting.take());
                let value = value.map(|value| Value { origin: argument.origin.clone(), ..value });
                match value {
                    Some(value) => found.push(part(key.as_str(), value)),
                    None => waiting = Some(part(key.as_str(), bare(argument))),
                }
            } else if let Some(mut part) = waiting.take() {
                part.value = Value { data: word.0.data, origin: argument.origin.clone() };
                part.steps = vec![Step::Index(index)];
                found.push(part);
            }
        }
    }
    found.extend(waiting);
    Some(found)
}

fn bare(argument: &Value) -> Value {
    Value { data: Data::Bool(true), origin: argument.origin.clone() }
}

/// A word of a command line, or an option whose value is already apart.
struct Word(Value);

impl Word {
    /// Name and value if it is an option; the name of one that is known only in part counts
    /// as soon as it is known up to the `=`.
    fn option(&self) -> Option<(EcoString, Option<Value>)> {
        match &self.0.data {
            Data::Object(pair) => {
                let name = pair.get("name")?.as_str()?;
                Some((name.into(), pair.get("value").cloned()))
            }
            Data::Unknown(unknown) => {
                let Some(Partial::Template(segments)) = &unknown.partial else { return None };
                let Some(PartialSegment::Known(start)) = segments.first() else { return None };
                let (name, _) = start.trim_start_matches('-').split_once('=')?;
                start.starts_with('-').then(|| (name.into(), Some(self.0.clone())))
            }
            _ => {
                let text = scalar_text(&self.0)?;
                let name = text.trim_start_matches('-');
                if name.len() == text.len() || name.is_empty() {
                    return None;
                }
                Some(match name.split_once('=') {
                    Some((name, value)) => (name.into(), Some(Value::string(unquoted(value)))),
                    None => (name.into(), None),
                })
            }
        }
    }
}

/// The words of an argument; `None` where an unknown argument may be any option.
fn words(argument: &Value) -> Option<Vec<Word>> {
    match &argument.data {
        Data::Unknown(_) => {
            let word = Word(argument.clone());
            word.option().is_some().then(|| vec![word])
        }
        Data::Object(_) => Some(vec![Word(argument.clone())]),
        _ => {
            let text = scalar_text(argument).unwrap_or_default();
            let is_shell_line = !text.starts_with('-') && text.contains(char::is_whitespace);
            if !is_shell_line {
                return Some(vec![Word(argument.clone())]);
            }
            Some(text.split_whitespace().map(|word| Word(Value::string(unquoted(word)))).collect())
        }
    }
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '\'', '\\', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(arguments: &[&str]) -> Vec<String> {
        let list = Data::List(arguments.iter().map(|text| Value::string(*text)).collect()).into();
        let parts = parts(View::Flags, &list).unwrap();
        parts.iter().map(|part| format!("{:?} {}={:?}", part.steps[0], part.key, part.value.data)).collect()
    }

    #[test]
    fn every_spelling_of_an_option_is_read() {
        assert_eq!(
            seen(&["server", "--a=1", "--b", "2", "--c", "-d", "x=y"]),
            ["Index(1) a=\"1\"", "Index(3) b=\"2\"", "Index(4) c=true", "Index(6) d=\"x=y\""]
        );
        assert_eq!(seen(&["exec server --a='1' \\\n  --b 2"]), ["Index(0) a=\"1\"", "Index(0) b=\"2\""]);
        assert_eq!(seen(&["--header=Authorization: Bearer x"]), ["Index(0) header=\"Authorization: Bearer x\""]);
    }

    #[test]
    fn leaves_are_found_at_any_depth() {
        let value = Value::from(serde_json::json!({"db": {"hosts": ["a", "b"], "password": "x"}}));
        let seen: Vec<_> =
            parts(View::Leaves, &value).unwrap().into_iter().map(|part| (part.key, part.steps.len())).collect();
        assert_eq!(seen, [("hosts".into(), 3), ("hosts".into(), 3), ("password".into(), 2)]);
    }

    #[test]
    fn unknown_argument_may_be_any_option() {
        let unknown = Value::unknown(crate::value::Reason::Partial, None);
        let list: Value = Data::List([Value::string("--a=1"), unknown].into_iter().collect()).into();
        assert!(parts(View::Flags, &list).is_none());
    }
}
