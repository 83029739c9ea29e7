use owo_colors::{Style, XtermColors};
use unicode_width::UnicodeWidthStr;

use super::{Detail, Settings};
use crate::finding::Severity;

/// Writes words in the style and width that the settings ask for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pen {
    settings: Settings,
}

/// Text is not set wider than this, however wide the terminal: long lines are hard to read.
const MAX_PROSE: usize = 110;
const MIN_WIDTH: usize = 40;
/// Between the red of critical and the yellow of medium; the eight plain colors have none.
const ORANGE: XtermColors = XtermColors::FlushOrange;

impl Pen {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings: Settings { width: settings.width.max(MIN_WIDTH), ..settings } }
    }

    pub(crate) fn width(&self) -> usize {
        self.settings.width
    }

    /// Columns that text may take.
    pub(super) fn prose_width(&self) -> usize {
        self.width().min(MAX_PROSE)
    }

    pub(crate) fn is_unicode(&self) -> bool {
        self.settings.unicode
    }

    pub(super) fn is_verbose(&self) -> bool {
        self.settings.detail == Detail::Verbose
    }

    /// The style if colors are on, else none.
    pub(crate) fn style(&self, style: Style) -> Style {
        if self.settings.color { style } else { Style::new() }
    }

    pub(crate) fn paint(&self, text: &str, style: Style) -> String {
        if text.is_empty() { String::new() } else { self.style(style).style(text).to_string() }
    }

    pub(crate) fn bold(&self, text: &str) -> String {
        self.paint(text, Style::new().bold())
    }

    pub(crate) fn dim(&self, text: &str) -> String {
        self.paint(text, Style::new().dimmed())
    }

    pub(crate) fn place(&self, text: &str) -> String {
        self.paint(text, Style::new().cyan())
    }

    /// The severity as a label at the start of a line.
    pub(crate) fn badge(&self, severity: Severity) -> String {
        let name = severity.name().to_uppercase();
        if self.settings.color { self.paint(&format!(" {name} "), badge_style(severity)) } else { format!("{name}:") }
    }

    /// The columns that the label takes.
    pub(super) fn badge_width(&self, severity: Severity) -> usize {
        severity.name().len() + if self.settings.color { 2 } else { 1 }
    }

    /// A sign where the terminal can show it, else plain characters.
    pub(crate) fn sign(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.is_unicode() { unicode } else { ascii }
    }

    /// A line across with a title in it.
    pub(crate) fn rule(&self, title: &str) -> String {
        let bar = self.sign("─", "-");
        let width = self.prose_width();
        let rest = bar.repeat(width.saturating_sub(title.width() + 4));
        format!("{} {} {}\n", self.dim(&bar.repeat(2)), self.bold(title), self.dim(&rest))
    }

    /// A paragraph behind a label, its further lines below its first word; words in backticks
    /// stand out. Ends with a line end.
    pub(crate) fn paragraph(&self, indent: &str, label: &str, style: Style, text: &str) -> String {
        let hang = indent.width() + label.width();
        let width = self.prose_width().saturating_sub(hang).max(20);
        let mut lines = String::new();
        let mut is_code = false;
        for (n, line) in wrap(text, width).iter().enumerate() {
            let start = if n == 0 { format!("{indent}{}", self.paint(label, style)) } else { " ".repeat(hang) };
            lines.push_str(&start);
            lines.push_str(&self.with_code(line, &mut is_code));
            lines.push('\n');
        }
        lines
    }

    fn with_code(&self, line: &str, is_code: &mut bool) -> String {
        if !self.settings.color {
            return line.to_owned();
        }
        let mut painted = String::new();
        for (n, part) in line.split('`').enumerate() {
            if n > 0 {
                *is_code = !*is_code;
            }
            painted.push_str(&if *is_code { self.bold(part) } else { part.to_owned() });
        }
        painted
    }
}

/// The color that stands for a severity.
pub(crate) fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical => Style::new().bright_red().bold(),
        Severity::High => Style::new().color(ORANGE).bold(),
        Severity::Medium => Style::new().yellow().bold(),
        Severity::Low => Style::new().blue().bold(),
        Severity::Info => Style::new().cyan().bold(),
    }
}

fn badge_style(severity: Severity) -> Style {
    let style = Style::new().bold();
    match severity {
        Severity::Critical => style.bright_white().on_red(),
        Severity::High => style.black().on_color(ORANGE),
        Severity::Medium => style.black().on_yellow(),
        Severity::Low => style.black().on_blue(),
        Severity::Info => style.black().on_cyan(),
    }
}

/// Breaks text at blanks; a word longer than the width has a line of its own.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if used + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
                used += 1 + word.width();
            }
            _ => {
                lines.push(word.to_owned());
                used = word.width();
            }
        }
    }
    lines
}
