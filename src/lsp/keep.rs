//! What is shown while text is broken: the last known diagnostics of what cannot be read.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::diagnostics::{Item, Kind};
use super::documents::Documents;
use super::view::View;
use crate::analysis::Outcome;
use crate::source::{FileId, FileKind, SourceFile, SourceMap, normalize};
use crate::syntax::{hcl, yaml};

/// An outcome that was shown, and what was shown of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before<'a> {
    pub(super) sources: &'a SourceMap,
    pub(super) items: &'a [Item],
    pub(super) time: u64,
}

/// Of the findings that were shown before and are not found any more, those of which broken text is
/// to blame: a place that explains them cannot be read at the moment, or what declares their
/// resource cannot. They have moved with the text and are kept until it can be read again.
///
/// Empty unless some open document of the outcome is broken, so that whatever is shown of healthy
/// text is what an analysis finds in it.
pub(super) fn kept(before: Before<'_>, now: &[Item], view: &View<'_>, documents: &Documents, time: u64) -> Vec<Item> {
    let broken = Broken::of(view, documents);
    if broken.0.is_empty() {
        return Vec::new();
    }
    let known = Known::of(now, view.outcome);
    let lost = before.items.iter().filter(|item| known.lacks(item));
    let moved = lost.filter_map(|item| moved(item, before, view, documents, time));
    let is_elsewhere = |item: &Item| known.places.contains(&place(item));
    moved.filter(|item| !is_elsewhere(item) && (broken.explains(item) || !is_declared(item, view.outcome))).collect()
}

/// What an outcome says of findings.
struct Known<'a> {
    outcome: &'a Outcome,
    fingerprints: FxHashSet<&'a str>,
    places: FxHashSet<(FileId, u32, String)>,
}

impl<'a> Known<'a> {
    fn of(now: &'a [Item], outcome: &'a Outcome) -> Self {
        let fingerprints = now.iter().filter_map(|item| match &item.kind {
            Kind::Finding { fingerprint } => Some(fingerprint.as_str()),
            Kind::Other => None,
        });
        let suppressed = outcome.assessment.suppressed.iter().map(|it| it.finding.fingerprint.as_str());
        Self {
            outcome,
            fingerprints: fingerprints.chain(suppressed).collect(),
            places: now.iter().map(place).collect(),
        }
    }

    /// Whether an item is of a finding of a rule that was asked, and is not there any more.
    fn lacks(&self, item: &Item) -> bool {
        match &item.kind {
            Kind::Finding { fingerprint } => {
                self.outcome.rules.contains(item.code()) && !self.fingerprints.contains(fingerprint.as_str())
            }
            Kind::Other => false,
        }
    }
}

/// What tells two findings of one rule apart when their evidence changes.
fn place(item: &Item) -> (FileId, u32, String) {
    (item.file, item.range.start, item.code().to_owned())
}

/// The item at its places in the texts of the outcome; `None` if its text is gone.
fn moved(item: &Item, before: Before<'_>, view: &View<'_>, documents: &Documents, time: u64) -> Option<Item> {
    let now = |file: FileId, range: &Range<u32>| {
        let path = normalize(&before.sources.file(file).path);
        let range = match documents.get(&path) {
            Some(document) => document.moved(range.clone(), before.time, time)?,
            None => range.clone(),
        };
        Some((view.file(&path)?, range))
    };
    let mut moved = item.clone();
    (moved.file, moved.range) = now(item.file, &item.range)?;
    moved.related = Vec::new();
    for related in &item.related {
        if let Some((file, range)) = now(related.file, &related.range) {
            let mut related = related.clone();
            (related.file, related.range) = (file, range);
            moved.related.push(related);
        }
    }
    Some(moved)
}

/// Whether some resource of the outcome is declared where the item is.
fn is_declared(item: &Item, outcome: &Outcome) -> bool {
    outcome.graph.resources().iter().any(|resource| {
        let block = resource.block;
        block.file == item.file && block.start <= item.range.start && item.range.end <= block.end
    })
}

/// For each open document that is broken, what of it can be read.
struct Broken(FxHashMap<FileId, Vec<Range<u32>>>);

impl Broken {
    fn of(view: &View<'_>, documents: &Documents) -> Self {
        let files = documents.iter().filter_map(|(path, _)| view.file(path));
        Self(files.filter_map(|file| Some((file, healthy(view.source(file))?))).collect())
    }

    fn explains(&self, item: &Item) -> bool {
        let is_broken = |file: FileId, range: &Range<u32>| {
            let healthy = self.0.get(&file);
            healthy.is_some_and(|parts| !parts.iter().any(|part| part.start <= range.start && range.end <= part.end))
        };
        is_broken(item.file, &item.range) || item.related.iter().any(|it| is_broken(it.file, &it.range))
    }
}

/// The outermost blocks or documents of a file that can be read; `None` if all of it can.
fn healthy(file: &SourceFile) -> Option<Vec<Range<u32>>> {
    let (problems, parts) = match file.kind {
        FileKind::Terraform | FileKind::Tfvars => {
            let parsed = hcl::parse(&file.text, file.id);
            (parsed.problems, parsed.tree.blocks.iter().map(|block| block.span).collect::<Vec<_>>())
        }
        FileKind::TerraformJson | FileKind::TfvarsJson => (hcl::parse_json(&file.text, file.id).problems, Vec::new()),
        FileKind::Yaml => {
            let parsed = yaml::parse(&file.text, file.id);
            (parsed.problems, parsed.tree.iter().map(|document| document.span).collect())
        }
        FileKind::Json => (yaml::parse_json(&file.text, file.id).problems, Vec::new()),
        FileKind::Config => return None,
    };
    if problems.is_empty() {
        return None;
    }
    let holds_none = |part: &Range<u32>| {
        !problems.iter().any(|problem| part.start <= problem.span.start && problem.span.start < part.end)
    };
    Some(parts.into_iter().map(|span| span.start..span.end).filter(holds_none).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(path: &str, text: &str) -> Option<Vec<String>> {
        let mut sources = SourceMap::default();
        let id = sources.add(path.into(), FileKind::of(path.as_ref()).unwrap(), text.into());
        let text = |range: Range<u32>| text.get(range.start as usize..range.end as usize).unwrap().to_owned();
        healthy(sources.file(id)).map(|parts| parts.into_iter().map(text).collect())
    }

    #[test]
    fn blocks_without_a_problem_are_healthy() {
        let (good, bad) = ("resource \"a\" \"b\" {\n  x = 1\n}", "resource \"a\" \"c\" {\n  x = \n}");
        assert_eq!(parts("a.tf", good), None);
        assert_eq!(parts("a.tf", &format!("{good}\n{bad}\n")), Some(vec![good.to_owned()]));
        assert_eq!(parts("a.tf", "resource \"a\" \"c\" {\n  x = \"\n}\n"), Some(Vec::new()));
    }

    #[test]
    fn documents_that_can_be_read_are_healthy() {
        assert_eq!(parts("a.yaml", "a: 1\n---\nb: [\n"), Some(vec!["a: 1".to_owned()]));
        assert_eq!(parts("a.json", "{\"a\": "), Some(Vec::new()));
    }
}
