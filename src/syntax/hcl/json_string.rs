use std::ops::Range;

use super::slice::Slice;
use super::{Expr, ExprKind, Segment, fragment};
use crate::source::{FileId, Problem, Span};

/// What Terraform takes a string of a JSON file for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// `"${var.a}-b"`: a template.
    Template,
    /// Itself, whatever it holds.
    Literal,
    /// `"aws_vpc.a"`, `"list(string)"`: an expression.
    Expression,
}

/// Reads a string that stands, with its quotes, at `at` in the text of `file`.
pub(super) fn string(
    text: &str,
    file: FileId,
    at: Range<usize>,
    reading: Reading,
    problems: &mut Vec<Problem>,
) -> Expr {
    let span = Span::new(file, at.start, at.end);
    let raw = text.get(at.start + 1..at.end.saturating_sub(1)).unwrap_or("");
    let (decoded, places) = decode(raw, at.start + 1);
    if reading == Reading::Literal {
        return Expr { kind: ExprKind::String(decoded.as_str().into()), span };
    }
    let slice = Slice::decoded(&decoded, file, &places);
    let parsed = match reading {
        Reading::Expression if !decoded.contains("${") => fragment::expression(slice),
        _ => fragment::template(slice),
    };
    problems.extend(parsed.problems);
    match parsed.tree.kind {
        ExprKind::Template(mut segments) if matches!(segments[..], [Segment::Interpolation(_)]) => {
            match segments.pop() {
                Some(Segment::Interpolation(expr)) => expr,
                _ => Expr { kind: ExprKind::Template(segments), span },
            }
        }
        kind @ (ExprKind::Template(_) | ExprKind::String(_) | ExprKind::Invalid(_)) => Expr { kind, span },
        _ => parsed.tree,
    }
}

/// Resolves JSON's escapes, and tells for each byte where it comes from.
fn decode(raw: &str, base: usize) -> (String, Vec<usize>) {
    let mut decoded = String::with_capacity(raw.len());
    let mut places = Vec::with_capacity(raw.len() + 1);
    let mut at = 0;
    while let Some(c) = raw.get(at..).and_then(|rest| rest.chars().next()) {
        let (plain, width) = if c == '\\' { escape(raw, at) } else { (c, c.len_utf8()) };
        decoded.push(plain);
        places.extend((0..plain.len_utf8()).map(|i| base + at + if width == plain.len_utf8() { i } else { 0 }));
        at += width;
    }
    places.push(base + raw.len());
    (decoded, places)
}

/// What the escape at `at` stands for, and its width.
fn escape(raw: &str, at: usize) -> (char, usize) {
    let plain = match raw.as_bytes().get(at + 1) {
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => return code_point(raw, at),
        Some(&byte) if byte.is_ascii() => char::from(byte),
        _ => return ('\\', 1),
    };
    (plain, 2)
}

fn code_point(raw: &str, at: usize) -> (char, usize) {
    let unit = |at: usize| {
        let digits = raw.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let lost = (char::REPLACEMENT_CHARACTER, 2);
    let Some(first) = unit(at) else { return lost };
    match (char::from_u32(first), unit(at + 6)) {
        (Some(c), _) => (c, 6),
        (None, Some(second)) if (0xD800..0xDC00).contains(&first) && (0xDC00..0xE000).contains(&second) => {
            let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        (None, _) => (char::REPLACEMENT_CHARACTER, 6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoded_bytes_know_their_places() {
        let (text, places) = decode(r"a\né\u00e9\ud83d\ude00", 10);
        assert_eq!(text, "a\néé😀");
        assert_eq!(places, [10, 11, 13, 14, 15, 15, 21, 21, 21, 21, 33]);
    }
}
