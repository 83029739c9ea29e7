use std::ops::Range;

use ecow::EcoString;

use super::Ident;
use crate::source::{FileId, Span};

/// Part of a file that is parsed on its own; offsets in it become spans of the file.
#[derive(Clone, Copy)]
pub(super) struct Slice<'a> {
    /// The part's text.
    pub(super) text: &'a str,
    /// The file it is part of.
    pub(super) file: FileId,
    /// Where in the file the part starts.
    pub(super) base: usize,
}

impl<'a> Slice<'a> {
    pub(super) fn new(text: &'a str, file: FileId, base: usize) -> Self {
        Self { text, file, base }
    }

    /// The part `range` of this part.
    pub(super) fn part(self, range: Range<usize>) -> Self {
        Self { text: self.str(range.clone()), file: self.file, base: self.base + range.start }
    }

    /// The span in the file of a range in the part.
    pub(super) fn span(self, range: Range<usize>) -> Span {
        Span::new(self.file, self.base + range.start, self.base + range.end)
    }

    /// The text of a range, empty where the range is none.
    pub(super) fn str(self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or("")
    }

    /// The name written at `range`.
    pub(super) fn ident(self, range: Range<usize>) -> Ident {
        Ident { name: EcoString::from(self.str(range.clone())), span: self.span(range) }
    }
}
