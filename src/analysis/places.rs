use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::source::{FileId, SourceMap, Span};
use crate::syntax::yaml::{Located, Locator};
use crate::value::{Place, Pointer};

/// Turns places into spans; a document is parsed for spans only when something points into it.
#[derive(Debug)]
pub struct Places<'s> {
    sources: &'s SourceMap,
    locators: Mutex<FxHashMap<FileId, Arc<Mutex<Locator>>>>,
}

impl<'s> Places<'s> {
    /// Of the files of an outcome.
    pub fn new(sources: &'s SourceMap) -> Self {
        Self { sources, locators: Mutex::default() }
    }

    /// The range to mark, at most one line; `None` for a place that is nowhere.
    pub fn span(&self, place: &Place) -> Option<Span> {
        match place {
            Place::Above => None,
            Place::Span(span) => Some(self.first_line(*span)),
            Place::Pointer(pointer) => Some(self.first_line(self.located(pointer)?.mark)),
        }
    }

    /// All that a place covers; `None` for a place that is nowhere.
    pub fn whole(&self, place: &Place) -> Option<Span> {
        match place {
            Place::Above => None,
            Place::Span(span) => Some(*span),
            Place::Pointer(pointer) => Some(self.located(pointer)?.value),
        }
    }

    /// Where a node of a document and its key stand; `None` if the document is not there.
    pub fn located(&self, pointer: &Pointer) -> Option<Located> {
        let locator = self.locator(pointer.file);
        let mut locator = locator.lock().unwrap_or_else(PoisonError::into_inner);
        locator.span(pointer.document, &pointer.path)
    }

    fn locator(&self, file: FileId) -> Arc<Mutex<Locator>> {
        let mut locators = self.locators.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Mutex::new(Locator::new(Arc::clone(&self.sources.file(file).text), file)));
        Arc::clone(locators.entry(file).or_insert_with(new))
    }

    fn first_line(&self, span: Span) -> Span {
        let text = self.sources.text(span);
        let line = text.lines().next().unwrap_or("").trim_end();
        Span::new(span.file, span.start as usize, span.start as usize + line.len())
    }
}
