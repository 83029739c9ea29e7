//! HCL and its JSON twin, as Terraform writes them.
//!
//! Takes a file's text, an expression or a template; gives the tree of `ast` with spans, plus
//! problems. Two front ends build the same tree: `edit` (fast, strict) and `sitter` (tolerant).
//! It does not know what a resource is. Start reading at [`parse`].

mod ast;
mod edit;
mod edit_expr;
mod literal;
mod slice;
mod template;
#[cfg(test)]
mod tests;

pub use ast::*;

use crate::source::{FileId, Problem, Span};
use crate::syntax::Parsed;
use slice::Slice;

/// Parses a `.tf` or `.tfvars` file.
pub fn parse(text: &str, file: FileId) -> Parsed<Body> {
    let slice = Slice::new(text, file, 0);
    match edit::parse_body(slice) {
        Ok(tree) => Parsed { tree, problems: Vec::new() },
        Err(error) => {
            let at = error.location().offset();
            Parsed { tree: Body::default(), problems: vec![Problem::new(Span::new(file, at, at), error.message())] }
        }
    }
}

/// Parses an expression that stands at `offset` in `file`.
pub fn parse_expression(text: &str, file: FileId, offset: usize) -> Parsed<Expr> {
    let slice = Slice::new(text, file, offset);
    match edit::parse_expr(slice) {
        Ok(tree) => Parsed { tree, problems: Vec::new() },
        Err(error) => {
            let span = slice.span(0..text.len());
            let tree = Expr { kind: ExprKind::Invalid(error.message().into()), span };
            Parsed { tree, problems: vec![Problem::new(span, error.message())] }
        }
    }
}
