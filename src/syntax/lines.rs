use std::ops::Range;

/// A text as lines, for changes that keep its layout.
#[derive(Clone, Copy)]
pub(super) struct Lines<'t>(pub(super) &'t str);

impl<'t> Lines<'t> {
    /// The text of a range, empty where it is none.
    pub(super) fn str(self, range: Range<usize>) -> &'t str {
        self.0.get(range).unwrap_or("")
    }

    /// Where the line that holds an offset starts.
    pub(super) fn start(self, at: usize) -> usize {
        self.str(0..at).rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Where it ends, before its line end.
    pub(super) fn end(self, at: usize) -> usize {
        let rest = self.0.get(at..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("");
        at + line.strip_suffix('\r').unwrap_or(line).len()
    }

    /// Where the line after it starts, or the text's end.
    pub(super) fn next(self, at: usize) -> usize {
        self.0.get(at..).and_then(|rest| rest.find('\n')).map_or(self.0.len(), |newline| at + newline + 1)
    }

    /// The white space that the line of an offset starts with.
    pub(super) fn indent(self, at: usize) -> &'t str {
        let line = self.str(self.start(at)..self.end(at));
        let n_blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        line.get(..n_blank).unwrap_or("")
    }

    /// Columns before an offset, counted in characters.
    pub(super) fn column(self, at: usize) -> usize {
        self.str(self.start(at)..at).chars().count()
    }

    /// Whether the line of an offset holds nothing.
    pub(super) fn is_blank(self, at: usize) -> bool {
        self.str(self.start(at)..self.end(at)).trim().is_empty()
    }

    /// Whether two offsets are in one line.
    pub(super) fn is_one(self, range: Range<usize>) -> bool {
        !self.str(range).contains('\n')
    }

    /// How lines end here.
    pub(super) fn ending(self) -> &'static str {
        match self.0.find('\n') {
            Some(at) if self.str(0..at).ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// Whole lines that are taken away, and one of two blank lines that would meet there, or that
    /// would stand at the edge of what is between `open` and `close`.
    pub(super) fn without(self, lines: Range<usize>, open: usize, close: usize) -> Range<usize> {
        let is_first = self.str(open..lines.start).trim().is_empty() && lines.start == self.next(open);
        let is_last = self.start(close) == lines.end;
        let has_blank_above = lines.start > self.next(open) && self.is_blank(lines.start - 1);
        let has_blank_below = !is_last && lines.end < close && self.is_blank(lines.end);
        if has_blank_below && (is_first || has_blank_above) {
            lines.start..self.next(lines.end)
        } else if is_last && has_blank_above {
            self.start(lines.start - 1)..lines.end
        } else {
            lines
        }
    }
}
