use super::*;
use crate::source::FileId;
use crate::syntax::hcl::{Expr, ExprKind, parse_expression};
use crate::value::{Data, Reason};

fn of(text: &str) -> Type {
    let parsed = parse_expression(text, FileId(0), 0);
    assert_eq!(parsed.problems, []);
    parse(&parsed.tree, &mut literal).unwrap_or_else(|problem| panic!("{text}: {}", problem.message))
}

/// Defaults in these tests are literals.
fn literal(expr: &Expr) -> Value {
    match &expr.kind {
        ExprKind::Bool(truth) => Data::Bool(*truth).into(),
        ExprKind::String(text) => Value::string(text.clone()),
        ExprKind::Object(_) => Data::Object(crate::value::Map::default()).into(),
        _ => Value::default(),
    }
}

fn json(text: &str) -> Value {
    fn value(tree: serde_json::Value) -> Value {
        use serde_json::Value as Json;
        let data = match tree {
            Json::Null => Data::Null,
            Json::Bool(truth) => Data::Bool(truth),
            Json::Number(number) => Data::Number(number.as_i64().unwrap().into()),
            Json::String(text) => Data::String(text.into()),
            Json::Array(items) => Data::List(items.into_iter().map(value).collect()),
            Json::Object(map) => Data::Object(map.into_iter().map(|(k, v)| (k.into(), value(v))).collect()),
        };
        data.into()
    }
    value(serde_json::from_str(text).unwrap())
}

fn converted(value: &str, to: &str) -> String {
    format!("{:?}", convert(json(value), &of(to)))
}

#[test]
fn constraints_are_read() {
    assert_eq!(of("list(string)"), Type::List(Box::new(Type::String)));
    assert_eq!(of("map(any)"), Type::Map(Box::new(Type::Any)));
    assert_eq!(of("\"list\""), of("list(any)"));
    assert_eq!(of("tuple([string, bool])"), Type::Tuple(vec![Type::String, Type::Bool]));
    for broken in ["nothing", "list(string, bool)", "object([])", "strin(g)", "[string]", "optional(string)"] {
        let parsed = parse_expression(broken, FileId(0), 0);
        assert!(parse(&parsed.tree, &mut literal).is_err(), "{broken}");
    }
}

#[test]
fn values_convert_deeply() {
    assert_eq!(converted(r#"[1, true, "a"]"#, "list(string)"), r#"["1", "true", "a"]"#);
    assert_eq!(converted(r#"["b", "a", "b"]"#, "set(string)"), r#"["a", "b"]"#);
    assert_eq!(converted(r#"{"a": 1, "b": "x"}"#, "map(any)"), r#"{"a": "1", "b": "x"}"#);
    assert_eq!(converted(r#""12""#, "number"), "12");
    assert_eq!(converted("null", "list(string)"), "null");
    assert_eq!(converted("[null, 1]", "list(string)"), r#"[null, "1"]"#);
    assert_eq!(converted(r#"["1", 2]"#, "tuple([number, string])"), r#"[1, "2"]"#);
}

#[test]
fn object_attributes_are_completed_and_dropped() {
    let to = "object({ name = string, open = optional(bool, true), tags = optional(map(string)) })";
    assert_eq!(converted(r#"{"name": "a", "more": 1}"#, to), r#"{"name": "a", "open": true, "tags": null}"#);
    assert_eq!(converted(r#"{"name": 5, "open": null}"#, to), r#"{"name": "5", "open": true, "tags": null}"#);
    let nested = "object({ a = optional(object({ b = optional(string, \"x\") }), {}) })";
    assert_eq!(converted("{}", nested), r#"{"a": {"b": "x"}}"#);
}

#[test]
fn what_does_not_fit_says_why() {
    let refused = |value: &str, to: &str| match &convert(json(value), &of(to)).data {
        Data::Unknown(unknown) => matches!(unknown.reason, Reason::Invalid(_)),
        _ => false,
    };
    assert!(refused(r#""a""#, "list(string)"));
    assert!(refused("{}", "object({ name = string })"));
    assert!(refused(r#"["x"]"#, "list(number)"));
    assert!(refused("[[1], 2]", "list(any)"));
    assert!(refused("1", "bool"));
    assert!(refused("[1]", "tuple([number, number])"));
}

#[test]
fn unknown_stays_unknown() {
    let unknown = Value::unknown(Reason::NoDefault("x".into()), None);
    assert!(convert(unknown.clone(), &Type::String).as_unknown().is_some());
    let list = Value::from(Data::List([unknown, Data::Number(1.into()).into()].into_iter().collect()));
    let strings = convert(list, &of("list(string)"));
    assert_eq!(strings.as_list().unwrap()[1].as_str(), Some("1"));
    assert!(strings.as_list().unwrap()[0].as_unknown().is_some());
}
