use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::neighborhood::{EdgeData, Neighborhood, NodeData};
use crate::finding::{Category, Confidence, Finding, Purpose, Severity, Suppressed};
use crate::graph::Graph;
use crate::report::excerpt::{Excerpt, cut, marks, windows};
use crate::report::json::{self, FrameworkJson};
use crate::report::locator::Locator;
use crate::report::{Report, TOOL, masked, shown_path, weight};
use crate::source::{FileId, SourceFile, SourceMap, Span};

/// Columns of a code frame.
const WIDTH: usize = 140;
/// Code frames of one finding.
const MAX_FRAMES: usize = 8;
/// Reasons for undecided checks, and places of one reason.
const MAX_REASONS: usize = 200;
const MAX_PLACES: usize = 8;

/// All that the page shows; `ui/data.ts` reads it. Files, rules and nodes are told once and named by
/// their index.
#[derive(Serialize)]
pub(super) struct Data<'a> {
    tool: &'static str,
    version: &'static str,
    exit: u8,
    reason: String,
    threshold: Severity,
    counts: CountsData,
    files: Vec<String>,
    rules: Vec<RuleData<'a>>,
    findings: Vec<FindingData<'a>>,
    nodes: Vec<NodeData>,
    edges: Vec<EdgeData>,
    undecided: Vec<ReasonData<'a>>,
    skipped: Vec<SkippedData>,
    problems: Vec<RemarkData>,
    notices: Vec<RemarkData>,
    modules: Vec<ModuleData>,
    framework: Option<FrameworkJson<'a>>,
}

#[derive(Serialize)]
struct CountsData {
    files: usize,
    resources: usize,
    rules: usize,
    undecided: usize,
    hidden: usize,
}

#[derive(Serialize)]
struct RuleData<'a> {
    id: &'a str,
    title: &'a str,
    category: Category,
    why: &'a str,
    remedy: &'a str,
    example: Option<&'a str>,
    references: &'a [std::borrow::Cow<'static, str>],
}

#[derive(Serialize)]
struct FindingData<'a> {
    rule: usize,
    severity: Severity,
    confidence: Confidence,
    standing: Standing,
    address: String,
    #[serde(flatten)]
    place: PlaceData,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    inputs: &'a [String],
    fingerprint: &'a str,
    /// The fingerprint of the finding that it repeats or follows from.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<AllowedData>,
    frames: Vec<FrameData>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<StepData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<usize>,
}

/// What a finding comes to.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Standing {
    /// It makes the run fail.
    Fails,
    /// It is less bad than what makes the run fail.
    Below,
    /// It is in examples or tests, which do not count.
    Sample,
    /// It repeats another one.
    Copy,
    /// It follows from another one.
    Symptom,
    /// The baseline has it.
    Known,
    /// A suppression allows it.
    Allowed,
}

#[derive(Serialize)]
struct AllowedData {
    how: &'static str,
    reason: Option<String>,
    #[serde(flatten)]
    place: PlaceData,
}

#[derive(Serialize)]
struct PlaceData {
    file: usize,
    line: u32,
}

/// Some lines of a file.
#[derive(Serialize)]
struct FrameData {
    file: usize,
    line: usize,
    text: String,
    marks: Vec<MarkData>,
}

/// A range of a frame's line, in UTF-16 units as scripts count.
#[derive(Serialize)]
struct MarkData {
    line: usize,
    from: usize,
    to: usize,
    text: String,
    primary: bool,
}

#[derive(Serialize)]
struct StepData {
    says: String,
    #[serde(flatten)]
    place: PlaceData,
    node: Option<usize>,
}

#[derive(Serialize)]
struct ReasonData<'a> {
    reason: String,
    n: usize,
    places: Vec<QuestionData<'a>>,
}

#[derive(Serialize)]
struct QuestionData<'a> {
    rule: &'a str,
    address: String,
    #[serde(flatten)]
    place: PlaceData,
}

#[derive(Serialize)]
struct SkippedData {
    file: String,
    message: String,
}

#[derive(Serialize)]
struct RemarkData {
    #[serde(flatten)]
    place: PlaceData,
    message: String,
    help: Option<String>,
}

#[derive(Serialize)]
struct ModuleData {
    source: String,
    calls: usize,
}

