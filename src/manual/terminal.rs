use owo_colors::Style;
use unicode_width::UnicodeWidthStr;

use super::{Part, page};
use crate::report::{Pen, severity_style, wrap};
use crate::rules::framework::{Framework, Frameworks};
use crate::rules::schema::Rule;

const INDENT: &str = "  ";
/// Columns from which on the table has room for categories.
const WIDE: usize = 130;

/// The page of a rule for a terminal.
pub(crate) fn show(rule: &Rule, frameworks: &Frameworks, pen: &Pen) -> String {
    let mut text =
        format!("{} {} {}\n\n", pen.badge(rule.severity), pen.bold(&rule.title), pen.dim(&format!("[{}]", rule.id)));
    let head = |head: &str| format!("{head}: ");
    let style = Style::new().blue().bold();
    for part in page(rule, frameworks) {
        match part {
            Part::Text("about", body) => text.push_str(&pen.paragraph(INDENT, "", style, &body)),
            Part::Text(name, body) => text.push_str(&pen.paragraph(INDENT, &head(name), style, &body)),
            Part::List(name, lines) => {
                text.extend([INDENT, &pen.paint(head(name).trim_end(), style), "\n"]);
                for line in lines {
                    let indent = INDENT.repeat(line.depth + 2);
                    text.push_str(&pen.paragraph(&indent, "- ", Style::new(), &line.text));
                }
            }
            Part::Code(name, body) => {
                text.extend([INDENT, &pen.paint(head(name).trim_end(), style), "\n"]);
                for line in body.lines() {
                    let line = format!("{}{line}", INDENT.repeat(2));
                    text.extend([&pen.paint(line.trim_end(), Style::new().green()), "\n"]);
                }
            }
        }
        text.push('\n');
    }
    text
}

/// Rules as lines that fit the width, and their number.
pub(crate) fn table(rules: &[&Rule], pen: &Pen) -> String {
    let id_width = rules.iter().map(|rule| rule.id.width()).max().unwrap_or(0);
    let category_width = rules.iter().map(|rule| rule.category.name().len()).max().unwrap_or(0);
    let mut text = String::new();
    for rule in rules {
        let severity = pen.paint(&format!("{:8}", rule.severity.name()), severity_style(rule.severity));
        let mut line = Row { left: pen.width(), text: String::new() };
        line.add(&rule.id, &format!("{:id_width$}", rule.id), id_width);
        line.add(rule.severity.name(), &severity, "critical".len());
        if pen.width() >= WIDE {
            line.add(rule.category.name(), &format!("{:category_width$}", rule.category.name()), category_width);
        }
        line.finish(&rule.title, pen);
        text.push_str(line.text.trim_end());
        text.push('\n');
    }
    let n = rules.len();
    text.push_str(&pen.dim(&format!("{n} rule{}", if n == 1 { "" } else { "s" })));
    text.push('\n');
    text
}

/// Frameworks as lines that fit the width.
pub(crate) fn frameworks(all: &[Framework], pen: &Pen) -> String {
    let name_width = all.iter().map(|framework| framework.name.width()).max().unwrap_or(0);
    let mut text = String::new();
    for framework in all {
        let mut line = Row { left: pen.width(), text: String::new() };
        line.add(&framework.name, &format!("{:name_width$}", framework.name), name_width);
        line.finish(&format!("{}, {}", framework.title, framework.edition), pen);
        text.extend([line.text.trim_end(), "\n"]);
    }
    text
}

/// A row of a table that is filled from the left; a cell that does not fit is left out, but for the
/// last one.
struct Row {
    left: usize,
    text: String,
}

impl Row {
    fn add(&mut self, plain: &str, painted: &str, width: usize) {
        const GAP: usize = 2;
        if self.text.is_empty() || width + GAP <= self.left {
            self.text.push_str(if self.text.is_empty() && width > self.left { plain } else { painted });
            self.text.push_str("  ");
            self.left = self.left.saturating_sub(width + GAP);
        }
    }

    /// The last cell, broken to fit beside the others, or below them where there is little room.
    fn finish(&mut self, cell: &str, pen: &Pen) {
        const LEAST: usize = 24;
        const HANG: usize = 4;
        let (hang, is_beside) = match pen.width() - self.left.min(pen.width()) {
            used if self.left >= LEAST.min(cell.width()) => (used, true),
            _ => (HANG, false),
        };
        for (n, line) in wrap(cell, pen.width().saturating_sub(hang)).iter().enumerate() {
            if n > 0 || !is_beside {
                self.text.truncate(self.text.trim_end().len());
                self.text.extend(["\n", &" ".repeat(hang)]);
            }
            self.text.push_str(line);
        }
    }
}
