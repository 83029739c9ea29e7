use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use owo_colors::Style;
use unicode_width::UnicodeWidthStr;

use super::finding::place;
use super::pen::{Pen, severity_style};
use crate::finding::{Finding, MANY, Purpose, Severity};
use crate::report::verdict::{files, plural};
use crate::report::{Exit, Report, masked, weight};

/// Columns before the rules of a severity: name, count, bar.
const NAME: usize = 8;
/// Columns of the longest bar, and where there is little room.
const BAR: (usize, usize) = (20, 8);
/// Columns from which on there is room.
const WIDE: usize = 100;
/// Findings named as the first to look at.
const MAX_FIRST: usize = 3;
/// Columns of `, and 99 more`.
const MORE: usize = 13;

/// Counts by severity with their most frequent rules, what was looked at, and the verdict.
pub(super) fn render(report: Report<'_>, pen: &Pen) -> String {
    let is_counted =
        |finding: &&Finding| finding.is_lead() && finding.purpose == Purpose::Deployed && !finding.is_known();
    let findings: Vec<&Finding> = report.assessment.findings.iter().filter(is_counted).collect();
    let findings = &findings[..];
    let what = if report.assessment.is_compared() { "new finding" } else { "finding" };
    let mut text = pen.rule(&format!("summary: {}", plural(findings.len(), what)));
    let most = Severity::ALL.into_iter().map(|severity| of(findings, severity).count()).max().unwrap_or(0);
    for severity in Severity::ALL {
        text.push_str(&row(findings, severity, most, pen));
    }
    if !findings.is_empty() {
        text.push('\n');
    }
    text.push_str(&first(findings, report, pen));
    text.push_str(&set_aside(report, pen));
    text.push_str(&compared(report, pen));
    text.push_str(&looked_at(report, pen));
    text.push_str(&verdict(report, pen));
    text
}

fn of<'a>(findings: &[&'a Finding], severity: Severity) -> impl Iterator<Item = &'a Finding> {
    findings.iter().copied().filter(move |finding| finding.severity == severity)
}

fn row(findings: &[&Finding], severity: Severity, most: usize, pen: &Pen) -> String {
    let n = of(findings, severity).count();
    if n == 0 {
        return String::new();
    }
    let style = severity_style(severity);
    let digits = most.to_string().len();
    let bar_width = if pen.width() < WIDE { BAR.1 } else { BAR.0 };
    let n_bar = (n * bar_width).div_ceil(most.max(1));
    let bar = pen.sign("━", "#").repeat(n_bar);
    let rules = top_rules(findings, severity, pen.width().saturating_sub(NAME + digits + bar_width + 8));
    let name = pen.paint(&format!("{:NAME$}", severity.name()), style);
    let blank = " ".repeat(bar_width - n_bar);
    format!(
        "  {name}  {}  {}{blank}  {}\n",
        pen.bold(&format!("{n:>digits$}")),
        pen.paint(&bar, style),
        pen.dim(&rules)
    )
}

/// The most frequent rules, as many as fit the width, and how many more there are.
fn top_rules(findings: &[&Finding], severity: Severity, width: usize) -> String {
    let mut n_by_rule: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in of(findings, severity) {
        *n_by_rule.entry(&finding.rule).or_default() += 1;
    }
    let mut rules: Vec<_> = n_by_rule.into_iter().collect();
    rules.sort_by_key(|&(_, n)| Reverse(n));
    let n_left = |index: usize| rules.len() - index;
    let mut text = String::new();
    for (index, (rule, n)) in rules.iter().enumerate() {
        let times = if *n > 1 { format!(" {n}") } else { String::new() };
        let separator = if text.is_empty() { "" } else { ", " };
        let next = format!("{text}{separator}{rule}{times}");
        let is_last = n_left(index) == 1;
        if next.width() > width.saturating_sub(if is_last { 0 } else { MORE }) {
            return if text.is_empty() {
                plural(rules.len(), "rule")
            } else {
                format!("{text}, and {} more", n_left(index))
            };
        }
        text = next;
    }
    text
}

