//! Lowers the tree of `tree-sitter-hcl`: structure. Its expressions are in [`super::sitter_expr`].

use std::ops::{ControlFlow, Range};

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use super::limits::MAX_DEPTH;
use super::literal::unescape_quoted;
use super::slice::Slice;
use super::{Attribute, Block, Body, Ident};

/// The grammar looks through a run of white space once for each of its characters. Text is
/// refused where that makes more steps than this many per byte, and the constant.
const MAX_BLANK_STEPS_PER_BYTE: usize = 64;
const MIN_BLANK_STEPS: usize = 1_000_000;

/// Where the tolerant parser met text that fits no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unexpected {
    /// Range in the slice.
    pub(super) at: Range<usize>,
    /// What is missing, if the parser knows.
    pub(super) missing: Option<String>,
}

/// The tolerant front end.
pub(super) struct Sitter {
    parser: Parser,
}

impl Sitter {
    pub(super) fn new() -> Self {
        let mut parser = Parser::new();
        parser.set_language(&tree_sitter_hcl::LANGUAGE.into()).expect("the grammar fits the library");
        Self { parser }
    }

    /// Parses a body.
    ///
    /// # Errors
    /// The first place that fits no rule.
    pub(super) fn body(&mut self, slice: Slice<'_>) -> Result<Body, Unexpected> {
        let tree = self.tree(slice.text)?;
        let root = tree.root_node();
        if root.has_error() {
            let all = || Unexpected { at: 0..slice.text.len(), missing: None };
            return Err(first_error(root).unwrap_or_else(all));
        }
        let mut lowering = Lowering { slice, depth: 0 };
        let mut body = Body::default();
        for node in children(root) {
            match node.kind() {
                "body" => body = lowering.body(node),
                "comment" => {}
                _ => return Err(Unexpected { at: node.byte_range(), missing: None }),
            }
        }
        Ok(body)
    }

    /// Stops at the first error: recovery is not needed, and can take a long time.
    fn tree(&mut self, text: &str) -> Result<Tree, Unexpected> {
        if blank_steps(text) > MAX_BLANK_STEPS_PER_BYTE * text.len() + MIN_BLANK_STEPS {
            return Err(Unexpected { at: 0..0, missing: None });
        }
        let mut stopped_at = 0;
        let mut step = |state: &ParseState| {
            stopped_at = state.current_byte_offset();
            if state.has_error() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let bytes = text.as_bytes();
        let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
        let options = ParseOptions::new().progress_callback(&mut step);
        let tree = self.parser.parse_with_options(&mut read, None, Some(options));
        if tree.is_none() {
            self.parser.reset();
        }
        tree.ok_or(Unexpected { at: stopped_at..stopped_at, missing: None })
    }
}

/// The sum of the squared lengths of all runs of white space.
fn blank_steps(text: &str) -> usize {
    let runs = text.as_bytes().chunk_by(|a, b| a.is_ascii_whitespace() == b.is_ascii_whitespace());
    runs.filter(|run| run[0].is_ascii_whitespace()).map(|run| run.len().saturating_mul(run.len())).sum()
}

/// The first `ERROR` or missing node, in the order of the text.
fn first_error(root: Node<'_>) -> Option<Unexpected> {
    let mut node = root;
    loop {
        if node.is_missing() {
            return Some(Unexpected { at: node.byte_range(), missing: Some(node.kind().to_owned()) });
        }
        let inner = children(node).into_iter().find(|child| child.has_error() || child.is_missing());
        match inner {
            Some(inner) => node = inner,
            None => return node.is_error().then(|| Unexpected { at: node.byte_range(), missing: None }),
        }
    }
}

/// All children; the cursor makes this linear, asking for one after the other does not.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.children(&mut node.walk()).collect()
}

/// The walk over one tree.
pub(super) struct Lowering<'a> {
    pub(super) slice: Slice<'a>,
    /// How deep the walk is, at most [`MAX_DEPTH`].
    pub(super) depth: usize,
}

impl Lowering<'_> {
    fn body(&mut self, node: Node<'_>) -> Body {
        let mut body = Body::default();
        for child in children(node) {
            match child.kind() {
                "attribute" => body.attributes.extend(self.attribute(child)),
                "block" => body.blocks.extend(self.block(child)),
                _ => {}
            }
        }
        body
    }

    fn attribute(&mut self, node: Node<'_>) -> Option<Attribute> {
        let parts = children(node);
        let name = parts.iter().find(|part| part.kind() == "identifier")?;
        let value = parts.iter().find(|part| part.kind() == "expression")?;
        Some(Attribute { name: self.ident(*name), value: self.expr(*value), span: self.slice.span(node.byte_range()) })
    }

    fn block(&mut self, node: Node<'_>) -> Option<Block> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let mut names = Vec::new();
        let mut body = Body::default();
        for child in children(node) {
            match child.kind() {
                "identifier" => names.push(self.ident(child)),
                "string_lit" => names.push(self.label(child)),
                "body" => body = self.body(child),
                _ => {}
            }
        }
        self.depth -= 1;
        let mut names = names.into_iter();
        let kind = names.next()?;
        let labels: Vec<Ident> = names.collect();
        let header = labels.last().map_or(kind.span, |last| kind.span.to(last.span));
        Some(Block { kind, labels, body, span: self.slice.span(node.byte_range()), header })
    }

    pub(super) fn ident(&self, node: Node<'_>) -> Ident {
        self.slice.ident(node.byte_range())
    }

    fn label(&self, node: Node<'_>) -> Ident {
        let at = node.byte_range();
        let name = unescape_quoted(self.slice.str(at.start + 1..at.end.saturating_sub(1)));
        Ident { name: name.into(), span: self.slice.span(at) }
    }
}
