use std::ops::Range;

use ecow::EcoString;

use super::Ident;
use crate::source::{FileId, Span};

/// Part of a file that is parsed on its own; offsets in it become spans of the file.
#[derive(Clone, Copy)]
pub(super) struct Slice<'a> {
    /// The part's text.
    pub(super) text: &'a str,
    file: FileId,
    origin: SliceOrigin<'a>,
}

/// How an offset in the part leads to one in the file.
#[derive(Clone, Copy)]
enum SliceOrigin<'a> {
    /// The part stands here. Wraps around where text was put before a part to parse it.
    At(usize),
    /// The part was decoded; this is each byte's place and the end's.
    Decoded(&'a [usize]),
}

impl<'a> Slice<'a> {
    /// Text that stands at `base` in the file.
    pub(super) fn new(text: &'a str, file: FileId, base: usize) -> Self {
        Self { text, file, origin: SliceOrigin::At(base) }
    }

    /// Text that was decoded; `places` holds an offset for each of its bytes and its end.
    pub(super) fn decoded(text: &'a str, file: FileId, places: &'a [usize]) -> Self {
        Self { text, file, origin: SliceOrigin::Decoded(places) }
    }

    /// `text`, which holds this part behind a prefix of `width` bytes.
    pub(super) fn behind(self, text: &'a str, width: usize) -> Self {
        match self.origin {
            SliceOrigin::At(base) => Self { text, origin: SliceOrigin::At(base.wrapping_sub(width)), ..self },
            SliceOrigin::Decoded(_) => self,
        }
    }

    /// The part `range` of this part.
    pub(super) fn part(self, range: Range<usize>) -> Self {
        let origin = match self.origin {
            SliceOrigin::At(base) => SliceOrigin::At(base.wrapping_add(range.start)),
            SliceOrigin::Decoded(places) => SliceOrigin::Decoded(places.get(range.start..).unwrap_or(&[])),
        };
        Self { text: self.str(range), origin, ..self }
    }

    /// The span in the file of a range in the part.
    pub(super) fn span(self, range: Range<usize>) -> Span {
        let place = |at: usize| match self.origin {
            SliceOrigin::At(base) => base.wrapping_add(at),
            SliceOrigin::Decoded(places) => places.get(at).or(places.last()).copied().unwrap_or(0),
        };
        Span::new(self.file, place(range.start), place(range.end))
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
