use super::limits::measure;
use super::repair::repaired;
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
            Err(error) => Some(error),
        }
    } else {
        None
    };
    if let Some(tree) = tolerant(slice) {
        return Parsed { tree, problems: Vec::new() };
    }
    let why = error.as_ref().map_or("not an expression", |error| error.message());
    let left = error.as_ref().and_then(|error| repaired(slice, error.location().offset()));
    let refused = refused(slice, why.to_owned());
    Parsed { tree: left.unwrap_or(refused.tree), problems: refused.problems }
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
        Err(error) => {
            let mut refused = refused(slice, error.message().to_owned());
            let misplaced = misplaced_directives(slice);
            if !misplaced.is_empty() {
                refused.problems = misplaced;
            }
            refused
        }
    }
}

/// Directives that no template knows, and those that end or part what was never begun.
fn misplaced_directives(slice: Slice<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut open = Vec::new();
    let starts = slice.text.match_indices("%{").filter(|(at, _)| !slice.text.get(..*at).unwrap_or("").ends_with('%'));
    for (at, _) in starts {
        let inner = slice.text.get(at + 2..).unwrap_or("").trim_start_matches('~').trim_start();
        let word = inner.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
        let message = match word {
            "if" | "for" => {
                open.push(word);
                continue;
            }
            "else" if open.last() == Some(&"if") => continue,
            "endif" | "endfor" if open.last() == word.strip_prefix("end").as_ref() => {
                open.pop();
                continue;
            }
            "else" | "endif" => format!("`{word}` without an `if` before it"),
            "endfor" => "`endfor` without a `for` before it".to_owned(),
            _ => format!("there is no directive `{word}`; it is one of `if`, `else`, `endif`, `for`, `endfor`"),
        };
        problems.push(Problem::new(slice.span(at..at + 2), message));
    }
    problems
}

fn refused(slice: Slice<'_>, why: String) -> Parsed<Expr> {
    let span = slice.span(0..slice.text.len());
    let tree = Expr { kind: ExprKind::Invalid(why.as_str().into()), span };
    Parsed { tree, problems: vec![Problem::new(span, why)] }
}
