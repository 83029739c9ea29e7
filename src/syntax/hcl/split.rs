use std::ops::Range;

use super::scan::{Context, Scanner, Token};

/// Words that begin the blocks of a module's files, used to find back after a brace is missing.
const TOP_LEVEL: &[&str] = &[
    "resource",
    "data",
    "module",
    "variable",
    "locals",
    "output",
    "provider",
    "terraform",
    "moved",
    "import",
    "removed",
    "check",
    "ephemeral",
];

/// How often the search for the end of an unclosed string or heredoc may reach the text's end.
const MAX_RESTARTS: usize = 8;

/// A statement of a body: an attribute, a block, or what should have been one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Where it stands, without line end.
    pub(super) at: Range<usize>,
    /// Whether all its brackets, quotes and heredocs are closed.
    pub(super) closed: bool,
}

/// What a statement begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// `name =`
    Attribute {
        /// The name.
        name: Range<usize>,
    },
    /// `kind "label" {`
    Block {
        /// Kind and labels, quotes included.
        names: Vec<Range<usize>>,
        /// Between the braces, as far as it goes.
        body: Range<usize>,
    },
    /// Anything else.
    Unclear,
}

/// Cuts a body's text into statements by matching brackets alone.
///
/// With `top_level`, a line such as `resource "a" "b" {` without indentation begins a
/// statement even where a brace is open: it is the brace that is missing.
pub(super) fn split(text: &str, top_level: bool) -> Vec<Item> {
    let mut items = Vec::new();
    let mut scanner = Scanner::new(text, 0);
    let mut current: Option<Range<usize>> = None;
    let mut n_restarts = 0;
    loop {
        let Some((token, at)) = scanner.next() else {
            let Some(item) = current.take() else { break };
            let closed = scanner.stack.is_empty();
            let resume = if closed || n_restarts >= MAX_RESTARTS { None } else { next_header(text, item.start) };
            let end = resume.map_or(item.end, |at| trimmed_end(text, item.start, at));
            items.push(Item { at: item.start..end, closed });
            match resume.filter(|_| top_level) {
                Some(at) => scanner = Scanner::new(text, at),
                None => break,
            }
            n_restarts += 1;
            continue;
        };
        let begins = top_level && token == Token::Word && is_header(text, at.start) && may_resume(&scanner.stack);
        if let (true, Some(item)) = (begins, current.as_ref()) {
            items.push(Item { at: item.start..trimmed_end(text, item.start, at.start), closed: false });
            current = None;
            scanner.stack.clear();
        }
        match token {
            Token::Newline if scanner.stack.is_empty() => {
                items.extend(current.take().map(|at| Item { at, closed: true }));
            }
            Token::Comment | Token::Newline => {}
            _ => current = Some(current.map_or(at.start, |item| item.start)..at.end),
        }
    }
    items
}

/// Only brackets are open, and at least one.
fn may_resume(stack: &[Context]) -> bool {
    !stack.is_empty() && stack.iter().all(|c| matches!(c, Context::Brace | Context::Bracket | Context::Paren))
}

fn trimmed_end(text: &str, start: usize, end: usize) -> usize {
    start + text.get(start..end).unwrap_or("").trim_end().len()
}

/// Whether a block's header stands at `at`, at the start of its line.
fn is_header(text: &str, at: usize) -> bool {
    if at > 0 && text.as_bytes().get(at - 1) != Some(&b'\n') {
        return false;
    }
    let line = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let word = line.split([' ', '\t', '"', '{']).next().unwrap_or("");
    TOP_LEVEL.contains(&word) && line.contains('{') && !line.contains('=')
}

/// Where the next line after `start`'s begins that is a header.
fn next_header(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let starts = rest.match_indices('\n').map(|(at, _)| start + at + 1);
    starts.into_iter().find(|&at| is_header(text, at))
}

/// Reads what a statement begins with.
pub(super) fn head(text: &str) -> Head {
    let mut scanner = Scanner::new(text, 0);
    let mut names: Vec<Range<usize>> = Vec::new();
    while let Some((token, at)) = scanner.next() {
        match (token, scanner.stack.as_slice()) {
            (Token::Word, []) => names.push(at),
            (Token::Assign, []) if names.len() == 1 => return Head::Attribute { name: names[0].clone() },
            (Token::Open, [Context::Quote]) if !names.is_empty() => names.push(at),
            (Token::Close, []) => {
                if let Some(label) = names.last_mut() {
                    label.end = at.end;
                }
            }
            (Token::Open, [Context::Brace]) if !names.is_empty() => {
                let body = at.end..block_end(text, &mut scanner);
                return Head::Block { names, body };
            }
            (Token::Text, [Context::Quote]) | (Token::Comment, []) => {}
            _ => return Head::Unclear,
        }
    }
    Head::Unclear
}

/// Where the body of the block ends whose brace was just opened.
fn block_end(text: &str, scanner: &mut Scanner<'_>) -> usize {
    while let Some((token, at)) = scanner.next() {
        if token == Token::Close && scanner.stack.is_empty() {
            return at.start;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<(&str, bool)> {
        split(text, true).into_iter().map(|item| (text.get(item.at).unwrap(), item.closed)).collect()
    }

    #[test]
    fn statements_end_where_their_brackets_close() {
        let text = "# a\na = [1,\n2]\nb \"c\" {\n  d = \"}\"\n}\n";
        assert_eq!(items(text), [("a = [1,\n2]", true), ("b \"c\" {\n  d = \"}\"\n}", true)]);
    }

    #[test]
    fn next_header_ends_an_unclosed_block() {
        let text = "resource \"a\" \"b\" {\n  c = 1\n\nresource \"d\" \"e\" {\n}\n";
        assert_eq!(items(text), [("resource \"a\" \"b\" {\n  c = 1", false), ("resource \"d\" \"e\" {\n}", true)]);
    }

    #[test]
    fn next_header_ends_an_unclosed_heredoc() {
        let text = "a = <<EOT\n  b\nresource \"d\" \"e\" {\n}\nc = 1\n";
        assert_eq!(items(text), [("a = <<EOT\n  b", false), ("resource \"d\" \"e\" {\n}", true), ("c = 1", true)]);
    }

    #[test]
    fn heads_are_told_apart() {
        assert_eq!(head("a = 1"), Head::Attribute { name: 0..1 });
        assert_eq!(head("a \"b\" c { d"), Head::Block { names: vec![0..1, 2..5, 6..7], body: 9..11 });
        assert!(matches!(head("a { d }"), Head::Block { body, .. } if body == (3..6)));
        assert_eq!(head("= 1"), Head::Unclear);
    }
}
