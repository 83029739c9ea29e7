use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::{FileId, FileKind, Problem};
use crate::syntax::hcl::{self, Body};

/// Parsed files that no walk gives: of downloaded modules, variable files that were named, lock files.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    known: FxHashMap<(PathBuf, FileId), Held>,
    /// Those of this run.
    used: FxHashMap<(PathBuf, FileId), Held>,
}

#[derive(Clone, Debug)]
struct Held {
    text: Arc<str>,
    kind: FileKind,
    body: Arc<Body>,
    problems: Vec<Problem>,
}

impl Bodies {
    /// Parses a text, unless it was parsed before.
    pub(super) fn parse(
        &mut self,
        path: &Path,
        kind: FileKind,
        text: &Arc<str>,
        id: FileId,
    ) -> (Arc<Body>, Vec<Problem>) {
        let name = (path.to_path_buf(), id);
        let known = self.known.get(&name).filter(|held| held.kind == kind && held.text == *text);
        let held = known.cloned().unwrap_or_else(|| {
            let parsed = match kind {
                FileKind::TerraformJson => hcl::parse_json(text, id),
                FileKind::TfvarsJson => hcl::parse_tfvars_json(text, id),
                _ => hcl::parse(text, id),
            };
            Held { text: Arc::clone(text), kind, body: Arc::new(parsed.tree), problems: parsed.problems }
        });
        let result = (Arc::clone(&held.body), held.problems.clone());
        self.used.insert(name, held);
        result
    }

    /// Forgets what this run had no use for.
    pub(super) fn finish(&mut self) {
        self.known = std::mem::take(&mut self.used);
    }
}
