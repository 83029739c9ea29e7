use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::finding::place;
use super::pen::{Pen, severity_style};
use crate::finding::Finding;
use crate::report::verdict::plural;
use crate::report::weight;
use crate::source::SourceMap;

/// Rules with findings in examples and tests that are listed; the rest is counted.
const MAX_SAMPLES: usize = 10;

/// Findings in examples and tests, worst first: a line for each rule, or for each finding where all
/// is to be shown.
pub(super) fn list(mut findings: Vec<&Finding>, sources: &SourceMap, pen: &Pen) -> String {
    findings.retain(|finding| finding.is_lead() || pen.is_verbose());
    if findings.is_empty() {
        return String::new();
    }
    let n_all = findings.len();
    findings.sort_by_key(|finding| Reverse(weight(finding)));
    let mut n_by_rule: FxHashMap<_, usize> = FxHashMap::default();
    if !pen.is_verbose() {
        findings.retain(|finding| {
            let n = n_by_rule.entry((finding.severity, &*finding.rule)).or_default();
            *n += 1;
            *n == 1
        });
    }
    let n_shown = if pen.is_verbose() { findings.len() } else { MAX_SAMPLES };
    let mut text = pen.rule(&format!("in examples and tests: {}", plural(n_all, "finding")));
    for finding in findings.iter().take(n_shown) {
        let severity = pen.paint(&format!("{:8}", finding.severity.name()), severity_style(finding.severity));
        let n = n_by_rule.get(&(finding.severity, &*finding.rule)).map_or(0, |n| n - 1);
        let more = if n > 0 { pen.dim(&format!("  and {n} more")) } else { String::new() };
        let place = pen.place(&place(finding.primary.span, sources));
        text.extend(["  ", &severity, "  ", &finding.rule, "  ", &place, &more, "\n"]);
    }
    if findings.len() > n_shown {
        let more = format!("and {} (--verbose shows all)", plural(findings.len() - n_shown, "more rule"));
        text.extend(["  ", &pen.dim(&more), "\n"]);
    }
    text.push('\n');
    text
}
