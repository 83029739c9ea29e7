//! HCL and its JSON twin, as Terraform writes them.
//!
//! Takes a file's text, an expression or a template; gives the tree of `ast` with spans, plus
//! problems. Two front ends build the same tree: `edit` (fast, strict) and `sitter` (tolerant).
//! It does not know what a resource is. Start reading at [`parse`].

mod ast;
mod chain;
mod change;
mod edit;
mod edit_expr;
mod fragment;
mod json;
mod json_string;
mod limits;
mod literal;
mod recover;
mod repair;
mod scan;
mod sitter;
mod sitter_expr;
mod sitter_template;
mod slice;
mod split;
mod template;
#[cfg(test)]
mod tests;
mod way;
mod write;

pub use ast::*;
pub use change::{change_block, change_list, change_object, set};
pub use fragment::{parse_expression, parse_template};
pub use json::{parse_json, parse_tfvars_json};
pub use limits::{MAX_DEPTH, MAX_NESTING};
pub use scan::comments;
pub use way::{Node, way};

use crate::source::FileId;
use crate::syntax::Parsed;
use slice::Slice;

/// Parses a `.tf` or `.tfvars` file.
///
/// What the strict front end refuses is read statement by statement; a broken statement gives
/// a problem, and an attribute whose value cannot be read stays, with the value `Invalid`.
pub fn parse(text: &str, file: FileId) -> Parsed<Body> {
    if let Some(tree) = parse_strict(text, file) {
        return Parsed { tree, problems: Vec::new() };
    }
    let (tree, problems) = recover::body(Slice::new(text, file, 0));
    Parsed { tree, problems }
}

/// Parses with the strict front end alone, `None` where it refuses. For tests that compare.
pub fn parse_strict(text: &str, file: FileId) -> Option<Body> {
    let strict = limits::measure(text).strict;
    if strict { edit::parse_body(Slice::new(text, file, 0)).ok() } else { None }
}

/// Parses with the tolerant front end alone, `None` where it meets text that fits no rule.
/// For tests that compare.
pub fn parse_tolerant(text: &str, file: FileId) -> Option<Body> {
    let exceeded = limits::measure(text).exceeded.is_some();
    if exceeded { None } else { sitter::Sitter::new().body(Slice::new(text, file, 0)).ok() }
}
