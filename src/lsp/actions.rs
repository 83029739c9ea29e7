use lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, Command, Diagnostic, NumberOrString, TextEdit, Uri, WorkspaceEdit,
};
use serde_json::{Value as Json, json};

use super::client::Client;
use super::fixes::{self, Fixes};
use super::view::View;
use crate::analysis::allow_by_comment;
use crate::finding::{Finding, Fix};
use crate::report::masked;
use crate::source::FileId;

/// What stands where the user says why.
const REASON: &str = "TODO: why this is accepted";

/// What there is to do about the findings in a range: mend it, allow it, read about its rule, see
/// the way that leads there.
pub(super) fn actions(
    view: &View<'_>,
    file: FileId,
    params: &CodeActionParams,
    (client, fixes): (Client, &Fixes),
) -> Vec<CodeAction> {
    let mut all = Vec::new();
    for finding in findings(view, file, params) {
        let diagnostics = params.context.diagnostics.iter().filter(|it| is_about(it, finding)).cloned().collect();
        let about = About { view, finding, diagnostics };
        all.extend(fixes.of(&finding.fingerprint).and_then(|fix| about.fix(fix)));
        all.extend(about.allow());
        if client.has_commands {
            all.extend(about.commands());
        }
    }
    all
}

/// The findings that a request is about.
pub(super) fn findings<'v>(
    view: &View<'v>,
    file: FileId,
    params: &CodeActionParams,
) -> impl Iterator<Item = &'v Finding> {
    let (start, end) = (view.offset(file, params.range.start), view.offset(file, params.range.end));
    let is_wanted = fixes::is_wanted(params);
    view.outcome.assessment.findings.iter().filter(move |finding| {
        let span = finding.primary.span;
        is_wanted && span.file == file && span.start <= end && start <= span.end
    })
}

fn is_about(diagnostic: &Diagnostic, finding: &Finding) -> bool {
    let fingerprint = fixes::fingerprint(diagnostic.data.as_ref());
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
    /// Edits that resolve the finding; preferred where nobody has to weigh them first.
    fn fix(&self, fix: &Fix) -> Option<CodeAction> {
        #[expect(clippy::mutable_key_type, reason = "the protocol's type; a parsed address does not change")]
        let mut changes = std::collections::HashMap::<Uri, Vec<TextEdit>>::new();
        for edit in &fix.edits {
            let range = self.view.range(edit.span.file, edit.span.start..edit.span.end);
            let edits = changes.entry(self.view.uri(edit.span.file)?).or_default();
            edits.push(TextEdit { range, new_text: edit.text.clone() });
        }
        let title = if fix.safe { fix.title.clone() } else { format!("{} (to be weighed)", fix.title) };
        let edit = Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() });
        Some(CodeAction { edit, is_preferred: Some(fix.safe), ..self.action(masked(&title)) })
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
