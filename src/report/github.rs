//! Annotations of GitHub Actions: lines that its runner turns into marks beside the changed lines.
//! What is known from the baseline is a notice.
//!
//! The syntax is that of GitHub's workflow commands. A step shows ten annotations of a level, so
//! that more are not written but counted.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::places::Places;
use super::{Base, Report, by_weight, masked};
use crate::finding::{Finding, Severity};

/// Annotations of one level that a step shows.
const MAX_OF_LEVEL: usize = 10;
/// The levels, worst first.
const LEVELS: [&str; 3] = ["error", "warning", "notice"];

/// Writes a line for each finding that counts, worst first, as many as are shown, and a last line
/// that says how many are not.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, report: Report<'_>, base: &Base) -> io::Result<()> {
    let counted = report.assessment.findings.iter().filter(|finding| report.verdict.samples.count(finding));
    let ordered = by_weight(counted);
    let mut places = Places::new(report, base);
    let mut n_left = 0;
    for wanted in LEVELS {
        let own: Vec<&Finding> = ordered.iter().copied().filter(|finding| level(finding) == wanted).collect();
        for finding in own.iter().take(MAX_OF_LEVEL) {
            writeln!(out, "{}", annotation(wanted, finding, &mut places))?;
        }
        n_left += own.len().saturating_sub(MAX_OF_LEVEL);
    }
    if n_left > 0 {
        writeln!(out, "stanchion: {n_left} more, which GitHub would not show: it shows {MAX_OF_LEVEL} of a level")?;
    }
    Ok(())
}

fn level(finding: &Finding) -> &'static str {
    match finding.severity {
        _ if finding.is_known() => LEVELS[2],
        Severity::Critical | Severity::High => LEVELS[0],
        Severity::Medium => LEVELS[1],
        Severity::Low | Severity::Info => LEVELS[2],
    }
}

fn annotation(level: &str, finding: &Finding, places: &mut Places<'_>) -> String {
    let place = places.of(finding.primary.span);
    let mut line = format!("::{level} file={},line={}", property(&place.file), place.start.line);
    // Columns are read only of annotations within one line, and the last one belongs to them.
    if place.start.line == place.end.line {
        let last = place.end.column.saturating_sub(1).max(place.start.column);
        let _ = write!(line, ",endLine={},col={},endColumn={last}", place.end.line, place.start.column);
    } else {
        let _ = write!(line, ",endLine={}", place.end.line);
    }
    let known = if finding.is_known() { "known, " } else { "" };
    let title = format!("{known}{}: {} [{}]", finding.severity, finding.title, finding.rule);
    let remedy = if finding.remedy.is_empty() { String::new() } else { format!("\nFix: {}", finding.remedy) };
    let text = format!("{}{remedy}", masked(&finding.message));
    let _ = write!(line, ",title={}::{}", property(&title), data(&text));
    line
}

/// Text behind the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text of a property, which `,` and `:` would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_or_a_property_is_encoded() {
        assert_eq!(data("50%\r\n::error::x"), "50%25%0D%0A::error::x");
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }
}
