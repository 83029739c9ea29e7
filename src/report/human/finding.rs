use owo_colors::Style;
use unicode_width::UnicodeWidthStr;

use super::frame::{GUTTER, draw};
use super::pen::{Pen, severity_style, wrap};
use super::plan::Group;
use crate::finding::{Confidence, Finding};
use crate::report::excerpt::{cut, marks, windows};
use crate::report::locator::Locator;
use crate::report::verdict::{files, plural};
use crate::report::{masked, shown_path};
use crate::source::{SourceMap, Span};

/// Frames of one finding; further places get a line each.
const MAX_FRAMES: usize = 10;
/// Further places of a rule; the rest is counted.
const MAX_ALSO: usize = 10;
const INDENT: &str = "  ";

/// Renders a finding with what belongs to it, and a blank line behind.
pub(super) fn render(group: &Group<'_>, sources: &SourceMap, pen: &Pen) -> String {
    let mut text = header(group.lead, pen);
    text.push_str(&frames(group.lead, sources, pen));
    text.push_str(&also(group, sources, pen));
    text.push_str(&advice(group, pen));
    text.push_str(&symptoms(group, sources, pen));
    text.push('\n');
    text
}

fn header(finding: &Finding, pen: &Pen) -> String {
    let mut text = title(finding, pen);
    let mut message = masked(&finding.message);
    if !message.contains(&*finding.address) {
        message = format!("`{}`: {message}", masked(&finding.address));
    }
    if !finding.also.is_empty() {
        message.push_str(&instances(&finding.also));
    }
    if !finding.inputs.is_empty() {
        let inputs: Vec<String> = finding.inputs.iter().map(|input| format!("`{}`", masked(input))).collect();
        message.extend(["; with ", &inputs.join(", ")]);
    }
    text.push_str(&pen.paragraph(INDENT, "", Style::new(), &message));
    text
}

/// Severity, title and rule, on as many lines as they need.
fn title(finding: &Finding, pen: &Pen) -> String {
    let unsure = match finding.confidence {
        Confidence::High => String::new(),
        other => format!(" ({} confidence)", other.name()),
    };
    let known = if finding.is_known() { " (known from the baseline)" } else { "" };
    let rule = format!("[{}]{unsure}{known}", finding.rule);
    let room = pen.prose_width().saturating_sub(pen.badge_width(finding.severity) + 1);
    let mut lines = wrap(&finding.title, room);
    let used = lines.last().map_or(0, |line| line.width());
    let has_room = used + 1 + rule.width() <= room;
    let mut text = format!("{} ", pen.badge(finding.severity));
    for (n, line) in lines.drain(..).enumerate() {
        text.extend([if n > 0 { "\n  " } else { "" }, &pen.bold(&line)]);
    }
    text.extend([if has_room { " " } else { "\n  " }, &pen.dim(&rule), "\n"]);
    text
}

