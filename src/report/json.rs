//! The JSON report: one object, made for scripts.
//!
//! Lines and columns are one-based, columns count Unicode scalar values, an end is one past the
//! last character. Fields are only ever added while `schema_version` stays the same;
//! `docs/report.schema.json` describes them. A copy of a finding
//! in another file is a finding with `copy_of`, the fingerprint of the first; one that follows from
//! another has `caused_by`, the fingerprint of that.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;

use super::locator::Locator;
use super::{Report, TOOL, masked, shown_path};
use crate::finding::{
    Category, Comparison, Confidence, Coverage, Earlier, Finding, FrameworkName, Label, MissingModule, Notice, Novelty,
    Purpose, Severity, Suppressed, Suspicion, Undecided,
};
use crate::source::{Problem, Skipped, Span};

/// The version of the schema.
pub const SCHEMA_VERSION: u32 = 1;

/// Writes the report, ending with a line end.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, report: Report<'_>) -> io::Result<()> {
    let mut places = Places { locator: Locator::new(report.sources), report };
    let assessment = report.assessment;
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: TOOL.0, version: TOOL.1 },
        findings: assessment.findings.iter().map(|finding| places.finding(finding)).collect(),
        suppressed: assessment.suppressed.iter().map(|suppressed| places.suppressed(suppressed)).collect(),
        notices: assessment.notices.iter().map(|notice| places.notice(notice)).collect(),
        suspicions: assessment.suspicions.iter().map(|suspicion| places.suspicion(suspicion)).collect(),
        undecided: assessment.undecided.iter().map(|undecided| places.undecided(undecided)).collect(),
        skipped: assessment.skipped.iter().map(skipped).collect(),
        missing_modules: assessment.missing_modules.iter().map(missing_module).collect(),
        problems: assessment.problems.iter().map(|problem| places.problem(problem)).collect(),
        framework: assessment.coverage.as_ref().map(framework),
        baseline: assessment.baseline.as_ref().map(comparison),
        since: assessment.since.as_ref().map(comparison),
        summary: summary(report),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

/// What one run of stanchion has to say.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    findings: Vec<FindingJson<'a>>,
    suppressed: Vec<SuppressedJson<'a>>,
    notices: Vec<NoticeJson>,
    suspicions: Vec<SuspicionJson<'a>>,
    undecided: Vec<UndecidedJson<'a>>,
    skipped: Vec<SkippedJson>,
    missing_modules: Vec<MissingModuleJson>,
    problems: Vec<ProblemJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    framework: Option<FrameworkJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<ComparisonJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<ComparisonJson<'a>>,
    summary: Summary<'a>,
}

/// How the controls of a framework stand, where that was asked for.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FrameworkJson<'a> {
    name: &'a str,
    title: &'a str,
    edition: &'a str,
    source: &'a str,
    note: &'a str,
    ai_resources: Option<usize>,
    controls: Vec<ControlJson<'a>>,
}

/// What an earlier state had, a baseline or a revision.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ComparisonJson<'a> {
    /// The file or the revision, as the user names it.
    with: String,
    /// Findings that were there before; those of a revision are not listed.
    known: usize,
    /// Findings that are there no more.
    gone: Vec<EarlierJson<'a>>,
}

/// A finding that is there no more.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EarlierJson<'a> {
    rule: &'a str,
    address: String,
    file: String,
    fingerprint: Option<&'a str>,
}

/// How a control stands.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ControlJson<'a> {
    id: &'a str,
    title: &'a str,
    in_code: &'static str,
    standing: &'static str,
    worst: Option<Severity>,
    checks: &'a BTreeSet<String>,
    resources: usize,
    undecided: usize,
    findings: &'a BTreeMap<String, usize>,
    allowed: &'a BTreeMap<String, usize>,
}

/// Who says it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// A defect at one place.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FindingJson<'a> {
    /// The rule's id.
    rule: &'a str,
    title: &'a str,
    severity: Severity,
    confidence: Confidence,
    category: Category,
    /// The instance address of the resource it is about.
    address: String,
    #[serde(flatten)]
    place: Place,
    /// What is wrong here, one line.
    message: String,
    /// A few words beside the place; may be empty.
    label: String,
    why: &'a str,
    remedy: &'a str,
    /// A corrected snippet.
    example: Option<&'a str>,
    /// CWE ids and pages.
    references: &'a [std::borrow::Cow<'static, str>],
    related: Vec<Related>,
    /// The way an attacker takes, from outside in.
    path: Vec<Related>,
    /// Further instances of the same block.
    also: Vec<String>,
    /// The fingerprint of the finding that this one repeats.
    copy_of: Option<&'a str>,
    /// The fingerprint of the finding that explains this one.
    caused_by: Option<&'a str>,
    /// Variable files with which it was found.
    inputs: &'a [String],
    /// `deployed` or `sample`.
    purpose: &'static str,
    /// Stable over line moves: 32 hex digits.
    fingerprint: &'a str,
    /// `new` or `unchanged`, where the run was compared with an earlier state.
    baseline_state: Option<&'static str>,
}

