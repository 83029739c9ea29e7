//! Lowers the tree of `hcl-edit`: structure. Its expressions are in [`super::edit_expr`].

use std::ops::Range;

use hcl_edit::parser::Error;
use hcl_edit::structure as edit;

use super::edit_expr::{bare, expr};
use super::slice::Slice;
use super::{Attribute, Block, Body, Expr, Ident};

/// Parses a body with `hcl-edit`.
///
/// # Errors
/// The parser's first complaint; it gives no tree then.
pub(super) fn parse_body(slice: Slice<'_>) -> Result<Body, Box<Error>> {
    let tree = hcl_edit::parser::parse_body(slice.text)?;
    Ok(body(slice, &tree))
}

/// Parses an expression with `hcl-edit`; white space around it is refused.
///
/// # Errors
/// The parser's first complaint.
pub(super) fn parse_expr(slice: Slice<'_>) -> Result<Expr, Box<Error>> {
    let tree = hcl_edit::parser::parse_expr(slice.text)?;
    Ok(expr(slice, &tree))
}

/// Parses a template file, or a string that is one, with `hcl-edit`.
///
/// # Errors
/// The parser's first complaint.
pub(super) fn parse_template(slice: Slice<'_>) -> Result<Expr, Box<Error>> {
    let tree = hcl_edit::parser::parse_template(slice.text)?;
    Ok(Expr { kind: bare(slice, &tree), span: slice.span(0..slice.text.len()) })
}

/// Where a node of the tree stands. Every node that comes from text has a span.
pub(super) fn range(node: &impl hcl_edit::Span) -> Range<usize> {
    node.span().unwrap_or_default()
}

fn body(slice: Slice<'_>, tree: &edit::Body) -> Body {
    let mut body = Body::default();
    for structure in tree {
        match structure {
            edit::Structure::Attribute(tree) => body.attributes.push(attribute(slice, tree)),
            edit::Structure::Block(tree) => body.blocks.push(block(slice, tree)),
        }
    }
    body.attributes.shrink_to_fit();
    body.blocks.shrink_to_fit();
    body
}

fn attribute(slice: Slice<'_>, tree: &edit::Attribute) -> Attribute {
    Attribute { name: slice.ident(range(&tree.key)), value: expr(slice, &tree.value), span: slice.span(range(tree)) }
}

fn block(slice: Slice<'_>, tree: &edit::Block) -> Block {
    let kind = slice.ident(range(&tree.ident));
    let labels: Vec<Ident> = tree.labels.iter().map(|tree| label(slice, tree)).collect();
    let header = labels.last().map_or(kind.span, |last| kind.span.to(last.span));
    Block { kind, labels, body: body(slice, &tree.body), span: slice.span(range(tree)), header }
}

fn label(slice: Slice<'_>, tree: &edit::BlockLabel) -> Ident {
    Ident { name: tree.as_str().into(), span: slice.span(range(tree)) }
}
