use std::fmt::Write;
use std::process::Command;

use serde_json::Value as Json;

use super::{Names, corpus::same, run, value_from};
use crate::value::{Data, Number, Value};

const EXPRESSIONS: &str = include_str!("expressions.txt");
const UNKNOWNS: &str = include_str!("unknowns.txt");

fn lines(table: &str) -> Vec<&str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).collect()
}

/// Plans one configuration of outputs; gives each output's value, unknowns marked.
fn plan(config: &str) -> Option<Vec<Json>> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), config).unwrap();
    let terraform = |args: &[&str]| Command::new("terraform").args(args).current_dir(folder.path()).output();
    let Ok(planned) = terraform(&["plan", "-out=plan", "-no-color", "-input=false"]) else {
        println!("skipped: terraform is not on this machine");
        return None;
    };
    assert!(planned.status.success(), "{}", String::from_utf8_lossy(&planned.stderr));
    let shown = terraform(&["show", "-json", "plan"]).unwrap();
    let shown: Json = serde_json::from_slice(&shown.stdout).unwrap();
    let changes = &shown["output_changes"];
    let n = changes.as_object().map_or(0, serde_json::Map::len);
    let marked = |i| marked(&changes[format!("e{i}")]["after"], &changes[format!("e{i}")]["after_unknown"]);
    Some((0..n).map(marked).collect())
}

/// Puts a mark in every place that is unknown.
fn marked(after: &Json, unknown: &Json) -> Json {
    match (after, unknown) {
        (_, Json::Bool(true)) => serde_json::json!({"__unknown__": true}),
        (_, Json::Array(flags)) => {
            let items = flags.iter().enumerate().map(|(i, flag)| marked(&after[i], flag));
            let n_items = after.as_array().map_or(0, Vec::len);
            let rest = (flags.len()..n_items).map(|i| after[i].clone());
            Json::Array(items.chain(rest).collect())
        }
        (_, Json::Object(flags)) => {
            let mut all = after.as_object().cloned().unwrap_or_default();
            for (name, flag) in flags {
                all.insert(name.clone(), marked(&after[name], flag));
            }
            Json::Object(all)
        }
        _ => after.clone(),
    }
}

/// The plan shows sets as lists, and numbers with more digits than a double has.
fn shown(value: &Value) -> Value {
    let data = match &value.data {
        Data::List(items) | Data::Set(items) => Data::List(items.iter().map(shown).collect()),
        Data::Object(map) => Data::Object(map.iter().map(|(k, v)| (k.clone(), shown(v))).collect()),
        Data::Number(number) => Data::Number(Number::from_f64(format!("{:.12e}", number.as_f64()).parse().unwrap())),
        other => other.clone(),
    };
    data.into()
}

fn compare(table: &str, config: impl Fn(&str) -> String, ours: impl Fn(&str) -> Value) {
    let expressions = lines(table);
    let mut text = String::new();
    for (i, expression) in expressions.iter().enumerate() {
        writeln!(text, "output \"e{i}\" {{\n  value = {}\n}}", config(expression)).unwrap();
    }
    let Some(expected) = plan(&text) else { return };
    assert_eq!(expected.len(), expressions.len());
    let mut misses = Vec::new();
    for (expression, expected) in expressions.iter().zip(&expected) {
        let (ours, expected) = (shown(&ours(expression)), shown(&value_from(expected)));
        if !same(&ours, &expected) {
            misses.push(format!("{expression}\n    is {ours:?}\n    not {expected:?}"));
        }
    }
    assert!(misses.is_empty(), "{} of {}:\n{}", misses.len(), expressions.len(), misses.join("\n"));
    println!("{} expressions agree with terraform", expressions.len());
}

#[test]
fn expressions_agree_with_terraform() {
    let error = || Value::string("error");
    let wrapped = |value: Value| Data::Object([("ok".into(), value)].into_iter().collect()).into();
    compare(
        EXPRESSIONS,
        |expression| format!("try({{ ok = {expression} }}, \"error\")"),
        |expression| match run(expression, &Names::default()) {
            (value, 0) => wrapped(value),
            _ => error(),
        },
    );
}

/// `timestamp()` is unknown when planning.
#[test]
fn unknowns_spread_as_in_terraform() {
    compare(
        UNKNOWNS,
        |expression| format!("nonsensitive({expression})"),
        |expression| run(expression, &Names::default()).0,
    );
}
