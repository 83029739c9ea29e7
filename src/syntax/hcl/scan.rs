use std::ops::Range;

/// What a piece of text is to a reader that only matches brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `#`, `//` to the line's end, `/* */`.
    Comment,
    /// A line end outside strings and comments.
    Newline,
    /// A bracket, quote, heredoc introducer or `${` was opened.
    Open,
    /// The last opened was closed.
    Close,
    /// A closing bracket without its opening one.
    Stray,
    /// A prefix or infix operator, or `?`.
    Operator,
    /// `=`
    Assign,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// A name, number or anything else of an expression.
    Word,
    /// Literal text of a string or heredoc.
    Text,
}

/// What was opened and not closed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Context {
    Brace,
    Bracket,
    Paren,
    /// `${` or `%{`
    Template,
    Quote,
    /// The closing marker.
    Heredoc(Range<usize>),
}

/// Cuts text into tokens in one pass without recursion; never fails.
pub(super) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    /// What is open, outermost first.
    pub(super) stack: Vec<Context>,
    /// A quoted string that reaches over a line end was seen, or a line of a heredoc that
    /// starts like its end; readers disagree on what follows.
    pub(super) ambiguous: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, start: usize) -> Self {
        Self { text, bytes: text.as_bytes(), pos: start, stack: Vec::new(), ambiguous: false }
    }

    /// The next token and where it stands; white space is passed over.
    pub(super) fn next(&mut self) -> Option<(Token, Range<usize>)> {
        let token = match self.stack.last() {
            Some(Context::Quote) => self.quoted()?,
            Some(Context::Heredoc(marker)) => {
                let marker = marker.clone();
                self.heredoc(&marker)?
            }
            _ => return self.code(),
        };
        Some(token)
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.pos + ahead).copied().unwrap_or(0)
    }

    fn take(&mut self, token: Token, width: usize) -> (Token, Range<usize>) {
        let start = self.pos;
        self.pos = (start + width).min(self.bytes.len());
        (token, start..self.pos)
    }

    fn open(&mut self, context: Context, width: usize) -> (Token, Range<usize>) {
        self.stack.push(context);
        self.take(Token::Open, width)
    }

    /// Steps over literal text; true where a `${` or `%{` starts.
    fn at_template(&mut self) -> bool {
        let sign = self.peek(0);
        if self.peek(1) == sign && self.peek(2) == b'{' {
            self.pos += 3;
            return false;
        }
        if self.peek(1) == b'{' {
            return true;
        }
        self.pos += 1;
        false
    }

    fn quoted(&mut self) -> Option<(Token, Range<usize>)> {
        let start = self.pos;
        loop {
            let byte = *self.bytes.get(self.pos)?;
            let stop = match byte {
                b'"' | b'\n' => true,
                b'\\' if self.peek(1) == b'\n' => {
                    self.pos += 1;
                    false
                }
                b'\\' => {
                    self.pos += 2;
                    false
                }
                b'$' | b'%' => self.at_template(),
                _ => {
                    self.pos += 1;
                    false
                }
            };
            if !stop {
                continue;
            }
            if self.pos > start {
                return Some((Token::Text, start..self.pos));
            }
            return Some(match byte {
                b'"' => {
                    self.stack.pop();
                    self.take(Token::Close, 1)
                }
                b'\n' => {
                    self.ambiguous = true;
                    self.stack.pop();
                    self.take(Token::Newline, 1)
                }
                _ => self.open(Context::Template, 2),
            });
        }
    }

    fn heredoc(&mut self, marker: &Range<usize>) -> Option<(Token, Range<usize>)> {
        let start = self.pos;
        loop {
            let at_line_start = self.pos == 0 || self.bytes.get(self.pos - 1) == Some(&b'\n');
            if let Some(end) = at_line_start.then(|| self.marker_line(marker)).flatten() {
                self.stack.pop();
                self.pos = end;
                return Some((Token::Close, start..end));
            }
            match *self.bytes.get(self.pos)? {
                b'$' | b'%' if self.at_template() => {
                    if self.pos > start {
                        return Some((Token::Text, start..self.pos));
                    }
                    return Some(self.open(Context::Template, 2));
                }
                b'$' | b'%' => {}
                _ => self.pos += 1,
            }
        }
    }

    /// Where the closing marker ends if the line at the position is one.
    fn marker_line(&mut self, marker: &Range<usize>) -> Option<usize> {
        let blank = |b: &u8| matches!(b, b' ' | b'\t');
        let indent = self.bytes[self.pos..].iter().take_while(|b| blank(b)).count();
        let start = self.pos + indent;
        let end = start + marker.len();
        if self.bytes.get(start..end) != self.bytes.get(marker.clone()) {
            return None;
        }
        let rest = self.bytes[end..].iter().position(|b| !matches!(b, b' ' | b'\t' | b'\r'));
        let next = rest.map(|at| self.bytes[end + at]);
        if matches!(next, None | Some(b'\n')) {
            return Some(end);
        }
        let glued = self.text.get(end..).and_then(|rest| rest.chars().next()).is_some_and(is_name_char);
        self.ambiguous |= !glued;
        None
    }

    fn code(&mut self) -> Option<(Token, Range<usize>)> {
        while matches!(self.bytes.get(self.pos), Some(b' ' | b'\t' | b'\r')) {
            self.pos += 1;
        }
        let two = (*self.bytes.get(self.pos)?, self.peek(1));
        Some(match two {
            (b'\n', _) => self.take(Token::Newline, 1),
            (b'#', _) | (b'/', b'/') => self.line_comment(),
            (b'/', b'*') => self.block_comment(),
            (b'"', _) => self.open(Context::Quote, 1),
            (b'{', _) => self.open(Context::Brace, 1),
            (b'[', _) => self.open(Context::Bracket, 1),
            (b'(', _) => self.open(Context::Paren, 1),
            (b'}', _) => self.close_brace(),
            (b']', _) => self.close(&Context::Bracket),
            (b')', _) => self.close(&Context::Paren),
            (b'<', b'<') => self.heredoc_start(),
            (b',', _) => self.take(Token::Comma, 1),
            (b':', _) => self.take(Token::Colon, 1),
            (b'=' | b'!' | b'<' | b'>', b'=') | (b'&', b'&') | (b'|', b'|') => self.take(Token::Operator, 2),
            (b'=', b'>') => self.take(Token::Word, 2),
            (b'=', _) => self.take(Token::Assign, 1),
            (b'+' | b'-' | b'*' | b'/' | b'%' | b'!' | b'<' | b'>' | b'?' | b'&' | b'|', _) => {
                self.take(Token::Operator, 1)
            }
            _ => self.word(),
        })
    }

    fn word(&mut self) -> (Token, Range<usize>) {
        let rest = self.text.get(self.pos..).unwrap_or("");
        let n_name: usize = rest.chars().take_while(|&c| is_name_char(c)).map(char::len_utf8).sum();
        let first = rest.chars().next().map_or(1, char::len_utf8);
        self.take(Token::Word, n_name.max(first))
    }

    fn line_comment(&mut self) -> (Token, Range<usize>) {
        let rest = &self.bytes[self.pos..];
        let mut width = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        if width < rest.len() && rest[..width].last() == Some(&b'\r') {
            width -= 1;
        }
        self.take(Token::Comment, width)
    }

    fn block_comment(&mut self) -> (Token, Range<usize>) {
        let rest = self.text.get(self.pos + 2..).unwrap_or("");
        let width = rest.find("*/").map_or(rest.len(), |at| at + 2);
        self.take(Token::Comment, width + 2)
    }

    fn heredoc_start(&mut self) -> (Token, Range<usize>) {
        let dash = usize::from(self.peek(2) == b'-');
        let start = self.pos + 2 + dash;
        let rest = self.text.get(start..).unwrap_or("");
        let width: usize = rest.chars().take_while(|&c| is_name_char(c)).map(char::len_utf8).sum();
        let after = rest.get(width..).unwrap_or("");
        let line_end = if after.starts_with("\r\n") { 2 } else { 1 };
        if width == 0 || !(after.starts_with('\n') || line_end == 2) {
            return self.take(Token::Operator, 2);
        }
        self.open(Context::Heredoc(start..start + width), 2 + dash + width + line_end)
    }

    fn close(&mut self, context: &Context) -> (Token, Range<usize>) {
        if self.stack.last() == Some(context) {
            self.stack.pop();
            return self.take(Token::Close, 1);
        }
        self.take(Token::Stray, 1)
    }

    /// A brace also closes brackets and parentheses that were forgotten before it.
    fn close_brace(&mut self) -> (Token, Range<usize>) {
        let forgotten = self.stack.iter().rev().take_while(|c| matches!(c, Context::Bracket | Context::Paren)).count();
        if forgotten == self.stack.len() {
            return self.take(Token::Stray, 1);
        }
        self.stack.truncate(self.stack.len() - forgotten - 1);
        self.take(Token::Close, 1)
    }
}

pub(super) fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

/// The ranges of a text's comments, in order; a line comment without its line end.
/// Text of strings and heredocs is none, whatever it looks like.
pub fn comments(text: &str) -> Vec<Range<usize>> {
    let mut scanner = Scanner::new(text, 0);
    let mut comments = Vec::new();
    while let Some((token, range)) = scanner.next() {
        if token == Token::Comment {
            comments.push(range);
        }
    }
    comments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_in_strings_and_heredocs_are_none() {
        let text = "# a\nb = \"# no ${\"// no\" /* c */}\" // d\r\ne = <<X\n# no\n${ /* f */ 1}\n  X\n/* g\n*/ # h";
        let found: Vec<_> = comments(text).into_iter().map(|range| text.get(range).unwrap()).collect();
        assert_eq!(found, ["# a", "/* c */", "// d", "/* f */", "/* g\n*/", "# h"]);
    }

    #[test]
    fn brace_closes_forgotten_brackets() {
        let mut scanner = Scanner::new("{ a = [ ( }", 0);
        while scanner.next().is_some() {}
        assert_eq!(scanner.stack, []);
    }
}
