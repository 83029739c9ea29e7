use std::cmp::Ordering;

use super::signature::{Function, int, integer, number};
use crate::terraform::eval::Fail;
use crate::value::{Data, Number, Value};

use super::signature::Param::{Any, Number as Num};

pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "abs" => Function::new(&[Num], |_, a| Ok(abs(number(a, 0)))),
        "ceil" => Function::new(&[Num], |_, a| Ok(rounded(number(a, 0), f64::ceil))),
        "floor" => Function::new(&[Num], |_, a| Ok(rounded(number(a, 0), f64::floor))),
        "log" => Function::new(&[Num, Num], |_, a| finite(number(a, 0).as_f64().ln() / number(a, 1).as_f64().ln())),
        "pow" => Function::new(&[Num, Num], |_, a| pow(number(a, 0), number(a, 1))),
        "signum" => Function::new(&[Num], |_, a| Ok(int(number(a, 0).cmp(&Number::Int(0)) as i64))),
        "max" => Function::new(&[Num], |_, a| extreme(a, Ordering::Greater)).rest(Num),
        "min" => Function::new(&[Num], |_, a| extreme(a, Ordering::Less)).rest(Num),
        "parseint" => Function::new(&[Any, Num], |_, a| parse_int(a)),
        _ => return None,
    })
}

fn value(number: Number) -> Value {
    Data::Number(number).into()
}

fn finite(result: f64) -> Result<Value, Fail> {
    if result.is_finite() {
        Ok(value(Number::from_f64(result)))
    } else {
        Err(Fail::invalid("the result is not a number"))
    }
}

fn abs(number: Number) -> Value {
    match number {
        Number::Int(i) => value(i.checked_abs().map_or_else(|| Number::from_f64(number.as_f64().abs()), Number::Int)),
        Number::Float(f) => value(Number::from_f64(f.abs())),
    }
}

fn rounded(number: Number, round: fn(f64) -> f64) -> Value {
    match number {
        Number::Int(_) => value(number),
        Number::Float(f) => value(Number::from_f64(round(f))),
    }
}

fn pow(base: Number, exponent: Number) -> Result<Value, Fail> {
    let exact = base.as_i64().zip(exponent.as_i64()).and_then(|(b, e)| b.checked_pow(u32::try_from(e).ok()?));
    exact.map_or_else(|| finite(base.as_f64().powf(exponent.as_f64())), |whole| Ok(int(whole)))
}

fn extreme(args: &[Value], wanted: Ordering) -> Result<Value, Fail> {
    let better = |a: Number, b: Number| if b.cmp(&a) == wanted { b } else { a };
    let numbers = args.iter().filter_map(Value::as_number);
    numbers.reduce(better).map(value).ok_or_else(|| Fail::invalid("at least one number is required"))
}

fn parse_int(args: &[Value]) -> Result<Value, Fail> {
    let base = integer(args, 1)?;
    if !(2..=62).contains(&base) {
        return Err(Fail::invalid("the base must be between 2 and 62"));
    }
    let Some(spelled) = args[0].as_str() else { return Err(Fail::invalid("the first argument must be text")) };
    let (negative, digits) = match spelled.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, spelled.strip_prefix('+').unwrap_or(spelled)),
    };
    let parsed = (!digits.is_empty()).then(|| accumulate(digits, base)).flatten();
    let Some((whole, float)) = parsed else { return Err(Fail::invalid("the text is no whole number of that base")) };
    Ok(value(match whole {
        Some(whole) => Number::Int(if negative { -whole } else { whole }),
        None => Number::from_f64(if negative { -float } else { float }),
    }))
}

/// The whole number where it fits, and its approximation.
fn accumulate(digits: &str, base: i64) -> Option<(Option<i64>, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "at most 62")]
    digits.chars().try_fold((Some(0_i64), 0.0), |(whole, float), digit| {
        let digit = digit_value(digit, base).filter(|&d| d < base)?;
        let whole = whole.and_then(|w| w.checked_mul(base)).and_then(|w| w.checked_add(digit));
        Some((whole, float * base as f64 + digit as f64))
    })
}

/// Digits are `0-9a-zA-Z`; up to base 36 upper case counts like lower case.
fn digit_value(digit: char, base: i64) -> Option<i64> {
    let offset = |from: char| i64::from(u32::from(digit) - u32::from(from));
    match digit {
        '0'..='9' => Some(offset('0')),
        'a'..='z' => Some(offset('a') + 10),
        'A'..='Z' if base <= 36 => Some(offset('A') + 10),
        'A'..='Z' => Some(offset('A') + 36),
        _ => None,
    }
}
