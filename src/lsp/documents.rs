use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::{TextDocumentContentChangeEvent, Uri};

use super::positions::{Encoding, Lines, number};

/// A text that was replaced: the bytes of `range` by `n_new` others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<u32>,
    pub(super) n_new: u32,
}

impl Edit {
    /// Where a range of the old text is in the new one; `None` if all of it was replaced.
    pub(super) fn moved(&self, range: &Range<u32>) -> Option<Range<u32>> {
        let Range { start, end } = self.range;
        if start < end && range.start < range.end && start <= range.start && range.end <= end {
            return None;
        }
        let shift = |at: u32| at - end + start + self.n_new;
        let from = match range.start {
            at if end <= at => shift(at),
            at if at <= start => at,
            _ => start + self.n_new,
        };
        let to = match range.end {
            at if at <= start => at,
            at if end <= at => shift(at),
            _ => start,
        };
        Some(from..to.max(from))
    }

    /// What turns one text into another: all between what both begin and end with.
    fn between(old: &str, new: &str) -> Self {
        let same = |a: &mut dyn Iterator<Item = (char, char)>| -> usize {
            a.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
        };
        let prefix = same(&mut old.chars().zip(new.chars()));
        let [old_rest, new_rest] = [old, new].map(|text| text.get(prefix..).unwrap_or(""));
        let suffix = same(&mut old_rest.chars().rev().zip(new_rest.chars().rev()));
        Self { range: number(prefix)..number(old.len() - suffix), n_new: number(new_rest.len() - suffix) }
    }
}

/// A document that the client has open.
#[derive(Debug)]
pub(super) struct Document {
    /// As the client names it.
    pub(super) uri: Uri,
    pub(super) text: Arc<str>,
    pub(super) lines: Lines,
    pub(super) version: i32,
    /// Edits that some analysis may not know yet, each with the time at which it came.
    log: Vec<(u64, Edit)>,
}

impl Document {
    fn new(uri: Uri, version: i32, text: String) -> Self {
        Self { uri, lines: Lines::new(&text), text: text.into(), version, log: Vec::new() }
    }

    fn change(&mut self, change: TextDocumentContentChangeEvent, encoding: Encoding, time: u64) {
        let (edit, text) = match change.range {
            None => (Edit::between(&self.text, &change.text), change.text),
            Some(range) => {
                let ends = [range.start, range.end].map(|at| self.lines.offset(&self.text, at, encoding));
                let (start, end) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
                let before = self.text.get(..start as usize).unwrap_or("");
                let after = self.text.get(end as usize..).unwrap_or("");
                let text = [before, &change.text, after].concat();
                (Edit { range: start..end, n_new: number(change.text.len()) }, text)
            }
        };
        self.log.push((time, edit));
        self.lines = Lines::new(&text);
        self.text = text.into();
    }

    /// Where a range is that was told at a time; `None` if it was replaced since, or told later than
    /// `until`.
    pub(super) fn moved(&self, range: Range<u32>, since: u64, until: u64) -> Option<Range<u32>> {
        let edits = self.log.iter().filter(|(time, _)| (since + 1..=until).contains(time));
        edits.map(|(_, edit)| edit).try_fold(range, |range, edit| edit.moved(&range))
    }
}

/// All open documents, by path.
#[derive(Debug, Default)]
pub(super) struct Documents(BTreeMap<PathBuf, Document>);

impl Documents {
    pub(super) fn open(&mut self, path: PathBuf, uri: Uri, version: i32, text: String) {
        self.0.insert(path, Document::new(uri, version, text));
    }

    /// Applies changes in their order; gives the new text, `None` where the document is not open.
    pub(super) fn change(
        &mut self,
        path: &Path,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
        time: u64,
    ) -> Option<Arc<str>> {
        let document = self.0.get_mut(path)?;
        document.version = version;
        for change in changes {
            document.change(change, encoding, time);
        }
        Some(Arc::clone(&document.text))
    }

    pub(super) fn close(&mut self, path: &Path) -> bool {
        self.0.remove(path).is_some()
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Document> {
        self.0.get(path)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Path, &Document)> {
        self.0.iter().map(|(path, document)| (path.as_path(), document))
    }

    /// Forgets edits that every analysis knows.
    pub(super) fn forget(&mut self, until: u64) {
        for document in self.0.values_mut() {
            document.log.retain(|(time, _)| *time > until);
        }
    }
}

#[cfg(test)]
mod tests {
    use lsp_types::{Position, Range as LspRange};

    use super::*;

    fn edit(range: Range<u32>, n_new: u32) -> Edit {
        Edit { range, n_new }
    }

    #[test]
    fn ranges_move_with_the_text_around_them() {
        let marked = 10..15;
        for (edit, expected) in [
            (edit(2..4, 5), Some(13..18)),
            (edit(20..24, 0), Some(10..15)),
            (edit(10..10, 3), Some(13..18)),
            (edit(15..15, 3), Some(10..15)),
            (edit(12..13, 4), Some(10..18)),
            (edit(8..12, 1), Some(9..12)),
            (edit(12..20, 1), Some(10..12)),
            (edit(10..15, 5), None),
            (edit(0..99, 99), None),
        ] {
            assert_eq!(edit.moved(&marked), expected, "{edit:?}");
        }
    }

    #[test]
    fn a_whole_new_text_is_one_edit_of_what_differs() {
        assert_eq!(Edit::between("a = é\nb", "a = è!\nb"), edit(4..6, 3));
        assert_eq!(Edit::between("aaa", "aaaa"), edit(3..3, 1));
        assert_eq!(Edit::between("", ""), edit(0..0, 0));
    }

    #[test]
    fn changes_apply_one_after_another() {
        let path = Path::new("/a.tf");
        let mut documents = Documents::default();
        documents.open(path.into(), "file:///a.tf".parse().unwrap(), 1, "a🦀b\nc".into());
        let change = |line: u32, from: u32, to: u32, text: &str| TextDocumentContentChangeEvent {
            range: Some(LspRange { start: Position::new(line, from), end: Position::new(line, to) }),
            range_length: None,
            text: text.into(),
        };
        let changes = vec![change(0, 1, 3, "x\ny"), change(1, 1, 2, ""), change(9, 0, 0, "!")];
        let text = documents.change(path, 2, changes, Encoding::Utf16, 1).unwrap();
        assert_eq!(&*text, "ax\ny\nc!");
        let document = documents.get(path).unwrap();
        assert_eq!(document.moved(7..8, 0, 1), Some(5..6), "the c");
        assert_eq!(document.moved(7..8, 1, 1), Some(7..8));
        assert_eq!(documents.change(Path::new("/b.tf"), 2, Vec::new(), Encoding::Utf16, 1), None);
    }
}