/// What the classifier suspects where no rule decides; it counts for nothing.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SuspicionJson<'a> {
    category: Category,
    /// Calibrated, 0 to 1.
    probability: f32,
    /// The instance address of the resource it is about.
    address: String,
    /// The resource's type, or the module's name.
    #[serde(rename = "type")]
    type_name: &'a str,
    #[serde(flatten)]
    place: Place,
    /// The lines that decide, the one that says most first.
    lines: Vec<DecisiveLine>,
    /// What known defects of this kind look like.
    like: String,
    /// Why no rule decided.
    because: &'a str,
}

/// A line that decides.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DecisiveLine {
    #[serde(flatten)]
    place: Place,
    message: String,
    /// Its part in what speaks for a defect, 0 to 1.
    share: f32,
}

/// A defect that is allowed, and does not count.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SuppressedJson<'a> {
    #[serde(flatten)]
    finding: FindingJson<'a>,
    suppression: SuppressionJson,
}

/// Where and why it is allowed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SuppressionJson {
    #[serde(flatten)]
    place: Place,
    how: &'static str,
    reason: Option<String>,
}

/// Something to tidy about a suppression.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct NoticeJson {
    #[serde(flatten)]
    place: Place,
    code: &'static str,
    message: String,
}

/// A further place and what to see there.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Related {
    #[serde(flatten)]
    place: Place,
    message: String,
}

/// A range of a file.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Place {
    file: String,
    start: LineColumn,
    end: LineColumn,
}

/// One-based; columns count Unicode scalar values.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct LineColumn {
    line: u32,
    column: u32,
}

/// A rule that hangs on an unknown.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct UndecidedJson<'a> {
    rule: &'a str,
    address: String,
    file: String,
    line: u32,
    column: u32,
    code: &'static str,
    reason: String,
}

/// A file that was not analyzed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SkippedJson {
    file: String,
    code: &'static str,
    message: String,
}

/// A module whose source is not on disk.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MissingModuleJson {
    source: String,
    calls: usize,
}

/// A fault of the input.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ProblemJson {
    #[serde(flatten)]
    place: Place,
    message: String,
    help: Option<String>,
    /// In how many places of the module it is.
    places: usize,
}

/// The same in numbers, and how the run ended.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Summary<'a> {
    findings: usize,
    severities: BTreeMap<&'static str, usize>,
    rules_with_findings: BTreeMap<&'a str, usize>,
    files: usize,
    foreign_files: usize,
    resources: usize,
    rules: usize,
    copies: usize,
    in_samples: usize,
    hidden: usize,
    known: usize,
    excluded_files: usize,
    suppressed: usize,
    notices: usize,
    undecided: usize,
    skipped: usize,
    missing_modules: usize,
    problems: usize,
    threshold: Severity,
    exit_code: u8,
    exit_reason: String,
}

struct Places<'a> {
    locator: Locator<'a>,
    report: Report<'a>,
}

impl<'a> Places<'a> {
    fn place(&mut self, span: Span) -> Place {
        let (start, end) = self.locator.range(span);
        Place {
            file: self.file(span),
            start: LineColumn { line: start.line, column: start.column },
            end: LineColumn { line: end.line, column: end.column },
        }
    }

    fn file(&self, span: Span) -> String {
        let file = self.report.sources.files().get(span.file.0 as usize);
        file.map_or_else(String::new, |file| shown_path(&file.path))
    }

