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
    let at = |span: Span| text.get(span.range()).unwrap();
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
    let text = "{ a = 1, (b) = 2, \"c\" = 3, d.e = 4, (d.e) = 5, null = 6, (null) = 7 }";
    let ExprKind::Object(items) = value(text).kind else { panic!() };
    assert!(matches!(items[0].key.kind, ExprKind::String(_)));
    assert!(matches!(items[1].key.kind, ExprKind::Variable(_)));
    assert!(matches!(items[2].key.kind, ExprKind::String(_)));
    assert!(matches!(items[3].key.kind, ExprKind::Traversal(_)) && items[3].is_bare);
    assert!(matches!(items[4].key.kind, ExprKind::Traversal(_)) && !items[4].is_bare);
    assert!(matches!(items[5].key.kind, ExprKind::String(_)));
    assert!(matches!(items[6].key.kind, ExprKind::Null));
}

#[test]
fn expressions_stay_small() {
    assert!(size_of::<Expr>() <= 48, "{}", size_of::<Expr>());
}

#[test]
fn newline_inside_parentheses_is_not_broken() {
    let parsed = parse("a = (b\n  ? c\n  : d)\ne = { f = 1, f = 2 }\n", FileId(0));
    assert_eq!(parsed.problems, []);
    assert!(matches!(parsed.tree.attributes[0].value.kind, ExprKind::Conditional(_)));
    assert!(matches!(&parsed.tree.attributes[1].value.kind, ExprKind::Object(items) if items.len() == 2));
}

#[test]
fn broken_attribute_stays_and_its_neighbors_too() {
    let text = "resource \"a\" \"b\" {\n  c = 1\n  d = = 2\n  e {\n    f = 3\n  }\n}\noutput \"g\" {}\n";
    let parsed = parse(text, FileId(0));
    let block = &parsed.tree.blocks[0];
    let names: Vec<_> = block.body.attributes.iter().map(|a| a.name.name.as_str()).collect();
    assert_eq!(names, ["c", "d"]);
    assert!(matches!(block.body.attributes[1].value.kind, ExprKind::Invalid(_)));
    assert_eq!(block.body.blocks[0].body.attributes.len(), 1);
    assert_eq!((block.labels.len(), parsed.tree.blocks.len(), parsed.problems.len()), (2, 2, 1));
    assert_eq!(text.get(parsed.problems[0].span.range()).unwrap(), "=");
}

#[test]
fn unclosed_block_does_not_swallow_the_next() {
    let parsed = parse("resource \"a\" \"b\" {\n  c = 1\n\nresource \"d\" \"e\" {\n  f = 1\n}\n", FileId(0));
    assert_eq!(parsed.tree.blocks.len(), 2);
    assert_eq!(parsed.problems.len(), 1);
    assert_eq!(parsed.problems[0].message, "this block is never closed");
}

#[test]
fn second_of_two_attributes_is_reported() {
    let parsed = parse("a {\n  b = 1\n  b = 2\n}\n", FileId(0));
    assert_eq!(parsed.tree.blocks[0].body.attributes.len(), 1);
    assert_eq!(parsed.problems[0].message, "attribute `b` is set twice in one block");
}

#[test]
fn limit_costs_only_its_attribute() {
    let deep = format!("a {{\n  b = {}\n  c = 1\n}}\n", "[".repeat(300) + &"]".repeat(300));
    let parsed = parse(&deep, FileId(0));
    assert_eq!(parsed.tree.blocks[0].body.attributes.len(), 2);
    assert!(parsed.problems[0].message.starts_with("limit exceeded"));
}

#[test]
fn precedence_is_the_same_in_both_front_ends() {
    for text in [
        "!a.b && c || d == e + f * g[0].h",
        "a ? b : c ? d : e",
        "-(1) + -2 - -x.y",
        "(a.b).c[*].d.0.e.*.f",
        "[for k, v in m : v if k != \"x\"]",
        "{ for k, v in m : k => v... }",
        "f(a, provider::b::c(1), d...)",
        "\"a $$${b} %{ if c ~} d %{ else } e %{ endif } ${~ f ~} \\n\"",
    ] {
        let text = format!("a = {text}\n");
        let strict = parse_strict(&text, FileId(0));
        assert!(strict.is_some(), "{text}");
        assert_eq!(strict, parse_tolerant(&text, FileId(0)), "{text}");
    }
}

#[test]
fn hostile_input_is_read_in_bounded_stack() {
    let run = |text: String| {
        let read = std::thread::Builder::new().stack_size(8 << 20).spawn(move || {
            drop((parse(&text, FileId(0)), parse_json(&text, FileId(0)), comments(&text)));
            drop((parse_expression(&text, FileId(0), 0), parse_template(&text, FileId(0), 0)));
        });
        read.unwrap().join().unwrap();
    };
    for unit in
        ["[", "(", "{", "a {\n", "{a=", "\"${", "b+c+(", "!", "- ", " + 1", "a ? ", "${", "%{if a}", ".a", "[0]", "<<"]
    {
        run(unit.repeat(20_000));
        run(format!("a = 1{}", unit.repeat(20_000)));
        run(format!("a = \"{}\"", unit.repeat(200)));
    }
}

#[test]
fn hostile_expression_is_not_retried_exponentially() {
    for (open, close) in [("b+c+(", ")"), ("b+c+\"${", "}\"")] {
        let text = format!("a = {}\"%{{ x }}\"{}\n", open.repeat(40), close.repeat(40));
        assert_eq!(parse(&text, FileId(0)).problems.len(), 1);
    }
}

