use std::ops::Range;

use super::Cover;
use super::marker::{self, Marker, Reach};
use crate::source::{SourceFile, Span};
use crate::syntax::yaml;

/// Suppressions in the comments of a YAML file. Statements are told by their indentation.
pub(super) fn read(file: &SourceFile) -> Vec<(Marker, Span, Cover)> {
    let layout = Layout { file, lines: file.text.lines().collect() };
    let mut found = Vec::new();
    for comment in yaml::comments(&file.text) {
        let markers = marker::read(file.text.get(comment.clone()).unwrap_or(""));
        let span = Span::new(file.id, comment.start, comment.end);
        found.extend(markers.into_iter().map(|marker| {
            let cover = layout.cover(marker.reach, &comment);
            (marker, span, cover)
        }));
    }
    found
}

struct Layout<'a> {
    file: &'a SourceFile,
    lines: Vec<&'a str>,
}

impl Layout<'_> {
    fn cover(&self, reach: Reach, comment: &Range<usize>) -> Cover {
        let line = self.file.lines().line(u32::try_from(comment.start).unwrap_or(u32::MAX));
        let is_alone = self.text(line).trim_start().starts_with('#');
        let below = self.code_below(line);
        let lines = match reach {
            Reach::File if (0..line).all(|above| self.is_comment(above) || self.is_mark(above)) => return Cover::File,
            Reach::File => return Cover::Nothing,
            Reach::Around => self.document(line),
            Reach::NextLine => line + 1..line + 2,
            Reach::Statement if !is_alone => self.statement(line),
            Reach::Statement | Reach::NextStatement if self.document(below).start == below => self.document(below),
            Reach::Statement | Reach::NextStatement => self.statement(below),
        };
        let start = |line| self.file.lines().start(line, &self.file.text);
        let span = Span { file: self.file.id, start: start(lines.start), end: start(lines.end) };
        Cover::Range { span, modules: Vec::new() }
    }

    fn text(&self, line: usize) -> &str {
        self.lines.get(line).copied().unwrap_or("")
    }

    fn is_comment(&self, line: usize) -> bool {
        let text = self.text(line).trim();
        text.is_empty() || text.starts_with('#')
    }

    fn is_mark(&self, line: usize) -> bool {
        ["---", "..."].iter().any(|mark| self.text(line).starts_with(mark))
    }

    /// The first line below that is neither empty nor a comment nor a mark between documents.
    fn code_below(&self, line: usize) -> usize {
        let is_code = |line: &usize| !self.is_comment(*line) && !self.is_mark(*line);
        (line + 1..self.lines.len()).find(is_code).unwrap_or(self.lines.len())
    }

    /// A key or item with all that is indented below it.
    fn statement(&self, line: usize) -> Range<usize> {
        let column = indentation(self.text(line));
        let is_item = |line: usize| self.text(line).trim_start().starts_with("- ");
        let own_items = !is_item(line);
        let ends = |at: &usize| {
            let found = indentation(self.text(*at));
            self.is_mark(*at)
                || (!self.is_comment(*at) && (found < column || found == column && !(own_items && is_item(*at))))
        };
        line..(line + 1..self.lines.len()).find(ends).unwrap_or(self.lines.len())
    }

    /// The document that holds the line: from its first code to its end.
    fn document(&self, line: usize) -> Range<usize> {
        let before = (0..line.min(self.lines.len())).rev().find(|line| self.is_mark(*line));
        let start = before.map_or(0, |mark| mark + 1);
        let start = (start..self.lines.len()).find(|line| !self.is_comment(*line)).unwrap_or(line);
        let end = (line.max(start)..self.lines.len()).find(|at| *at > start && self.is_mark(*at));
        start..end.unwrap_or(self.lines.len())
    }
}

fn indentation(text: &str) -> usize {
    text.len() - text.trim_start_matches(' ').len()
}