impl<'a> Data<'a> {
    pub(super) fn of(report: Report<'a>, graph: &Graph, folder: &Path) -> Self {
        let assessment = report.assessment;
        let mut all: Vec<(&Finding, Option<&Suppressed>)> =
            assessment.findings.iter().map(|finding| (finding, None)).collect();
        all.extend(assessment.suppressed.iter().map(|suppressed| (&suppressed.finding, Some(suppressed))));
        all.sort_by_key(|(finding, _)| std::cmp::Reverse(weight(finding)));
        let findings: Vec<&Finding> = all.iter().map(|(finding, _)| *finding).collect();
        let neighborhood = Neighborhood::of(&findings, graph, report.sources);
        let (rules, rule_of) = rules(&findings);
        let maker = Maker { report, rule_of: &rule_of, neighborhood: &neighborhood };
        let told = all.par_iter().map(|(finding, suppressed)| maker.finding(finding, *suppressed)).collect();
        let counts = assessment.counts;
        let places = Places { sources: report.sources };
        let problems = assessment.problems.iter().map(|problem| RemarkData {
            place: places.of(problem.span),
            message: masked(&problem.message),
            help: problem.help.as_deref().map(masked),
        });
        let notices = assessment.notices.iter().map(|notice| RemarkData {
            place: places.of(notice.span),
            message: masked(&notice.message),
            help: None,
        });
        let modules = assessment.missing_modules.iter();
        let skipped = assessment.skipped.iter();
        let mut this = Self {
            tool: TOOL.0,
            version: TOOL.1,
            exit: report.verdict.exit.code(),
            reason: masked(&report.verdict.reason),
            threshold: report.verdict.threshold,
            counts: CountsData {
                files: counts.files,
                resources: counts.resources,
                rules: counts.rules,
                undecided: assessment.undecided.len(),
                hidden: counts.hidden,
            },
            files: Vec::new(),
            rules,
            findings: told,
            undecided: reasons(report, &places),
            skipped: skipped
                .map(|skipped| SkippedData {
                    file: named(&skipped.path, folder),
                    message: masked(&skipped.reason.to_string()),
                })
                .collect(),
            problems: problems.collect(),
            notices: notices.collect(),
            modules: modules
                .map(|module| ModuleData { source: masked(&module.source), calls: module.n_calls })
                .collect(),
            framework: assessment.coverage.as_ref().map(json::framework),
            nodes: neighborhood.nodes,
            edges: neighborhood.edges,
        };
        this.files = this.files(report.sources, folder);
        this
    }

    /// The paths of files that something stands in; the others have none.
    fn files(&self, sources: &SourceMap, folder: &Path) -> Vec<String> {
        let mut is_named = vec![false; sources.files().len()];
        let of_findings = self.findings.iter().flat_map(|finding| {
            let allowed = finding.allowed.iter().map(|allowed| &allowed.place);
            let places = finding.path.iter().map(|step| &step.place).chain(allowed).chain([&finding.place]);
            places.map(|place| place.file).chain(finding.frames.iter().map(|frame| frame.file))
        });
        let questions = self.undecided.iter().flat_map(|reason| &reason.places).map(|question| question.place.file);
        let remarks = self.problems.iter().chain(&self.notices).map(|remark| remark.place.file);
        let nodes = self.nodes.iter().map(|node| node.file);
        for file in of_findings.chain(questions).chain(remarks).chain(nodes) {
            if let Some(is_named) = is_named.get_mut(file) {
                *is_named = true;
            }
        }
        let name = |(file, is_named): (&SourceFile, bool)| {
            if is_named { named(&file.path, folder) } else { String::new() }
        };
        sources.files().iter().zip(is_named).map(name).collect()
    }
}

/// A path from a folder on, whole where it leads elsewhere.
fn named(path: &Path, folder: &Path) -> String {
    shown_path(path.strip_prefix(folder).unwrap_or(path))
}

/// What is the same for all findings of a rule, and the index of each rule.
fn rules<'a>(findings: &[&'a Finding]) -> (Vec<RuleData<'a>>, FxHashMap<&'a str, usize>) {
    let mut rules = Vec::new();
    let mut index_of: FxHashMap<&str, usize> = FxHashMap::default();
    for finding in findings {
        index_of.entry(&finding.rule).or_insert_with(|| {
            rules.push(RuleData {
                id: &finding.rule,
                title: &finding.title,
                category: finding.category,
                why: &finding.why,
                remedy: &finding.remedy,
                example: finding.example.as_deref(),
                references: &finding.references,
            });
            rules.len() - 1
        });
    }
    (rules, index_of)
}

struct Places<'a> {
    sources: &'a SourceMap,
}

