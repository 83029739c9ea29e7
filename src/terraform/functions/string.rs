use ecow::EcoString;
use unicode_segmentation::UnicodeSegmentation;

use super::signature::Param::{Number as Num, Open, Text};
use super::signature::{Function, integer, items, list, text};
use super::{format, regex};
use crate::terraform::eval::{Fail, MAX_ELEMENTS, MAX_TEXT, TextBuilder};
use crate::terraform::types::{Type, to_text, try_convert};
use crate::value::{Data, Partial, PartialSegment, Value};

pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "join" => Function::new(&[Text, Open], |_, a| join(a)).rest(Open),
        "format" => Function::new(&[Text], |_, a| format::format(a)).rest(Open),
        "formatlist" => Function::new(&[Text], |_, a| format::format_list(a)).rest(Open),
        "lower" => Function::new(&[Text], |_, a| done(text(a, 0).chars().map(lower_char).collect::<String>())),
        "upper" => Function::new(&[Text], |_, a| done(text(a, 0).chars().map(upper_char).collect::<String>())),
        "title" => Function::new(&[Text], |_, a| done(title(text(a, 0)))),
        "replace" => Function::new(&[Text, Text, Text], |_, a| replace(a)),
        "split" => Function::new(&[Text, Text], |_, a| split(text(a, 0), text(a, 1))),
        "regex" => Function::new(&[Text, Text], |_, a| regex::first(text(a, 0), text(a, 1))),
        "regexall" => Function::new(&[Text, Text], |_, a| regex::all(text(a, 0), text(a, 1))),
        "substr" => Function::new(&[Text, Num, Num], |_, a| substr(a)),
        "strrev" => Function::new(&[Text], |_, a| done(text(a, 0).graphemes(true).rev().collect::<String>())),
        "startswith" => Function::new(&[Open, Text], |_, a| starts_with(&a[0], text(a, 1))),
        "endswith" => Function::new(&[Text, Text], |_, a| truth(text(a, 0).ends_with(text(a, 1)))),
        "strcontains" => Function::new(&[Text, Text], |_, a| truth(text(a, 0).contains(text(a, 1)))),
        "trim" => Function::new(&[Text, Text], |_, a| done(text(a, 0).trim_matches(|c| text(a, 1).contains(c)))),
        "trimspace" => Function::new(&[Text], |_, a| done(text(a, 0).trim())),
        "trimprefix" => {
            Function::new(&[Text, Text], |_, a| done(text(a, 0).strip_prefix(text(a, 1)).unwrap_or(text(a, 0))))
        }
        "trimsuffix" => {
            Function::new(&[Text, Text], |_, a| done(text(a, 0).strip_suffix(text(a, 1)).unwrap_or(text(a, 0))))
        }
        "chomp" => Function::new(&[Text], |_, a| done(text(a, 0).trim_end_matches(['\r', '\n']))),
        "indent" => Function::new(&[Num, Text], |_, a| indent(a)),
        _ => return None,
    })
}

#[expect(clippy::unnecessary_wraps, reason = "the bodies of functions give results")]
fn done(text: impl Into<EcoString>) -> Result<Value, Fail> {
    Ok(Value::string(text))
}

#[expect(clippy::unnecessary_wraps, reason = "the bodies of functions give results")]
fn truth(truth: bool) -> Result<Value, Fail> {
    Ok(Data::Bool(truth).into())
}

/// Unknown elements leave a text that is known in part.
fn join(args: &[Value]) -> Result<Value, Fail> {
    let separator = text(args, 0);
    let mut all = TextBuilder::default();
    let mut first = true;
    for arg in &args[1..] {
        if let Data::Null = arg.data {
            return Err(Fail::invalid("the list to join is null"));
        }
        for item in items(arg)? {
            if item.is_null() {
                return Err(Fail::invalid("a list to join holds null"));
            }
            if !std::mem::take(&mut first) {
                all.known(separator)?;
            }
            all.value(try_convert(item, &Type::String)?, |_| Value::default())?;
        }
    }
    Ok(all.finish())
}

