use std::cell::RefCell;

use ecow::eco_format;
use regex::{Captures, Regex, RegexBuilder};

use super::signature::list;
use crate::terraform::eval::{Fail, MAX_ELEMENTS, MAX_TEXT};
use crate::value::{Data, Value};

/// Largest compiled program, in bytes.
const MAX_PROGRAM: usize = 1 << 20;

/// `regex`: the first match.
pub(super) fn first(pattern: &str, text: &str) -> Result<Value, Fail> {
    let regex = compile(pattern)?;
    match regex.captures(text) {
        Some(captures) => found(&regex, &captures),
        None => Err(Fail::invalid("the pattern does not match the text")),
    }
}

/// `regexall`: every match.
pub(super) fn all(pattern: &str, text: &str) -> Result<Value, Fail> {
    let regex = compile(pattern)?;
    let matches = regex.captures_iter(text).take(MAX_ELEMENTS + 1).map(|c| found(&regex, &c));
    let matches = matches.collect::<Result<Vec<_>, _>>()?;
    if matches.len() > MAX_ELEMENTS { Err(Fail::limit("elements of a list")) } else { Ok(list(matches)) }
}

/// `replace` with a pattern between slashes.
pub(super) fn replace(text: &str, pattern: &str, with: &str) -> Result<Value, Fail> {
    let regex = compile(pattern)?;
    let n = regex.find_iter(text).count();
    if text.len() + n.saturating_mul(with.len() + text.len() * usize::from(with.contains('$'))) > MAX_TEXT * 4 {
        return Err(Fail::limit("length of a text"));
    }
    let replaced = regex.replace_all(text, with);
    if replaced.len() > MAX_TEXT { Err(Fail::limit("length of a text")) } else { Ok(Value::string(&*replaced)) }
}

/// The whole match, or its groups: a list, or an object where they have names.
fn found(regex: &Regex, captures: &Captures) -> Result<Value, Fail> {
    let group = |i: usize| captures.get(i).map_or_else(Value::default, |found| Value::string(found.as_str()));
    let names: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
    if names.is_empty() {
        return Ok(group(0));
    }
    if names.iter().all(Option::is_none) {
        return Ok(list((1..=names.len()).map(group)));
    }
    let members = names.iter().enumerate().map(|(i, name)| Some(((*name)?.into(), group(i + 1))));
    match members.collect() {
        Some(map) => Ok(Data::Object(map).into()),
        None => Err(Fail::invalid("all groups must have names, or none")),
    }
}

thread_local! {
    /// The expression used last, as loops use one again and again.
    static LAST: RefCell<Option<(String, Regex)>> = const { RefCell::new(None) };
}

fn compile(pattern: &str) -> Result<Regex, Fail> {
    let last = LAST.with_borrow(|last| last.as_ref().filter(|(text, _)| text == pattern).map(|(_, r)| r.clone()));
    if let Some(regex) = last {
        return Ok(regex);
    }
    let regex = build(pattern)?;
    LAST.set(Some((pattern.to_owned(), regex.clone())));
    Ok(regex)
}

fn build(pattern: &str) -> Result<Regex, Fail> {
    let mut builder = RegexBuilder::new(&translated(pattern));
    builder.size_limit(MAX_PROGRAM).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Fail::limit("size of a regular expression"),
        _ => Fail::Invalid(eco_format!("the regular expression {pattern:?} cannot be parsed")),
    })
}

/// Go's dialect in Rust's: Perl classes are ASCII, a brace that starts no repetition and a
/// bracket in a class are literals.
fn translated(pattern: &str) -> String {
    let mut result = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(c) = rest.chars().next() {
        let after = rest.strip_prefix(c).unwrap_or_default();
        rest = match c {
            '\\' => escape(after, in_class, &mut result),
            '[' if !in_class => {
                in_class = true;
                class_start(after, &mut result)
            }
            '[' if after.starts_with(':') && after.contains(":]") => posix_class(after, &mut result),
            ']' if in_class => {
                in_class = false;
                result.push(']');
                after
            }
            '[' | '&' | '~' if in_class => {
                result.extend(['\\', c]);
                after
            }
            '{' if !in_class && !is_repetition(after) => {
                result.push_str("\\{");
                after
            }
            _ => {
                result.push(c);
                after
            }
        };
    }
    result
}

/// After the opening bracket a `^` negates, and a `]` is a literal.
fn class_start<'p>(after: &'p str, result: &mut String) -> &'p str {
    result.push('[');
    let after = match after.strip_prefix('^') {
        Some(after) => {
            result.push('^');
            after
        }
        None => after,
    };
    match after.strip_prefix(']') {
        Some(after) => {
            result.push_str("\\]");
            after
        }
        None => after,
    }
}

fn posix_class<'p>(after: &'p str, result: &mut String) -> &'p str {
    let (name, after) = after.split_once(":]").unwrap_or((after, ""));
    result.push('[');
    result.push_str(name);
    result.push_str(":]");
    after
}

fn escape<'p>(after: &'p str, in_class: bool, result: &mut String) -> &'p str {
    let Some(c) = after.chars().next() else {
        result.push('\\');
        return after;
    };
    let rest = after.strip_prefix(c).unwrap_or_default();
    let class = match c {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        's' => "\\t\\n\\f\\r ",
        'Q' if !in_class => {
            let (literal, rest) = rest.split_once("\\E").unwrap_or((rest, ""));
            result.push_str(&regex::escape(literal));
            return rest;
        }
        'D' => "^0-9",
        'W' => "^0-9A-Za-z_",
        'S' => "^\\t\\n\\f\\r ",
        'b' | 'B' if !in_class => {
            result.push_str("(?-u:\\");
            result.push(c);
            result.push(')');
            return rest;
        }
        _ => {
            result.extend(['\\', c]);
            return rest;
        }
    };
    let bare = in_class && !class.starts_with('^');
    if bare {
        result.push_str(class);
    } else {
        result.extend(["[", class, "]"]);
    }
    rest
}

/// Whether `after`, which follows a brace, is the rest of `{n}`, `{n,}` or `{n,m}`.
fn is_repetition(after: &str) -> bool {
    let Some((inside, _)) = after.split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}
