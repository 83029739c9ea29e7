//! YAML and JSON documents.
//!
//! Takes one file's text; gives its [`Document`]s as plain values, a broken one costing only
//! itself, and on demand the span behind a path ([`Locator`]) and the comments. It does not
//! know what a manifest is. Spans are not kept in values: a document's root points at its
//! file, and the few places that are shown are found later. Start reading at [`parse`].

mod change;
mod comments;
mod locate;
mod nesting;
mod outline;
mod outline_json;
mod problems;
mod split;
mod visit;
mod write;

use std::ops::Range;
use std::sync::Arc;

use crate::source::{FileId, Span};
use crate::syntax::Parsed;
use crate::value::{Path, Place, Pointer, Value};

pub use change::{Draft, Refusal};
pub use comments::comments;
pub use locate::{Located, Locator};
pub use problems::limit_exceeded;
use visit::{Flavor, Reader};

/// Deepest nesting of lists and mappings that is read.
pub const MAX_DEPTH: usize = 128;

/// Values that a file may hold beyond one for each of its bytes, which bounds what aliases
/// can make of a small text. A file without aliases never reaches it.
pub const MAX_EXTRA_VALUES: usize = 1_000_000;

/// One document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Zero-based position among the file's documents that are not empty.
    pub index: u32,
    /// From its first to its last character, comments included, `---` lines not.
    pub span: Span,
    /// What it says. The root's place is the document, everything below is `Place::Above`.
    pub value: Value,
}

/// Reads a YAML file, which JSON is a part of.
///
/// Values are typed as Kubernetes types them: YAML 1.2 plus the plain words `yes`, `no`, `on`
/// and `off` as bools and plain `0644` as octal, both of YAML 1.1. Keys become strings, tags
/// are ignored, of keys with one name the last counts, aliases and merge keys are resolved.
/// A placeholder that a template engine would fill in (`image: {{ .Values.image }}`) is an
/// unknown value where it is a plain scalar or the whole of a quoted one; inside longer
/// quoted or block text it is part of the text.
pub fn parse(text: &str, file: FileId) -> Parsed<Vec<Document>> {
    let reader = Reader::new(text, Flavor::Yaml);
    let mut parsed: Parsed<Vec<Document>> = Parsed::default();
    for (index, segment) in (0..).zip(split::segments(text)) {
        let slice = text.get(segment.clone()).unwrap_or("");
        if let Some(at) = nesting::too_deep(slice) {
            parsed.problems.push(problems::too_deep(text, segment.start + at, file));
            continue;
        }
        match reader.yaml(slice) {
            Ok(value) => parsed.tree.push(document(file, index, split::content(text, segment), value)),
            Err(error) => parsed.problems.push(problems::of_yaml(&error, text, &segment, file)),
        }
    }
    parsed
}

/// Reads a JSON file: one document.
pub fn parse_json(text: &str, file: FileId) -> Parsed<Vec<Document>> {
    let mut parsed: Parsed<Vec<Document>> = Parsed::default();
    if text.trim().is_empty() {
        return parsed;
    }
    match Reader::new(text, Flavor::Json).json(text) {
        Ok(value) => parsed.tree.push(document(file, 0, split::content(text, 0..text.len()), value)),
        Err(error) => parsed.problems.push(problems::of_json(&error, text, file)),
    }
    parsed
}

/// Whether a text can hold a Kubernetes object at all; much cheaper than reading it.
pub fn looks_like_kubernetes(text: &str) -> bool {
    text.contains("apiVersion") && text.contains("kind")
}

fn document(file: FileId, index: u32, content: Range<usize>, value: Value) -> Document {
    let pointer = Pointer { file, document: index, path: Path::default() };
    let value = value.placed(Place::Pointer(Arc::new(pointer)));
    Document { index, span: Span::new(file, content.start, content.end), value }
}

#[cfg(test)]
mod tests;
