use std::fmt::Write;
use std::sync::Arc;

use crate::terraform::eval::{Fail, MAX_TEXT, combined, first_unknown};
use crate::value::{Data, Hop, HopKind, Number, Partial, Unknown, Value};

/// Encodes `value` with `encode`, remembering the value; one with unknown parts becomes an
/// unknown text that keeps them.
pub(super) fn encoded(value: &Value, encode: fn(&Value, &mut String) -> Result<(), Fail>) -> Result<Value, Fail> {
    let mut result = if let Some(unknown) = first_unknown(value) {
        let partial = Some(Partial::Encoded(value.clone()));
        let reason = unknown.reason.clone();
        Value::from(Data::Unknown(Arc::new(Unknown { reason, span: unknown.span, partial })))
    } else {
        let mut text = String::new();
        encode(value, &mut text)?;
        Value::string(text)
    };
    let next = combined([value]).into_iter().collect();
    result.origin.hop =
        Some(Arc::new(Hop { kind: HopKind::Encoded(value.clone()), place: value.origin.place.clone(), next }));
    Ok(result)
}

/// Compact JSON with sorted keys; what HTML gives a meaning is escaped.
pub(super) fn encode(value: &Value, out: &mut String) -> Result<(), Fail> {
    if out.len() > MAX_TEXT {
        return Err(Fail::limit("length of a text"));
    }
    match &value.data {
        Data::Null => out.push_str("null"),
        Data::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Data::Number(number) => push_number(*number, out),
        Data::String(text) => push_string(text, out),
        Data::List(items) | Data::Set(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                separate(i, out);
                encode(item, out)?;
            }
            out.push(']');
        }
        Data::Object(map) => {
            out.push('{');
            for (i, (key, item)) in map.iter().enumerate() {
                separate(i, out);
                push_string(key, out);
                out.push(':');
                encode(item, out)?;
            }
            out.push('}');
        }
        Data::Unknown(unknown) => return Err(unknown.into()),
    }
    Ok(())
}

fn separate(i: usize, out: &mut String) {
    if i > 0 {
        out.push(',');
    }
}

pub(super) fn push_number(number: Number, out: &mut String) {
    let _ = write!(out, "{number}");
}

/// A JSON string in quotes.
pub(super) fn push_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// The value that a JSON text spells.
pub(super) fn decode(text: &str) -> Result<Value, Fail> {
    let tree: serde_json::Value =
        serde_json::from_str(text).map_err(|_| Fail::invalid("the text is not valid JSON"))?;
    Ok(value_of(tree))
}

fn value_of(tree: serde_json::Value) -> Value {
    use serde_json::Value as Json;
    let data = match tree {
        Json::Null => Data::Null,
        Json::Bool(truth) => Data::Bool(truth),
        Json::Number(number) => Data::Number(number_of(&number)),
        Json::String(text) => Data::String(text.into()),
        Json::Array(items) => Data::List(items.into_iter().map(value_of).collect()),
        Json::Object(map) => Data::Object(map.into_iter().map(|(key, item)| (key.into(), value_of(item))).collect()),
    };
    data.into()
}

fn number_of(number: &serde_json::Number) -> Number {
    let float = || Number::from_f64(number.as_f64().unwrap_or(0.0));
    number.as_i64().map_or_else(float, Number::Int)
}
