use lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, Command, Diagnostic, NumberOrString, TextEdit, Uri, WorkspaceEdit,
};
use serde_json::{Value as Json, json};

use super::client::Client;
use super::view::View;
use crate::analysis::allow_by_comment;
use crate::finding::Finding;
use crate::source::FileId;

/// What stands where the user says why.
const REASON: &str = "TODO: why this is accepted";

/// What there is to do about the findings in a range: mend it, allow it, read about its rule, see
/// the way that leads there.
pub(super) fn actions(view: &View<'_>, file: FileId, params: &CodeActionParams, client: Client) -> Vec<CodeAction> {
    let is_wanted = |kind: &CodeActionKind| "quickfix".starts_with(kind.as_str());
    if params.context.only.as_ref().is_some_and(|only| !only.iter().any(is_wanted)) {
        return Vec::new();
    }
    let (start, end) = (view.offset(file, params.range.start), view.offset(file, params.range.end));
    let touches = |finding: &&Finding| {
        let span = finding.primary.span;
        span.file == file && span.start <= end && start <= span.end
    };
    let mut all = Vec::new();
    for finding in view.outcome.assessment.findings.iter().filter(touches) {
        let diagnostics = params.context.diagnostics.iter().filter(|it| is_about(it, finding)).cloned().collect();
        let about = About { view, finding, diagnostics };
        all.extend(about.fixes());
        all.extend(about.allow());
        if client.has_commands {
            all.extend(about.commands());
        }
    }
    all
}

fn is_about(diagnostic: &Diagnostic, finding: &Finding) -> bool {
    let fingerprint = diagnostic.data.as_ref().and_then(|data| data.get("fingerprint")).and_then(Json::as_str);
    let is_rule =
        diagnostic.code.as_ref().is_some_and(|code| *code == NumberOrString::String(finding.rule.to_string()));
    is_rule && fingerprint.is_none_or(|fingerprint| fingerprint == finding.fingerprint)
}

struct About<'a> {
    view: &'a View<'a>,
    finding: &'a Finding,
    diagnostics: Vec<Diagnostic>,
}

impl About<'_> {
    /// Edits that resolve the finding, the safe ones preferred. Here quick fixes are appended.
    #[expect(clippy::unused_self, reason = "fixes are made from the finding")]
    fn fixes(&self) -> Vec<CodeAction> {
        Vec::new()
    }

    /// Puts a comment there that allows the finding, with a reason for the user to write.
    fn allow(&self) -> Option<CodeAction> {
        let span = self.finding.primary.span;
        let file = self.view.source(span.file);
        let insertion = allow_by_comment(file, span, &self.finding.rule, REASON)?;
        let range = self.view.range(span.file, insertion.at..insertion.at);
        let edit = TextEdit { range, new_text: insertion.text };
        let title = format!("Allow `{}` here, with a reason", self.finding.rule);
        Some(CodeAction { edit: Some(in_file(self.view.uri(span.file)?, edit)), ..self.action(title) })
    }

    fn commands(&self) -> [CodeAction; 2] {
        let title = if self.finding.path.is_empty() {
            "Show the resource and what it is joined to"
        } else {
            "Show the way that leads there"
        };
        let explain = format!("Explain `{}`", self.finding.rule);
        let fingerprint = json!({ "fingerprint": self.finding.fingerprint });
        [
            self.command(title.to_owned(), "stanchion.showPath", fingerprint),
            self.command(explain, "stanchion.explain", json!(self.finding.rule)),
        ]
    }

    fn command(&self, title: String, name: &str, argument: Json) -> CodeAction {
        let command = Command { title: title.clone(), command: name.to_owned(), arguments: Some(vec![argument]) };
        CodeAction { command: Some(command), ..self.action(title) }
    }

    fn action(&self, title: String) -> CodeAction {
        CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(self.diagnostics.clone()),
            ..CodeAction::default()
        }
    }
}

fn in_file(uri: Uri, edit: TextEdit) -> WorkspaceEdit {
    #[expect(clippy::mutable_key_type, reason = "the protocol's type; a parsed address does not change")]
    let changes = std::collections::HashMap::from([(uri, vec![edit])]);
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}
