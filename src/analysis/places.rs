use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::source::{FileId, SourceMap, Span};
use crate::syntax::yaml::Locator;
use crate::value::Place;

/// Turns places into spans; a document is parsed for spans only when something points into it.
pub(super) struct Places<'s> {
    sources: &'s SourceMap,
    locators: Mutex<FxHashMap<FileId, Arc<Mutex<Locator>>>>,
}

impl<'s> Places<'s> {
    pub(super) fn new(sources: &'s SourceMap) -> Self {
        Self { sources, locators: Mutex::default() }
    }

    /// The range to mark, at most one line; `None` for a place that is nowhere.
    pub(super) fn span(&self, place: &Place) -> Option<Span> {
        match place {
            Place::Above => None,
            Place::Span(span) => Some(self.first_line(*span)),
            Place::Pointer(pointer) => {
                let locator = self.locator(pointer.file);
                let mut locator = locator.lock().unwrap_or_else(PoisonError::into_inner);
                let located = locator.span(pointer.document, &pointer.path)?;
                Some(self.first_line(located.mark))
            }
        }
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
