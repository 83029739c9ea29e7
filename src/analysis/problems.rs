use std::path::Path;

use rustc_hash::FxHashMap;

use crate::source::{Problem, SourceMap};

/// Tells each fault of a module once, at its first place, with the number of its places: a variable
/// that is not declared is one mistake however often it is used.
///
/// Takes problems of the evaluation alone; each fault of the syntax is one of its own.
pub(super) fn once_per_module(mut problems: Vec<Problem>, sources: &SourceMap) -> Vec<Problem> {
    problems.sort();
    problems.dedup();
    let mut known: FxHashMap<(&Path, String), usize> = FxHashMap::default();
    let mut told: Vec<Problem> = Vec::new();
    for problem in problems {
        let folder = sources.file(problem.span.file).path.parent().unwrap_or(Path::new(""));
        let index = *known.entry((folder, problem.message.clone())).or_insert(told.len());
        match told.get_mut(index) {
            Some(first) => first.n_places += 1,
            None => told.push(problem),
        }
    }
    told
}
