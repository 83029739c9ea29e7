use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use lsp_server::{ErrorCode, Request, ResponseError};
use lsp_types::{
    CodeActionParams, CodeLensParams, DocumentDiagnosticParams, DocumentLinkParams, DocumentSymbolParams, HoverParams,
    InlayHintParams, Uri, WorkspaceDiagnosticParams, WorkspaceSymbolParams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::folders::{Folder, Told};
use super::server::Server;
use super::sync::path;
use super::view::View;
use super::{actions, explain, hints, hover, lens, links, picture, pull, symbols};
use crate::source::FileId;

/// An answer, or why there is none.
type Answer = Result<Json, ResponseError>;

/// A file, and what was found in its folder.
pub(super) struct Subject<'a> {
    pub(super) view: View<'a>,
    pub(super) file: FileId,
}

impl Server {
    /// Answers a request at once if what it is about is analyzed, and else when it is.
    pub(super) fn requested(&mut self, request: Request) {
        if is_known(&request.method) {
            self.waiting.push_back(request);
        } else {
            self.refuse(request.id, ErrorCode::MethodNotFound, &format!("there is no `{}`", request.method));
        }
    }

    pub(super) fn answer_waiting(&mut self) {
        for request in std::mem::take(&mut self.waiting) {
            if !self.is_ready_for(&request) || !self.knows_fixes_for(&request) {
                self.waiting.push_back(request);
                continue;
            }
            let Request { id, method, params } = request;
            // A defect in one answer is not to end the session.
            let answer = catch_unwind(AssertUnwindSafe(|| self.answer(&method, params)));
            let internal = || Err(error(ErrorCode::InternalError, "an internal error, which the log tells more of"));
            self.respond(id, answer.unwrap_or_else(|_| internal()));
        }
    }

    fn is_ready_for(&self, request: &Request) -> bool {
        if request.method == "stanchion/explain" {
            return true;
        }
        let uri = request.params.pointer("/textDocument/uri").and_then(Json::as_str);
        match uri.and_then(|uri| uri.parse().ok()).as_ref().and_then(path) {
            Some(path) => self.owner(&path).is_none_or(Folder::is_idle),
            None => self.folders.iter().all(Folder::is_idle),
        }
    }

    fn answer(&self, method: &str, params: Json) -> Answer {
        match method {
            "textDocument/hover" => with(params, |params: HoverParams| {
                let at = params.text_document_position_params;
                let subject = self.subject(&at.text_document.uri)?;
                hover::hover(&subject.view, subject.file, at.position)
            }),
            "textDocument/codeAction" => with(params, |params: CodeActionParams| {
                let subject = self.subject(&params.text_document.uri)?;
                let fixes = &self.owner(&path(&params.text_document.uri)?)?.result.as_ref()?.fixes;
                Some(actions::actions(&subject.view, subject.file, &params, (self.client, fixes)))
            }),
            "textDocument/codeLens" => with(params, |params: CodeLensParams| {
                let subject = self.subject(&params.text_document.uri).filter(|_| self.options.code_lens)?;
                Some(lens::lenses(&subject.view, subject.file, self.client))
            }),
            "textDocument/documentLink" => with(params, |params: DocumentLinkParams| {
                let subject = self.subject(&params.text_document.uri)?;
                Some(links::links(&subject.view, subject.file))
            }),
            "textDocument/documentSymbol" => with(params, |params: DocumentSymbolParams| {
                let subject = self.subject(&params.text_document.uri)?;
                Some(symbols::of_document(&subject.view, subject.file))
            }),
            "textDocument/inlayHint" => with(params, |params: InlayHintParams| {
                let subject = self.subject(&params.text_document.uri).filter(|_| self.options.inlay_hints)?;
                Some(hints::hints(&subject.view, subject.file, params.range))
            }),
            "textDocument/diagnostic" => with(params, |params: DocumentDiagnosticParams| {
                let path = path(&params.text_document.uri);
                let items = path.and_then(|path| self.published(&path)).unwrap_or_default();
                pull::document(items, params.previous_result_id.as_deref())
            }),
            "workspace/diagnostic" => {
                with(params, |params: WorkspaceDiagnosticParams| pull::workspace(self, &params.previous_result_ids))
            }
            "workspace/symbol" => {
                with(params, |params: WorkspaceSymbolParams| symbols::of_workspace(self.views(), &params.query))
            }
            "stanchion/picture" => with(params, |params: picture::Params| self.picture(params)),
            "stanchion/explain" => {
                let params: explain::Params = read(params)?;
                let folders = self.folders.iter().map(|folder| &folder.settings);
                let told = explain::explain(&params.rule, folders);
                told.map(|told| json!(told))
                    .ok_or_else(|| error(ErrorCode::InvalidParams, &format!("there is no rule `{}`", params.rule)))
            }
            _ => {
                let params: explain::ReportParams = read(params)?;
                let around = params.uri.and_then(|uri| self.owner(&path(&uri)?));
                let mut folders = around.into_iter().chain(&self.folders);
                let told = folders.find_map(|folder| Some((folder, folder.result.as_ref()?)));
                let Some((folder, told)) = told else { return Ok(Json::Null) };
                Ok(json!({ "html": explain::report(&told.outcome, folder) }))
            }
        }
    }

