use std::ops::Range;

use ecow::EcoString;

use super::literal::{unescape_bare, unescape_quoted};
use super::slice::Slice;
use super::{Expr, ExprKind, Ident, Segment};

/// How a template is written, which decides its escapes and its indentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavor {
    /// Between quotes.
    Quoted,
    /// `<<NAME`
    Heredoc,
    /// `<<-NAME`: the smallest indentation is taken off every line.
    Flush,
    /// A template file, or a string of a JSON file.
    Bare,
}

/// An interpolation or one half of a directive.
#[derive(Debug)]
pub(super) enum Marker {
    Interpolation(Expr),
    If(Expr),
    Else,
    EndIf,
    For { key: Option<Ident>, value: Ident, collection: Expr },
    EndFor,
}

/// Which neighbors lose their white space: `${~ … ~}`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Strip {
    pub(super) before: bool,
    pub(super) after: bool,
}

enum Part {
    Text(String),
    Marker(Marker),
}

/// Builds a template from its parts in the order of the text.
///
/// Follows HCL's own order of work, which shows in corner cases: text is cut into lines,
/// escapes are resolved, strip markers act on the neighboring line only, indentation is taken
/// off what is left, and directives are paired last.
pub(super) struct TemplateBuilder<'a> {
    slice: Slice<'a>,
    flavor: Flavor,
    parts: Vec<Part>,
    trim_next: bool,
}

impl<'a> TemplateBuilder<'a> {
    pub(super) fn new(slice: Slice<'a>, flavor: Flavor) -> Self {
        Self { slice, flavor, parts: Vec::new(), trim_next: false }
    }

    /// Adds the literal text at `range`.
    pub(super) fn text(&mut self, range: Range<usize>) {
        let raw = self.slice.str(range);
        if self.flavor == Flavor::Quoted {
            if !raw.is_empty() {
                self.push_text(unescape_quoted(raw).into_owned());
            }
            return;
        }
        for line in raw.split_inclusive('\n') {
            self.push_text(unescape_bare(line).into_owned());
        }
    }

    /// Adds an interpolation or half a directive.
    pub(super) fn marker(&mut self, strip: Strip, marker: Marker) {
        if let (true, Some(Part::Text(text))) = (strip.before, self.parts.last_mut()) {
            text.truncate(text.trim_end().len());
        }
        self.trim_next = strip.after;
        self.parts.push(Part::Marker(marker));
    }

    /// The template's segments, neighboring literals joined. Where all text around a lone
    /// interpolation was stripped, an empty literal stays: the template is a text nevertheless.
    pub(super) fn segments(mut self) -> Vec<Segment> {
        if self.flavor == Flavor::Flush {
            take_off_indentation(&mut self.parts);
        }
        let had_text = self.parts.iter().any(|part| matches!(part, Part::Text(_)));
        let mut segments = pair(self.parts);
        if let (true, [Segment::Interpolation(_)]) = (had_text, &segments[..]) {
            segments.push(Segment::Literal(EcoString::new()));
        }
        segments
    }

    /// The template as an expression: a `String` where nothing is interpolated.
    pub(super) fn finish(self) -> ExprKind {
        let mut segments = self.segments();
        match segments.as_mut_slice() {
            [] => ExprKind::String(EcoString::new()),
            [Segment::Literal(text)] => ExprKind::String(std::mem::take(text)),
            _ => ExprKind::Template(segments),
        }
    }

    fn push_text(&mut self, text: String) {
        let trim = std::mem::take(&mut self.trim_next);
        self.parts.push(Part::Text(if trim { text.trim_start().to_owned() } else { text }));
    }
}

/// Takes the smallest indentation of all lines off every line that has any text.
fn take_off_indentation(parts: &mut [Part]) {
    let starts = line_starts(parts);
    let indentation = |&i: &usize| match &parts[i] {
        Part::Text(text) => text.chars().take_while(|c| c.is_whitespace()).count(),
        Part::Marker(_) => 0,
    };
    let Some(smallest) = starts.iter().map(indentation).min() else { return };
    for i in starts {
        if let Part::Text(text) = &mut parts[i] {
            let width: usize = text.chars().take(smallest).map(char::len_utf8).sum();
            text.drain(..width);
        }
    }
}

/// The parts that begin a line which is not blank.
fn line_starts(parts: &[Part]) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at_start = true;
    for (i, part) in parts.iter().enumerate() {
        let ends_line = matches!(part, Part::Text(text) if text.ends_with('\n'));
        let blank = ends_line && matches!(part, Part::Text(text) if text.trim_start().is_empty());
        if at_start && !blank {
            starts.push(i);
        }
        at_start = ends_line;
    }
    starts
}

/// A directive whose end has not come yet.
struct Open {
    marker: Option<Marker>,
    then: Option<Vec<Segment>>,
    segments: Vec<Segment>,
}

/// Pairs directives with their ends. An end without a start is dropped, a start without an
/// end reaches to the template's end; the parsers have reported both.
fn pair(parts: Vec<Part>) -> Vec<Segment> {
    let mut stack = Vec::new();
    let mut top = Open { marker: None, then: None, segments: Vec::new() };
    for part in parts {
        match part {
            Part::Text(text) => push_literal(&mut top.segments, &text),
            Part::Marker(Marker::Interpolation(expr)) => top.segments.push(Segment::Interpolation(expr)),
            Part::Marker(marker @ (Marker::If(_) | Marker::For { .. })) => {
                let open = Open { marker: Some(marker), then: None, segments: Vec::new() };
                stack.push(std::mem::replace(&mut top, open));
            }
            Part::Marker(Marker::Else) if top.then.is_none() => top.then = Some(std::mem::take(&mut top.segments)),
            Part::Marker(Marker::Else) => {}
            Part::Marker(Marker::EndIf | Marker::EndFor) => {
                if let Some(outer) = stack.pop() {
                    let inner = std::mem::replace(&mut top, outer);
                    top.segments.extend(close(inner));
                }
            }
        }
    }
    while let Some(outer) = stack.pop() {
        let inner = std::mem::replace(&mut top, outer);
        top.segments.extend(close(inner));
    }
    top.segments
}

fn close(open: Open) -> Option<Segment> {
    match open.marker? {
        Marker::If(condition) => {
            let (then, otherwise) = match open.then {
                Some(then) => (then, open.segments),
                None => (open.segments, Vec::new()),
            };
            Some(Segment::If { condition, then, otherwise })
        }
        Marker::For { key, value, collection } => Some(Segment::For { key, value, collection, body: open.segments }),
        _ => None,
    }
}

fn push_literal(segments: &mut Vec<Segment>, text: &str) {
    if text.is_empty() {
        return;
    }
    match segments.last_mut() {
        Some(Segment::Literal(literal)) => literal.push_str(text),
        _ => segments.push(Segment::Literal(EcoString::from(text))),
    }
}
