use std::collections::BTreeMap;

use owo_colors::Style;

use super::finding::place;
use super::frame::{GUTTER, draw};
use super::pen::Pen;
use crate::finding::{Notice, NoticeKind};
use crate::report::excerpt::{Mark, cut};
use crate::report::verdict::{files, plural};
use crate::report::{Report, masked, shown_path};
use crate::source::{Problem, SourceMap};

/// Problems drawn with a frame; further ones are counted.
const MAX_PROBLEMS: usize = 5;
/// Suppressions to tidy that are listed.
const MAX_NOTICES: usize = 20;
/// Skipped files listed for each reason.
const MAX_SKIPPED: usize = 5;
/// Missing inputs listed.
const MAX_REASONS: usize = 5;

/// Faults of the input, each with its frame.
pub(super) fn problems(report: Report<'_>, pen: &Pen) -> String {
    let problems = &report.assessment.problems;
    let n_shown = shown(problems.len(), MAX_PROBLEMS, pen);
    if problems.is_empty() {
        return String::new();
    }
    let mut text = pen.rule(&format!("broken input: {}", plural(problems.len(), "problem")));
    for problem in problems.iter().take(n_shown) {
        text.push_str(&drawn(problem, report.sources, pen));
    }
    if problems.len() > n_shown {
        text.push_str(&more(problems.len() - n_shown, "  ", pen));
        text.push('\n');
    }
    text
}

/// What was there before and is no more, where all is shown.
pub(super) fn gone(report: Report<'_>, pen: &Pen) -> String {
    let assessment = report.assessment;
    let mut text = String::new();
    for comparison in [&assessment.since, &assessment.baseline].into_iter().flatten() {
        if comparison.gone.is_empty() || !pen.is_verbose() {
            continue;
        }
        let n_gone = plural(comparison.gone.len(), "finding");
        text.push_str(&pen.rule(&format!("gone since `{}`: {n_gone}", masked(&comparison.with))));
        for earlier in &comparison.gone {
            let (address, file) = (masked(&earlier.address), pen.place(&masked(&earlier.file)));
            text.extend(["  ", &earlier.rule, "  ", &address, "  ", &file, "\n"]);
        }
        text.push('\n');
    }
    text
}

/// A fault with its frame and what to do.
pub(super) fn drawn(problem: &Problem, sources: &SourceMap, pen: &Pen) -> String {
    let style = Style::new().magenta().bold();
    let message = match problem.n_places {
        0 | 1 => masked(&problem.message),
        n => format!("{} (in {n} places of this module)", masked(&problem.message)),
    };
    let mut text = pen.paragraph("", "problem: ", style, &message);
    let mark = Mark { span: problem.span, text: String::new(), is_primary: true, is_numbered: false };
    if let Some(excerpt) = cut(vec![mark], sources, pen.width().saturating_sub(GUTTER)) {
        text.push_str(&draw(excerpt, style, pen));
    }
    if let Some(help) = &problem.help {
        text.push_str(&pen.paragraph("  ", "help: ", Style::new().green().bold(), &masked(help)));
    }
    text.push('\n');
    text
}

/// Suppressions to tidy, our own before those of other analyzers.
pub(super) fn notices(report: Report<'_>, pen: &Pen) -> String {
    let is_own = |notice: &&Notice| notice.kind != NoticeKind::UnusedPeer;
    let (own, peers): (Vec<&Notice>, Vec<&Notice>) = report.assessment.notices.iter().partition(is_own);
    let own = listed(&own, "suppressions to tidy", MAX_NOTICES, report.sources, pen);
    own + &listed(&peers, "suppressions of other analyzers without use here", MAX_SKIPPED, report.sources, pen)
}

