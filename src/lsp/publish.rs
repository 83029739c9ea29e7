use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lsp_types::{Diagnostic, DiagnosticSeverity, NumberOrString, PublishDiagnosticsParams, Uri};
use serde_json::json;

use super::diagnostics::{self, Shown};
use super::fixes::Fixes;
use super::folders::{Folder, Told, Trouble};
use super::keep::{self, Before};
use super::positions::Lines;
use super::server::Server;
use super::view::View;
use super::worker::{Done, Failure};
use crate::analysis::Refused;
use crate::finding::Novelty;
use crate::report::masked;
use crate::source::{FileId, file_uri, normalize};

impl Server {
    /// Shows what an analysis gave, unless its folder is gone.
    pub(super) fn take_outcome(&mut self, done: Done) {
        let Done { folder, time, result, took } = done;
        let Some(index) = self.folders.iter().position(|known| known.id == folder) else { return };
        let folder = &mut self.folders[index];
        folder.done = folder.done.max(time);
        match result {
            Ok(outcome) => {
                let shown = Shown {
                    audience: folder.audience(),
                    suspicions: self.options.suspicions,
                    samples: folder.shows_samples(),
                };
                let novelties = folder.novelties(&outcome);
                let n_known = novelties.iter().filter(|it| **it == Novelty::Known).count();
                let n_new = outcome.assessment.findings.len() - n_known;
                let mut items = diagnostics::items(&outcome, shown, &novelties);
                if let Some(before) = &folder.result {
                    let view = View::new(&outcome, &self.documents, time, self.client.encoding);
                    let before = Before { sources: &before.outcome.sources, items: &before.items, time: before.time };
                    items.extend(keep::kept(before, &items, &view, &self.documents, time));
                }
                folder.result = Some(Told { outcome, items, n_new, time, took, fixes: Fixes::default() });
                folder.failure = None;
            }
            Err(Failure::Refused(error)) => folder.failure = Some(Trouble::of_analysis(&error, &folder.project)),
            Err(Failure::Panicked) => {
                let message = "an internal error, which the log tells more of; the next change tries again";
                folder.failure = Some(Trouble::Other(message.to_owned()));
            }
        }
        self.show_folder(index);
        let known = self.folders.iter().map(|folder| match &folder.result {
            Some(told) => told.time,
            None if folder.is_idle() => u64::MAX,
            None => 0,
        });
        let known = known.min().unwrap_or(u64::MAX);
        self.documents.forget(known);
    }

    /// Tells the client what has changed of a folder's diagnostics.
    pub(super) fn show_folder(&mut self, index: usize) {
        let now = self.diagnostics(&self.folders[index]);
        let before = std::mem::replace(&mut self.folders[index].published, now);
        let now = &self.folders[index].published;
        let paths: BTreeSet<&PathBuf> = now.keys().chain(before.keys()).collect();
        let changed: Vec<&PathBuf> = paths.into_iter().filter(|path| now.get(*path) != before.get(*path)).collect();
        if self.client.pulls {
            if !changed.is_empty() {
                self.ask("workspace/diagnostic/refresh", ());
            }
        } else {
            for path in changed {
                self.publish(path, now.get(path).cloned().unwrap_or_default());
            }
        }
        if self.folders.iter().all(Folder::is_idle) {
            if self.client.refreshes_lenses && self.options.code_lens {
                self.ask("workspace/codeLens/refresh", ());
            }
            if self.client.refreshes_hints && self.options.inlay_hints {
                self.ask("workspace/inlayHint/refresh", ());
            }
        }
        self.tell_state();
    }

    /// Takes everything back that was told of a folder.
    pub(super) fn clear(&mut self, folder: &Folder) {
        if self.client.pulls {
            self.ask("workspace/diagnostic/refresh", ());
        } else {
            folder.published.keys().for_each(|path| self.publish(path, Vec::new()));
        }
    }

    fn publish(&self, path: &Path, diagnostics: Vec<Diagnostic>) {
        let Some(uri) = self.uri(path) else { return };
        let version = self.documents.get(path).map(|document| document.version);
        self.notify("textDocument/publishDiagnostics", PublishDiagnosticsParams { uri, diagnostics, version });
    }

    /// A path as the client names it.
    pub(super) fn uri(&self, path: &Path) -> Option<Uri> {
        let open = self.documents.get(path).map(|document| document.uri.clone());
        open.or_else(|| file_uri(path).parse().ok())
    }

    /// What there is to show of a folder, by path. Of two folders within one another the inner one
    /// shows what is in it.
    fn diagnostics(&self, folder: &Folder) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
        let mut all: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
        let inner: Vec<&Path> =
            self.folders.iter().map(|it| &*it.path).filter(|it| is_inside(it, &folder.path)).collect();
        if let Some(told) = &folder.result {
            let view = View::new(&told.outcome, &self.documents, told.time, self.client.encoding);
            let mut last: Option<(FileId, Option<PathBuf>)> = None;
            for item in &told.items {
                let path = match &last {
                    Some((file, path)) if *file == item.file => path.clone(),
                    _ => {
                        let path = Some(normalize(&view.source(item.file).path))
                            .filter(|path| path.is_absolute() && !inner.iter().any(|inner| path.starts_with(inner)));
                        last = Some((item.file, path.clone()));
                        path
                    }
                };
                if let Some(path) = path {
                    all.entry(path).or_default().push(item.diagnostic(&view, self.client));
                }
            }
        }
        if let Some(Trouble::Refused(refused)) = folder.trouble() {
            all.entry(normalize(&refused.path)).or_default().push(self.refused(refused));
        }
        all
    }

    /// What is wrong with a settings file.
    fn refused(&self, refused: &Refused) -> Diagnostic {
        let help = refused.refusal.help.as_ref().map_or_else(String::new, |help| format!(": {help}"));
        let [start, end] = [refused.refusal.range.start, refused.refusal.range.end].map(super::positions::number);
        Diagnostic {
            range: Lines::new(&refused.text).range(&refused.text, start..end, self.client.encoding),
            severity: Some(DiagnosticSeverity::ERROR),
            code: Some(NumberOrString::String("settings".into())),
            source: Some("stanchion".into()),
            message: masked(&format!("{}{help}", refused.refusal.message)),
            ..Diagnostic::default()
        }
    }

    /// Tells the client how far the work is, where that has changed.
    pub(super) fn tell_state(&mut self) {
        let trouble = self.folders.iter().find_map(Folder::trouble);
        let state = match trouble {
            _ if !self.folders.iter().all(Folder::is_idle) => "analyzing",
            Some(_) => "failed",
            None => "ready",
        };
        let is_new = state != self.state || state != "analyzing";
        self.state = state;
        if !is_new {
            return;
        }
        let told = || self.folders.iter().filter_map(|folder| folder.result.as_ref());
        let sum = |of: fn(&Told) -> usize| told().map(of).sum::<usize>();
        let mut status = json!({
            "state": state,
            "version": env!("CARGO_PKG_VERSION"),
            "findings": sum(|told| told.n_new),
            "undecided": sum(|told| told.outcome.assessment.undecided.len()),
            "files": sum(|told| told.outcome.assessment.counts.files),
            "milliseconds": told().map(|told| told.took.as_millis()).max().unwrap_or(0),
        });
        if let Some(trouble) = trouble.filter(|_| state == "failed") {
            status["message"] = masked(&trouble.message()).into();
        }
        self.notify("stanchion/status", status);
    }
}

fn is_inside(path: &Path, folder: &Path) -> bool {
    path != folder && path.starts_with(folder)
}
