use proptest::prelude::*;

use super::*;

/// Expressions over `a`, `b` (scalars) and `l` (a list). Where two values get one type both are
/// text: an unknown has no type here, so a number beside it stays one.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("a".to_owned()),
        Just("b".to_owned()),
        Just("l".to_owned()),
        Just("true".to_owned()),
        Just("1".to_owned()),
        Just("\"x\"".to_owned()),
        Just("null".to_owned()),
        Just("[]".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone().prop_map(|(x, y)| format!("({x} == {y})")),
            pair.clone().prop_map(|(x, y)| format!("({x} && {y})")),
            pair.clone().prop_map(|(x, y)| format!("({x} || {y})")),
            pair.clone().prop_map(|(x, y)| format!("[{x}, {y}]")),
            pair.clone().prop_map(|(x, y)| format!("{{k = {x}, m = {y}}}")),
            pair.clone().prop_map(|(x, y)| format!("\"${{{x}}}-${{{y}}}\"")),
            pair.clone().prop_map(|(x, y)| format!("contains([{x}], {y})")),
            pair.clone().prop_map(|(x, y)| format!("lookup({{k = {x}}}, \"k\", {y})")),
            pair.clone().prop_map(|(x, y)| format!("try({x}, {y})")),
            pair.clone().prop_map(|(x, y)| format!("coalesce(\"=${{{x}}}\", \"=${{{y}}}\")")),
            pair.clone().prop_map(|(x, y)| format!("concat([{x}], [{y}])")),
            pair.clone().prop_map(|(x, y)| format!("[for v in [{x}] : v if {y}]")),
            pair.clone().prop_map(|(x, y)| format!("{{for v in [{x}] : v => {y}}}")),
            inner.clone().prop_map(|x| format!("length({x})")),
            inner.clone().prop_map(|x| format!("toset([\"=${{{x}}}\", \"=x\"])")),
            inner.clone().prop_map(|x| format!("can({x})")),
            inner.clone().prop_map(|x| format!("{x}[*]")),
            inner.clone().prop_map(|x| format!("!{x}")),
            inner.clone().prop_map(|x| format!("flatten([{x}, [{x}]])")),
            inner.clone().prop_map(|x| format!("jsonencode({x})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(c, x, y)| format!("({c} ? \"=${{{x}}}\" : \"=${{{y}}}\")")),
        ]
    })
}

/// Whether `after` is `before` with unknowns filled in; where what was learned made the expression
/// wrong, any part may be unknown.
fn refines((after, wrong): (&Value, bool), before: &Value) -> bool {
    match (&before.data, &after.data) {
        (Data::Unknown(_), _) => true,
        (_, Data::Unknown(_)) => wrong,
        (Data::List(a), Data::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| refines((b, wrong), a)),
        (Data::Set(_), _) | (_, Data::Set(_)) => true,
        (Data::Object(a), Data::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.0 == b.0 && refines((b.1, wrong), a.1))
        }
        (a, b) => a == b,
    }
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::string("x")),
        Just(Data::Bool(true).into()),
        Just(Data::Bool(false).into()),
        Just(Data::Number(1.into()).into()),
        Just(Value::default()),
    ]
}

proptest! {
    /// Learning an unknown name may settle a value; it never changes a settled one.
    #[test]
    fn refinement_is_monotone(text in expression(), a in values(), b in values(), n in 0_usize..3) {
        // What must be a scalar may turn out to be a list, also in a text or among keys that are unknown,
        // and a problem may be dropped by the other operand, as a default or with an element that a condition leaves
        // out, which `try` and `can` hide.
        let hides = ["try(", "can("].iter().any(|name| text.contains(name));
        let drops = [" ? ", " && ", " || ", " if ", " => ", "${", "lookup("].iter().any(|name| text.contains(name));
        prop_assume!(!(hides && drops));
        let list = Value::from(Data::List(std::iter::repeat_n(b.clone(), n).collect()));
        let unknown = || Value::unknown(Reason::NoDefault("a".into()), None);
        let names = |a: Value, l: Value| {
            let variables = [("a".into(), a), ("b".into(), b.clone()), ("l".into(), l)].into_iter().collect();
            Names { variables, ..Names::default() }
        };
        let (after, n_problems) = run(&text, &names(a.clone(), list.clone()));
        for before in [names(unknown(), list.clone()), names(a, unknown()), names(unknown(), unknown())] {
            let before = run(&text, &before).0;
            prop_assert!(refines((&after, n_problems > 0), &before), "{text}: {before:?}, then {after:?}");
        }
    }

    /// Any bytes evaluate to something.
    #[test]
    fn any_text_evaluates(text in "[a-z0-9 \\[\\]{}().*?:\"$%=&|!,<>-]{0,60}") {
        run(&text, &Names::default());
        run_template(&text, &Names::default());
    }
}
