//! The two reports that GitLab reads: Code Quality, a list of issues beside the changed lines of a
//! merge request, and SAST, vulnerabilities that it tracks.
//!
//! Both have no place for what is allowed; such findings are left out. Paths are relative to the
//! repository. SAST follows version 15.0.7 of GitLab's schema of security reports.

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::places::Places;
use super::{Base, Exit, Report, TOOL, masked};
use crate::finding::{Day, Finding, Severity};

/// The version of the SAST schema.
const SAST_VERSION: &str = "15.0.7";
/// Characters of a name and of a solution that the SAST schema allows.
const MAX_NAME: usize = 255;
const MAX_SOLUTION: usize = 7000;
/// Files that were not analyzed and are told one by one.
const MAX_MESSAGES: usize = 100;

/// Writes the Code Quality report, ending with a line end.
///
/// # Errors
/// Those of the sink.
pub fn write_code_quality(out: &mut dyn Write, report: Report<'_>, base: &Base) -> io::Result<()> {
    let mut places = Places::new(report, base);
    let issues: Vec<_> = report.assessment.findings.iter().map(|finding| issue(finding, &mut places)).collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: &'a str,
    severity: &'static str,
    location: IssueLocation,
}

#[derive(Serialize)]
struct IssueLocation {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

fn issue<'a>(finding: &'a Finding, places: &mut Places<'_>) -> Issue<'a> {
    let place = places.of(finding.primary.span);
    Issue {
        description: format!("{}{}: {}", known(finding), finding.title, masked(&finding.message)),
        check_name: &finding.rule,
        fingerprint: &finding.fingerprint,
        severity: match finding.severity {
            Severity::Critical => "blocker",
            Severity::High => "critical",
            Severity::Medium => "major",
            Severity::Low => "minor",
            Severity::Info => "info",
        },
        location: IssueLocation { path: place.file, lines: Lines { begin: place.start.line, end: place.end.line } },
    }
}

/// Neither format has a mark for what is known from a baseline: the text says it.
fn known(finding: &Finding) -> &'static str {
    if finding.is_known() { "Known: " } else { "" }
}

