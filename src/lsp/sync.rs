use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_server::{ErrorCode, Notification, RequestId, Response};
use lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::folders::Folder;
use super::options::Options;
use super::server::Server;
use super::worker::Change;
use crate::config::{BASELINE_NAME, FILE_NAME};
use crate::source::{FileKind, normalize, path_of_uri};

/// Names of files whose changes matter.
const WATCHED: &[&str] =
    &["**/*.tf", "**/*.tofu", "**/*.tf.json", "**/*.tfvars", "**/*.yaml", "**/*.yml", "**/*.json", "**/stanchion.toml"];

impl Server {
    pub(super) fn notified(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        let read = match method.as_str() {
            "initialized" => return self.start(),
            "$/cancelRequest" => return self.cancel(&params),
            "textDocument/didOpen" => with(params, |it| self.opened(it)),
            "textDocument/didChange" => with(params, |it| self.changed(it)),
            "textDocument/didClose" => {
                with(params, |it: DidCloseTextDocumentParams| self.closed(&it.text_document.uri))
            }
            "textDocument/didSave" => with(params, |it: DidSaveTextDocumentParams| {
                self.touched(&Vec::from_iter(path(&it.text_document.uri)));
            }),
            "workspace/didChangeWatchedFiles" => with(params, |it: DidChangeWatchedFilesParams| {
                self.touched(&it.changes.iter().filter_map(|change| path(&change.uri)).collect::<Vec<_>>());
            }),
            "workspace/didCreateFiles" | "workspace/didRenameFiles" | "workspace/didDeleteFiles" => {
                self.touched(&named_files(&params));
                Ok(())
            }
            "workspace/didChangeWorkspaceFolders" => with(params, |it| self.folders_changed(&it)),
            "workspace/didChangeConfiguration" => {
                self.configuration_changed(&params);
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(why) = read {
            self.log(&format!("`{method}` was refused: {why}"));
        }
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        self.start();
        let document = params.text_document;
        let Some(path) = path(&document.uri) else { return };
        if !is_ours(&path) {
            return;
        }
        self.time += 1;
        self.documents.open(path.clone(), document.uri, document.version, document.text);
        if !self.folders.iter().any(|folder| folder.holds(&path)) {
            let index = self.add_folder(|id| Folder::of_file(id, &path));
            return self.configure(index);
        }
        self.show(&path);
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let Some(path) = path(&params.text_document.uri) else { return };
        self.time += 1;
        let version = params.text_document.version;
        let changes = params.content_changes;
        if self.documents.change(&path, version, changes, self.client.encoding, self.time).is_some() {
            self.show(&path);
        }
    }

    fn closed(&mut self, uri: &Uri) {
        let Some(path) = path(uri) else { return };
        if !self.documents.close(&path) {
            return;
        }
        self.time += 1;
        for index in self.holding(&path) {
            self.order(index, Change::Close(path.clone()));
        }
        // A folder that is known by its open files alone goes with the last of them.
        let is_left =
            |folder: &Folder| folder.is_of_file() && !self.documents.iter().any(|(path, _)| folder.holds(path));
        if let Some(index) = self.folders.iter().position(is_left) {
            self.remove_folder(index);
        }
    }

    /// Gives a document's text to all folders that hold it.
    fn show(&mut self, path: &Path) {
        let Some(text) = self.documents.get(path).map(|document| Arc::clone(&document.text)) else { return };
        for index in self.holding(path) {
            self.order(index, Change::Text(path.to_path_buf(), Arc::clone(&text)));
        }
    }

    fn holding(&self, path: &Path) -> Vec<usize> {
        (0..self.folders.len()).filter(|index| self.folders[*index].holds(path)).collect()
    }

    /// The disk changed.
    fn touched(&mut self, paths: &[PathBuf]) {
        let is_settings =
            |path: &PathBuf| path.file_name().is_some_and(|name| name == FILE_NAME || name == BASELINE_NAME);
        self.time += 1;
        for index in 0..self.folders.len() {
            let folder = &self.folders[index];
            // A settings file above a folder is for it too, and one may lie elsewhere.
            if paths.iter().any(is_settings) || paths.iter().any(|path| self.is_named(folder, path)) {
                self.configure(index);
                continue;
            }
            let own: Vec<PathBuf> = paths.iter().filter(|path| folder.holds(path)).cloned().collect();
            if !own.is_empty() {
                self.order(index, Change::Disk(own));
            }
        }
    }

    /// Whether a path is one that the settings of a folder name.
    fn is_named(&self, folder: &Folder, path: &Path) -> bool {
        let files = folder.settings.advisory_files.iter();
        let mut rules = folder.settings.rule_folders.iter();
        let config = self.options.config.as_ref().map(|config| folder.path.join(config));
        files.chain(&config).any(|file| file == path) || rules.any(|rules| path.starts_with(rules))
    }

    fn folders_changed(&mut self, params: &DidChangeWorkspaceFoldersParams) {
        self.time += 1;
        for gone in params.event.removed.iter().filter_map(|folder| path(&folder.uri)) {
            if let Some(index) = self.folders.iter().position(|folder| folder.path == gone) {
                self.remove_folder(index);
            }
        }
        for new in params.event.added.iter().filter_map(|folder| path(&folder.uri)) {
            // What was opened there before belongs to it now.
            while let Some(index) = self.folders.iter().position(|it| it.is_of_file() && it.path.starts_with(&new)) {
                self.remove_folder(index);
            }
            let index = self.add_folder(|id| Folder::of_workspace(id, &new));
            self.configure(index);
        }
        let homeless = self.documents.iter().filter(|(path, _)| !self.folders.iter().any(|it| it.holds(path)));
        for path in homeless.map(|(path, _)| path.to_path_buf()).collect::<Vec<_>>() {
            let index = self.add_folder(|id| Folder::of_file(id, &path));
            self.configure(index);
        }
    }

    fn remove_folder(&mut self, index: usize) {
        self.order(index, Change::Gone);
        let folder = self.folders.remove(index);
        self.clear(&folder);
        self.tell_state();
    }

    fn configuration_changed(&mut self, params: &Json) {
        if self.client.is_configured {
            return self.ask_for_settings();
        }
        let given = params.get("settings");
        let own = given.and_then(|it| it.get("stanchion")).or(given).cloned().unwrap_or_default();
        self.set_options(own);
    }

    pub(super) fn ask_for_settings(&mut self) {
        if self.client.is_configured {
            let id = self.ask("workspace/configuration", json!({ "items": [{ "section": "stanchion" }] }));
            self.asked_settings = Some(id);
        }
    }

    pub(super) fn take_response(&mut self, response: Response) {
        if self.asked_settings.as_ref() != Some(&response.id) {
            return;
        }
        self.asked_settings = None;
        if let Ok(Json::Array(mut sections)) = response.response_result
            && let Some(own) = sections.pop()
        {
            self.set_options(own);
        }
    }

    /// A client that has nothing to say leaves what it said in the beginning.
    fn set_options(&mut self, given: Json) {
        if given.is_null() {
            return;
        }
        match Options::read(given) {
            Ok(options) if options == self.options => {}
            Ok(options) => {
                self.options = options;
                self.configure_all();
            }
            Err(why) => self.log(&format!("the settings were refused: {why}")),
        }
    }

    pub(super) fn configure_all(&mut self) {
        self.time += 1;
        (0..self.folders.len()).for_each(|index| self.configure(index));
        self.tell_state();
    }

    /// Reads the settings of a folder and has it analyzed from the beginning. With a settings file
    /// that cannot be used, what was found before stays.
    fn configure(&mut self, index: usize) {
        let folder = &mut self.folders[index];
        folder.unsettled = folder.configure(&self.options, &self.inputs).err();
        if folder.unsettled.is_some() {
            return self.show_folder(index);
        }
        let folder = &self.folders[index];
        let open = self.documents.iter().filter(|(path, _)| folder.holds(path));
        let texts = open.map(|(path, document)| (path.to_path_buf(), Arc::clone(&document.text))).collect();
        let settings = Box::new(folder.settings.clone());
        self.order(index, Change::Settings(settings, texts));
    }

    pub(super) fn watch_files(&mut self) {
        let watchers: Vec<Json> = WATCHED.iter().map(|glob| json!({ "globPattern": glob })).collect();
        let registration = json!({
            "id": "stanchion-files",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        });
        self.ask("client/registerCapability", json!({ "registrations": [registration] }));
    }

    fn cancel(&mut self, params: &Json) {
        let Some(id) = params.get("id").and_then(|id| serde_json::from_value::<RequestId>(id.clone()).ok()) else {
            return;
        };
        if let Some(index) = self.waiting.iter().position(|request| request.id == id) {
            self.waiting.remove(index);
            self.refuse(id, ErrorCode::RequestCanceled, "cancelled by the client");
        }
    }
}

/// Reads the parameters of a notification, and does it.
fn with<P: DeserializeOwned>(params: Json, act: impl FnOnce(P)) -> Result<(), String> {
    serde_json::from_value(params).map(act).map_err(|error| error.to_string())
}

pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    path_of_uri(uri.as_str()).map(|path| normalize(&path))
}

/// Whether a document can matter at all.
fn is_ours(path: &Path) -> bool {
    FileKind::of(path).is_some()
}

/// The paths of files that were made, renamed or deleted.
fn named_files(params: &Json) -> Vec<PathBuf> {
    let files = params.get("files").and_then(Json::as_array).into_iter().flatten();
    let uris = files.flat_map(|file| ["uri", "oldUri", "newUri"].map(|key| file.get(key).and_then(Json::as_str)));
    uris.flatten().filter_map(path_of_uri).map(|path| normalize(&path)).collect()
}
