use std::path::PathBuf;

use serde_json::Value as Json;

use super::*;
use crate::source::FileId;
use crate::syntax::hcl::parse_expression;
use crate::value::Map;

mod corpus;
mod history;
mod limits;
mod oracle;
mod refinement;

/// Names with given values, and files in memory.
#[derive(Default)]
pub(super) struct Names {
    pub(super) variables: Map,
    pub(super) files: std::collections::BTreeMap<String, String>,
}

impl Environment for Names {
    fn resolve(&self, root: &str, _: &[TraversalStep], span: Span) -> (Value, usize) {
        let known = self.variables.get(root).cloned();
        (known.unwrap_or_else(|| Value::unknown(Reason::Undeclared(root.into()), Some(span))), 0)
    }

    fn read(&self, path: &str) -> Result<Arc<str>, Reason> {
        let missing = || Reason::Invalid("no such file".into());
        self.files.get(path).map(|text| text.as_str().into()).ok_or_else(missing)
    }

    fn exists(&self, path: &str) -> Result<bool, Reason> {
        Ok(self.files.contains_key(path))
    }

    fn files(&self, folder: &str) -> Result<Vec<EcoString>, Reason> {
        let below = |path: &String| Some(path.strip_prefix(folder)?.strip_prefix('/')?.into());
        Ok(self.files.keys().filter_map(below).collect())
    }
}

/// The value and the number of problems, parsing included.
pub(super) fn run(text: &str, names: &Names) -> (Value, usize) {
    let parsed = parse_expression(text, FileId(0), 0);
    let evaluator = Evaluator::new(names);
    let value = evaluator.evaluate(&parsed.tree);
    (value, parsed.problems.len() + evaluator.into_problems().len())
}

/// The value of an expression without names.
pub(super) fn value_of(text: &str) -> Value {
    run(text, &Names::default()).0
}

/// Reads a value from JSON, where `__set__` and `__unknown__` are objects.
pub(super) fn value_from(json: &Json) -> Value {
    let data = match json {
        Json::Null => Data::Null,
        Json::Bool(truth) => Data::Bool(*truth),
        Json::Number(n) => Data::Number(
            n.as_i64().map_or_else(|| crate::value::Number::from_f64(n.as_f64().unwrap()), crate::value::Number::Int),
        ),
        Json::String(text) => Data::String(text.into()),
        Json::Array(items) => Data::List(items.iter().map(value_from).collect()),
        Json::Object(map) => match (map.get("__set__"), map.get("__unknown__")) {
            (Some(Json::Array(items)), _) => Data::Set(items.iter().map(value_from).collect()),
            (_, Some(_)) => return Value::unknown(Reason::NoDefault("corpus".into()), None),
            _ => Data::Object(map.iter().map(|(k, v)| (k.into(), value_from(v))).collect()),
        },
    };
    data.into()
}

/// The shared corpora, `None` (with a printed reason) where they are not on this machine.
pub(super) fn shared(path: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared"));
    let root = std::env::var_os("STANCHION_SHARED").map_or_else(beside, PathBuf::from);
    let found = root.join(path);
    if found.exists() {
        return Some(found);
    }
    println!("skipped: {path} is not on this machine; STANCHION_SHARED names the folder");
    None
}

/// Like [`run`] for the text of a template.
pub(super) fn run_template(text: &str, names: &Names) -> (Value, usize) {
    let parsed = parse_template(text, FileId(0), 0);
    let evaluator = Evaluator::new(names);
    let value = evaluator.evaluate(&parsed.tree);
    (value, parsed.problems.len() + evaluator.into_problems().len())
}

#[test]
fn misspelled_truth_value_is_known_and_stays_a_problem() {
    let (value, n_problems) = run("False", &Names::default());
    assert_eq!((value.data, n_problems), (Data::Bool(false), 1));
    assert!(run("True.x", &Names::default()).0.as_unknown().is_some());
}
