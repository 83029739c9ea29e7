use lsp_types::{
    ClientCapabilities, CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CodeLensOptions,
    DiagnosticOptions, DiagnosticServerCapabilities, DocumentLinkOptions, FileOperationFilter, FileOperationPattern,
    FileOperationRegistrationOptions, HoverProviderCapability, InitializeParams, OneOf, PositionEncodingKind,
    SaveOptions, ServerCapabilities, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions, WorkDoneProgressOptions, WorkspaceFileOperationsServerCapabilities,
    WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};

use super::positions::Encoding;

/// What the client can do, as far as it matters here.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a capability of its own")]
pub(super) struct Client {
    pub(super) encoding: Encoding,
    /// It asks for diagnostics, and again when it is told to; then they are not pushed.
    pub(super) pulls: bool,
    pub(super) shows_related: bool,
    pub(super) shows_tags: bool,
    pub(super) links_codes: bool,
    pub(super) is_configured: bool,
    pub(super) watches: bool,
    pub(super) refreshes_lenses: bool,
    pub(super) refreshes_hints: bool,
    /// It carries out the commands `stanchion.showPath` and `stanchion.explain`.
    pub(super) has_commands: bool,
}

impl Client {
    /// `is_told_again` says whether it asks for diagnostics anew when it is told to, for which the
    /// protocol's types have another name than the protocol.
    pub(super) fn of(params: &InitializeParams, is_told_again: bool) -> Self {
        let ClientCapabilities { workspace, text_document, general, .. } = &params.capabilities;
        let workspace = workspace.as_ref();
        let documents = text_document.as_ref();
        let encodings = general.as_ref().and_then(|it| it.position_encodings.as_ref());
        let is_utf8 = encodings.is_some_and(|known| known.contains(&PositionEncodingKind::UTF8));
        let published = documents.and_then(|it| it.publish_diagnostics.as_ref());
        let is_set = |flag: Option<bool>| flag == Some(true);
        let asks = documents.is_some_and(|it| it.diagnostic.is_some());
        let watched = workspace.and_then(|it| it.did_change_watched_files.as_ref());
        let given = params.initialization_options.as_ref();
        Self {
            encoding: if is_utf8 { Encoding::Utf8 } else { Encoding::Utf16 },
            pulls: asks && is_told_again,
            shows_related: is_set(published.and_then(|it| it.related_information)),
            shows_tags: published.is_some_and(|it| it.tag_support.is_some()),
            links_codes: is_set(published.and_then(|it| it.code_description_support)),
            is_configured: is_set(workspace.and_then(|it| it.configuration)),
            watches: is_set(watched.and_then(|it| it.dynamic_registration)),
            refreshes_lenses: is_set(workspace.and_then(|it| it.code_lens.as_ref()).and_then(|it| it.refresh_support)),
            refreshes_hints: is_set(workspace.and_then(|it| it.inlay_hint.as_ref()).and_then(|it| it.refresh_support)),
            has_commands: given.and_then(|it| it.get("commands")).and_then(serde_json::Value::as_bool) == Some(true),
        }
    }

    /// What this server offers to it.
    pub(super) fn offered(self) -> ServerCapabilities {
        let everything = || FileOperationRegistrationOptions {
            filters: vec![FileOperationFilter {
                scheme: Some("file".into()),
                pattern: FileOperationPattern { glob: "**".into(), matches: None, options: None },
            }],
        };
        let pull = DiagnosticOptions {
            identifier: Some("stanchion".into()),
            inter_file_dependencies: true,
            workspace_diagnostics: true,
            work_done_progress_options: WorkDoneProgressOptions::default(),
        };
        ServerCapabilities {
            position_encoding: Some(match self.encoding {
                Encoding::Utf8 => PositionEncodingKind::UTF8,
                Encoding::Utf16 => PositionEncodingKind::UTF16,
            }),
            text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(TextDocumentSyncKind::INCREMENTAL),
                save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: None })),
                ..Default::default()
            })),
            hover_provider: Some(HoverProviderCapability::Simple(true)),
            code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
                code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
                ..Default::default()
            })),
            code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
            document_link_provider: Some(DocumentLinkOptions {
                resolve_provider: Some(false),
                work_done_progress_options: WorkDoneProgressOptions::default(),
            }),
            document_symbol_provider: Some(OneOf::Left(true)),
            workspace_symbol_provider: Some(OneOf::Left(true)),
            inlay_hint_provider: Some(OneOf::Left(true)),
            diagnostic_provider: self.pulls.then_some(DiagnosticServerCapabilities::Options(pull)),
            workspace: Some(WorkspaceServerCapabilities {
                workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                    supported: Some(true),
                    change_notifications: Some(OneOf::Left(true)),
                }),
                // A folder that goes is told to no watcher of files by their names.
                file_operations: Some(WorkspaceFileOperationsServerCapabilities {
                    did_create: Some(everything()),
                    did_rename: Some(everything()),
                    did_delete: Some(everything()),
                    ..Default::default()
                }),
            }),
            ..Default::default()
        }
    }
}
