//! Reads what `hcl-edit` refuses as a whole: statement by statement, each with the first front
//! end that takes it, and going into blocks that neither takes.

use std::ops::Range;

use ecow::EcoString;
use rustc_hash::FxHashSet;

use super::limits::measure;
use super::literal::unescape_quoted;
use super::sitter::{Sitter, Unexpected};
use super::slice::Slice;
use super::split::{Head, Item, head, split};
use super::{Attribute, Block, Body, Expr, ExprKind, edit};
use crate::source::Problem;

/// Blocks within blocks that recovery goes into; below, the block is lost as a whole.
const MAX_LEVELS: usize = 16;

/// Reads a body that is known to be refused as a whole.
pub(super) fn body(slice: Slice<'_>) -> (Body, Vec<Problem>) {
    let mut recovery = Recovery { problems: Vec::new(), sitter: Sitter::new() };
    let body = recovery.body(slice, 0);
    recovery.problems.sort();
    (body, recovery.problems)
}

struct Recovery {
    problems: Vec<Problem>,
    sitter: Sitter,
}

/// Why no front end took a statement.
struct Refusal {
    at: Range<usize>,
    message: String,
    help: Option<String>,
}

impl Recovery {
    fn body(&mut self, slice: Slice<'_>, level: usize) -> Body {
        let mut body = Body::default();
        for item in split(slice.text, level == 0) {
            self.item(slice.part(item.at.clone()), &item, level, &mut body);
        }
        self.drop_repeated(&mut body);
        body
    }

    fn item(&mut self, slice: Slice<'_>, item: &Item, level: usize, body: &mut Body) {
        let refusal = match read(slice, &mut self.sitter) {
            Ok(mut part) => {
                part.blocks.iter_mut().for_each(|block| self.drop_repeated_within(&mut block.body));
                body.attributes.append(&mut part.attributes);
                body.blocks.append(&mut part.blocks);
                return;
            }
            Err(refusal) => refusal,
        };
        match head(slice.text) {
            Head::Attribute { name } => {
                let value = name.end..slice.text.len();
                body.attributes.push(invalid(slice, name, value, &refusal.message));
                self.report(slice, refusal);
            }
            Head::Block { names, body: inner } if level < MAX_LEVELS => {
                let before = self.problems.len();
                let tree = self.body(slice.part(inner), level + 1);
                if !item.closed {
                    let span = slice.span(names[0].start..names.last().map_or(0, |name| name.end));
                    let help = "add the missing `}`";
                    self.problems.push(Problem::new(span, "this block is never closed").with_help(help));
                } else if self.problems.len() == before {
                    self.report(slice, refusal);
                }
                body.blocks.push(block(slice, &names, tree));
            }
            Head::Block { .. } | Head::Unclear => self.report(slice, refusal),
        }
    }

    fn report(&mut self, slice: Slice<'_>, refusal: Refusal) {
        let mut problem = Problem::new(slice.span(refusal.at), refusal.message);
        problem.help = refusal.help;
        self.problems.push(problem);
    }

    fn drop_repeated_within(&mut self, body: &mut Body) {
        self.drop_repeated(body);
        body.blocks.iter_mut().for_each(|block| self.drop_repeated_within(&mut block.body));
    }

    /// The first of two attributes with one name stays.
    fn drop_repeated(&mut self, body: &mut Body) {
        let mut seen = FxHashSet::<EcoString>::default();
        body.attributes.retain(|attribute| {
            let first = seen.insert(attribute.name.name.clone());
            if !first {
                let message = format!("attribute `{}` is set twice in one block", attribute.name.name);
                let help = "remove one of the two; the first is analyzed";
                self.problems.push(Problem::new(attribute.name.span, message).with_help(help));
            }
            first
        });
    }
}

/// Reads a statement with the first front end that takes it.
fn read(slice: Slice<'_>, sitter: &mut Sitter) -> Result<Body, Refusal> {
    let measured = measure(slice.text);
    if let Some((at, limit)) = measured.exceeded {
        return Err(Refusal { at, message: format!("limit exceeded: {limit}"), help: None });
    }
    let strict = if measured.strict { Some(edit::parse_body(slice)) } else { None };
    let error = match strict {
        Some(Ok(body)) => return Ok(body),
        Some(Err(error)) => Some(error),
        None => None,
    };
    match sitter.body(slice) {
        Ok(body) => Ok(body),
        Err(unexpected) => Err(explain(slice.text, error.as_deref(), &unexpected)),
    }
}

/// The strict parser names what it expected; the tolerant one only knows the place.
fn explain(text: &str, error: Option<&hcl_edit::parser::Error>, unexpected: &Unexpected) -> Refusal {
    if let Some(error) = error {
        let start = floor(text, error.location().offset());
        let end = start + text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let message = error.message();
        let (message, help) = match message.split_once("; expected ") {
            Some((what, expected)) => (what.to_owned(), Some(format!("expected {expected}"))),
            None => match message.strip_prefix("expected ") {
                Some(expected) => ("unexpected text".to_owned(), Some(format!("expected {expected}"))),
                None => (message.to_owned(), None),
            },
        };
        return Refusal { at: start..end, message, help: help.map(|help| help.replace('\n', "\\n")) };
    }
    let message = match &unexpected.missing {
        Some(kind) => format!("missing {}", kind.replace('_', " ")),
        None => "text that is not HCL".to_owned(),
    };
    Refusal { at: unexpected.at.clone(), message, help: None }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// An attribute that is set, to a value that cannot be read.
fn invalid(slice: Slice<'_>, name: Range<usize>, rest: Range<usize>, why: &str) -> Attribute {
    let text = slice.str(rest.clone()).trim_end();
    let value = text.trim_start().strip_prefix('=').unwrap_or(text).trim_start();
    let end = rest.start + text.len();
    let start = end - value.len();
    let kind = ExprKind::Invalid(why.into());
    Attribute {
        span: slice.span(name.start..end),
        name: slice.ident(name),
        value: Expr { kind, span: slice.span(start..end) },
    }
}

fn block(slice: Slice<'_>, names: &[Range<usize>], body: Body) -> Block {
    let mut idents = names.iter().map(|name| {
        let mut ident = slice.ident(name.clone());
        if let Some(inner) = ident.name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            ident.name = unescape_quoted(inner).into();
        }
        ident
    });
    let kind = idents.next().expect("a block's head has a kind");
    let labels: Vec<_> = idents.collect();
    let header = labels.last().map_or(kind.span, |last| kind.span.to(last.span));
    Block { kind, labels, body, span: slice.span(names[0].start..slice.text.len()), header }
}
