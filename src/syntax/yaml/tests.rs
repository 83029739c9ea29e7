#![expect(clippy::string_slice, reason = "spans lie on character boundaries, which is tested here")]

use super::*;
use crate::value::Step;

const FILE: FileId = FileId(0);

fn values(text: &str) -> Vec<String> {
    let parsed = parse(text, FILE);
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    parsed.tree.iter().map(|document| format!("{:?}", document.value)).collect()
}

fn problems(text: &str) -> Vec<(String, String)> {
    let parsed = parse(text, FILE);
    parsed.problems.into_iter().map(|p| (text[p.span.range()].to_owned(), p.message)).collect()
}

fn path(steps: &str) -> Path {
    let steps = steps.split('.').filter(|step| !step.is_empty());
    Path(steps.map(|s| s.parse().map_or_else(|_| Step::Key(s.into()), Step::Index)).collect())
}

fn marked<'t>(text: &'t str, document: u32, steps: &str) -> (&'t str, bool) {
    let mut locator = Locator::new(text.into(), FILE);
    let located = locator.span(document, &path(steps)).expect("the document exists");
    (&text[located.mark.range()], located.is_exact)
}

#[test]
fn scalars_are_typed_as_kubernetes_does() {
    assert_eq!(
        values("[yes, 'yes', Off, y, 0644, '0644', 08, 0x1f, 1.5, 1e3, null, ~, 2024-01-01, on]"),
        [r#"[true, "yes", false, "y", 420, "0644", "08", 31, 1.5, 1000, null, null, "2024-01-01", true]"#]
    );
}

#[test]
fn keys_become_strings() {
    assert_eq!(values("{8080: a, true: b, on: c, ~: d}"), [r#"{"8080": "a", "null": "d", "on": "c", "true": "b"}"#]);
}

#[test]
fn last_of_two_keys_counts_and_tags_are_ignored() {
    assert_eq!(values("a: !secret x\na: !!str 2\nb: !map {c: 1}"), [r#"{"a": "2", "b": {"c": 1}}"#]);
}

#[test]
fn merge_keys_hold_at_every_level() {
    let text = "\
base: &base {a: 1, b: {x: 1}}
more: &more {b: 2, c: 3}
one: {<<: *base, a: 9}
two:
  <<: [*more, *base]
  c: {<<: *more, '<<': 4}
";
    let document = parse(text, FILE).tree.remove(0).value;
    assert_eq!(format!("{:?}", document.get("one").unwrap()), r#"{"a": 9, "b": {"x": 1}}"#);
    assert_eq!(format!("{:?}", document.get("two").unwrap()), r#"{"a": 1, "b": 2, "c": {"<<": 4, "b": 2, "c": 3}}"#);
}

#[test]
fn placeholders_are_unknown_and_text_around_them_is_not() {
    let text = "\
plain: {{ .Values.x }}
part: repo/{{ .Values.image }}:1
quoted: \"{{ inputs.image }}\"
vault: \"{{ with secret }}x{{ end }}\"
block: |
  {{ .Data }}
  y
";
    let value = parse(text, FILE).tree.remove(0).value;
    let unknown = ["plain", "part", "quoted"];
    for (key, member) in value.as_object().unwrap().iter() {
        assert_eq!(member.as_unknown().is_some(), unknown.contains(&key.as_str()), "{key}");
    }
}

#[test]
fn broken_document_leaves_its_neighbors_alone() {
    let text = "a: 1\n---\nb: [1\n---\nc: 'x\n---\nd: 1\n  e: 2\n---\nf: 1\n";
    let found: Vec<_> = parse(text, FILE).tree.iter().map(|d| (d.index, text[d.span.range()].to_owned())).collect();
    assert_eq!(found, [(0, "a: 1".to_owned()), (4, "f: 1".to_owned())]);
    let problems = problems(text);
    assert_eq!(problems.len(), 3);
    assert_eq!(problems[2], ("e: 2".into(), "mapping values are not allowed in this context".into()));
}

#[test]
fn json_errors_point_at_their_line() {
    let text = "{\n  \"a\": 1,\n  \"b\": x\n}\n";
    let parsed = parse_json(text, FILE);
    assert!(parsed.tree.is_empty());
    assert_eq!(&text[parsed.problems[0].span.range()], "\"b\": x");
    assert_eq!(parsed.problems[0].message, "expected value");
}

#[test]
fn limits_are_told_from_broken_text() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..10 {
        use std::fmt::Write;
        let _ = writeln!(laughs, "a{i}: &a{i} [{}]", vec![format!("*a{}", i - 1); 9].join(", "));
    }
    let long = format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(2000), "*a, ".repeat(2000));
    for text in [deep.as_str(), &laughs, &long, "&a [*a]"] {
        let parsed = parse(text, FILE);
        assert!(limit_exceeded(&parsed.problems[0]).is_some(), "{:?}", parsed.problems);
    }
    assert!(limit_exceeded(&parse_json(&deep, FILE).problems[0]).is_some());
    assert!(limit_exceeded(&parse("a: [", FILE).problems[0]).is_none());
}

#[test]
fn marks_are_what_one_would_edit() {
    let text = "\
# head
kind: Pod # what
spec:
  'containers':
    - name: a
      image: \"x\"
      args: [--a, {k: 1}]
      env:
      - {name: A, value: b}
  text: |
    many
    lines
  none:
";
    for (steps, mark) in [
        ("kind", "kind: Pod"),
        ("spec", "spec"),
        ("spec.containers", "'containers'"),
        ("spec.containers.0", "name: a"),
        ("spec.containers.0.image", "image: \"x\""),
        ("spec.containers.0.args.0", "--a"),
        ("spec.containers.0.args.1.k", "k: 1"),
        ("spec.containers.0.env.0.value", "value: b"),
        ("spec.text", "text"),
        ("spec.none", "none"),
        ("", "kind: Pod # what"),
    ] {
        assert_eq!(marked(text, 0, steps), (mark, true), "{steps}");
    }
    assert_eq!(marked(text, 0, "spec.containers.0.securityContext.x"), ("name: a", false));
}

#[test]
fn aliases_lead_to_the_anchor() {
    let text = "a: &a\n  x: {y: 1}\nb: *a\nc:\n  <<: *a\n  z: 2\n---\nx: 1\n";
    assert_eq!(marked(text, 0, "b"), ("b: *a", true));
    assert_eq!(marked(text, 0, "b.x.y"), ("y: 1", true));
    assert_eq!(marked(text, 0, "c.x.y"), ("y: 1", true));
    assert_eq!(marked(text, 0, "c.z"), ("z: 2", true));
    assert_eq!(marked(text, 1, "x"), ("x: 1", true));
    assert_eq!(Locator::new(text.into(), FILE).span(2, &path("x")), None);
}

#[test]
fn json_is_located_like_flow_yaml() {
    let text = "{\n\t\"a\": {\"b\\u0063\": [1, 2]},\n\t\"d\":\n\t\t\"e\"\n}\n";
    assert_eq!(marked(text, 0, "a.bc.1"), ("2", true));
    assert_eq!(marked(text, 0, "a.bc"), ("\"b\\u0063\": [1, 2]", true));
    assert_eq!(marked(text, 0, "d"), ("\"d\"", true));
}

#[test]
fn comments_are_found_and_text_is_not() {
    let text = "# a\n--- # b\nk: 'x # no' # c\nt: |\n  # no\n...\n# d\n---\nx: y#no\n# e";
    let found: Vec<_> = comments(text).into_iter().map(|range| &text[range]).collect();
    assert_eq!(found, ["# a", "# b", "# c", "# d", "# e"]);
}

#[test]
fn prefilter_asks_for_both_words() {
    assert!(looks_like_kubernetes("{\"apiVersion\":1,\"kind\":2}"));
    assert!(!looks_like_kubernetes("kind: x"));
    let root = parse("a: 1", FILE).tree.remove(0).value.origin.place;
    assert!(matches!(root, Place::Pointer(p) if *p == Pointer { file: FILE, document: 0, path: Path::default() }));
}
