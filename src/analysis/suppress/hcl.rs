use std::ops::Range;

use super::Cover;
use super::marker::{self, Marker, Reach};
use crate::source::{SourceFile, Span};
use crate::syntax::hcl::{self, Block, Body};

/// Suppressions in the comments of a Terraform file.
pub(super) fn read(file: &SourceFile) -> Vec<(Marker, Span, Cover)> {
    let body = hcl::parse(&file.text, file.id).tree;
    let layout = Layout { file, body: &body };
    let mut found = Vec::new();
    for comment in hcl::comments(&file.text) {
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
    body: &'a Body,
}

impl Layout<'_> {
    fn cover(&self, reach: Reach, comment: &Range<usize>) -> Cover {
        let at = u32::try_from(comment.start).unwrap_or(u32::MAX);
        let span = match reach {
            Reach::File => return if is_first(self.body, at) { Cover::File } else { Cover::Nothing },
            Reach::Around => self.around(at).first().map(|block| block.span),
            Reach::NextLine => Some(self.lines(self.line(at) + 1)),
            Reach::NextStatement => self.below(at),
            Reach::Statement if self.stands_alone(comment) => self.statement_of_own_line(at),
            Reach::Statement => Some(self.statement_on_line(at)),
        };
        span.map_or(Cover::Nothing, |span| Cover::Range { span, modules: Vec::new() })
    }

    /// The first in a block is for the block, the one above a statement for the statement, any
    /// other one for the block around it.
    fn statement_of_own_line(&self, at: u32) -> Option<Span> {
        let inner = self.around(at).last().copied();
        if let Some(block) = inner.filter(|block| is_first(&block.body, at)) {
            return Some(block.span);
        }
        let is_in_value = inner.map_or(self.body, |block| &block.body).attributes.iter().any(|a| holds(a.span, at));
        if is_in_value {
            return Some(self.lines(self.line_below(at)));
        }
        self.below(at).or(inner.map(|block| block.span))
    }

    /// The statement that begins on the comment's line, or the block that ends there, or the line.
    fn statement_on_line(&self, at: u32) -> Span {
        let line = self.line(at);
        let around = self.around(at);
        let header = around.iter().find(|block| self.line(block.span.start) == line);
        let ended = || {
            let bodies = std::iter::once(self.body).chain(around.iter().map(|block| &block.body));
            let mut blocks = bodies.flat_map(|body| &body.blocks);
            blocks.find(|block| self.line(block.span.end.saturating_sub(1)) == line).map(|block| block.span)
        };
        let begun = || self.statement_at(at, line);
        header.map(|block| block.span).or_else(begun).or_else(ended).unwrap_or_else(|| self.lines(line))
    }

    /// The statement that begins below the comment and further comments.
    fn below(&self, at: u32) -> Option<Span> {
        self.statement_at(at, self.line_below(at))
    }

    /// The statement of the innermost block around `at` that begins on that line.
    fn statement_at(&self, at: u32, line: usize) -> Option<Span> {
        let body = self.around(at).last().map_or(self.body, |block| &block.body);
        let attributes = body.attributes.iter().map(|attribute| attribute.span);
        let mut spans = attributes.chain(body.blocks.iter().map(|block| block.span));
        spans.find(|span| self.line(span.start) == line)
    }

    /// The first line below that is no comment.
    fn line_below(&self, at: u32) -> usize {
        let own = self.line(at);
        let lines = self.file.text.lines().enumerate().skip(own + 1);
        let mut code = lines.filter(|(_, text)| !["#", "//"].iter().any(|sign| text.trim_start().starts_with(sign)));
        code.next().map_or(own + 1, |(line, _)| line)
    }

    /// Blocks around an offset, outermost first.
    fn around(&self, at: u32) -> Vec<&Block> {
        let mut chain = Vec::new();
        let mut body = self.body;
        while let Some(block) = body.blocks.iter().find(|block| holds(block.span, at)) {
            chain.push(block);
            body = &block.body;
        }
        chain
    }

    fn stands_alone(&self, comment: &Range<usize>) -> bool {
        let before = self.file.text.get(..comment.start).unwrap_or("");
        before.rsplit('\n').next().unwrap_or("").trim().is_empty()
    }

    fn line(&self, at: u32) -> usize {
        self.file.lines().line(at)
    }

    fn lines(&self, line: usize) -> Span {
        let start = |line| self.file.lines().start(line, &self.file.text);
        Span { file: self.file.id, start: start(line), end: start(line + 1) }
    }
}

fn holds(span: Span, at: u32) -> bool {
    span.start <= at && at < span.end
}

/// Whether no statement of the body stands before the offset.
fn is_first(body: &Body, at: u32) -> bool {
    let starts = body.attributes.iter().map(|a| a.span.start).chain(body.blocks.iter().map(|b| b.span.start));
    starts.min().is_none_or(|first| at < first)
}
