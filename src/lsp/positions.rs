use std::ops::Range;

use lsp_types::Position;

/// What the columns of a client count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    #[default]
    Utf16,
}

/// Where the lines of a text start. A line ends with `\n`, `\r\n` or `\r`.
#[derive(Clone, Debug)]
pub(super) struct Lines(Vec<u32>);

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let is_end =
            |&(at, byte): &(usize, &u8)| *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
        let after = |(at, _)| number(at + 1);
        Self(std::iter::once(0).chain(bytes.iter().enumerate().filter(is_end).map(after)).collect())
    }

    /// The place of a byte offset; one behind the text is its end.
    pub(super) fn position(&self, text: &str, offset: u32, encoding: Encoding) -> Position {
        let offset = floor(text, offset as usize);
        let line = self.0.partition_point(|&start| start as usize <= offset).saturating_sub(1);
        let before = text.get(self.0[line] as usize..offset).unwrap_or("");
        let column = match encoding {
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 if before.is_ascii() => before.len(),
            Encoding::Utf16 => before.encode_utf16().count(),
        };
        Position { line: number(line), character: number(column) }
    }

    /// The places of both ends of a range.
    pub(super) fn range(&self, text: &str, range: Range<u32>, encoding: Encoding) -> lsp_types::Range {
        let [start, end] = [range.start, range.end.max(range.start)];
        lsp_types::Range { start: self.position(text, start, encoding), end: self.position(text, end, encoding) }
    }

    /// The byte offset of a place. A column behind its line is the line's end, a line behind the
    /// text is the text's, and a column within a character is where that starts.
    pub(super) fn offset(&self, text: &str, position: Position, encoding: Encoding) -> u32 {
        let line = position.line as usize;
        let Some(&start) = self.0.get(line) else { return number(text.len()) };
        let end = self.0.get(line + 1).map_or(text.len(), |next| *next as usize);
        let content = text.get(start as usize..end).unwrap_or("").trim_end_matches(['\n', '\r']);
        let wanted = position.character as usize;
        let column = match encoding {
            Encoding::Utf8 => floor(content, wanted),
            Encoding::Utf16 if content.is_ascii() => wanted.min(content.len()),
            Encoding::Utf16 => utf16_column(content, wanted),
        };
        start + number(column)
    }
}

fn utf16_column(content: &str, wanted: usize) -> usize {
    let mut n_units = 0;
    for (at, c) in content.char_indices() {
        n_units += c.len_utf16();
        if n_units > wanted {
            return at;
        }
    }
    content.len()
}

/// The character boundary at or below an offset.
fn floor(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

pub(super) fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_count_units_of_the_encoding() {
        let text = "é🦀x\r\nb";
        let lines = Lines::new(text);
        assert_eq!(lines.position(text, 6, Encoding::Utf8), at(0, 6));
        assert_eq!(lines.position(text, 6, Encoding::Utf16), at(0, 3));
        assert_eq!(lines.offset(text, at(0, 3), Encoding::Utf16), 6);
        assert_eq!(lines.offset(text, at(0, 6), Encoding::Utf8), 6);
        assert_eq!(lines.offset(text, at(0, 2), Encoding::Utf16), 2, "within the crab");
        assert_eq!(lines.offset(text, at(0, 4), Encoding::Utf8), 2, "within the crab");
    }

    #[test]
    fn places_outside_of_the_text_are_its_ends() {
        let text = "ab\r\ncd\re\n";
        let lines = Lines::new(text);
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            assert_eq!(lines.offset(text, at(0, 99), encoding), 2);
            assert_eq!(lines.offset(text, at(1, u32::MAX), encoding), 6);
            assert_eq!(lines.offset(text, at(2, 0), encoding), 7);
            assert_eq!(lines.offset(text, at(9, 9), encoding), 9);
            assert_eq!(lines.position(text, 99, encoding), at(3, 0));
        }
    }

    #[test]
    fn every_offset_comes_back() {
        let text = "é🦀\n\r\n\rx\u{301}\u{feff}y";
        let lines = Lines::new(text);
        let is_inside_end = |at: usize| {
            text.as_bytes().get(at) == Some(&b'\n') && text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r')
        };
        for offset in (0..=text.len()).filter(|at| text.is_char_boundary(*at) && !is_inside_end(*at)) {
            for encoding in [Encoding::Utf8, Encoding::Utf16] {
                let position = lines.position(text, number(offset), encoding);
                assert_eq!(lines.offset(text, position, encoding), number(offset), "{position:?}");
            }
        }
    }
}