    /// The innermost folder that holds a path.
    pub(super) fn owner(&self, path: &std::path::Path) -> Option<&Folder> {
        let holding = self.folders.iter().filter(|folder| folder.holds(path));
        holding.max_by_key(|folder| folder.path.as_os_str().len())
    }

    /// The index of [`Self::owner`].
    pub(super) fn owner_index(&self, path: &std::path::Path) -> Option<usize> {
        let owner = self.owner(path)?.id;
        self.folders.iter().position(|folder| folder.id == owner)
    }

    pub(super) fn subject(&self, uri: &Uri) -> Option<Subject<'_>> {
        let path: PathBuf = path(uri)?;
        let folder = self.owner(&path)?;
        let view = self.view(folder.result.as_ref()?);
        let file = view.file(&path)?;
        Some(Subject { view, file })
    }

    fn view<'a>(&'a self, told: &'a Told) -> View<'a> {
        View::new(&told.outcome, &self.documents, told.time, self.client.encoding)
    }

    /// What was found in each folder.
    fn views(&self) -> impl Iterator<Item = View<'_>> {
        self.folders.iter().filter_map(|folder| Some(self.view(folder.result.as_ref()?)))
    }

    fn picture(&self, params: picture::Params) -> Option<picture::Told> {
        match params {
            picture::Params::Finding { fingerprint } => self.views().find_map(|view| {
                let finding = picture::finding(&view, &fingerprint)?;
                picture::of_finding(&view, finding)
            }),
            picture::Params::Place { text_document, position } => {
                let subject = self.subject(&text_document.uri)?;
                let offset = subject.view.offset(subject.file, position);
                picture::of_place(&subject.view, subject.file, offset)
            }
        }
    }
}

fn is_known(method: &str) -> bool {
    const KNOWN: &[&str] = &[
        "textDocument/hover",
        "textDocument/codeAction",
        "textDocument/codeLens",
        "textDocument/documentLink",
        "textDocument/documentSymbol",
        "textDocument/inlayHint",
        "textDocument/diagnostic",
        "workspace/diagnostic",
        "workspace/symbol",
        "stanchion/picture",
        "stanchion/explain",
        "stanchion/report",
    ];
    KNOWN.contains(&method)
}

fn read<P: DeserializeOwned>(params: Json) -> Result<P, ResponseError> {
    serde_json::from_value(params).map_err(|why| error(ErrorCode::InvalidParams, &why.to_string()))
}

fn with<P: DeserializeOwned, R: serde::Serialize>(params: Json, answer: impl FnOnce(P) -> R) -> Answer {
    Ok(json!(answer(read(params)?)))
}

fn error(code: ErrorCode, message: &str) -> ResponseError {
    ResponseError { code: code as i32, message: message.to_owned(), data: None }
}