#[test]
fn json_becomes_blocks_with_labels() {
    let text = r#"{"//": "c", "resource": {"aws_x": {"a": [{"b": "${var.c}", "d": "e-${f}\n", "depends_on": ["g.h"]}]}},
        "variable": {"v": {"type": "list(string)", "default": "${no}"}}, "locals": {"l": 1.5}}"#;
    let parsed = parse_json(text, FileId(0));
    assert_eq!(parsed.problems, []);
    let [resource, variable, locals] = &parsed.tree.blocks[..] else { panic!("{:?}", parsed.tree) };
    let labels: Vec<_> = resource.labels.iter().map(|label| label.name.as_str()).collect();
    assert_eq!(labels, ["aws_x", "a"]);
    let value = |block: &Block, i: usize| block.body.attributes[i].value.clone();
    let whole = value(resource, 0);
    assert!(matches!(whole.kind, ExprKind::Traversal(_)));
    assert_eq!(text.get(whole.span.range()).unwrap(), "var.c");
    let ExprKind::Template(segments) = value(resource, 1).kind else { panic!() };
    let Segment::Interpolation(inner) = &segments[1] else { panic!() };
    assert_eq!(text.get(inner.span.range()).unwrap(), "f");
    assert!(
        matches!(value(resource, 2).kind, ExprKind::Tuple(items) if matches!(items[0].kind, ExprKind::Traversal(_)))
    );
    assert!(matches!(value(variable, 0).kind, ExprKind::Call(_)));
    assert!(matches!(value(variable, 1).kind, ExprKind::String(_)));
    assert_eq!(value(locals, 0).kind, ExprKind::Number(crate::value::Number::Float(1.5)));
}

#[test]
fn json_comment_is_reported_and_passed_over() {
    let parsed = parse_json("{\"output\": {\"a\": {\"value\": 1,}}} // c", FileId(0));
    assert_eq!((parsed.tree.blocks.len(), parsed.problems.len()), (1, 1));
    let parsed = parse_tfvars_json("{\"a\": \"${b}\"}", FileId(0));
    assert!(matches!(&parsed.tree.attributes[0].value.kind, ExprKind::String(text) if text == "${b}"));
}

#[test]
fn template_file_is_a_template() {
    let parsed = parse_template("a ${b}\n%{ for c in d ~}\n${c}\n%{ endfor ~}\n", FileId(0), 7);
    assert_eq!(parsed.problems, []);
    let ExprKind::Template(segments) = parsed.tree.kind else { panic!() };
    let Segment::Interpolation(inner) = &segments[1] else { panic!() };
    assert_eq!(inner.span.range(), 11..12);
    assert!(matches!(segments[3], Segment::For { .. }));
}

#[test]
fn lone_expression_keeps_its_place() {
    let parsed = parse_expression(" (a\n && b) ", FileId(0), 10);
    assert_eq!(parsed.problems, []);
    assert_eq!(parsed.tree.span.range(), 12..19);
    let tolerant = parse_expression("{ a = 1, a = b }", FileId(0), 0);
    assert_eq!(tolerant.tree.span.range(), 0..16);
    assert_eq!(parse_expression("1 2", FileId(0), 0).problems.len(), 1);
}

#[test]
fn broken_expressions_keep_what_hcl_keeps() {
    let shown = |text: &str| {
        let parsed = parse_expression(text, FileId(0), 0);
        assert_eq!(parsed.problems.len(), 1, "{text}");
        let span = parsed.tree.span;
        assert!(span.end as usize <= text.len());
        text.get(span.start as usize..span.end as usize).unwrap().to_owned()
    };
    assert_eq!([shown("(1"), shown("true true"), shown("[for v in x: v...]")], ["1", "true", "[for v in x: v...]"]);
    let text = "[{ a = 1, b_7.2_ap-x = 2, c = 3 }, 4]";
    let ExprKind::Tuple(items) = parse_expression(text, FileId(0), 0).tree.kind else { panic!() };
    let ExprKind::Object(members) = &items[0].kind else { panic!() };
    assert_eq!((items.len(), members.len()), (2, 1), "what follows in the object is lost, what follows it is not");
    assert!(matches!(parse_expression("{{{", FileId(0), 0).tree.kind, ExprKind::Invalid(_)));
}

#[test]
fn misplaced_directives_are_told_one_by_one() {
    let messages = |text: &str| {
        let problems = parse_template(text, FileId(0), 0).problems;
        problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>()
    };
    assert_eq!(messages("%{ of x ~} a %{~ endif }").len(), 2);
    assert_eq!(messages("%{ if x }a%{ endfor }b%{ endif }"), ["`endfor` without a `for` before it"]);
    assert_eq!(messages("%{ if x }a%{ else }b%{ endif } %%{ of }"), Vec::<String>::new());
    assert_eq!(messages("%{ if x }a").len(), 1);
}

#[test]
fn a_heredoc_may_be_empty() {
    let text = "a = [<<-EOT\n  EOT\n  , <<EOT\nx\nEOT\n]\nb = 1\n";
    let parsed = parse(text, FileId(0));
    assert_eq!((parsed.problems.len(), parsed.tree.attributes.len()), (0, 2), "{:?}", parsed.problems);
    let ExprKind::Tuple(items) = &parsed.tree.attributes[0].value.kind else { panic!() };
    assert_eq!(items[0].kind, ExprKind::String("".into()));
    assert_eq!(items[1].kind, ExprKind::String("x\n".into()));
}
