use std::cell::{OnceCell, RefCell};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use lsp_types::{Location, Position, Uri};
use rustc_hash::FxHashMap;

use super::documents::{Document, Documents};
use super::positions::{Encoding, Lines};
use crate::analysis::Outcome;
use crate::source::{FileId, SourceFile, Span, file_uri, normalize};

/// An outcome as the client sees it: places in texts as they are now, which may have been edited
/// since it was made.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) outcome: &'a Outcome,
    documents: &'a Documents,
    /// When the outcome was ordered.
    time: u64,
    encoding: Encoding,
    by_path: OnceCell<FxHashMap<PathBuf, FileId>>,
    lines: RefCell<FxHashMap<FileId, Rc<Lines>>>,
}

impl<'a> View<'a> {
    pub(super) fn new(outcome: &'a Outcome, documents: &'a Documents, time: u64, encoding: Encoding) -> Self {
        Self { outcome, documents, time, encoding, by_path: OnceCell::new(), lines: RefCell::default() }
    }

    /// The file of an absolute path without `.` and `..`.
    pub(super) fn file(&self, path: &Path) -> Option<FileId> {
        let by_path = self.by_path.get_or_init(|| {
            let files = self.outcome.sources.files().iter();
            files.map(|file| (normalize(&file.path), file.id)).collect()
        });
        by_path.get(path).copied()
    }

    pub(super) fn source(&self, file: FileId) -> &'a SourceFile {
        self.outcome.sources.file(file)
    }

    fn document(&self, file: FileId) -> Option<&'a Document> {
        self.documents.get(&normalize(&self.source(file).path))
    }

    /// The byte of the outcome's text that a place of the client's is at.
    pub(super) fn offset(&self, file: FileId, position: Position) -> u32 {
        match self.document(file) {
            Some(document) => document.lines.offset(&document.text, position, self.encoding),
            None => self.lines(file).offset(&self.source(file).text, position, self.encoding),
        }
    }

    /// Where bytes of a file are; the file's end where they are gone.
    pub(super) fn range(&self, file: FileId, range: Range<u32>) -> lsp_types::Range {
        match self.document(file) {
            Some(document) => {
                let now = document.moved(range.clone(), self.time, u64::MAX).unwrap_or(range.start..range.start);
                document.lines.range(&document.text, now, self.encoding)
            }
            None => self.lines(file).range(&self.source(file).text, range, self.encoding),
        }
    }

    /// Where a span is, `None` where it is in no file of the disk: a variable of the environment.
    pub(super) fn location(&self, span: Span) -> Option<Location> {
        Some(Location { uri: self.uri(span.file)?, range: self.range(span.file, span.start..span.end) })
    }

    /// A file as the client names it.
    pub(super) fn uri(&self, file: FileId) -> Option<Uri> {
        if let Some(document) = self.document(file) {
            return Some(document.uri.clone());
        }
        let path = normalize(&self.source(file).path);
        path.is_absolute().then(|| file_uri(&path).parse().ok()).flatten()
    }

    fn lines(&self, file: FileId) -> Rc<Lines> {
        let mut lines = self.lines.borrow_mut();
        Rc::clone(lines.entry(file).or_insert_with(|| Rc::new(Lines::new(&self.source(file).text))))
    }
}
