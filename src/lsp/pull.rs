//! Diagnostics for clients that ask for them.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use lsp_types::{Diagnostic, PreviousResultId};
use rustc_hash::FxHasher;
use serde_json::{Value as Json, json};

use super::server::Server;
use super::sync::path;

impl Server {
    /// What there is to show of a file.
    pub(super) fn published(&self, path: &Path) -> Option<&[Diagnostic]> {
        let owner = self.owner(path).and_then(|folder| folder.published.get(path));
        owner.or_else(|| self.folders.iter().find_map(|folder| folder.published.get(path))).map(Vec::as_slice)
    }
}

/// The report about one document.
pub(super) fn document(items: &[Diagnostic], previous: Option<&str>) -> Json {
    let id = result_id(items);
    if previous == Some(&*id) {
        return json!({ "kind": "unchanged", "resultId": id });
    }
    json!({ "kind": "full", "resultId": id, "items": items })
}

/// The reports about all files of which there is something to say, or was before.
pub(super) fn workspace(server: &Server, previous: &[PreviousResultId]) -> Json {
    let known: BTreeMap<PathBuf, &PreviousResultId> =
        previous.iter().filter_map(|previous| Some((path(&previous.uri)?, previous))).collect();
    let published = server.folders.iter().flat_map(|folder| folder.published.keys());
    let paths: BTreeSet<&PathBuf> = published.chain(known.keys()).collect();
    let reports = paths.into_iter().filter_map(|path| {
        let previous = known.get(path);
        let mut report = document(server.published(path).unwrap_or_default(), previous.map(|it| it.value.as_str()));
        report["uri"] = json!(previous.map(|it| it.uri.clone()).or_else(|| server.uri(path))?);
        report["version"] = json!(server.documents.get(path).map(|document| document.version));
        Some(report)
    });
    json!({ "items": reports.collect::<Vec<_>>() })
}

/// The same for the same diagnostics.
fn result_id(items: &[Diagnostic]) -> String {
    let mut hasher = FxHasher::default();
    json!(items).to_string().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
