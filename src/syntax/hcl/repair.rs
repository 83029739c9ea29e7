use std::ops::Range;

use super::edit;
use super::scan::{Scanner, Token};
use super::slice::Slice;
use super::{Expr, ExprKind};

/// What is left of an expression that is broken at `at`, by HCL's own rules of going on: text
/// after its end is dropped, a parenthesis that is not closed is left out, and so is an item of
/// an object that cannot be read, with all that follow it.
pub(super) fn repaired(slice: Slice<'_>, at: usize) -> Option<Expr> {
    let before = slice.text.get(..at)?.trim_end();
    let whole = |slice: Slice<'_>| edit::parse_expr(slice).ok();
    let unclosed = || slice.text.starts_with('(').then(|| slice.part(1..slice.text.len()));
    whole(slice.part(0..before.len()))
        .or_else(|| whole(unclosed()?))
        .or_else(|| whole(slice.behind(&without(slice.text, dots(slice.text, at)), 0)))
        .or_else(|| whole(slice.behind(&without(slice.text, rest_of_object(slice.text, at)?), 0)))
        .filter(|tree| !matches!(tree.kind, ExprKind::Invalid(_)))
}

/// The text with blanks in place of a part, so that all else keeps its place.
fn without(text: &str, part: Range<usize>) -> String {
    let (start, end) = (text.get(..part.start).unwrap_or(text), text.get(part.end..).unwrap_or(""));
    format!("{start}{}{end}", " ".repeat(part.len()))
}

/// A grouping `...` where there is nothing to group.
fn dots(text: &str, at: usize) -> Range<usize> {
    if text.get(at..).is_some_and(|rest| rest.starts_with("...")) { at..at + 3 } else { at..at }
}

/// From the item of an object that holds `at` to before the object's closing brace.
fn rest_of_object(text: &str, at: usize) -> Option<Range<usize>> {
    let mut scanner = Scanner::new(text, 0);
    let mut items: Vec<usize> = Vec::new();
    let mut broken: Option<(usize, usize)> = None;
    while let Some((token, here)) = scanner.next() {
        if broken.is_none() && here.end > at {
            broken = Some((items.len(), *items.last()?));
        }
        match token {
            Token::Open => items.push(here.end),
            Token::Close => {
                items.pop();
                if let Some((_, start)) = broken.filter(|(depth, _)| items.len() < *depth) {
                    return text.get(here.clone()).is_some_and(|close| close == "}").then_some(start..here.start);
                }
            }
            Token::Comma | Token::Newline if broken.is_none() => *items.last_mut()? = here.end,
            _ => {}
        }
    }
    None
}