/// Case mapping of one character to one, as Go does it.
fn lower_char(c: char) -> char {
    let mut mapped = c.to_lowercase();
    mapped.next().filter(|_| mapped.next().is_none()).unwrap_or(c)
}

fn upper_char(c: char) -> char {
    let mut mapped = c.to_uppercase();
    mapped.next().filter(|_| mapped.next().is_none()).unwrap_or(c)
}

/// Upper case after everything but letters, digits and underscores.
fn title(text: &str) -> String {
    let mut previous = ' ';
    let raise = |c: char| {
        let starts = if previous.is_ascii() {
            !previous.is_ascii_alphanumeric() && previous != '_'
        } else {
            previous.is_whitespace()
        };
        previous = c;
        if starts { upper_char(c) } else { c }
    };
    text.chars().map(raise).collect()
}

/// A pattern between slashes is a regular expression.
fn replace(args: &[Value]) -> Result<Value, Fail> {
    let (subject, pattern, with) = (text(args, 0), text(args, 1), text(args, 2));
    let slashed = pattern.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    if let Some(expression) = slashed {
        return regex::replace(subject, expression, with);
    }
    let n = if pattern.is_empty() { subject.chars().count() + 1 } else { subject.matches(pattern).count() };
    if subject.len() + n * with.len() > MAX_TEXT {
        return Err(Fail::limit("length of a text"));
    }
    done(subject.replace(pattern, with))
}

fn split(separator: &str, text: &str) -> Result<Value, Fail> {
    let parts: Vec<Value> = if separator.is_empty() {
        text.chars().take(MAX_ELEMENTS + 1).map(|c| Value::string(c.to_string())).collect()
    } else {
        text.split(separator).take(MAX_ELEMENTS + 1).map(Value::string).collect()
    };
    if parts.len() > MAX_ELEMENTS { Err(Fail::limit("elements of a list")) } else { Ok(list(parts)) }
}

/// Offset and length count characters as the user sees them; a negative offset counts from the
/// end, the length -1 means the rest.
fn substr(args: &[Value]) -> Result<Value, Fail> {
    let whole = text(args, 0);
    let (offset, length) = (integer(args, 1)?, integer(args, 2)?);
    let clamp = |n: i64| usize::try_from(n).unwrap_or(0);
    let skip = if offset >= 0 {
        clamp(offset)
    } else {
        whole.graphemes(true).count().saturating_sub(clamp(offset.saturating_neg()))
    };
    let take = if length < 0 { usize::MAX } else { clamp(length) };
    done(whole.graphemes(true).skip(skip).take(take).collect::<String>())
}

fn indent(args: &[Value]) -> Result<Value, Fail> {
    let whole = text(args, 1);
    let spaces = usize::try_from(integer(args, 0)?).unwrap_or(0);
    let n_lines = whole.matches('\n').count();
    if spaces > MAX_TEXT || whole.len() + n_lines * spaces > MAX_TEXT {
        return Err(Fail::limit("length of a text"));
    }
    done(whole.replace('\n', &format!("\n{}", " ".repeat(spaces))))
}

/// Decided by the known start of a text, too.
fn starts_with(value: &Value, prefix: &str) -> Result<Value, Fail> {
    let fail = match to_text(value) {
        Ok(whole) => return truth(whole.starts_with(prefix)),
        Err(fail) => fail,
    };
    let Some(Partial::Template(pieces)) = value.as_unknown().and_then(|unknown| unknown.partial.as_ref()) else {
        return Err(fail);
    };
    match pieces.first() {
        Some(PartialSegment::Known(start)) if start.starts_with(prefix) => truth(true),
        Some(PartialSegment::Known(start)) if !prefix.starts_with(start.as_str()) => truth(false),
        _ => Err(fail),
    }
}
