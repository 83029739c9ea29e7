//! The SARIF 2.1.0 report, as code hosts read it.
//!
//! Takes a [`Report`] and the [`Base`] that paths are told relative to. Columns count UTF-16 code
//! units, and the log says so. It knows the format, never how findings arose. Start reading at
//! [`write()`]; the shapes are those of the OASIS standard, section 3.

mod log;
mod rules;
mod uri;

use std::io::{self, Write};

use super::locator::Locator;
use super::{Base, Exit, Report, TOOL, masked};
use crate::finding::{BY_SETTINGS, Finding, Label, Notice, Novelty, Purpose, Suppressed, TextEdit};
use crate::source::{FileId, Problem, Skipped, Span};
use log::{
    ArtifactChange, ArtifactLocation, CodeFlow, ComponentReference, Driver, FixJson, Identified, Invocation, Location,
    Log, LogicalLocation, Message, Notification, PhysicalLocation, Properties, Region, Replacement, ResultJson, Run,
    Suppression, ThreadFlow, ThreadFlowLocation, Tool,
};
use rules::Rules;

/// Findings with at least this many related places tell a path from the cause to the place.
const MIN_FLOW: usize = 2;
/// The name under which our fingerprint goes; a change of its making changes the number.
const FINGERPRINT: &str = "stanchion/v1";

/// Writes the report, ending with a line end.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, report: Report<'_>, base: &Base) -> io::Result<()> {
    let assessment = report.assessment;
    let suppressed = || assessment.suppressed.iter();
    let rules = Rules::of(assessment.findings.iter().chain(suppressed().map(|suppressed| &suppressed.finding)));
    let mut writer = Writer { locator: Locator::new(report.sources), report, base };
    let mut results: Vec<_> = assessment.findings.iter().map(|finding| writer.result(finding, &rules)).collect();
    results.extend(suppressed().map(|suppressed| writer.suppressed(suppressed, &rules)));
    let taxonomies = &assessment.taxonomies;
    let supported = taxonomies.iter().enumerate();
    let supported = supported.map(|(index, taxonomy)| ComponentReference { name: &taxonomy.framework.name, index });
    let run = Run {
        results,
        invocations: [writer.invocation()],
        tool: Tool {
            driver: Driver {
                name: TOOL.0,
                semantic_version: TOOL.1,
                information_uri: env!("CARGO_PKG_REPOSITORY"),
                rules: rules.descriptors(taxonomies),
                supported_taxonomies: supported.collect(),
            },
        },
        column_kind: "utf16CodeUnits",
        taxonomies: rules::components(taxonomies),
        original_uri_base_ids: [(uri::ROOT_ID, ArtifactLocation { uri: uri::root(base), uri_base_id: None })].into(),
    };
    serde_json::to_writer_pretty(&mut *out, &Log::new(run))?;
    out.write_all(b"\n")
}

struct Writer<'a> {
    locator: Locator<'a>,
    report: Report<'a>,
    base: &'a Base,
}

