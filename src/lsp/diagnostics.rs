use std::ops::Range;
use std::sync::LazyLock;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, NumberOrString,
};
use rustc_hash::FxHashSet;
use serde_json::json;

use super::client::Client;
use super::view::View;
use crate::analysis::Outcome;
use crate::finding::{Finding, Label, Notice, NoticeKind, Novelty, Purpose, Severity, Suspicion};
use crate::report::{masked, plural};
use crate::rules::RuleSet;
use crate::rules::schema::Audience;
use crate::source::{FileId, Problem, SkipReason, Span};

/// Suspicions that are shown: the likeliest.
const MAX_SUSPICIONS: usize = 10;
/// Places that explain one diagnostic.
const MAX_RELATED: usize = 32;

/// Something to show in a file, by bytes of the texts that it was found in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) file: FileId,
    pub(super) range: Range<u32>,
    pub(super) kind: Kind,
    severity: DiagnosticSeverity,
    code: String,
    href: Option<String>,
    message: String,
    is_unnecessary: bool,
    pub(super) related: Vec<Related>,
}

/// A place that explains an item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Related {
    pub(super) file: FileId,
    pub(super) range: Range<u32>,
    message: String,
}

/// What an item is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Finding { fingerprint: String },
    Other,
}

/// What of an outcome is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    pub(super) audience: Audience,
    pub(super) suspicions: bool,
    pub(super) samples: bool,
}

/// All that there is to show of an outcome, in the order of places. What is known from a baseline, as
/// `novelties` says of each finding, only marks its place.
pub(super) fn items(outcome: &Outcome, shown: Shown, novelties: &[Novelty]) -> Vec<Item> {
    let assessment = &outcome.assessment;
    let novelties = novelties.iter().copied().chain(std::iter::repeat(Novelty::New));
    let findings = assessment.findings.iter().zip(novelties);
    let findings = findings.filter(|(it, _)| shown.samples || it.purpose == Purpose::Deployed);
    let mut items: Vec<Item> =
        findings.map(|(finding, novelty)| of_finding(finding, shown.audience, novelty)).collect();
    items.extend(assessment.problems.iter().map(of_problem));
    let broken = assessment.skipped.iter().filter(|skipped| matches!(skipped.reason, SkipReason::LimitExceeded(_)));
    for skipped in broken {
        let file = outcome.sources.files().iter().find(|file| file.path == skipped.path);
        items.extend(file.map(|file| of_skipped(file.id, &skipped.reason)));
    }
    items.extend(assessment.notices.iter().filter_map(of_notice));
    if shown.suspicions {
        items.extend(assessment.suspicions.iter().take(MAX_SUSPICIONS).map(of_suspicion));
    }
    items.sort_by_key(|item| (item.file, item.range.start, item.range.end));
    items
}

impl Item {
    fn new(span: Span, severity: DiagnosticSeverity, code: &str, message: &str) -> Self {
        Self {
            file: span.file,
            range: span.start..span.end,
            kind: Kind::Other,
            severity,
            code: code.to_owned(),
            href: None,
            message: masked(message),
            is_unnecessary: false,
            related: Vec::new(),
        }
    }

    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// As the client is told.
    pub(super) fn diagnostic(&self, view: &View<'_>, client: Client) -> Diagnostic {
        let related = client.shows_related.then(|| self.related.iter().filter_map(|it| it.information(view)).collect());
        let href = self.href.as_ref().filter(|_| client.links_codes).and_then(|href| href.parse().ok());
        let data = match &self.kind {
            Kind::Finding { fingerprint } => Some(json!({ "fingerprint": fingerprint })),
            Kind::Other => None,
        };
        Diagnostic {
            range: view.range(self.file, self.range.clone()),
            severity: Some(self.severity),
            code: Some(NumberOrString::String(self.code.clone())),
            code_description: href.map(|href| CodeDescription { href }),
            source: Some("stanchion".into()),
            message: self.message.clone(),
            related_information: related.filter(|related: &Vec<_>| !related.is_empty()),
            tags: (self.is_unnecessary && client.shows_tags).then(|| vec![DiagnosticTag::UNNECESSARY]),
            data,
        }
    }
}

impl Related {
    fn of(label: &Label) -> Self {
        Self { file: label.span.file, range: label.span.start..label.span.end, message: masked(&label.message) }
    }

    fn information(&self, view: &View<'_>) -> Option<DiagnosticRelatedInformation> {
        let span = Span { file: self.file, start: self.range.start, end: self.range.end };
        Some(DiagnosticRelatedInformation { location: view.location(span)?, message: self.message.clone() })
    }
}

