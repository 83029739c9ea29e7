//! A summary in Markdown, for the page of a CI job or a comment on a change.
//!
//! Counts, a table of findings, the ways of attackers and what was left out. It is made to a size:
//! what does not fit is counted, never cut in the middle. No text of the input becomes markup,
//! mentions somebody or points to an issue.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::places::Places;
use super::verdict::{files, plural};
use super::{Base, Exit, Report, by_weight, masked};
use crate::finding::{Finding, Severity};

/// The longest comment that GitHub takes.
pub const COMMENT_BYTES: usize = 65_536;
/// The longest summary of a step that GitHub takes.
pub const SUMMARY_BYTES: usize = 1 << 20;
/// What is kept free for the last lines.
const RESERVE: usize = 600;
/// Ways that are told.
const MAX_WAYS: usize = 20;

/// Writes a summary of at most `limit` bytes, ending with a line end.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, report: Report<'_>, base: &Base, limit: usize) -> io::Result<()> {
    let counted = report.assessment.findings.iter().filter(|finding| report.verdict.samples.count(finding));
    let mut findings = by_weight(counted);
    findings.sort_by_key(|finding| finding.is_known());
    let mut places = Places::new(report, base);
    let mut page = Page { text: String::new(), room: limit.saturating_sub(RESERVE) };
    page.text.push_str(&head(&findings, report));
    let n_untold = page.table(&findings, &mut places);
    let n_ways = page.ways(&findings, &mut places);
    page.text.push_str(&foot(report, n_untold, n_ways));
    out.write_all(page.text.as_bytes())
}

fn head(findings: &[&Finding], report: Report<'_>) -> String {
    let sign = match report.verdict.exit {
        Exit::Clean => "✅",
        Exit::Findings => "❌",
        Exit::NotAnalyzed => "⚠️",
    };
    let mut text = format!("## {sign} stanchion: {}\n\n", message(&masked(&report.verdict.reason)));
    if findings.is_empty() {
        return text;
    }
    let names: Vec<&str> = Severity::ALL.iter().map(|severity| severity.name()).collect();
    let is_of = |finding: &&&Finding, severity| finding.severity == severity && !finding.is_known();
    let count = |severity| findings.iter().filter(|finding| is_of(finding, severity)).count().to_string();
    let _ = writeln!(text, "| {} |", names.join(" | "));
    let _ = writeln!(text, "|{}", "---:|".repeat(names.len()));
    let _ = writeln!(text, "| {} |\n", Severity::ALL.map(count).join(" | "));
    text
}

struct Page {
    text: String,
    room: usize,
}

impl Page {
    /// Appends if there is room for it.
    fn push(&mut self, text: &str) -> bool {
        let fits = self.text.len() + text.len() <= self.room;
        if fits {
            self.text.push_str(text);
        }
        fits
    }

    /// Gives how many findings had no room.
    fn table(&mut self, findings: &[&Finding], places: &mut Places<'_>) -> usize {
        if findings.is_empty() || !self.push("| Severity | Finding | Resource | Place |\n|---|---|---|---|\n") {
            return findings.len();
        }
        let mut rows = findings.iter().map(|finding| {
            format!(
                "| {} | {}<br>{} | {} | {} |\n",
                if finding.is_known() { "⚪ known" } else { badge(finding.severity) },
                prose(&finding.title),
                cell(&finding.rule),
                cell(&masked(&finding.address)),
                cell(&places.line(finding.primary.span)),
            )
        });
        // A way is worth more than the last rows of a long table.
        let whole = self.room;
        self.room = whole - whole / 4;
        let n_told = rows.by_ref().take_while(|row| self.push(row)).count();
        self.room = whole;
        self.text.push('\n');
        findings.len() - n_told
    }

    /// Gives how many ways had no room.
    fn ways(&mut self, findings: &[&Finding], places: &mut Places<'_>) -> usize {
        let ways = findings.iter().filter(|finding| !finding.path.is_empty() && !finding.is_known());
        let ways: Vec<&&Finding> = ways.collect();
        let mut n_told = 0;
        for finding in ways.iter().take(MAX_WAYS) {
            let title = format!(
                "{} {}: {}",
                badge(finding.severity),
                prose(&finding.title),
                html_code(&masked(&finding.address))
            );
            let mut text = format!("<details><summary>{title}</summary>\n\n{}\n\n", message(&masked(&finding.message)));
            for (n, label) in (1..).zip(&finding.path) {
                let _ =
                    writeln!(text, "{n}. {} ({})", message(&masked(&label.message)), code(&places.line(label.span)));
            }
            let _ = writeln!(text, "\n**Fix:** {}\n\n</details>\n", message(&finding.remedy));
            if !self.push(&text) {
                break;
            }
            n_told += 1;
        }
        ways.len() - n_told
    }
}

fn foot(report: Report<'_>, n_untold: usize, n_ways: usize) -> String {
    let assessment = report.assessment;
    let mut text = String::new();
    if n_untold > 0 {
        let _ = writeln!(text, "> There was no room for {}: see the full report.\n", plural(n_untold, "more finding"));
    }
    if n_ways > 0 {
        let _ = writeln!(text, "> There was no room for {}: see the full report.\n", plural(n_ways, "more way"));
    }
    if let Some(since) = &assessment.since {
        let with = code(&masked(&since.with));
        let _ = writeln!(text, "Compared with {with}: {} fixed.\n", plural(since.gone.len(), "finding"));
    }
    let counts = assessment.counts;
    let _ = writeln!(
        text,
        "<sub>Checked {} with {} against {}; {} undecided, {} allowed, {} not analyzed, {}.</sub>",
        files(counts.files),
        plural(counts.resources, "resource"),
        plural(counts.rules, "rule"),
        plural(assessment.undecided.len(), "check"),
        plural(assessment.suppressed.len(), "finding"),
        files(assessment.skipped.len()),
        plural(assessment.problems.len(), "broken part"),
    );
    text
}

fn badge(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "🟣 critical",
        Severity::High => "🔴 high",
        Severity::Medium => "🟠 medium",
        Severity::Low => "🔵 low",
        Severity::Info => "⚪ info",
    }
}

/// Text in which nothing is markup, a mention or a reference.
fn prose(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A mention and a reference end at the joiner.
            '@' | '#' => escaped.extend([c, '\u{2060}']),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '!' | '|' | '~' | '$' => {
                escaped.extend(['\\', c]);
            }
            '\n' | '\r' => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    // A bare address would become a link.
    escaped.replace("://", ":\u{2060}//").replace("www.", "www\u{2060}.")
}

/// A text whose words between backticks are code, as messages of rules have them.
fn message(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return prose(text);
    }
    let told = parts.iter().enumerate().map(|(n, part)| if n % 2 == 0 { prose(part) } else { code(part) });
    told.collect()
}

/// A code span in a table.
fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A code span.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let text = text.replace(['\n', '\r'], " ");
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Code where only HTML is read.
fn html_code(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<code>{text}</code>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(prose("<b> [x](y) @all #1 a|b"), "&lt;b&gt; \\[x\\]\\(y\\) @\u{2060}all #\u{2060}1 a\\|b");
        assert_eq!(prose("https://a"), "https:\u{2060}//a");
        assert_eq!((cell("a|b"), code("a``b")), ("`a\\|b`".into(), "```a``b```".into()));
        assert_eq!(message("`a` grants `*` to <all>"), "`a` grants `*` to &lt;all&gt;");
        assert_eq!(message("an odd ` backtick"), "an odd \\` backtick");
    }
}
