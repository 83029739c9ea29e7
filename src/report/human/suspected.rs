use owo_colors::Style;

use super::frame::{GUTTER, draw};
use super::pen::Pen;
use crate::finding::Suspicion;
use crate::report::excerpt::{Mark, cut, windows};
use crate::report::verdict::plural;
use crate::report::{Report, masked};
use crate::source::SourceMap;

/// What the classifier suspects, each with the lines that decide.
pub(super) fn list(report: Report<'_>, pen: &Pen) -> String {
    let suspicions = &report.assessment.suspicions;
    if suspicions.is_empty() {
        return String::new();
    }
    let hidden = report.assessment.counts.hidden_suspicions;
    let more = if hidden > 0 { format!(", {hidden} more with --all-suspicions") } else { String::new() };
    let mut text = pen.rule(&format!("suspected, no rule decides: {}{more}", plural(suspicions.len(), "place")));
    for suspicion in suspicions {
        text.push_str(&render(suspicion, report.sources, pen));
    }
    text
}

fn render(suspicion: &Suspicion, sources: &SourceMap, pen: &Pen) -> String {
    let style = Style::new().cyan();
    let odds = pen.dim(&format!("({:.0} % likely)", suspicion.probability * 100.0));
    let mut text = format!("{} {} {odds}\n", pen.paint("suspected", style.bold()), pen.bold(suspicion.category.name()));
    text.push_str(&pen.paragraph(
        "  ",
        "",
        Style::new(),
        &format!("`{}`: {}", masked(&suspicion.address), suspicion.like),
    ));
    let width = pen.width() - GUTTER.min(pen.width() / 2);
    let marks = suspicion.lines.iter().enumerate().map(|(n, (label, share))| Mark {
        span: label.span,
        text: format!("{} ({:.0} % of it)", masked(&label.message), share * 100.0),
        is_primary: n == 0,
        is_numbered: false,
    });
    for window in windows(marks.collect(), sources) {
        if let Some(excerpt) = cut(window, sources, width) {
            text.push_str(&draw(excerpt, style, pen));
        }
    }
    text.push_str(&pen.paragraph("  ", "why no rule: ", Style::new().yellow().bold(), &suspicion.because));
    text.push('\n');
    text
}