impl Places<'_> {
    fn of(&self, span: Span) -> PlaceData {
        let line = Locator::new(self.sources).at(span.file, span.start).line;
        PlaceData { file: span.file.0 as usize, line }
    }
}

struct Maker<'a, 'n> {
    report: Report<'a>,
    rule_of: &'n FxHashMap<&'a str, usize>,
    neighborhood: &'n Neighborhood,
}

impl<'a> Maker<'a, '_> {
    fn finding(&self, finding: &'a Finding, suppressed: Option<&Suppressed>) -> FindingData<'a> {
        let sources = self.report.sources;
        let places = Places { sources };
        let step = |label: &crate::finding::Label| StepData {
            says: masked(&label.message),
            place: places.of(label.span),
            node: self.neighborhood.node_at(label.span, &finding.address),
        };
        FindingData {
            rule: self.rule_of.get(&*finding.rule).copied().unwrap_or_default(),
            severity: finding.severity,
            confidence: finding.confidence,
            standing: self.standing(finding, suppressed.is_some()),
            address: masked(&finding.address),
            place: places.of(finding.primary.span),
            message: masked(&finding.message),
            also: finding.also.iter().map(|address| masked(address)).collect(),
            inputs: &finding.inputs,
            fingerprint: &finding.fingerprint,
            lead: finding.caused_by.as_deref().or(finding.copy_of.as_deref()),
            allowed: suppressed.map(|suppressed| AllowedData {
                how: suppressed.how,
                reason: suppressed.reason.as_deref().map(masked),
                place: places.of(suppressed.by),
            }),
            frames: frames(finding, sources),
            path: finding.path.iter().map(step).collect(),
            node: self.neighborhood.node_at(finding.primary.span, &finding.address),
        }
    }

    fn standing(&self, finding: &Finding, is_allowed: bool) -> Standing {
        let verdict = self.report.verdict;
        if is_allowed {
            Standing::Allowed
        } else if finding.is_known() {
            Standing::Known
        } else if finding.caused_by.is_some() {
            Standing::Symptom
        } else if finding.copy_of.is_some() {
            Standing::Copy
        } else if !verdict.samples.count(finding) && finding.purpose == Purpose::Sample {
            Standing::Sample
        } else if verdict.is_failed_by(finding) {
            Standing::Fails
        } else {
            Standing::Below
        }
    }
}

fn frames(finding: &Finding, sources: &SourceMap) -> Vec<FrameData> {
    let windows = windows(marks(finding), sources).into_iter().take(MAX_FRAMES);
    let framed = windows.filter_map(|window| {
        let file = window.first()?.span.file;
        Some(frame(file, cut(window, sources, WIDTH)?))
    });
    framed.collect()
}

fn frame(file: FileId, excerpt: Excerpt) -> FrameData {
    let text = excerpt.text;
    let utf16 = |text: &str| text.encode_utf16().count();
    let mark = |(range, mark): (std::ops::Range<usize>, crate::report::excerpt::Mark)| {
        let before = text.get(..range.start).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let from = utf16(text.get(start..range.start).unwrap_or(""));
        let marked = text.get(range).unwrap_or("");
        MarkData {
            line: before.matches('\n').count(),
            from,
            to: from + utf16(marked.lines().next().unwrap_or("")),
            text: mark.text,
            primary: mark.is_primary,
        }
    };
    let marks = excerpt.marks.into_iter().map(mark).collect();
    FrameData { file: file.0 as usize, line: excerpt.first_line, marks, text: text.trim_end().to_owned() }
}

/// What undecided rules lack, the most frequent first.
fn reasons<'a>(report: Report<'a>, places: &Places<'_>) -> Vec<ReasonData<'a>> {
    let mut by_reason: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for undecided in &report.assessment.undecided {
        by_reason.entry(&undecided.reason).or_default().push(undecided);
    }
    let mut reasons: Vec<_> = by_reason.into_iter().collect();
    reasons.sort_by_key(|(_, all)| std::cmp::Reverse(all.len()));
    let told = reasons.into_iter().take(MAX_REASONS).map(|(reason, all)| ReasonData {
        reason: masked(reason),
        n: all.len(),
        places: all
            .iter()
            .take(MAX_PLACES)
            .map(|undecided| QuestionData {
                rule: &undecided.rule,
                address: masked(&undecided.address),
                place: places.of(undecided.span),
            })
            .collect(),
    });
    told.collect()
}