impl<'a> Writer<'a> {
    fn result(&mut self, finding: &'a Finding, rules: &Rules<'a>) -> ResultJson<'a> {
        let mut location = self.location(finding.primary.span, None);
        location.logical_locations =
            vec![LogicalLocation { fully_qualified_name: masked(&finding.address), kind: "resource" }];
        ResultJson {
            rule_id: &finding.rule,
            rule_index: rules.index(&finding.rule),
            level: rules::level(finding.severity),
            message: Message::new(masked(&finding.message)),
            locations: [location],
            related_locations: self.related(finding),
            code_flows: self.flows(finding),
            partial_fingerprints: [(FINGERPRINT, &*finding.fingerprint)].into(),
            baseline_state: finding.novelty.map(Novelty::state),
            suppressions: Vec::new(),
            fixes: self.fix(finding).into_iter().collect(),
            properties: (finding.purpose == Purpose::Sample).then_some(Properties { tags: [Purpose::Sample.name()] }),
        }
    }

    /// The fix of a finding. One that would write down a secret is not told.
    fn fix(&mut self, finding: &Finding) -> Option<FixJson> {
        let fix = self.report.assessment.fixes.get(&finding.fingerprint)?;
        let has_secret = |edit: &TextEdit| edit.text.lines().any(|line| masked(line) != line.replace('\t', " "));
        if fix.edits.iter().any(has_secret) {
            return None;
        }
        let changes = fix.edits.chunk_by(|a, b| a.span.file == b.span.file).map(|edits| ArtifactChange {
            artifact_location: self.artifact(edits.first().map(|edit| edit.span.file)),
            replacements: edits
                .iter()
                .map(|edit| Replacement {
                    deleted_region: self.region(edit.span),
                    inserted_content: Message::new(edit.text.clone()),
                })
                .collect(),
        });
        let artifact_changes = changes.collect();
        Some(FixJson { description: Message::new(masked(&fix.title)), artifact_changes })
    }

    fn suppressed(&mut self, suppressed: &'a Suppressed, rules: &Rules<'a>) -> ResultJson<'a> {
        let suppression = Suppression {
            kind: if suppressed.how == BY_SETTINGS { "external" } else { "inSource" },
            status: "accepted",
            justification: suppressed.reason.as_deref().map(masked),
            location: self.location(suppressed.by, None),
        };
        ResultJson { suppressions: vec![suppression], ..self.result(&suppressed.finding, rules) }
    }

    fn related(&mut self, finding: &Finding) -> Vec<Location> {
        let numbered = finding.path.iter().chain(&finding.related).enumerate();
        numbered.map(|(n, label)| Location { id: Some(n), ..self.labeled(label) }).collect()
    }

    /// The way an attacker takes, or else the way of the value from the cause, which is told last.
    fn flows(&mut self, finding: &Finding) -> Vec<CodeFlow> {
        let way: Vec<&Label> = match &finding.path[..] {
            [] if finding.related.len() < MIN_FLOW => return Vec::new(),
            [] => finding.related.iter().rev().collect(),
            path => path.iter().collect(),
        };
        let is_on_way = way.iter().any(|label| label.span == finding.primary.span);
        let hops = way.into_iter().chain((!is_on_way).then_some(&finding.primary));
        let locations = hops.map(|label| ThreadFlowLocation { location: self.labeled(label) }).collect();
        vec![CodeFlow { thread_flows: [ThreadFlow { locations }] }]
    }

    fn labeled(&mut self, label: &Label) -> Location {
        let text = if label.message.is_empty() { "here".to_owned() } else { masked(&label.message) };
        self.location(label.span, Some(text))
    }

    fn location(&mut self, span: Span, message: Option<String>) -> Location {
        let region = Some(self.region(span));
        let physical_location = PhysicalLocation { artifact_location: self.artifact(Some(span.file)), region };
        Location { id: None, physical_location, logical_locations: Vec::new(), message: message.map(Message::new) }
    }

    fn artifact(&self, file: Option<FileId>) -> ArtifactLocation {
        let file = file.and_then(|id| self.report.sources.files().get(id.0 as usize));
        file.map(|file| uri::locate(self.base, &file.path)).unwrap_or_default()
    }

    fn region(&mut self, span: Span) -> Region {
        let (start, end) = self.locator.range(span);
        Region { start_line: start.line, start_column: start.utf16, end_line: end.line, end_column: end.utf16 }
    }

    fn invocation(&mut self) -> Invocation {
        let verdict = self.report.verdict;
        let assessment = self.report.assessment;
        let mut notifications: Vec<_> = assessment.skipped.iter().map(|skipped| self.skipped(skipped)).collect();
        notifications.extend(assessment.problems.iter().map(|problem| self.problem(problem)));
        notifications.extend(assessment.notices.iter().map(|notice| self.notice(notice)));
        Invocation {
            execution_successful: verdict.exit != Exit::NotAnalyzed,
            exit_code: verdict.exit.code(),
            exit_code_description: masked(&verdict.reason),
            tool_execution_notifications: notifications,
        }
    }

    fn skipped(&self, skipped: &Skipped) -> Notification {
        let physical_location =
            PhysicalLocation { artifact_location: uri::locate(self.base, &skipped.path), region: None };
        Notification {
            descriptor: Identified { id: skipped.reason.code() },
            level: "warning",
            message: Message::new(format!("not analyzed: {}", masked(&skipped.reason.to_string()))),
            locations: [Location { id: None, physical_location, logical_locations: Vec::new(), message: None }],
        }
    }

    fn notice(&mut self, notice: &Notice) -> Notification {
        Notification {
            descriptor: Identified { id: notice.kind.code() },
            level: "note",
            message: Message::new(masked(&notice.message)),
            locations: [self.location(notice.span, None)],
        }
    }

    fn problem(&mut self, problem: &Problem) -> Notification {
        let help = problem.help.as_deref().map_or_else(String::new, |help| format!("; {}", masked(help)));
        let places = match problem.n_places {
            0 | 1 => String::new(),
            n => format!(" (in {n} places of this module)"),
        };
        Notification {
            descriptor: Identified { id: "problem" },
            level: "warning",
            message: Message::new(format!("{}{places}{help}", masked(&problem.message))),
            locations: [self.location(problem.span, None)],
        }
    }
}
