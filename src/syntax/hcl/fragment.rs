use super::limits::measure;
use super::sitter::Sitter;
use super::slice::Slice;
use super::{Expr, ExprKind, edit};
use crate::source::{FileId, Problem};
use crate::syntax::Parsed;

/// Ends the heredoc as which a template is measured; no template may hold it.
const TEMPLATE_END: &str = "STANCHION_TEMPLATE_END";

/// Parses an expression that stands at `offset` in `file`, white space around it allowed.
pub fn parse_expression(text: &str, file: FileId, offset: usize) -> Parsed<Expr> {
    expression(Slice::new(text, file, offset))
}

/// Parses the text of a template file, or of a string, that stands at `offset` in `file`.
pub fn parse_template(text: &str, file: FileId, offset: usize) -> Parsed<Expr> {
    template(Slice::new(text, file, offset))
}

pub(super) fn expression(slice: Slice<'_>) -> Parsed<Expr> {
    let start = slice.text.len() - slice.text.trim_start().len();
    let slice = slice.part(start..start + slice.text.trim().len());
    let measured = measure(slice.text);
    if let Some((_, limit)) = measured.exceeded {
        return refused(slice, format!("limit exceeded: {limit}"));
    }
    let error = if measured.strict {
        match edit::parse_expr(slice) {
            Ok(tree) => return Parsed { tree, problems: Vec::new() },
            Err(error) => error.message().to_owned(),
        }
    } else {
        "not an expression".to_owned()
    };
    match tolerant(slice) {
        Some(tree) => Parsed { tree, problems: Vec::new() },
        None => refused(slice, error),
    }
}

/// Reads the expression as an attribute's value with the tolerant front end.
fn tolerant(slice: Slice<'_>) -> Option<Expr> {
    let statement = format!("_={}", slice.text);
    let body = Sitter::new().body(slice.behind(&statement, 2)).ok()?;
    let whole = body.blocks.is_empty() && body.attributes.len() == 1;
    body.attributes.into_iter().next().filter(|_| whole).map(|attribute| attribute.value)
}

pub(super) fn template(slice: Slice<'_>) -> Parsed<Expr> {
    let literal = !slice.text.contains("${") && !slice.text.contains("%{");
    if literal {
        let tree = Expr { kind: ExprKind::String(slice.text.into()), span: slice.span(0..slice.text.len()) };
        return Parsed { tree, problems: Vec::new() };
    }
    let measured = measure(&format!("_=<<{TEMPLATE_END}\n{}\n{TEMPLATE_END}\n", slice.text));
    if let Some((_, limit)) = measured.exceeded {
        return refused(slice, format!("limit exceeded: {limit}"));
    }
    if !measured.strict || slice.text.contains(TEMPLATE_END) {
        return refused(slice, "this template is too complex to be read".to_owned());
    }
    match edit::parse_template(slice) {
        Ok(tree) => Parsed { tree, problems: Vec::new() },
        Err(error) => refused(slice, error.message().to_owned()),
    }
}

fn refused(slice: Slice<'_>, why: String) -> Parsed<Expr> {
    let span = slice.span(0..slice.text.len());
    let tree = Expr { kind: ExprKind::Invalid(why.as_str().into()), span };
    Parsed { tree, problems: vec![Problem::new(span, why)] }
}
