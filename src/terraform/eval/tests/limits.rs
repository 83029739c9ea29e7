use super::*;

fn is_limited(text: &str) -> bool {
    matches!(value_of(text).as_unknown().map(|unknown| unknown.reason.clone()), Some(Reason::Limit(_)))
}

#[test]
fn giants_are_refused() {
    let ten = "[for i in range(1000) : i]";
    assert!(is_limited(&format!("setproduct({ten}, {ten})")));
    assert!(is_limited("format(\"%999999d\", 1)"));
    assert!(is_limited("indent(99999999, \"a\\nb\")"));
    assert!(is_limited("regex(\"(a{1000}){1000}\", \"a\")"));
    assert!(is_limited("1 / 0"));
    let work = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : 1]]]";
    assert!(value_of(&format!("length(flatten({work}))")).as_unknown().is_some());
    let big = "setproduct(range(100), range(100))";
    assert!(!value_of(&format!("[for all in [{big}] : [for x in all : all[*]]]")).is_wholly_known());
    assert!(!value_of(&format!("[for all in [{big}] : [for x in all : concat(all, [])]]")).is_wholly_known());
    let doubled = "[for a in range(1000) : join(\"\", [for b in range(1000) : format(\"%4000d\", b)])]";
    assert!(!value_of(doubled).is_wholly_known());
}

#[test]
fn depth_is_bounded() {
    let mut expr = Expr { kind: ExprKind::Bool(true), span: Span::new(FileId(0), 0, 1) };
    for _ in 0..1000 {
        expr = Expr { span: expr.span, kind: ExprKind::Tuple(vec![expr]) };
    }
    let names = Names::default();
    assert!(!evaluate(&expr, &names).is_wholly_known());
}

/// Every kind of nesting fits the stack of a thread as deep as it is evaluated.
#[test]
fn nesting_fits_the_stack() {
    let kinds = [
        ("upper(", "\"a\"", ")"),
        ("[for x in [1] : ", "x", "]"),
        ("{for x in [1] : x => ", "x", "}"),
        ("true ? ", "1", " : 2"),
        ("(1 + ", "1", ")"),
        ("\"x${", "1", "}\""),
        ("[{a = ", "1", "}][*].a"),
        ("try(", "1", ")"),
    ];
    for (open, middle, close) in kinds {
        for depth in [30, 120, 400] {
            let text = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
            let names = Names::default();
            std::thread::scope(|scope| {
                let worker = std::thread::Builder::new().stack_size(2 << 20);
                worker.spawn_scoped(scope, || run(&text, &names)).unwrap().join().unwrap();
            });
        }
    }
}

#[test]
fn impure_functions_are_unknown() {
    for call in ["timestamp()", "uuid()", "bcrypt(\"a\")", "plantimestamp()", "provider::aws::arn_parse(\"a\")"] {
        let value = value_of(call);
        assert!(matches!(value.as_unknown().unwrap().reason, Reason::Impure(_)), "{call}");
    }
}

/// Terraform 1.11 does not yet short-circuit over unknowns, newer HCL does.
#[test]
fn known_operand_controls_logic() {
    assert_eq!(value_of("timestamp() == \"a\" || true").as_bool(), Some(true));
    assert_eq!(value_of("false && timestamp() == \"a\"").as_bool(), Some(false));
}

/// `tolist([]) == []` is false in Terraform, and `[] == []` is true.
#[test]
fn list_and_tuple_are_not_told_apart() {
    assert!(is_limited("tolist([]) == []"));
    assert_eq!(value_of("[] == []").as_bool(), Some(true));
    assert_eq!(value_of("tolist([\"a\"]) == []").as_bool(), Some(false));
}

/// Terraform knows that a timestamp is a string; here an unknown may be a list of any length.
#[test]
fn unknown_element_may_be_a_list() {
    assert!(value_of("flatten([[\"a\"], [timestamp()]])").as_unknown().is_some());
}

#[test]
fn functions_that_terraform_1_11_lacks_are_known() {
    let cases = [
        ("urldecode(\"a%20b+c\")", "\"a b c\""),
        ("base64gunzip(base64gzip(\"text text text text text text text\"))", "\"text text text text text text text\""),
        ("cidrcontains(\"10.0.0.0/8\", \"10.1.2.3\")", "true"),
        ("cidrcontains(\"10.0.0.0/8\", \"10.0.0.0/7\")", "false"),
        ("core::upper(\"a\")", "\"A\""),
        ("concat(list(\"a\", 1), [map(\"k\", true)])", "[\"a\", \"1\", {\"k\": true}]"),
    ];
    for (expression, expected) in cases {
        assert_eq!(format!("{:?}", value_of(expression)), expected, "{expression}");
    }
}
