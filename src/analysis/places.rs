use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use crate::source::{FileId, SourceMap, Span};
use crate::syntax::yaml::{Located, Locator};
use crate::value::{Place, Pointer};

/// Turns places into spans; a document is parsed for spans only when something points into it.
#[derive(Debug)]
pub struct Places<'s> {
    sources: &'s SourceMap,
    locators: Arc<Locators>,
}

/// What was parsed for spans, in one run and the one before.
#[derive(Debug, Default)]
pub(super) struct Locators {
    now: Mutex<ByFile>,
    before: Mutex<ByFile>,
}

type ByFile = FxHashMap<FileId, Arc<Mutex<Locator>>>;

impl Locators {
    /// A new run begins; what it has no use for is forgotten with the next.
    pub(super) fn begin(&self) {
        *locked(&self.before) = std::mem::take(&mut *locked(&self.now));
    }

    fn of(&self, file: FileId, text: &Arc<str>) -> Arc<Mutex<Locator>> {
        let known = || locked(&self.before).remove(&file).filter(|known| locked(known).is_of(text));
        let new = || Arc::new(Mutex::new(Locator::new(Arc::clone(text), file)));
        Arc::clone(locked(&self.now).entry(file).or_insert_with(|| known().unwrap_or_else(new)))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'s> Places<'s> {
    /// Of the files of an outcome.
    pub fn new(sources: &'s SourceMap) -> Self {
        Self::with(sources, &Arc::default())
    }

    /// The same with what is parsed already.
    pub(super) fn with(sources: &'s SourceMap, locators: &Arc<Locators>) -> Self {
        Self { sources, locators: Arc::clone(locators) }
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
        let locator = self.locators.of(pointer.file, &self.sources.file(pointer.file).text);
        locked(&locator).span(pointer.document, &pointer.path)
    }

    fn first_line(&self, span: Span) -> Span {
        let text = self.sources.text(span);
        let line = text.lines().next().unwrap_or("").trim_end();
        Span::new(span.file, span.start as usize, span.start as usize + line.len())
    }
}
