use std::cmp::Reverse;

use super::pen::{Pen, severity_style};
use crate::finding::Finding;
use crate::report::locator::Locator;
use crate::report::shown_path;
use crate::report::verdict::plural;
use crate::source::SourceMap;

/// Findings in examples and tests that are listed; the rest is counted.
const MAX_SAMPLES: usize = 10;

/// Findings in examples and tests, worst first, a line each.
pub(super) fn list(mut findings: Vec<&Finding>, sources: &SourceMap, pen: &Pen) -> String {
    findings.retain(|finding| finding.is_lead() || pen.is_verbose());
    if findings.is_empty() {
        return String::new();
    }
    findings.sort_by_key(|finding| Reverse(finding.severity));
    let n_shown = if pen.is_verbose() { findings.len() } else { MAX_SAMPLES };
    let mut text = pen.rule(&format!("in examples and tests: {}", plural(findings.len(), "finding")));
    for finding in findings.iter().take(n_shown) {
        let severity = pen.paint(&format!("{:8}", finding.severity.name()), severity_style(finding.severity));
        let at = Locator::new(sources).at(finding.primary.span.file, finding.primary.span.start);
        let file = sources.files().get(finding.primary.span.file.0 as usize);
        let path = file.map_or_else(String::new, |file| shown_path(&file.path));
        let place = pen.place(&format!("{path}:{}:{}", at.line, at.column));
        text.extend(["  ", &severity, "  ", &finding.rule, "  ", &place, "\n"]);
    }
    if findings.len() > n_shown {
        let more = format!("and {} more (--verbose shows all)", findings.len() - n_shown);
        text.extend(["  ", &pen.dim(&more), "\n"]);
    }
    text.push('\n');
    text
}