/// Writes the SAST report of a run that began and ended then, ending with a line end.
///
/// # Errors
/// Those of the sink.
pub fn write_sast(
    out: &mut dyn Write,
    report: Report<'_>,
    base: &Base,
    (began, ended): (SystemTime, SystemTime),
) -> io::Result<()> {
    let mut places = Places::new(report, base);
    let tool = || Tool {
        id: TOOL.0,
        name: TOOL.0,
        url: env!("CARGO_PKG_REPOSITORY"),
        version: TOOL.1,
        vendor: Vendor { name: TOOL.0 },
    };
    let document = Sast {
        version: SAST_VERSION,
        scan: Scan {
            analyzer: tool(),
            scanner: tool(),
            r#type: "sast",
            start_time: time(began),
            end_time: time(ended),
            status: if report.verdict.exit == Exit::NotAnalyzed { "failure" } else { "success" },
            messages: messages(report, base),
        },
        vulnerabilities: report.assessment.findings.iter().map(|one| vulnerability(one, &mut places)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Sast<'a> {
    version: &'static str,
    scan: Scan,
    vulnerabilities: Vec<Vulnerability<'a>>,
}

#[derive(Serialize)]
struct Scan {
    analyzer: Tool,
    scanner: Tool,
    r#type: &'static str,
    start_time: String,
    end_time: String,
    status: &'static str,
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct Tool {
    id: &'static str,
    name: &'static str,
    url: &'static str,
    version: &'static str,
    vendor: Vendor,
}

#[derive(Serialize)]
struct Vendor {
    name: &'static str,
}

#[derive(Serialize)]
struct Message {
    level: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Vulnerability<'a> {
    id: String,
    name: String,
    description: String,
    severity: &'static str,
    solution: String,
    identifiers: Vec<Identifier<'a>>,
    links: Vec<Link<'a>>,
    location: Location,
    tracking: Tracking<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
}

#[derive(Serialize)]
struct Identifier<'a> {
    r#type: &'static str,
    name: String,
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct Link<'a> {
    url: &'a str,
}

#[derive(Serialize)]
struct Location {
    file: String,
    start_line: u32,
    end_line: u32,
}

/// How the same vulnerability is known again when lines move: by our own fingerprint.
#[derive(Serialize)]
struct Tracking<'a> {
    r#type: &'static str,
    items: [TrackingItem<'a>; 1],
}

#[derive(Serialize)]
struct TrackingItem<'a> {
    signatures: [Signature<'a>; 1],
}

#[derive(Serialize)]
struct Signature<'a> {
    algorithm: &'static str,
    value: &'a str,
}

#[derive(Serialize)]
struct Details {
    way: Steps,
}

#[derive(Serialize)]
struct Steps {
    name: &'static str,
    r#type: &'static str,
    items: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    r#type: &'static str,
    value: String,
}

fn vulnerability<'a>(finding: &'a Finding, places: &mut Places<'_>) -> Vulnerability<'a> {
    let place = places.of(finding.primary.span);
    let example = finding.example.as_deref().map_or_else(String::new, |code| format!("\n\n{}", code.trim_end()));
    let rule = Identifier {
        r#type: "stanchion_rule",
        name: format!("stanchion {}", finding.rule),
        value: &finding.rule,
        url: None,
    };
    let weaknesses = finding.references.iter().filter_map(|reference| {
        let number = reference.strip_prefix("CWE-").filter(|number| !number.is_empty())?;
        let url = Some(format!("https://cwe.mitre.org/data/definitions/{number}.html"));
        Some(Identifier { r#type: "cwe", name: reference.to_string(), value: number, url })
    });
    let links = finding.references.iter().filter(|reference| reference.starts_with("https://"));
    Vulnerability {
        id: uuid(&finding.fingerprint),
        name: shortened(&finding.title, MAX_NAME),
        description: format!("{}{}\n\n{}", known(finding), masked(&finding.message), finding.why),
        severity: match finding.severity {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
            Severity::Low => "Low",
            Severity::Info => "Info",
        },
        solution: shortened(&format!("{}{example}", finding.remedy), MAX_SOLUTION),
        identifiers: std::iter::once(rule).chain(weaknesses).collect(),
        links: links.map(|url| Link { url }).collect(),
        location: Location { file: place.file, start_line: place.start.line, end_line: place.end.line },
        tracking: Tracking {
            r#type: "source",
            items: [TrackingItem { signatures: [Signature { algorithm: "hash", value: &finding.fingerprint }] }],
        },
        details: details(finding, places),
    }
}

fn details(finding: &Finding, places: &mut Places<'_>) -> Option<Details> {
    let steps = finding.path.iter().map(|label| Step {
        r#type: "text",
        value: format!("{} ({})", masked(&label.message), places.line(label.span)),
    });
    let items: Vec<Step> = steps.collect();
    (!items.is_empty()).then_some(Details { way: Steps { name: "The way of an attacker", r#type: "list", items } })
}

fn messages(report: Report<'_>, base: &Base) -> Vec<Message> {
    let skipped = &report.assessment.skipped;
    let warn = |value| Message { level: "warn", value };
    let of = |skipped: &crate::source::Skipped| {
        format!("not analyzed: {}: {}", base.name(&skipped.path), masked(&skipped.reason.to_string()))
    };
    let mut messages: Vec<Message> = skipped.iter().take(MAX_MESSAGES).map(|skipped| warn(of(skipped))).collect();
    if skipped.len() > MAX_MESSAGES {
        messages.push(warn(format!("not analyzed: {} more files", skipped.len() - MAX_MESSAGES)));
    }
    messages.push(Message { level: "info", value: masked(&report.verdict.reason) });
    messages
}

/// 32 hex digits in the groups of a UUID.
fn uuid(fingerprint: &str) -> String {
    let cuts = [0, 8, 12, 16, 20, 32];
    let groups = cuts.windows(2).filter_map(|cut| fingerprint.get(cut[0]..cut[1]));
    groups.collect::<Vec<_>>().join("-")
}

/// At most so many characters.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

/// `2030-01-31T23:59:59`, in UTC.
fn time(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (day, rest) = (seconds / (24 * 60 * 60), seconds % (24 * 60 * 60));
    format!("{}T{:02}:{:02}:{:02}", Day::since_epoch(day), rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_time_is_told_in_utc_without_zone() {
        assert_eq!(time(UNIX_EPOCH + Duration::from_secs(1_709_251_199)), "2024-02-29T23:59:59");
    }

    #[test]
    fn text_is_cut_by_characters() {
        assert_eq!((shortened("größe", 5), shortened("größer", 5)), ("größe".into(), "größ…".into()));
    }
}