fn of_finding(finding: &Finding, audience: Audience, novelty: Novelty) -> Item {
    // A root cause says what there is to do; what follows from it only marks its place.
    let is_symptom = finding.caused_by.is_some() && audience == Audience::Default;
    let is_known = novelty == Novelty::Known;
    let severity = if is_symptom || is_known { DiagnosticSeverity::HINT } else { severity(finding.severity) };
    let mut item = Item::new(finding.primary.span, severity, &finding.rule, &finding.message);
    if !finding.also.is_empty() {
        item.message = format!("{} (and {} more)", item.message, plural(finding.also.len(), "instance"));
    }
    if is_known {
        item.message.push_str(" (known from the baseline)");
    }
    item.href = page(finding);
    item.kind = Kind::Finding { fingerprint: finding.fingerprint.clone() };
    let steps = finding.path.iter().enumerate().map(|(n, label)| {
        let step = Related::of(label);
        Related { message: format!("{}. {}", n + 1, step.message), ..step }
    });
    let labels = finding.related.iter().filter(|label| !label.message.is_empty()).map(Related::of);
    item.related = steps.chain(labels).take(MAX_RELATED).collect();
    item
}

/// Where there is more to read about a finding's rule: its page in the manual, or what a rule of
/// the user's own refers to.
fn page(finding: &Finding) -> Option<String> {
    static OWN: LazyLock<FxHashSet<String>> =
        LazyLock::new(|| RuleSet::embedded().rules().iter().map(|rule| rule.id.clone()).collect());
    if OWN.contains(&*finding.rule) {
        let (repository, version) = (env!("CARGO_PKG_REPOSITORY"), env!("CARGO_PKG_VERSION"));
        return Some(format!("{repository}/blob/v{version}/docs/rules/{}.md", finding.rule));
    }
    finding.references.iter().find(|it| it.starts_with("https://")).map(ToString::to_string)
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Critical | Severity::High => DiagnosticSeverity::ERROR,
        Severity::Medium => DiagnosticSeverity::WARNING,
        Severity::Low | Severity::Info => DiagnosticSeverity::INFORMATION,
    }
}

fn of_problem(problem: &Problem) -> Item {
    let help = problem.help.as_ref().map_or_else(String::new, |help| format!(": {help}"));
    Item::new(problem.span, DiagnosticSeverity::WARNING, "problem", &format!("{}{help}", problem.message))
}

fn of_skipped(file: FileId, reason: &SkipReason) -> Item {
    let span = Span { file, start: 0, end: 0 };
    Item::new(span, DiagnosticSeverity::WARNING, reason.code(), &format!("not analyzed: {reason}"))
}

/// What is wrong with a suppression; one of another analyzer's may still be of use to that.
fn of_notice(notice: &Notice) -> Option<Item> {
    let severity = match notice.kind {
        NoticeKind::UnusedPeer => return None,
        NoticeKind::Unused => DiagnosticSeverity::HINT,
        _ => DiagnosticSeverity::WARNING,
    };
    let mut item = Item::new(notice.span, severity, notice.kind.code(), &notice.message);
    item.is_unnecessary = matches!(notice.kind, NoticeKind::Unused | NoticeKind::Expired);
    Some(item)
}

fn of_suspicion(suspicion: &Suspicion) -> Item {
    let percent = (suspicion.probability * 100.0).round();
    let message = format!("suspected ({percent}%): {}; {}", suspicion.like, suspicion.because);
    let mut item = Item::new(suspicion.primary.span, DiagnosticSeverity::INFORMATION, "suspicion", &message);
    let lines = suspicion.lines.iter().map(|(label, _)| Related::of(label));
    item.related = lines.filter(|it| it.range != item.range || it.file != item.file).collect();
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_become_three() {
        let mapped = Severity::ALL.map(severity);
        let (error, information) = (DiagnosticSeverity::ERROR, DiagnosticSeverity::INFORMATION);
        assert_eq!(mapped, [error, error, DiagnosticSeverity::WARNING, information, information]);
    }

    #[test]
    fn an_unused_suppression_is_faded_and_a_peer_is_left_alone() {
        let span = Span { file: FileId(0), start: 1, end: 4 };
        let notice = |kind| Notice { span, kind, message: "m".into() };
        let unused = of_notice(&notice(NoticeKind::Unused)).unwrap();
        assert!(unused.is_unnecessary && unused.severity == DiagnosticSeverity::HINT);
        assert!(!of_notice(&notice(NoticeKind::Malformed)).unwrap().is_unnecessary);
        assert_eq!(of_notice(&notice(NoticeKind::UnusedPeer)), None);
    }
}