fn listed(notices: &[&Notice], title: &str, most: usize, sources: &SourceMap, pen: &Pen) -> String {
    if notices.is_empty() {
        return String::new();
    }
    let n_shown = shown(notices.len(), most, pen);
    let mut text = pen.rule(&format!("{title}: {}", notices.len()));
    for notice in notices.iter().take(n_shown) {
        text.extend(["  ", &pen.place(&place(notice.span, sources)), "\n"]);
        text.push_str(&pen.paragraph("    ", "", Style::new(), &masked(&notice.message)));
    }
    text.push_str(&more(notices.len() - n_shown, "  ", pen));
    text.push('\n');
    text
}

/// Files that were not analyzed, by reason.
pub(super) fn not_analyzed(report: Report<'_>, pen: &Pen) -> String {
    let skipped = &report.assessment.skipped;
    if skipped.is_empty() {
        return String::new();
    }
    let mut by_reason: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for skipped in skipped {
        by_reason.entry(skipped.reason.code()).or_default().push(skipped);
    }
    let mut text = pen.rule(&format!("not analyzed: {}", files(skipped.len())));
    for (code, all) in by_reason {
        let n_shown = shown(all.len(), MAX_SKIPPED, pen);
        // A reason that is the same for all is told once.
        let common = all.first().map(|first| &first.reason).filter(|reason| all.iter().all(|s| s.reason == **reason));
        let told = common.map_or_else(String::new, |reason| format!("  {}", pen.dim(&masked(&reason.to_string()))));
        text.extend(["  ", &pen.bold(&format!("{code}:")), " ", &files(all.len()), &told, "\n"]);
        for skipped in all.iter().take(n_shown) {
            let own = if common.is_some() { String::new() } else { masked(&skipped.reason.to_string()) };
            let line = format!("    {}  {}", pen.place(&shown_path(&skipped.path)), pen.dim(&own));
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text.push_str(&more(all.len() - n_shown, "    ", pen));
    }
    text.push('\n');
    text
}

/// Modules that could not be looked into, by source.
pub(super) fn missing_modules(report: Report<'_>, pen: &Pen) -> String {
    let missing = &report.assessment.missing_modules;
    if missing.is_empty() {
        return String::new();
    }
    let n_shown = shown(missing.len(), MAX_REASONS, pen);
    let mut text = pen.rule(&format!("modules not on disk: {}", missing.len()));
    for module in missing.iter().take(n_shown) {
        let calls = plural(module.n_calls, "call");
        text.push_str(&pen.paragraph("  ", "", Style::new(), &format!("{} ({calls})", masked(&module.source))));
    }
    text.push_str(&more(missing.len() - n_shown, "  ", pen));
    text.extend(["  ", &pen.dim("run `terraform init` to have them checked"), "\n\n"]);
    text
}

/// What the undecided rules lack, the most frequent first.
pub(super) fn undecided(report: Report<'_>, pen: &Pen) -> String {
    let undecided = &report.assessment.undecided;
    if undecided.is_empty() {
        return String::new();
    }
    let mut n_by_reason: BTreeMap<&str, usize> = BTreeMap::new();
    for one in undecided {
        *n_by_reason.entry(&one.reason).or_default() += 1;
    }
    let mut reasons: Vec<_> = n_by_reason.into_iter().collect();
    reasons.sort_by_key(|&(_, n)| std::cmp::Reverse(n));
    let n_shown = shown(reasons.len(), MAX_REASONS, pen);
    let width = reasons.first().map_or(0, |(_, n)| n.to_string().len());
    let mut text = pen.rule(&format!("undecided: {}, because", plural(undecided.len(), "check")));
    for (reason, n) in reasons.iter().take(n_shown) {
        text.push_str(&pen.paragraph("  ", &format!("{n:>width$}  "), Style::new().bold(), &masked(reason)));
    }
    text.push_str(&more(reasons.len() - n_shown, "  ", pen));
    text.push('\n');
    text
}

fn shown(n: usize, most: usize, pen: &Pen) -> usize {
    if pen.is_verbose() { n } else { n.min(most) }
}

fn more(n: usize, indent: &str, pen: &Pen) -> String {
    if n == 0 {
        return String::new();
    }
    format!("{indent}{}\n", pen.dim(&format!("and {n} more (--verbose shows all)")))
}
