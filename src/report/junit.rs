//! JUnit XML, which CI servers show as a list of tests.
//!
//! A suite for each file with findings, a test for each finding. One that makes the run fail is a
//! failure, any other one has passed and tells what it is in its output, so that the server's
//! verdict is ours. Allowed and known findings and files that were not analyzed are skipped tests.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::places::Places;
use super::verdict::{files, plural};
use super::{Base, Exit, Report, TOOL, masked};
use crate::finding::{Finding, Suppressed};

/// The suite of the run as a whole.
const RUN: &str = "stanchion";

/// Writes the report, ending with a line end.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, report: Report<'_>, base: &Base) -> io::Result<()> {
    let mut places = Places::new(report, base);
    let mut suites: BTreeMap<String, Vec<Test>> = BTreeMap::new();
    for finding in &report.assessment.findings {
        let test = Test::of(finding, report, &mut places);
        suites.entry(places.of(finding.primary.span).file).or_default().push(test);
    }
    for suppressed in &report.assessment.suppressed {
        let file = places.of(suppressed.finding.primary.span).file;
        suites.entry(file).or_default().push(Test::allowed(suppressed, &mut places));
    }
    let run = [vec![Test::run(report)], Test::left_out(report, base)].concat();
    let suites: Vec<(String, Vec<Test>)> = std::iter::once((RUN.to_owned(), run)).chain(suites).collect();
    let all: Vec<&Test> = suites.iter().flat_map(|(_, tests)| tests).collect();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"{}\"{}>", TOOL.0, counts(&all, false))?;
    for (name, tests) in &suites {
        writeln!(out, "  <testsuite name=\"{}\"{}>", xml(name), counts(&tests.iter().collect::<Vec<_>>(), true))?;
        for test in tests {
            out.write_all(test.written().as_bytes())?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// How a test ended.
#[derive(Clone, PartialEq)]
enum End {
    Passed,
    Failed,
    Broken,
    Skipped,
}

#[derive(Clone)]
struct Test {
    class: String,
    name: String,
    end: End,
    /// What kind of failure it is.
    kind: &'static str,
    /// One line.
    message: String,
    /// All there is to say.
    text: String,
}

impl Test {
    fn of(finding: &Finding, report: Report<'_>, places: &mut Places<'_>) -> Self {
        let end = match finding.is_known() {
            true => End::Skipped,
            false if report.verdict.is_failed_by(finding) => End::Failed,
            false => End::Passed,
        };
        let known = if finding.is_known() { "known from the baseline: " } else { "" };
        Self {
            class: finding.rule.to_string(),
            name: name(finding, places),
            end,
            kind: finding.severity.name(),
            message: format!("{known}{}: {}", finding.severity, finding.title),
            text: text(finding, places),
        }
    }

    fn allowed(suppressed: &Suppressed, places: &mut Places<'_>) -> Self {
        let finding = &suppressed.finding;
        let reason = suppressed.reason.as_deref().map_or_else(|| "no reason given".to_owned(), masked);
        Self {
            class: finding.rule.to_string(),
            name: name(finding, places),
            end: End::Skipped,
            kind: "allowed",
            message: format!("allowed by {}: {reason}", suppressed.how),
            text: String::new(),
        }
    }

    /// The run itself, so that no report is without a test.
    fn run(report: Report<'_>) -> Self {
        let counts = report.assessment.counts;
        let looked_at = format!(
            "checked {} with {} against {}",
            files(counts.files),
            plural(counts.resources, "resource"),
            plural(counts.rules, "rule")
        );
        let end = if report.verdict.exit == Exit::NotAnalyzed { End::Broken } else { End::Passed };
        let message = masked(&report.verdict.reason);
        Self { class: RUN.into(), name: "analysis".into(), end, kind: "not-analyzed", message, text: looked_at }
    }

    fn left_out(report: Report<'_>, base: &Base) -> Vec<Self> {
        let skipped = report.assessment.skipped.iter().map(|skipped| Self {
            class: RUN.into(),
            name: base.name(&skipped.path),
            end: End::Skipped,
            kind: skipped.reason.code(),
            message: format!("not analyzed: {}", masked(&skipped.reason.to_string())),
            text: String::new(),
        });
        skipped.collect()
    }

    fn written(&self) -> String {
        let (message, text) = (xml(&self.message), xml(&self.text));
        let inner = match self.end {
            End::Failed => format!("<failure type=\"{}\" message=\"{message}\">{text}</failure>", self.kind),
            End::Broken => format!("<error type=\"{}\" message=\"{message}\">{text}</error>", self.kind),
            End::Skipped => format!("<skipped type=\"{}\" message=\"{message}\"/>", self.kind),
            End::Passed => format!("<system-out>{message}\n{text}</system-out>"),
        };
        let (class, name) = (xml(&self.class), xml(&self.name));
        format!("    <testcase classname=\"{class}\" name=\"{name}\">\n      {inner}\n    </testcase>\n")
    }
}

/// What a finding says, in lines.
fn text(finding: &Finding, places: &mut Places<'_>) -> String {
    let mut text = format!("{}\n{}\n", places.line(finding.primary.span), masked(&finding.message));
    for (n, label) in (1..).zip(&finding.path) {
        let _ = writeln!(text, "  {n}. {} ({})", masked(&label.message), places.line(label.span));
    }
    for (what, said) in [("Why", &finding.why), ("Fix", &finding.remedy)] {
        if !said.is_empty() {
            let _ = writeln!(text, "{what}: {said}");
        }
    }
    text
}

/// A test's name: the resource, the rule and the line.
fn name(finding: &Finding, places: &mut Places<'_>) -> String {
    let line = places.of(finding.primary.span).start.line;
    format!("{} ({}, line {line})", masked(&finding.address), finding.rule)
}

/// Attributes with the numbers of tests. Suites tell how many were skipped, the whole does not.
fn counts(tests: &[&Test], has_skipped: bool) -> String {
    let n = |end: End| tests.iter().filter(|test| test.end == end).count();
    let skipped = if has_skipped { format!(" skipped=\"{}\"", n(End::Skipped)) } else { String::new() };
    format!(" tests=\"{}\" failures=\"{}\" errors=\"{}\"{skipped}", tests.len(), n(End::Failed), n(End::Broken))
}

/// Text as XML 1.0 can hold it: some characters have no form there at all.
fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c if c < ' ' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::xml;

    #[test]
    fn nothing_ends_an_attribute_and_no_character_is_illegal() {
        assert_eq!(xml("a<b>&\"c\u{1b}\u{ffff}]]>"), "a&lt;b&gt;&amp;&quot;c\u{fffd}\u{fffd}]]&gt;");
    }
}