    fn finding(&mut self, finding: &'a Finding) -> FindingJson<'a> {
        FindingJson {
            rule: &finding.rule,
            title: &finding.title,
            severity: finding.severity,
            confidence: finding.confidence,
            category: finding.category,
            address: masked(&finding.address),
            place: self.place(finding.primary.span),
            message: masked(&finding.message),
            label: masked(&finding.primary.message),
            why: &finding.why,
            remedy: &finding.remedy,
            example: finding.example.as_deref(),
            references: &finding.references,
            related: finding.related.iter().map(|label| self.related(label)).collect(),
            path: finding.path.iter().map(|label| self.related(label)).collect(),
            also: finding.also.iter().map(|address| masked(address)).collect(),
            copy_of: finding.copy_of.as_deref(),
            caused_by: finding.caused_by.as_deref(),
            inputs: &finding.inputs,
            purpose: finding.purpose.name(),
            fingerprint: &finding.fingerprint,
            baseline_state: finding.novelty.map(Novelty::state),
        }
    }

    fn suspicion<'s>(&mut self, suspicion: &'s Suspicion) -> SuspicionJson<'s> {
        let lines = suspicion.lines.iter().map(|(label, share)| DecisiveLine {
            place: self.place(label.span),
            message: masked(&label.message),
            share: *share,
        });
        let lines = lines.collect();
        SuspicionJson {
            category: suspicion.category,
            probability: suspicion.probability,
            address: masked(&suspicion.address),
            type_name: &suspicion.type_name,
            place: self.place(suspicion.primary.span),
            lines,
            like: masked(&suspicion.like),
            because: &suspicion.because,
        }
    }

    fn suppressed(&mut self, suppressed: &'a Suppressed) -> SuppressedJson<'a> {
        let place = self.place(suppressed.by);
        let reason = suppressed.reason.as_deref().map(masked);
        let suppression = SuppressionJson { place, how: suppressed.how, reason };
        SuppressedJson { finding: self.finding(&suppressed.finding), suppression }
    }

    fn notice(&mut self, notice: &Notice) -> NoticeJson {
        NoticeJson { place: self.place(notice.span), code: notice.kind.code(), message: masked(&notice.message) }
    }

    fn related(&mut self, label: &Label) -> Related {
        Related { place: self.place(label.span), message: masked(&label.message) }
    }

    fn undecided(&mut self, undecided: &'a Undecided) -> UndecidedJson<'a> {
        let at = self.locator.at(undecided.span.file, undecided.span.start);
        UndecidedJson {
            rule: &undecided.rule,
            address: masked(&undecided.address),
            file: self.file(undecided.span),
            line: at.line,
            column: at.column,
            code: undecided.code,
            reason: masked(&undecided.reason),
        }
    }

    fn problem(&mut self, problem: &Problem) -> ProblemJson {
        ProblemJson {
            place: self.place(problem.span),
            message: masked(&problem.message),
            help: problem.help.as_deref().map(masked),
            places: problem.n_places,
        }
    }
}

pub(super) fn framework(coverage: &Coverage) -> FrameworkJson<'_> {
    let FrameworkName { name, title, edition, source } = &coverage.framework;
    let controls = coverage.rows.iter().map(|row| ControlJson {
        id: &row.id,
        title: &row.title,
        in_code: row.in_code.name(),
        standing: row.standing.name(),
        worst: row.standing.worst(),
        checks: &row.checks,
        resources: row.n_resources,
        undecided: row.n_undecided,
        findings: &row.findings,
        allowed: &row.allowed,
    });
    let (note, ai_resources) = (&coverage.note, coverage.n_ai_resources);
    FrameworkJson { name, title, edition, source, note, ai_resources, controls: controls.collect() }
}

fn comparison(comparison: &Comparison) -> ComparisonJson<'_> {
    let gone = comparison.gone.iter().map(|earlier: &Earlier| EarlierJson {
        rule: &earlier.rule,
        address: masked(&earlier.address),
        file: masked(&earlier.file),
        fingerprint: earlier.identities.first().map(|identity| &*identity.current),
    });
    ComparisonJson { with: masked(&comparison.with), known: comparison.n_known, gone: gone.collect() }
}

fn missing_module(module: &MissingModule) -> MissingModuleJson {
    MissingModuleJson { source: masked(&module.source), calls: module.n_calls }
}

fn skipped(skipped: &Skipped) -> SkippedJson {
    SkippedJson {
        file: shown_path(&skipped.path),
        code: skipped.reason.code(),
        message: masked(&skipped.reason.to_string()),
    }
}

fn summary(report: Report<'_>) -> Summary<'_> {
    let assessment = report.assessment;
    let mut severities: BTreeMap<_, _> = Severity::ALL.into_iter().map(|severity| (severity.name(), 0)).collect();
    let mut rules_with_findings = BTreeMap::new();
    for finding in &assessment.findings {
        *severities.entry(finding.severity.name()).or_default() += 1;
        *rules_with_findings.entry(&*finding.rule).or_default() += 1;
    }
    Summary {
        findings: assessment.findings.len(),
        severities,
        rules_with_findings,
        files: assessment.counts.files,
        foreign_files: assessment.counts.foreign_files,
        resources: assessment.counts.resources,
        rules: assessment.counts.rules,
        copies: assessment.findings.iter().filter(|finding| finding.copy_of.is_some()).count(),
        in_samples: assessment.findings.iter().filter(|finding| finding.purpose == Purpose::Sample).count(),
        hidden: assessment.counts.hidden,
        known: assessment.findings.iter().filter(|finding| finding.is_known()).count(),
        excluded_files: assessment.counts.excluded,
        suppressed: assessment.suppressed.len(),
        notices: assessment.notices.len(),
        undecided: assessment.undecided.len(),
        skipped: assessment.skipped.len(),
        missing_modules: assessment.missing_modules.len(),
        problems: assessment.problems.len(),
        threshold: report.verdict.threshold,
        exit_code: report.verdict.exit.code(),
        exit_reason: masked(&report.verdict.reason),
    }
}

#[cfg(test)]
mod tests {
    use super::Document;
    use schemars::generate::SchemaSettings;

    /// `docs/report.schema.json` tells scripts what to expect. After a change, run the test with
    /// `UPDATE=1` in the environment.
    #[test]
    fn report_json_schema_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
        let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
        let schema = serde_json::to_string_pretty(&generator.into_root_schema_for::<Document<'_>>()).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &schema).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), schema, "run again with UPDATE=1");
    }
}
