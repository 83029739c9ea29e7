use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Names, run, run_template, shared, value_from};
use crate::value::{Data, Value};

/// What the corpus does not say and the answer depends on: HCL's test gives this variable as a
/// list, in which `scalar[*]` of two elements must have one type. The corpus writes lists and
/// tuples alike, and of a tuple the same expression is `[[], ["bar"]]`.
const UNTYPED: &str = "listofobj[*].scalar[*]";

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

fn text(case: &Json) -> &str {
    case["expr"].as_str().unwrap()
}

fn variables(case: &Json) -> Names {
    Names { variables: value_from(&case["variables"]).as_object().cloned().unwrap_or_default(), ..Names::default() }
}

/// What a case asks, whatever its variables are called, and whichever member of something wholly
/// unknown it takes. Cases that ask the same differ in the types of their variables alone, which
/// the corpus does not carry.
fn question(case: &Json) -> String {
    let mut asked = text(case).to_owned();
    let mut values = Vec::new();
    for (index, (name, value)) in case["variables"].as_object().into_iter().flatten().enumerate() {
        let word = regex::Regex::new(&format!(r"\b{name}\b")).unwrap();
        asked = word.replace_all(&asked, format!("v{index}")).into_owned();
        if value.get("__unknown__").is_some() {
            let member = regex::Regex::new(&format!(r#"\bv{index}\["[a-z]+"\]"#)).unwrap();
            asked = member.replace_all(&asked, format!("v{index}[key]")).into_owned();
        }
        values.push(value.to_string());
    }
    format!("{asked} of {}", values.join(", "))
}

/// What was found of a corpus.
#[derive(Default)]
struct Tally {
    n_equal: usize,
    /// Cases that are answered like another one that asks the same.
    answered_like_another: Vec<String>,
    untyped: Vec<String>,
    wrong: Vec<String>,
}

fn compare(all: &[Json], run: impl Fn(&Json) -> (Value, usize)) -> Tally {
    let mut answers: BTreeMap<String, Vec<&Json>> = BTreeMap::new();
    for case in all {
        answers.entry(question(case)).or_default().push(case);
    }
    let mut tally = Tally::default();
    for case in all {
        let (value, n_problems) = run(case);
        let is_answer = |case: &Json| {
            let errors = case["errors"].as_u64().unwrap_or(0);
            same(&value, &value_from(&case["expected"])) && n_problems as u64 == errors
        };
        let shown = || format!("{case} gives {value:?} and {n_problems} problems");
        if is_answer(case) {
            tally.n_equal += 1;
        } else if answers[&question(case)].iter().any(|other| is_answer(other)) {
            tally.answered_like_another.push(shown());
        } else if text(case) == UNTYPED {
            tally.untyped.push(shown());
        } else {
            tally.wrong.push(shown());
        }
    }
    for undecidable in tally.answered_like_another.iter().chain(&tally.untyped) {
        println!("depends on a type that the corpus does not carry: {undecidable}");
    }
    println!("{} of {} cases are equal", tally.n_equal, all.len());
    assert!(tally.wrong.is_empty(), "{} of {}:\n{}", tally.wrong.len(), all.len(), tally.wrong.join("\n"));
    tally
}

#[test]
fn functions_agree_with_the_corpus() {
    let all = cases("corpus/hcl-functions/cases.jsonl");
    let tally = compare(&all, |case| run(text(case), &Names::default()));
    assert_eq!(tally.n_equal, all.len());
}

#[test]
fn expressions_and_templates_agree_with_the_corpus() {
    let all = cases("corpus/hcl-expressions/cases.jsonl");
    // The second half holds templates; its first case is a template that looks like a number.
    let templates = all.iter().position(|case| case["expected"] == "(1)").unwrap_or(all.len());
    let expressions = compare(&all[..templates], |case| run(text(case), &variables(case)));
    assert!(expressions.answered_like_another.len() <= 4, "{:#?}", expressions.answered_like_another);
    assert!(expressions.untyped.len() <= 1, "{:#?}", expressions.untyped);
    let templates = compare(&all[templates..], |case| run_template(text(case), &variables(case)));
    assert!(templates.answered_like_another.is_empty() && templates.untyped.is_empty());
}
