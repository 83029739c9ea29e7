use std::ops::Range;

use super::{MAX_DEPTH, MAX_EXTRA_VALUES};
use crate::source::{FileId, Problem, Span};

/// What the visitor says when the file's budget is spent; never shown.
pub(super) const TOO_MANY_VALUES: &str = "too many values";

/// What both parsers say of too deep nesting.
const RECURSION: &str = "recursion limit exceeded";

const LIMIT: &str = "limit exceeded: ";

/// The limit that a problem of this room is about, `None` if it is about the text itself.
pub fn limit_exceeded(problem: &Problem) -> Option<&str> {
    problem.message.strip_prefix(LIMIT)
}

pub(super) fn of_yaml(error: &serde_yaml::Error, text: &str, segment: &Range<usize>, file: FileId) -> Problem {
    let offset = error.location().map_or(0, |location| location.index());
    let at = (segment.start + offset).min(segment.end);
    problem(&error.to_string(), line_at(text, at, file))
}

pub(super) fn too_deep(text: &str, at: usize, file: FileId) -> Problem {
    problem(RECURSION, line_at(text, at, file))
}

pub(super) fn of_json(error: &serde_json::Error, text: &str, file: FileId) -> Problem {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let at = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
    problem(&error.to_string(), line_at(text, at.min(text.len()), file))
}

/// The line that holds the offset, trimmed; of an empty line and of the text's end the last
/// line before that holds something.
fn line_at(text: &str, at: usize, file: FileId) -> Span {
    let at = (0..=at.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    let (before, after) = text.split_at(at);
    let rest = after.split('\n').next().unwrap_or("");
    let first = before.rsplit('\n').next().unwrap_or("");
    let line = if first.trim().is_empty() && rest.trim().is_empty() { before.trim_end().len() } else { at };
    let (before, after) = text.split_at(line);
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    let end = line + after.find('\n').unwrap_or(after.len());
    let whole = text.get(start..end).unwrap_or("");
    let indent = whole.len() - whole.trim_start().len();
    Span::new(file, start + indent, start + whole.trim_end().len())
}

fn problem(error: &str, span: Span) -> Problem {
    if let Some(limit) = limit(error) {
        return Problem::new(span, format!("{LIMIT}{limit}"));
    }
    let message = without_positions(error);
    match HELP.iter().find(|(part, _)| message.contains(part)) {
        Some((_, help)) => Problem::new(span, message).with_help(*help),
        None => Problem::new(span, message),
    }
}

fn limit(error: &str) -> Option<String> {
    if error.contains(RECURSION) {
        Some(format!("lists and mappings nested deeper than {MAX_DEPTH}"))
    } else if error.contains("repetition limit exceeded") || error.contains(TOO_MANY_VALUES) {
        Some(format!("aliases add more than {MAX_EXTRA_VALUES} values"))
    } else {
        None
    }
}

/// The parser's own words without line numbers, which count from the document's start, and
/// without values, which may be secret.
fn without_positions(error: &str) -> String {
    if error.contains("invalid value") || error.contains("invalid type") {
        return "the value does not fit its tag".into();
    }
    let mut parts = error.split(" at line ").flat_map(|part| part.split(" at position "));
    let mut message = parts.next().unwrap_or(error).to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(" column ");
        message.push_str(rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    message
}

/// What was expected, by a part of the parser's message.
const HELP: &[(&str, &str)] = &[
    ("mapping values are not allowed", "quote a value that holds `: `, or align the key with its neighbors"),
    ("could not find expected ':'", "write `key: value`, or quote the text"),
    ("cannot start any token", "indent with spaces, not tabs; quote text that starts with `@`, `%` or a backtick"),
    ("did not find expected key", "align the line with the keys around it"),
    ("did not find expected '-'", "align the line with the `-` of the list, or indent it below one"),
    ("did not find expected ',' or ']'", "close the list with `]`"),
    ("did not find expected ',' or '}'", "close the mapping with `}`"),
    ("unexpected end of stream", "close the quote"),
    ("did not find expected node content", "write a value here"),
    ("did not find expected alphabetic or numeric", "quote text that starts with `*` or `&`"),
    ("unknown anchor", "define `&name` above its use as `*name`"),
    ("unknown escape character", "use single quotes, or write `\\\\` for a backslash"),
    ("block sequence entries are not allowed", "start the list on its own line"),
    ("expected `,` or `}`", "separate members with `,`"),
    ("expected `,` or `]`", "separate elements with `,`"),
    ("trailing comma", "remove the last `,`"),
    ("EOF while parsing", "the text ends too early: close every bracket and quote"),
];