/// Further instances of the same block, by address; many are counted.
fn instances(also: &[String]) -> String {
    const MAX_NAMED: usize = 3;
    let named: Vec<String> = also.iter().take(MAX_NAMED).map(|address| format!("`{}`", masked(address))).collect();
    let more = also.len().saturating_sub(MAX_NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("; also {}{rest}", named.join(", "))
}

fn frames(finding: &Finding, sources: &SourceMap, pen: &Pen) -> String {
    let style = severity_style(finding.severity);
    let width = pen.width() - GUTTER.min(pen.width() / 2);
    let mut text = String::new();
    for (n, window) in windows(marks(finding), sources).into_iter().enumerate() {
        if n >= MAX_FRAMES {
            for mark in window {
                text.push_str(&place_line(mark.span, &mark.text, sources, pen));
            }
        } else if let Some(excerpt) = cut(window, sources, width) {
            text.push_str(&draw(excerpt, style, pen));
        }
    }
    text
}

/// `path:line:column`
pub(super) fn place(span: Span, sources: &SourceMap) -> String {
    let at = Locator::new(sources).at(span.file, span.start);
    let path = sources.files().get(span.file.0 as usize).map_or_else(String::new, |file| shown_path(&file.path));
    format!("{path}:{}:{}", at.line, at.column)
}

fn place_line(span: Span, what: &str, sources: &SourceMap, pen: &Pen) -> String {
    const ALSO: &str = "also at";
    let place = place(span, sources);
    let start = INDENT.width() + ALSO.width() + 1;
    let gap = if start + place.width() + 2 + what.width() <= pen.width() {
        "  ".to_owned()
    } else {
        format!("\n{}", " ".repeat(start))
    };
    let what = wrap(what, pen.width().saturating_sub(start)).join(&format!("\n{}", " ".repeat(start)));
    format!("{INDENT}{} {}{gap}{what}\n", pen.dim(ALSO), pen.place(&place))
}

fn also(group: &Group<'_>, sources: &SourceMap, pen: &Pen) -> String {
    let n_shown = if pen.is_verbose() { group.also.len() } else { MAX_ALSO };
    let mut text = String::new();
    for finding in group.also.iter().take(n_shown) {
        text.push_str(&place_line(finding.primary.span, &masked(&finding.address), sources, pen));
    }
    if group.also.len() > n_shown {
        let more = format!("and {} more (--verbose shows all)", group.also.len() - n_shown);
        text.extend([INDENT, &pen.dim(&more), "\n"]);
    }
    text.push_str(&copies(group, sources, pen));
    text
}

/// The same block in further files: the first, and how many there are.
fn copies(group: &Group<'_>, sources: &SourceMap, pen: &Pen) -> String {
    let n_shown = if pen.is_verbose() { group.copies.len() } else { 1 };
    let shown = group.copies.iter().take(n_shown);
    let mut text: String = shown.map(|copy| place_line(copy.primary.span, "the same block", sources, pen)).collect();
    if group.copies.len() > n_shown {
        let more = format!("and the same in {} (--verbose shows all)", files(group.copies.len() - n_shown));
        text.extend([INDENT, &pen.dim(&more), "\n"]);
    }
    text
}

/// Findings that this one explains, each on a line.
fn symptoms(group: &Group<'_>, sources: &SourceMap, pen: &Pen) -> String {
    if group.symptoms.is_empty() {
        return String::new();
    }
    let mut text =
        pen.paragraph(INDENT, "explains: ", Style::new().cyan().bold(), &plural(group.symptoms.len(), "finding"));
    for finding in &group.symptoms {
        let severity = pen.paint(&format!("{:8}", finding.severity.name()), severity_style(finding.severity));
        let place = place(finding.primary.span, sources);
        let used = 2 * INDENT.width() + 8 + 2 + finding.rule.width();
        let gap = if used + 2 + place.width() <= pen.width() { "  " } else { "\n              " };
        text.extend([INDENT, INDENT, &severity, "  ", &finding.rule, gap, &pen.place(&place), "\n"]);
    }
    text
}

fn advice(group: &Group<'_>, pen: &Pen) -> String {
    let finding = group.lead;
    let mut text = String::new();
    if group.is_explained && !finding.why.is_empty() {
        text.push_str(&pen.paragraph(INDENT, "why: ", Style::new().yellow().bold(), &finding.why));
    }
    if !finding.remedy.is_empty() {
        text.push_str(&pen.paragraph(INDENT, "fix: ", Style::new().green().bold(), &finding.remedy));
    }
    if !group.is_explained {
        return text;
    }
    if let Some(example) = &finding.example {
        text.push('\n');
        for line in example.trim_end().lines() {
            let line = if line.trim().is_empty() { String::new() } else { format!("{INDENT}     {line}") };
            text.push_str(&pen.paint(&line, Style::new().green()));
            text.push('\n');
        }
        text.push('\n');
    }
    let mut references = vec![format!("`stanchion explain {}`", finding.rule)];
    references.extend(finding.references.iter().map(ToString::to_string));
    text.push_str(&pen.paragraph(INDENT, "see: ", Style::new().blue().bold(), &references.join(", ")));
    text
}
