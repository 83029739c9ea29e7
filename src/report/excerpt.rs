use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use super::locator::{At, Locator};
use super::{mask, masked, shown_path};
use crate::finding::{Finding, Label};
use crate::source::{SourceFile, SourceMap, Span};

/// Lines shown above and below the marked ones.
const CONTEXT: (usize, usize) = (2, 1);
/// Marks at most this many lines apart share an excerpt.
const NEAR: usize = 6;
/// An excerpt whose lines lie further apart in bytes is masked line by line.
const WHOLE_BYTES: usize = 32 << 10;
/// Columns shown before a mark in a line that is cut.
const LEAD: usize = 16;
/// The tab stops that the frame uses.
pub(super) const TAB: usize = 4;

/// A place to mark in the source.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub span: Span,
    pub text: String,
    pub is_primary: bool,
    /// Whether its text begins with its number in a sequence.
    pub is_numbered: bool,
}

/// The primary mark, the steps of the way, and the related places; of the latter two the first
/// that there are of are numbered where they are several.
pub(super) fn marks(finding: &Finding) -> Vec<Mark> {
    let primary = &finding.primary;
    let numbered = if finding.path.is_empty() { &finding.related } else { &finding.path };
    let mark =
        |label: &Label| Mark { span: label.span, text: masked(&label.message), is_primary: false, is_numbered: false };
    let mut marks = vec![Mark { is_primary: true, ..mark(primary) }];
    for (n, label) in (1..).zip(numbered) {
        let plain = mark(label);
        let text = format!("{n}. {}", plain.text);
        marks.push(if numbered.len() > 1 { Mark { text, is_numbered: true, ..plain } } else { plain });
    }
    let rest = if finding.path.is_empty() { &[][..] } else { &finding.related };
    marks.extend(rest.iter().map(mark));
    marks
}

/// Some lines of one file, ready to be shown: secrets masked, long lines cut. Marks carry offsets
/// into `text`, each within one line.
#[derive(Debug)]
pub(super) struct Excerpt {
    pub path: String,
    pub text: String,
    /// One-based number of the first line.
    pub first_line: usize,
    /// Where the leading mark begins in the file.
    pub at: At,
    pub marks: Vec<(Range<usize>, Mark)>,
}

/// Splits marks into excerpts in reading order: near ones of one file share one, unless two of
/// them overlap. As an excerpt follows the lines of its file, a numbered mark joins only the last
/// one, and only below the numbers that are in it.
pub(super) fn windows(marks: Vec<Mark>, sources: &SourceMap) -> Vec<Vec<Mark>> {
    let mut windows: Vec<Vec<Mark>> = Vec::new();
    for mark in marks {
        let first = if mark.is_numbered { windows.len().saturating_sub(1) } else { 0 };
        let fits = |other: &Mark| go_together(other, &mark, sources) && in_order(other, &mark, sources);
        match windows.iter_mut().skip(first).find(|window| window.iter().all(fits)) {
            Some(window) => window.push(mark),
            None => windows.push(vec![mark]),
        }
    }
    windows
}

/// Whether two marks of one file read in their order, if they have one.
fn in_order(before: &Mark, after: &Mark, sources: &SourceMap) -> bool {
    let line = |mark: &Mark| sources.file(mark.span.file).lines().line(mark.span.start);
    !(before.is_numbered && after.is_numbered) || line(before) < line(after)
}

fn go_together(a: &Mark, b: &Mark, sources: &SourceMap) -> bool {
    if a.span.file != b.span.file {
        return false;
    }
    let lines = sources.file(a.span.file).lines();
    let (line_a, line_b) = (lines.line(a.span.start), lines.line(b.span.start));
    line_a.abs_diff(line_b) <= NEAR && (line_a != line_b || a.span.end <= b.span.start || b.span.end <= a.span.start)
}

/// Cuts the lines around `marks`, which are of one file and not none, to `width` columns.
pub(super) fn cut(mut marks: Vec<Mark>, sources: &SourceMap, width: usize) -> Option<Excerpt> {
    marks.sort_by_key(|mark| (mark.span.start, mark.span.end));
    let lead = marks.iter().find(|mark| mark.is_primary).or(marks.first())?.span;
    let file = sources.files().get(lead.file.0 as usize)?;
    let lines = file.lines();
    let first_marked = lines.line(marks.first()?.span.start);
    let last_marked = lines.line(marks.last()?.span.start);
    let first = first_marked.saturating_sub(CONTEXT.0);
    let last = (last_marked + CONTEXT.1).min(lines.n_lines() - 1);
    let cuts: Vec<Cut> = (first..=last).map(|line| Cut::new(file, line, &marks, width)).collect();
    let cuts = without_blank_ends(cuts, first_marked - first, last_marked - first);
    let hidden = hidden(file, &cuts);
    let mut text = String::new();
    let mut placed = vec![0..0; marks.len()];
    for cut in &cuts {
        cut.show(file, &hidden, &marks, &mut placed, &mut text);
    }
    let first_line = cuts.first()?.line + 1;
    let at = Locator::new(sources).at(lead.file, lead.start);
    Some(Excerpt { path: shown_path(&file.path), text, first_line, at, marks: placed.into_iter().zip(marks).collect() })
}

