use crate::source::{FileId, SourceMap, Span};

/// A place in a file as formats count it, all one-based.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub line: u32,
    /// Counted in Unicode scalar values.
    pub column: u32,
    /// Counted in UTF-16 code units.
    pub utf16: u32,
}

/// Turns offsets into lines and columns. It remembers the last place: findings come in order, so
/// that thousands of them on one line of a minified file cost one pass over that line.
pub(super) struct Locator<'a> {
    sources: &'a SourceMap,
    last: Option<(FileId, u32, At)>,
}

impl<'a> Locator<'a> {
    pub(super) fn new(sources: &'a SourceMap) -> Self {
        Self { sources, last: None }
    }

    /// First and one past the last place of a span.
    pub(super) fn range(&mut self, span: Span) -> (At, At) {
        let start = self.at(span.file, span.start);
        let kept = self.last;
        let end = self.at(span.file, span.end);
        self.last = kept;
        (start, end)
    }

    /// The place of an offset; 1:1 where the file is not of the map.
    pub(super) fn at(&mut self, id: FileId, offset: u32) -> At {
        let Some(file) = self.sources.files().get(id.0 as usize) else { return At { line: 1, column: 1, utf16: 1 } };
        let line = file.lines().line(offset);
        let number = u32::try_from(line + 1).unwrap_or(u32::MAX);
        let (from, mut at) = match self.last {
            Some((last_id, last, at)) if last_id == id && at.line == number && last <= offset => (last, at),
            _ => (file.lines().start(line, &file.text), At { line: number, column: 1, utf16: 1 }),
        };
        let between = file.text.get(from as usize..offset as usize).unwrap_or("");
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let n_chars = between.chars().count();
        at.column += count(n_chars);
        at.utf16 += count(if n_chars == between.len() { n_chars } else { between.encode_utf16().count() });
        self.last = Some((id, offset, at));
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileKind;

    #[test]
    fn columns_count_characters_and_utf16_units() {
        let mut sources = SourceMap::default();
        let id = sources.add("a.tf".into(), FileKind::Terraform, "é = \"🦀\" # x\nb".into());
        let mut locator = Locator::new(&sources);
        let end_of_crab = locator.at(id, 10);
        assert_eq!(end_of_crab, At { line: 1, column: 7, utf16: 8 });
        assert_eq!(locator.at(id, 12), At { line: 1, column: 9, utf16: 10 }, "continues from the last place");
        assert_eq!(locator.at(id, 0), At { line: 1, column: 1, utf16: 1 }, "goes back");
        assert_eq!(locator.at(id, 16), At { line: 2, column: 1, utf16: 1 });
    }
}
