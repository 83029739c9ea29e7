use std::collections::{BTreeMap, BTreeSet};

use lsp_server::Request;
use lsp_types::CodeActionParams;
use serde_json::Value as Json;

use super::actions;
use super::server::Server;
use super::worker::{Change, Verified};
use crate::finding::Fix;

/// Findings of one request whose fixes are shown to hold; more would keep the user waiting.
const MAX_FIXES: usize = 8;

/// What is known of the fixes of an outcome's findings, by fingerprint.
#[derive(Debug, Default)]
pub(super) struct Fixes {
    asked: BTreeSet<String>,
    known: BTreeMap<String, Option<Fix>>,
}

impl Fixes {
    /// The fix of a finding, if there is one that holds.
    pub(super) fn of(&self, fingerprint: &str) -> Option<&Fix> {
        self.known.get(fingerprint)?.as_ref()
    }
}

impl Server {
    /// Has the worker look for the fixes that a request for code actions is about; whether all that is
    /// wanted is known.
    pub(super) fn knows_fixes_for(&mut self, request: &Request) -> bool {
        if request.method != "textDocument/codeAction" {
            return true;
        }
        let Ok(params) = serde_json::from_value::<CodeActionParams>(request.params.clone()) else { return true };
        let wanted: Vec<String> = {
            let Some(subject) = self.subject(&params.text_document.uri) else { return true };
            let findings = actions::findings(&subject.view, subject.file, &params);
            findings.take(MAX_FIXES).map(|finding| finding.fingerprint.clone()).collect()
        };
        let path = super::sync::path(&params.text_document.uri);
        let Some(index) = path.and_then(|path| self.owner_index(&path)) else { return true };
        let Some(told) = &mut self.folders[index].result else { return true };
        let is_known = wanted.iter().all(|fingerprint| told.fixes.known.contains_key(fingerprint));
        let new: Vec<String> =
            wanted.into_iter().filter(|fingerprint| told.fixes.asked.insert(fingerprint.clone())).collect();
        if !new.is_empty() {
            self.ask_worker(index, Change::Verify(new));
        }
        is_known
    }

    pub(super) fn take_fixes(&mut self, verified: Verified) {
        let folder = self.folders.iter_mut().find(|folder| folder.id == verified.folder);
        let Some(told) = folder.and_then(|folder| folder.result.as_mut()) else { return };
        // Those of another outcome are asked for again.
        let is_same = verified.outcome.is_none_or(|outcome| std::sync::Arc::ptr_eq(&outcome, &told.outcome));
        if is_same {
            told.fixes.known.extend(verified.fixes);
        }
    }
}

/// Whether a request asks for what mends findings.
pub(super) fn is_wanted(params: &CodeActionParams) -> bool {
    let only = params.context.only.as_ref();
    only.is_none_or(|only| only.iter().any(|kind| "quickfix".starts_with(kind.as_str())))
}

/// The fingerprint in a diagnostic's data.
pub(super) fn fingerprint(data: Option<&Json>) -> Option<&str> {
    data?.get("fingerprint")?.as_str()
}
