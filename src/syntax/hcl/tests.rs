use super::*;
use crate::source::Span;

fn expression(text: &str) -> Expr {
    let parsed = parse_expression(text, FileId(0), 0);
    assert_eq!(parsed.problems, [], "{text}");
    parsed.tree
}

fn value(text: &str) -> Expr {
    let text = format!("a = {text}\n");
    let parsed = parse(&text, FileId(0));
    assert_eq!(parsed.problems, [], "{text}");
    parsed.tree.attributes.into_iter().next().unwrap().value
}

fn string(text: &str) -> String {
    match value(text).kind {
        ExprKind::String(text) => text.to_string(),
        other => panic!("{other:?}"),
    }
}

fn literals(text: &str) -> Vec<String> {
    let ExprKind::Template(segments) = value(text).kind else { panic!("no template") };
    let literal = |segment: Segment| match segment {
        Segment::Literal(text) => text.to_string(),
        Segment::Interpolation(_) => "$".to_owned(),
        _ => "%".to_owned(),
    };
    segments.into_iter().map(literal).collect()
}

#[test]
fn spans_leave_out_white_space_and_comments() {
    let text = "resource \"a\" b { # c\n  x = (1 + 2) /* d */\n}\n";
    let parsed = parse(text, FileId(0));
    let block = &parsed.tree.blocks[0];
    let at = |span: Span| &text[span.range()];
    assert_eq!(at(block.header), "resource \"a\" b");
    assert_eq!(at(block.labels[0].span), "\"a\"");
    assert_eq!(at(block.span), text.trim_end());
    assert_eq!(at(block.body.attributes[0].span), "x = (1 + 2)");
    assert_eq!(at(block.body.attributes[0].value.span), "1 + 2");
}

#[test]
fn flush_heredoc_loses_the_smallest_indentation() {
    assert_eq!(string("<<-EOT\n    a\n\n      b\n    EOT"), "a\n\n  b\n");
    assert_eq!(string("<<EOT\n    a\n  EOT"), "    a\n");
    assert_eq!(literals("<<-EOT\n    a ${b}\n  ${c}\n  EOT"), ["  a ", "$", "\n", "$", "\n"]);
    assert_eq!(literals("<<-EOT\n    a\n${c}\n  EOT"), ["    a\n", "$", "\n"]);
}

#[test]
fn strip_markers_reach_to_the_line_end() {
    assert_eq!(literals("\"a ${~ b ~} c\""), ["a", "$", "c"]);
    assert_eq!(literals("<<EOT\nx\n  ${~ a ~}\n  y\nEOT"), ["x\n", "$", "  y\n"]);
}

#[test]
fn negative_literal_is_a_number() {
    assert_eq!(expression("- 5").kind, ExprKind::Number(crate::value::Number::Int(-5)));
    assert!(matches!(expression("-(5)").kind, ExprKind::Unary(UnaryOp::Negate, _)));
}

#[test]
fn only_bare_object_keys_are_literal() {
    let ExprKind::Object(items) = value("{ a = 1, (b) = 2, \"c\" = 3, d.e = 4 }").kind else { panic!() };
    assert!(matches!(items[0].key.kind, ExprKind::String(_)));
    assert!(matches!(items[1].key.kind, ExprKind::Variable(_)));
    assert!(matches!(items[2].key.kind, ExprKind::String(_)));
    assert!(matches!(items[3].key.kind, ExprKind::Traversal(_)));
}

#[test]
fn expressions_stay_small() {
    assert!(size_of::<Expr>() <= 48, "{}", size_of::<Expr>());
}
