//! How large a block may be, and the pass that sees to it before a recursive parser runs.

use std::ops::Range;

use super::scan::{Context, Scanner, Token};

/// Brackets, quotes and `${` open at one place.
pub const MAX_NESTING: usize = 200;

/// Levels of the tree that brackets and chains of operators (`a + b + …`, `!!a`,
/// `a ? b : c ? …`) can make; it bounds every recursion over a tree.
pub const MAX_DEPTH: usize = 400;

/// Entries of one object that `hcl-edit`, which compares each with all others, is given;
/// larger ones are read by the tolerant front end.
pub(super) const MAX_STRICT_ENTRIES: usize = 2_000;

/// Nested groups behind a second operator, each of which `hcl-edit` may read twice.
const MAX_STRICT_RETRIES: usize = 3;

/// What the pass found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Measured {
    /// The first place over a limit, and the limit.
    pub(super) exceeded: Option<(Range<usize>, &'static str)>,
    /// The strict front end may read it in linear time, and reads strings as HCL does.
    pub(super) strict: bool,
}

/// One open bracket.
#[derive(Default)]
struct Level {
    /// Operators since the chain began.
    n_operators: usize,
    /// Depth of the deepest group of the chain.
    deepest: usize,
    /// Depth of the deepest chain before.
    max: usize,
    /// `=` and `:` seen.
    n_entries: usize,
    /// Enclosing groups that stand behind a second operator.
    n_retries: usize,
}

impl Level {
    fn depth(&self) -> usize {
        self.max.max(self.n_operators + self.deepest)
    }

    fn end_chain(&mut self) {
        self.max = self.depth();
        (self.n_operators, self.deepest) = (0, 0);
    }
}

/// Measures `text` in one linear pass.
pub(super) fn measure(text: &str) -> Measured {
    let mut scanner = Scanner::new(text, 0);
    let mut measured = Measured { exceeded: None, strict: true };
    let mut levels = vec![Level::default()];
    let mut previous = Token::Newline;
    let mut line_ended = false;
    while let Some((token, at)) = scanner.next() {
        sync(&mut levels, scanner.stack.len(), &scanner.stack, token, &mut measured);
        let level = levels.last_mut().expect("the outermost level is never popped");
        // `hcl-edit` reads on behind a heredoc without a line.
        let is_bracket = matches!(text.as_bytes().get(at.end.wrapping_sub(1)), Some(b')' | b']' | b'}' | b'"'));
        let closes_heredoc = token == Token::Close && !is_bracket;
        let is_empty = !text.get(at.clone()).is_some_and(|closed| closed.contains('\n'));
        measured.strict &= !(closes_heredoc && previous == Token::Open && is_empty);
        match token {
            Token::Comment => continue,
            Token::Newline => {
                line_ended = true;
                continue;
            }
            Token::Comma | Token::Assign => level.end_chain(),
            Token::Operator => level.n_operators += 1,
            _ if line_ended && previous != Token::Operator => end_line(&mut levels, &scanner.stack, token),
            _ => {}
        }
        let level = levels.last_mut().expect("the outermost level is never popped");
        level.n_entries += usize::from(matches!(token, Token::Assign | Token::Colon));
        measured.strict &= level.n_entries <= MAX_STRICT_ENTRIES || levels.len() == 1;
        (line_ended, previous) = (false, token);
        if let Some(limit) = over(&levels) {
            measured.exceeded = Some((at, limit));
            measured.strict = false;
            return measured;
        }
    }
    measured.strict &= !scanner.ambiguous;
    measured
}

fn over(levels: &[Level]) -> Option<&'static str> {
    if levels.len() > MAX_NESTING {
        return Some("brackets and templates are nested more than 200 levels deep");
    }
    let deep = levels.last().is_some_and(|level| level.depth() > MAX_DEPTH);
    deep.then_some("operators are chained more than 400 levels deep")
}

/// A new line ends a chain where lines end statements, unless an operator joins them.
fn end_line(levels: &mut [Level], stack: &[Context], token: Token) {
    let opened = usize::from(token == Token::Open);
    let Some(index) = levels.len().checked_sub(1 + opened) else { return };
    let inside = index.checked_sub(1).and_then(|i| stack.get(i));
    if let (None | Some(Context::Brace), Some(level)) = (inside, levels.get_mut(index)) {
        level.end_chain();
    }
}

/// Pushes or pops levels until there is one per open bracket, and one for the outside.
fn sync(levels: &mut Vec<Level>, depth: usize, stack: &[Context], token: Token, measured: &mut Measured) {
    debug_assert_eq!(stack.len(), depth);
    while levels.len() > depth + 1 {
        if let (Some(mut inner), Some(outer)) = (levels.pop(), levels.last_mut()) {
            inner.end_chain();
            outer.deepest = outer.deepest.max(inner.max + 1);
        }
    }
    if token == Token::Open && levels.len() < depth + 1 {
        let outer = levels.last().map_or((0, 0), |level| (level.n_retries, level.n_operators));
        let n_retries = outer.0 + usize::from(outer.1 >= 2);
        measured.strict &= n_retries <= MAX_STRICT_RETRIES;
        levels.push(Level { n_retries, ..Level::default() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(text: &str) -> Option<&'static str> {
        measure(text).exceeded.map(|(_, limit)| limit)
    }

    #[test]
    fn nesting_is_limited() {
        let nested = |n: usize| format!("a = {}1{}\n", "[".repeat(n), "]".repeat(n));
        assert_eq!(limit(&nested(MAX_NESTING - 1)), None);
        assert!(limit(&nested(MAX_NESTING)).is_some_and(|text| text.contains(&MAX_NESTING.to_string())));
    }

    #[test]
    fn chains_are_limited_with_what_they_hold() {
        let chain = |n: usize| format!("a = (1{}) + 1\n", " + 1".repeat(n));
        assert_eq!(limit(&chain(MAX_DEPTH - 2)), None);
        assert!(limit(&chain(MAX_DEPTH)).is_some_and(|text| text.contains(&MAX_DEPTH.to_string())));
        assert!(limit(&format!("a = {}b", "!".repeat(MAX_DEPTH + 1))).is_some());
        assert!(limit(&format!("a = b{}", " ? b : b".repeat(MAX_DEPTH + 1))).is_some());
    }

    #[test]
    fn many_short_chains_are_none() {
        assert_eq!(limit(&"a = 1 + 2\n".repeat(MAX_DEPTH + 1)), None);
        assert_eq!(limit(&format!("a = [{}]", "1 + 2, ".repeat(MAX_DEPTH + 1))), None);
        assert_eq!(limit(&format!("a {{\n{}}}", "b = -1\n".repeat(MAX_DEPTH + 1))), None);
        assert!(limit(&format!("a = 1\n{}", "+ 1\n".repeat(MAX_DEPTH + 1))).is_some());
    }

    #[test]
    fn retries_and_ambiguity_are_not_strict() {
        assert!(measure("a = b + c + (d + e)\n").strict);
        assert!(!measure(&format!("a = {}", "b + c + (".repeat(9))).strict);
        assert!(!measure("a = \"b\nc\"\n").strict);
        assert!(!measure("a = <<X\nX + 1\nX\n").strict);
    }
}