/// The first finding of each of the worst rules, where the list is so long that it scrolled away.
fn first(findings: &[&Finding], report: Report<'_>, pen: &Pen) -> String {
    if findings.len() <= MANY {
        return String::new();
    }
    let mut ordered = findings.to_vec();
    ordered.sort_by_key(|finding| Reverse(weight(finding)));
    let mut rules = BTreeSet::new();
    ordered.retain(|finding| rules.insert(&*finding.rule));
    let mut text = format!("  {}\n", pen.bold("start with"));
    for finding in ordered.iter().take(MAX_FIRST) {
        let place = pen.place(&place(finding.primary.span, report.sources));
        let title = pen.paint(&finding.title, severity_style(finding.severity));
        text.extend(["    ", &title, "\n      ", &place, "\n"]);
    }
    text.push('\n');
    text
}

/// What was found and is not counted above.
fn set_aside(report: Report<'_>, pen: &Pen) -> String {
    let assessment = report.assessment;
    let n_known = assessment.findings.iter().filter(|finding| finding.is_known()).count();
    let n_copies = assessment.findings.iter().filter(|finding| finding.copy_of.is_some()).count();
    let n_caused = assessment.findings.iter().filter(|finding| finding.caused_by.is_some()).count();
    let leads = assessment.findings.iter().filter(|finding| finding.is_lead() && !finding.is_known());
    let n_samples = leads.filter(|finding| finding.purpose == Purpose::Sample).count();
    let parts = [
        ("suppressed", assessment.suppressed.len()),
        ("known from the baseline", n_known),
        ("in examples and tests", n_samples),
        ("in examples and tests, hidden", assessment.counts.hidden),
        ("in copies of the same block", n_copies),
        ("explained by another finding", n_caused),
    ];
    let told: Vec<_> = parts.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{what}: {n}")).collect();
    if told.is_empty() { String::new() } else { pen.paragraph("  ", "", Style::new(), &told.join("; ")) }
}

/// What earlier states had besides.
fn compared(report: Report<'_>, pen: &Pen) -> String {
    let assessment = report.assessment;
    let mut parts = Vec::new();
    if let Some(since) = &assessment.since {
        let (with, n_gone) = (masked(&since.with), plural(since.gone.len(), "finding"));
        parts.push(format!("since `{with}`: {n_gone} fixed, {} there before and after", since.n_known));
    }
    if let Some(baseline) = assessment.baseline.as_ref().filter(|baseline| !baseline.gone.is_empty()) {
        let n_gone = plural(baseline.gone.len(), "finding");
        parts.push(format!("{n_gone} of the baseline gone (`stanchion baseline update`)"));
    }
    if parts.is_empty() { String::new() } else { pen.paragraph("  ", "", Style::new(), &parts.join("; ")) }
}

fn looked_at(report: Report<'_>, pen: &Pen) -> String {
    let assessment = report.assessment;
    let counts = assessment.counts;
    let mut parts = vec![format!(
        "checked {} with {} against {}",
        files(counts.files),
        plural(counts.resources, "resource"),
        plural(counts.rules, "rule"),
    )];
    if counts.excluded > 0 {
        parts.push(format!("{} excluded by the settings", files(counts.excluded)));
    }
    if counts.foreign_files > 0 {
        parts.push(format!("{} held neither Terraform nor Kubernetes", files(counts.foreign_files)));
    }
    parts.push(format!(
        "{} undecided, {} not analyzed, {}",
        plural(assessment.undecided.len(), "check"),
        files(assessment.skipped.len()),
        plural(assessment.problems.len(), "problem"),
    ));
    pen.paragraph("  ", "", Style::new(), &parts.join("; "))
}

fn verdict(report: Report<'_>, pen: &Pen) -> String {
    let verdict = report.verdict;
    let (sign, style) = match verdict.exit {
        Exit::Clean => (pen.sign("✔", "ok,"), Style::new().green().bold()),
        Exit::Findings => (pen.sign("✘", "failed,"), Style::new().red().bold()),
        Exit::NotAnalyzed => (pen.sign("✘", "failed,"), Style::new().magenta().bold()),
    };
    let label = format!("{sign} exit code {}: ", verdict.exit.code());
    pen.paragraph("  ", &label, style, &verdict.reason)
}