/// Blank context lines at either end say nothing.
fn without_blank_ends(cuts: Vec<Cut>, first_marked: usize, last_marked: usize) -> Vec<Cut> {
    let is_kept = |cut: &Cut| !cut.is_blank;
    let from = cuts.iter().take(first_marked).position(is_kept).unwrap_or(first_marked);
    let to = cuts.iter().rposition(is_kept).unwrap_or(last_marked).max(last_marked);
    cuts.into_iter().take(to + 1).skip(from).collect()
}

fn hidden(file: &SourceFile, cuts: &[Cut]) -> Vec<Range<usize>> {
    let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else { return Vec::new() };
    let whole = first.shown.start..last.shown.end;
    if whole.len() <= WHOLE_BYTES {
        return mask::hidden(file, whole);
    }
    cuts.iter().flat_map(|cut| mask::hidden(file, cut.shown.clone())).collect()
}

/// The part of a line that is shown.
struct Cut {
    line: usize,
    whole: Range<usize>,
    shown: Range<usize>,
    is_blank: bool,
}

impl Cut {
    /// Never reads more of a line than fits the width: a line may have millions of columns.
    fn new(file: &SourceFile, line: usize, marks: &[Mark], width: usize) -> Self {
        let text = &*file.text;
        let start = file.lines().start(line, text) as usize;
        let mut end = file.lines().start(line + 1, text) as usize;
        while end > start && matches!(text.as_bytes().get(end - 1), Some(b'\n' | b'\r')) {
            end -= 1;
        }
        let whole = start..end;
        let marked = marks.iter().map(|mark| mark.span.start as usize).find(|offset| (start..=end).contains(offset));
        let fits = fitting(text, start..end, width) == end;
        let from = match marked {
            Some(offset) if !fits && fitting(text, start..end, width / 2) < offset => step_back(text, start..offset),
            _ => start,
        };
        let room = if fits { width } else { width.saturating_sub(2) };
        let to = if fits { end } else { fitting(text, from..end, room) };
        let is_blank = text.get(from..to).is_some_and(|shown| shown.trim().is_empty());
        Self { line, whole, shown: from..to, is_blank }
    }

    fn show(
        &self,
        file: &SourceFile,
        hidden: &[Range<usize>],
        marks: &[Mark],
        placed: &mut [Range<usize>],
        out: &mut String,
    ) {
        let mut hidden = hidden.iter().peekable();
        let is_own = |mark: &Mark| (self.whole.start..=self.whole.end).contains(&(mark.span.start as usize));
        let own: Vec<usize> = (0..marks.len()).filter(|&n| is_own(&marks[n])).collect();
        let bounds = |n: usize| {
            let span = marks[n].span.range();
            let last = self.shown.end;
            span.start.clamp(self.shown.start, last)..span.end.clamp(self.shown.start, last)
        };
        let mut place = |offset: usize, length: usize| {
            for &n in &own {
                let bounds = bounds(n);
                if bounds.start == offset {
                    placed[n] = length..length;
                }
                if bounds.end == offset {
                    placed[n].end = length;
                }
            }
        };
        if self.shown.start > self.whole.start {
            out.push('…');
        }
        let shown = file.text.get(self.shown.clone()).unwrap_or("");
        for (index, c) in shown.char_indices() {
            let offset = self.shown.start + index;
            place(offset, out.len());
            while hidden.next_if(|range| range.end <= offset).is_some() {}
            let is_hidden = hidden.peek().is_some_and(|range| range.start <= offset);
            mask::push(out, c, is_hidden);
        }
        place(self.shown.end, out.len());
        if self.shown.end < self.whole.end {
            out.push('…');
        }
        out.push('\n');
    }
}

/// The byte offset up to which a range of text fits the width.
fn fitting(text: &str, range: Range<usize>, width: usize) -> usize {
    let mut column = 0;
    for (index, c) in text.get(range.clone()).unwrap_or("").char_indices() {
        column += if c == '\t' { TAB - column % TAB } else { c.width().unwrap_or(1) };
        if column > width {
            return range.start + index;
        }
    }
    range.end
}

fn step_back(text: &str, range: Range<usize>) -> usize {
    let before = text.get(range.clone()).unwrap_or("");
    before.char_indices().rev().nth(LEAD - 1).map_or(range.start, |(index, _)| range.start + index)
}
