use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::outline::{Entry, Outline, PartId, Shape};
use super::split;
use crate::source::{FileId, Span};
use crate::value::{Path, Step};

/// Finds the spans behind the paths of one file. A document is parsed for spans only when
/// something points into it, and once.
#[derive(Debug)]
pub struct Locator {
    text: Arc<str>,
    file: FileId,
    segments: Vec<Range<usize>>,
    outlines: FxHashMap<u32, Outline>,
}

/// Where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// The value; of a key without a value, the key.
    pub value: Span,
    /// The key, quotes included, where the value is a member of a mapping.
    pub key: Option<Span>,
    /// What a finding marks, always within one line: `key: value` where that is one line, else
    /// the key; of a list's element and of the root the first line.
    pub mark: Span,
    /// Whether the whole path was found; else this is the deepest part of it that exists.
    pub is_exact: bool,
}

impl Locator {
    /// A locator for a file's text, as given to [`super::parse`] or [`super::parse_json`].
    pub fn new(text: Arc<str>, file: FileId) -> Self {
        let segments = split::segments(&text);
        Self { text, file, segments, outlines: FxHashMap::default() }
    }

    /// Whether it is of that text.
    pub fn is_of(&self, text: &Arc<str>) -> bool {
        Arc::ptr_eq(&self.text, text) || self.text == *text
    }

    /// Where `path` of a document stands; `None` if the file has no such document.
    ///
    /// A path that ends at an alias gives the alias; one that goes through it, or through a
    /// merge key, gives the place at the anchor, where the text to edit is.
    pub fn span(&mut self, document: u32, path: &Path) -> Option<Located> {
        let segment = self.segments.get(document as usize)?.clone();
        let outline = self.outlines.entry(document).or_insert_with(|| Outline::new(&self.text, segment.clone()));
        let mut at = Spot { key: None, value: outline.root() };
        let mut is_exact = at.value.is_some() || path.0.is_empty();
        for step in &path.0 {
            match at.value.and_then(|part| enter(outline, part, step)) {
                Some(next) => at = next,
                None => is_exact = false,
            }
            if !is_exact {
                break;
            }
        }
        let whole = split::content(&self.text, segment);
        let value = at.value.map(|part| outline.part(part).range.clone());
        Some(self.located(at.key.as_ref(), value, whole, is_exact))
    }

    fn located(
        &self,
        key: Option<&Range<usize>>,
        value: Option<Range<usize>>,
        whole: Range<usize>,
        is_exact: bool,
    ) -> Located {
        let span = |range: &Range<usize>| Span::new(self.file, range.start, range.end);
        let mark = match (key, &value) {
            (Some(key), Some(value)) if key.start <= value.start && self.is_one_line(key.start..value.end) => {
                key.start..value.end
            }
            (Some(key), _) => self.first_line(key.clone()),
            (None, Some(value)) => self.first_line(value.clone()),
            (None, None) => self.first_line(whole.clone()),
        };
        let value = value.or_else(|| key.cloned()).unwrap_or(whole);
        Located { value: span(&value), key: key.map(span), mark: span(&mark), is_exact }
    }

    fn is_one_line(&self, range: Range<usize>) -> bool {
        self.text.get(range).is_some_and(|text| !text.contains('\n'))
    }

    fn first_line(&self, range: Range<usize>) -> Range<usize> {
        let text = self.text.get(range.clone()).unwrap_or("");
        let line = text.split('\n').next().unwrap_or("").trim_end();
        range.start..range.start + line.len()
    }
}

/// A value on the way down, and the key by which it was entered.
struct Spot {
    key: Option<Range<usize>>,
    value: Option<PartId>,
}

fn enter(outline: &Outline, part: PartId, step: &Step) -> Option<Spot> {
    match (&outline.part(part).shape, step) {
        (Shape::Alias(Some(target)), _) => enter(outline, *target, step),
        (Shape::Sequence(items), Step::Index(index)) => {
            items.get(*index as usize).map(|item| Spot { key: None, value: Some(*item) })
        }
        (Shape::Mapping(entries), Step::Key(key)) => {
            let own = entries.iter().rev().find(|entry| entry.key == *key);
            match own {
                Some(entry) => Some(Spot { key: Some(entry.key_range.clone()), value: entry.value }),
                None => {
                    entries.iter().filter(|entry| entry.key == "<<").find_map(|entry| inherited(outline, entry, step))
                }
            }
        }
        _ => None,
    }
}

/// The member that a merge key brings in.
fn inherited(outline: &Outline, merge: &Entry, step: &Step) -> Option<Spot> {
    let source = merge.value?;
    match &outline.part(source).shape {
        Shape::Sequence(sources) => sources.iter().find_map(|source| enter(outline, *source, step)),
        _ => enter(outline, source, step),
    }
}
