//! Checks all rule files and packs them into the binary, so that a mistake in a rule stops the
//! build with its place, and start-up reads no YAML.

#![allow(dead_code, missing_docs, unreachable_pub, unused_imports, reason = "parts of rooms, seen from outside")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[path = "../src/finding"]
mod finding {
    mod weight;
    pub use weight::{Category, Confidence, Severity};
}

#[path = "../src/graph"]
mod graph {
    mod edge_kind;
    pub use edge_kind::EdgeKind;
}

#[path = "../src/facts"]
mod facts {
    mod names;
    pub use names::NAMES;
}

#[path = "../src/value"]
mod value {
    mod truth;
    mod version;
    pub use truth::Truth;
    pub use version::{Ceiling, Version};
}

#[path = "../src/rules"]
mod rules {
    pub mod compile;
    pub mod load;
    pub mod path_expr;
    pub mod scalar;
    pub mod schema;
}

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo")).join("rules");
    println!("cargo::rerun-if-changed={}", root.display());
    for source in
        ["rules", "facts/names.rs", "finding/weight.rs", "graph/edge_kind.rs", "value/truth.rs", "value/version.rs"]
    {
        println!("cargo::rerun-if-changed=src/{source}");
    }
    let mut files = Vec::new();
    list(&root, &mut files);
    files.sort();
    match pack(&root, &files) {
        Ok(pack) => {
            let bytes = postcard::to_stdvec(&pack).expect("rules can be packed");
            let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo")).join("rules.bin");
            std::fs::write(out, bytes).expect("the build folder is writable");
        }
        Err(mistakes) => {
            for mistake in mistakes {
                println!("cargo::error={mistake}");
            }
        }
    }
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the rules folder is readable") {
        let path = entry.expect("the rules folder is readable").path();
        if path.is_dir() {
            list(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
}

fn pack(root: &Path, files: &[PathBuf]) -> Result<rules::load::Pack, Vec<String>> {
    let mut pack = rules::load::Pack::default();
    let mut mistakes = Vec::new();
    let mut seen: BTreeMap<String, PathBuf> = BTreeMap::new();
    let (shared, own): (Vec<_>, Vec<_>) = files.iter().partition(|path| path.starts_with(root.join("shared")));
    for path in shared {
        let text = std::fs::read_to_string(path).expect("rule files are UTF-8");
        match rules::load::read_shared(&text) {
            Ok(conditions) => pack.shared.extend(conditions),
            Err(mistake) => mistakes.push(show(path, &text, &mistake)),
        }
    }
    for path in own {
        let text = std::fs::read_to_string(path).expect("rule files are UTF-8");
        match rules::load::read_rule(&text, &pack.shared) {
            Ok(rule) => {
                if path.file_stem().is_none_or(|stem| *stem != *rule.id) {
                    mistakes.push(format!("{}: the file is not named like its rule `{}`", path.display(), rule.id));
                }
                if let Some(first) = seen.insert(rule.id.clone(), path.clone()) {
                    mistakes.push(format!("{}: `{}` is also in {}", path.display(), rule.id, first.display()));
                }
                pack.rules.push(rule);
            }
            Err(mistake) => mistakes.push(show(path, &text, &mistake)),
        }
    }
    pack.rules.sort_by(|a, b| a.id.cmp(&b.id));
    for rule in &pack.rules {
        for absorbed in rule.absorbs.iter().filter(|id| !seen.contains_key(*id)) {
            mistakes.push(format!("rule `{}` absorbs `{absorbed}`, which is no rule", rule.id));
        }
    }
    if mistakes.is_empty() { Ok(pack) } else { Err(mistakes) }
}

fn show(path: &Path, text: &str, mistake: &rules::load::Mistake) -> String {
    let before = text.get(..mistake.range.start).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    format!("{}:{line}: {}", path.display(), mistake.message)
}
