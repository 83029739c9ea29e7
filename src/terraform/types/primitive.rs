use ecow::{EcoString, eco_format};

use crate::terraform::eval::Fail;
use crate::value::{Data, Number, Value};

/// What the user calls a value of this kind.
pub(crate) fn kind_name(value: &Value) -> &'static str {
    match value.data {
        Data::Null => "null",
        Data::Bool(_) => "a bool",
        Data::Number(_) => "a number",
        Data::String(_) => "a string",
        Data::List(_) => "a list",
        Data::Set(_) => "a set",
        Data::Object(_) => "an object",
        Data::Unknown(_) => "unknown",
    }
}

/// The text of a string, number or bool.
///
/// # Errors
/// If it is null, unknown or of another type.
pub(crate) fn to_text(value: &Value) -> Result<EcoString, Fail> {
    match &value.data {
        Data::String(text) => Ok(text.clone()),
        Data::Number(number) => Ok(eco_format!("{number}")),
        Data::Bool(true) => Ok("true".into()),
        Data::Bool(false) => Ok("false".into()),
        Data::Unknown(unknown) => Err(unknown.into()),
        _ => Err(required("a string", value)),
    }
}

/// The number of a number or of a string that spells one.
///
/// # Errors
/// If it is null, unknown or of another type.
pub(crate) fn to_number(value: &Value) -> Result<Number, Fail> {
    match &value.data {
        Data::Number(number) => Ok(*number),
        Data::String(text) => parse_number(text).ok_or_else(|| required("a number", value)),
        Data::Unknown(unknown) => Err(unknown.into()),
        _ => Err(required("a number", value)),
    }
}

/// The truth value of a bool or of a string that spells one.
///
/// # Errors
/// If it is null, unknown or of another type.
pub(crate) fn to_bool(value: &Value) -> Result<bool, Fail> {
    match &value.data {
        Data::Bool(truth) => Ok(*truth),
        Data::String(text) if matches!(text.as_str(), "true" | "1") => Ok(true),
        Data::String(text) if matches!(text.as_str(), "false" | "0") => Ok(false),
        Data::Unknown(unknown) => Err(unknown.into()),
        _ => Err(required("a bool", value)),
    }
}

/// A decimal number with optional sign, fraction and exponent, as Terraform reads it from text.
pub(crate) fn parse_number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-');
    if !digits.bytes().any(|b| b.is_ascii_digit()) || !digits.bytes().all(plain) {
        return None;
    }
    if let Ok(int) = text.parse::<i64>() {
        return Some(Number::Int(int));
    }
    let float = text.parse::<f64>().ok()?;
    float.is_finite().then(|| Number::from_f64(float))
}

fn required(what: &str, value: &Value) -> Fail {
    Fail::Invalid(eco_format!("{what} is required, this is {}", kind_name(value)))
}
