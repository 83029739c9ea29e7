use super::*;
use crate::value::{Hop, HopKind, Partial, PartialSegment};

/// A value read from `local.<name>`.
fn local(name: &str, mut value: Value) -> Value {
    value.origin.hop = Some(hop(HopKind::Local(name.into())));
    value
}

fn hop(kind: HopKind) -> Arc<Hop> {
    Arc::new(Hop { kind, place: Place::Above, next: Vec::new() })
}

fn names() -> Names {
    let list = |items: &[&str]| Value::from(Data::List(items.iter().map(|item| Value::string(*item)).collect()));
    let arn = Value::unknown(Reason::KnownAfterApply("aws_s3_bucket.b.arn".into()), None);
    let mut bucket = Value::unknown(Reason::KnownAfterApply("aws_s3_bucket.b".into()), None);
    bucket.origin.hop = Some(hop(HopKind::Resource { address: "aws_s3_bucket.b".into(), attribute: EcoString::new() }));
    let variables = [
        ("a".into(), local("a", list(&["x", "y"]))),
        ("b".into(), local("b", list(&["z"]))),
        ("text".into(), local("text", Value::string("t"))),
        ("arn".into(), local("arn", arn)),
        ("bucket".into(), bucket),
    ];
    Names { variables: variables.into_iter().collect(), ..Names::default() }
}

/// The kinds of a value's hops, outermost first.
fn kinds(value: &Value) -> Vec<String> {
    fn walk(hop: &Hop, out: &mut Vec<String>) {
        match &hop.kind {
            HopKind::Local(name) => out.push(name.to_string()),
            HopKind::Resource { address, attribute } => out.push(format!("{address}.{attribute}")),
            HopKind::Combined => out.push("combined".into()),
            HopKind::Sensitive => out.push("sensitive".into()),
            HopKind::Encoded(_) => out.push("encoded".into()),
            other => out.push(format!("{other:?}")),
        }
        hop.next.iter().for_each(|next| walk(next, out));
    }
    let mut out = Vec::new();
    value.origin.hop.iter().for_each(|hop| walk(hop, &mut out));
    out
}

fn evaluated(text: &str) -> Value {
    run(text, &names()).0
}

#[test]
fn elements_keep_their_own_histories() {
    let joined = evaluated("concat(a, [text, \"lit\"], b)");
    let each: Vec<Vec<String>> = joined.as_list().unwrap().iter().map(kinds).collect();
    assert_eq!(each, [vec!["a"], vec!["a"], vec!["text"], vec![], vec!["b"]]);
    assert_eq!(kinds(&evaluated("element(a, 0)")), ["a"]);
    assert_eq!(kinds(&evaluated("{k = text}.k")), ["text"]);
    assert_eq!(kinds(&evaluated("[for x in a : x][0]")), ["a"]);
}

#[test]
fn combined_values_name_all_sources_once() {
    assert_eq!(kinds(&evaluated("\"${text}-${text}\"")), ["text"]);
    assert_eq!(kinds(&evaluated("\"${text}-${b[0]}\"")), ["combined", "text", "b"]);
    assert_eq!(kinds(&evaluated("upper(text)")), ["text"]);
    assert_eq!(kinds(&evaluated("join(\",\", concat(a, b))")), ["combined", "a", "b"]);
}

#[test]
fn attribute_of_unknown_resource_is_named() {
    assert_eq!(kinds(&evaluated("bucket.id")), ["aws_s3_bucket.b.id"]);
    assert_eq!(kinds(&evaluated("bucket[*].id")), ["aws_s3_bucket.b.id"]);
    assert_eq!(kinds(&evaluated("\"${bucket.arn}/*\"")), ["aws_s3_bucket.b.arn"]);
}

#[test]
fn sensitivity_passes_through() {
    assert_eq!(evaluated("issensitive(\"${sensitive(text)}-x\")").as_bool(), Some(true));
    assert_eq!(evaluated("issensitive(nonsensitive(sensitive(text)))").as_bool(), Some(false));
    assert_eq!(kinds(&evaluated("nonsensitive(\"${sensitive(text)}-${b[0]}\")")), ["combined", "text", "b"]);
    assert_eq!(kinds(&evaluated("sensitive(text)")), ["sensitive", "text"]);
}

#[test]
fn template_keeps_known_pieces() {
    let text = evaluated("\"a-${arn}/${text}*\"");
    let Some(Partial::Template(pieces)) = &text.as_unknown().unwrap().partial else { panic!("{text:?}") };
    let known: Vec<Option<&str>> = pieces
        .iter()
        .map(|piece| match piece {
            PartialSegment::Known(text) => Some(text.as_str()),
            PartialSegment::Unknown(_) => None,
        })
        .collect();
    assert_eq!(known, [Some("a-"), None, Some("/t*")]);
    for same in ["format(\"a-%s/%s*\", arn, text)", "join(\"\", [\"a-\", arn, \"/t*\"])", "\"a-${\"${arn}/t\"}*\""] {
        assert_eq!(evaluated(same).as_unknown().unwrap().partial, text.as_unknown().unwrap().partial, "{same}");
    }
}

#[test]
fn encoded_text_remembers_its_value() {
    let partly = evaluated("jsonencode({Resource = \"${arn}/*\", Action = \"*\"})");
    let Some(Partial::Encoded(policy)) = &partly.as_unknown().unwrap().partial else { panic!("{partly:?}") };
    assert_eq!(policy.get("Action").unwrap().as_str(), Some("*"));
    assert!(matches!(policy.get("Action").unwrap().origin.place, Place::Span(_)));
    let known = evaluated("jsonencode({Action = \"*\"})");
    assert_eq!(known.as_str(), Some("{\"Action\":\"*\"}"));
    assert_eq!(kinds(&known), ["encoded"]);
}

#[test]
fn result_stands_where_the_expression_stands() {
    let list = evaluated("concat([\"lit\"], [text])");
    let at = |value: &Value| match value.origin.place {
        Place::Span(span) => (span.start, span.end),
        _ => panic!("no span"),
    };
    assert_eq!(at(&list), (0, 23));
    assert_eq!(list.as_list().unwrap().iter().map(at).collect::<Vec<_>>(), [(8, 13), (17, 21)]);
}

#[test]
fn template_file_sees_only_its_variables() {
    let mut names = names();
    names.files.insert("t.tpl".into(), "<${x}>%{ for i in [1, 2] }${i}%{ endfor }\n".into());
    names.files.insert("bad.tpl".into(), "${text}".into());
    assert_eq!(run("templatefile(\"t.tpl\", {x = text})", &names).0.as_str(), Some("<t>12\n"));
    assert_eq!(run("templatefile(\"bad.tpl\", {})", &names).1, 1);
    assert_eq!(run("templatestring(\"a${\"$\"}{x}\", {x = 1})", &names).0.as_str(), Some("a1"));
    assert_eq!(run("file(\"absent\")", &names).1, 1);
    assert_eq!(format!("{:?}", run("fileset(\".\", \"*.tpl\")", &names).0), "[]");
}
