use std::fmt;
use std::ops::Range;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use owo_colors::Style;
use unicode_width::UnicodeWidthStr;

use super::pen::{Pen, wrap};
use crate::report::excerpt::{Excerpt, TAB};

/// Columns that the frame itself takes beside the text.
pub(super) const GUTTER: usize = 10;
/// Labels are not broken into narrower lines than this.
const MIN_LABEL: usize = 24;

/// Draws an excerpt with its marks; the primary one in `style`.
pub(super) fn draw(mut excerpt: Excerpt, style: Style, pen: &Pen) -> String {
    for (range, mark) in &mut excerpt.marks {
        mark.text = fitted(&mark.text, column(&excerpt.text, range), pen);
    }
    let secondary = Style::new().cyan();
    let highlights =
        excerpt.marks.iter().map(|(_, mark)| pen.style(if mark.is_primary { style } else { secondary })).collect();
    let styles = ThemeStyles {
        link: pen.style(Style::new().cyan()),
        linum: pen.style(Style::new().dimmed()),
        highlights,
        ..ThemeStyles::none()
    };
    let characters = if pen.is_unicode() { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(pen.width())
        .with_context_lines(1)
        .tab_width(TAB)
        .with_links(false)
        .without_syntax_highlighting();
    let mut drawn = String::new();
    // Writing to a string does not fail, and `Snippet` gives the lines of every label of its own.
    let _ = handler.render_report(&mut drawn, &Snippet(excerpt));
    // The first line is the diagnostic's own message, which stands above the frame already.
    let body = drawn.split_once('\n').map_or("", |(_, body)| body);
    let lines = body.lines().flat_map(|line| [line.trim_end(), "\n"]);
    let body: String = lines.collect();
    if pen.is_unicode() { body } else { body.replace('…', "~").replace('\u{fffd}', "?") }
}

/// The column below which a mark's label hangs.
fn column(text: &str, range: &Range<usize>) -> usize {
    let start = text.get(..range.start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let width = |range: Range<usize>| text.get(range).unwrap_or("").replace('\t', "    ").width();
    width(start..range.start) + width(range.clone()) / 2
}

/// A label broken to fit beside its column; where there is hardly room it runs over.
fn fitted(label: &str, column: usize, pen: &Pen) -> String {
    let room = pen.width().saturating_sub(GUTTER + column);
    wrap(label, room.max(MIN_LABEL)).join("\n")
}

/// An excerpt as miette wants it. All labels lie in one run of lines, so that one frame results.
#[derive(Debug)]
struct Snippet(Excerpt);

impl SourceCode for Snippet {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        _lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let Excerpt { path, text, first_line, at, .. } = &self.0;
        let (span, line, column) = if lines_before > 0 {
            (SourceSpan::from(0..text.len()), first_line.saturating_sub(1), 0)
        } else {
            let number = |n: u32| n.saturating_sub(1) as usize;
            (*span, number(at.line), number(at.column))
        };
        let data = text.as_bytes().get(span.offset()..span.offset() + span.len()).ok_or(MietteError::OutOfBounds)?;
        let n_lines = text.lines().count();
        Ok(Box::new(MietteSpanContents::new_named(path.clone(), data, span, line, column, n_lines)))
    }
}

impl Diagnostic for Snippet {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.0.marks.iter().map(|(range, mark)| {
            let text = (!mark.text.is_empty()).then(|| mark.text.clone());
            if mark.is_primary {
                LabeledSpan::new_primary_with_span(text, range.clone())
            } else {
                LabeledSpan::new_with_span(text, range.clone())
            }
        })))
    }
}

impl std::error::Error for Snippet {}

impl fmt::Display for Snippet {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}
