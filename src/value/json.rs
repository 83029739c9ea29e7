use std::sync::Arc;

use super::{Data, Map, Number, Partial, PartialSegment, Unknown, Value};

impl From<serde_json::Value> for Value {
    /// The value that JSON says, without places. Whole numbers beyond 64 bits become doubles.
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Data::Null,
            serde_json::Value::Bool(value) => Data::Bool(value),
            serde_json::Value::Number(number) => Data::Number(
                number.as_i64().map_or_else(|| Number::from_f64(number.as_f64().unwrap_or(0.0)), Number::from),
            ),
            serde_json::Value::String(text) => Data::String(text.into()),
            serde_json::Value::Array(items) => Data::List(items.into_iter().map(Self::from).collect()),
            serde_json::Value::Object(members) => {
                Data::Object(members.into_iter().map(|(key, value)| (key.into(), Self::from(value))).collect())
            }
        }
        .into()
    }
}

/// Stand around the number of an unknown piece while a template is read as JSON: characters for
/// private use, which no document has.
const MARKS: [char; 2] = ['\u{e000}', '\u{e001}'];

/// The value that a JSON text spells. A comma behind the last member, a common slip in policies
/// written by hand, is passed over.
pub fn read_json(text: &str) -> Option<Value> {
    let strict = || serde_json::from_str::<serde_json::Value>(text).ok();
    let relaxed = || serde_json::from_str(&without_trailing_commas(text)?).ok();
    strict().or_else(relaxed).map(Value::from)
}

/// The value that a template spells, where it spells a JSON object or list: what is unknown in
/// the text is unknown in its place.
pub fn read_json_template(pieces: &[PartialSegment]) -> Option<Value> {
    let mut text = String::new();
    let (mut in_string, mut escaped) = (false, false);
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            PartialSegment::Known(known) if known.contains(MARKS) => return None,
            PartialSegment::Known(known) => {
                text.push_str(known);
                known.chars().for_each(|c| step_string(c, &mut in_string, &mut escaped));
            }
            PartialSegment::Unknown(_) => {
                let quote = if in_string { "" } else { "\"" };
                text.extend([quote, &format!("{}{index}{}", MARKS[0], MARKS[1]), quote]);
            }
        }
        if index == 0 && !text.trim_start().starts_with(['{', '[']) {
            return None;
        }
    }
    filled(read_json(&text)?, pieces)
}

/// The value with unknowns again where their marks stand; `None` where a key is unknown.
fn filled(value: Value, pieces: &[PartialSegment]) -> Option<Value> {
    let data = match value.data {
        Data::String(text) if text.contains(MARKS) => return marked(&text, pieces),
        Data::List(items) => Data::List(items.into_iter().map(|item| filled(item, pieces)).collect::<Option<_>>()?),
        Data::Object(map) => {
            let mut members = Map::default();
            for (key, member) in map.iter() {
                if key.contains(MARKS) {
                    return None;
                }
                members.insert(key.clone(), filled(member.clone(), pieces)?);
            }
            Data::Object(members)
        }
        data => data,
    };
    Some(data.into())
}

fn marked(text: &str, pieces: &[PartialSegment]) -> Option<Value> {
    let mut parts = Vec::new();
    for (index, part) in text.split(MARKS).enumerate() {
        if index % 2 == 0 {
            parts.extend((!part.is_empty()).then(|| PartialSegment::Known(part.into())));
        } else {
            parts.push(pieces.get(part.parse::<usize>().ok()?)?.clone());
        }
    }
    let unknown =
        parts.iter().find_map(|part| if let PartialSegment::Unknown(value) = part { Some(value) } else { None })?;
    if parts.len() == 1 {
        return Some(unknown.as_unknown().and_then(|unknown| unknown.structure()).unwrap_or(unknown).clone());
    }
    let reason = unknown.as_unknown()?;
    let (reason, span) = (reason.reason.clone(), reason.span);
    Some(Data::Unknown(Arc::new(Unknown { reason, span, partial: Some(Partial::Template(parts)) })).into())
}

/// The text without commas before a closing bracket; `None` if it has none.
fn without_trailing_commas(text: &str) -> Option<String> {
    let (mut in_string, mut escaped) = (false, false);
    let mut kept = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        step_string(c, &mut in_string, &mut escaped);
        let rest = text.get(at + 1..).filter(|_| c == ',' && !in_string);
        if !rest.is_some_and(|rest| rest.trim_start().starts_with([']', '}'])) {
            kept.push(c);
        }
    }
    (kept.len() < text.len()).then_some(kept)
}

/// Follows a text character by character: whether it is in a string, and behind a backslash there.
fn step_string(c: char, in_string: &mut bool, escaped: &mut bool) {
    match c {
        _ if *escaped => *escaped = false,
        '\\' if *in_string => *escaped = true,
        '"' => *in_string = !*in_string,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Reason;

    #[test]
    fn comma_behind_the_last_member_is_passed_over() {
        let shown = |text: &str| read_json(text).map(|value| format!("{:?}", value.data));
        assert_eq!(shown(r#"{"a": [1, 2,], "b": ",]",}"#).as_deref(), Some(r#"{"a": [1, 2], "b": ",]"}"#));
        assert_eq!(shown("{"), None);
    }

    #[test]
    fn template_is_known_but_for_its_unknown_parts() {
        let known = |text: &str| PartialSegment::Known(text.into());
        let hole = || PartialSegment::Unknown(Value::unknown(Reason::NoDefault("arn".into()), None));
        let pieces = [known(r#"{"a": "x", "b": "arn:"#), hole(), known(r#"", "c": "#), hole(), known("}")];
        let value = read_json_template(&pieces).unwrap();
        assert_eq!(value.get("a").and_then(Value::as_str), Some("x"));
        let partial = value.get("b").and_then(Value::as_unknown).and_then(|unknown| unknown.partial.clone());
        assert_eq!(partial, Some(Partial::Template(vec![known("arn:"), hole()])));
        assert!(value.get("c").unwrap().as_unknown().is_some_and(|unknown| unknown.partial.is_none()));
        assert_eq!(read_json_template(&[known("key: "), hole()]), None);
    }
}
