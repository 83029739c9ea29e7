//! Checks all rule files and packs them into the binary, so that a mistake in a rule stops the
//! build with its place, and start-up reads no YAML.

#![allow(dead_code, missing_docs, unreachable_pub, unused_imports, reason = "parts of rooms, seen from outside")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[path = "../src/finding"]
mod finding {
    mod weight;
    pub use weight::{Category, Confidence, Evidence, Severity};
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
    #[path = "advisories"]
    pub mod advisories {
        pub mod schema;
        pub(crate) mod version;
    }
    #[path = "products"]
    pub mod products {
        pub mod schema;
    }
}

#[path = "../src/query"]
mod query {
    pub mod path_expr;
    pub use path_expr::{Base, PathExpr, PathStep, View};
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
    pub mod fix;
    pub mod framework;
    pub mod load;
    pub mod scalar;
    pub mod schema;
}

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo")).join("rules");
    println!("cargo::rerun-if-changed={}", root.display());
    for source in [
        "rules",
        "facts/advisories/schema.rs",
        "facts/advisories/version.rs",
        "facts/names.rs",
        "facts/products/schema.rs",
        "query/path_expr.rs",
        "finding/weight.rs",
        "graph/edge_kind.rs",
        "value/truth.rs",
        "value/version.rs",
    ] {
        println!("cargo::rerun-if-changed=src/{source}");
    }
    let mut files = Vec::new();
    list(&root, &mut files);
    files.sort();
    let (products, rules): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|path| path.starts_with(root.join("ai/products")));
    let (managed, rules): (Vec<_>, Vec<_>) =
        rules.into_iter().partition(|path| path.starts_with(root.join("ai/managed.yaml")));
    match read_managed(&managed) {
        Ok(managed) => write("managed.bin", &managed),
        Err(mistakes) => refuse(&mistakes),
    }
    match pack(&root, &rules) {
        Ok((pack, frameworks)) => {
            write("rules.bin", &pack);
            write("frameworks.bin", &frameworks);
        }
        Err(mistakes) => refuse(&mistakes),
    }
    match read_advisories(&root.join("ai/advisories.json")) {
        Ok(advisories) => write("advisories.bin", &advisories),
        Err(mistakes) => refuse(&mistakes),
    }
    match read_products(&products) {
        Ok(products) => write("products.bin", &products),
        Err(mistakes) => refuse(&mistakes),
    }
}

fn read_advisories(path: &Path) -> Result<Vec<facts::advisories::schema::Record>, Vec<String>> {
    let text = std::fs::read_to_string(path).expect("advisories are UTF-8");
    let records: Vec<facts::advisories::schema::Record> =
        serde_json::from_str(&text).map_err(|error| vec![format!("{}: {error}", path.display())])?;
    let wrong = records.iter().filter_map(|record| {
        Some(format!("{}: `{}`: {}", path.display(), record.id, facts::advisories::schema::mistake(record)?))
    });
    let mistakes: Vec<String> = wrong.collect();
    if mistakes.is_empty() { Ok(records) } else { Err(mistakes) }
}

/// Stops the build with what is wrong.
fn refuse(mistakes: &[String]) {
    for mistake in mistakes {
        println!("cargo::error={mistake}");
    }
}

fn read_products(files: &[PathBuf]) -> Result<Vec<facts::products::schema::Product>, Vec<String>> {
    let mut products = Vec::new();
    let mut mistakes = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path).expect("product files are UTF-8");
        match serde_yaml::from_str::<facts::products::schema::Product>(&text) {
            Ok(product) => {
                if path.file_stem().is_none_or(|stem| *stem != *product.id) {
                    mistakes.push(format!("{}: the file is not named like its product", path.display()));
                }
                let bad_glob = product.images.iter().find_map(|image| globset::Glob::new(image).err());
                let mistake = facts::products::schema::mistake(&product);
                let all = mistake.into_iter().chain(bad_glob.map(|error| error.to_string()));
                mistakes.extend(all.map(|mistake| format!("{}: {mistake}", path.display())));
                products.push(product);
            }
            Err(error) => mistakes.push(format!("{}: {error}", path.display())),
        }
    }
    if mistakes.is_empty() { Ok(products) } else { Err(mistakes) }
}

fn read_managed(files: &[PathBuf]) -> Result<Vec<facts::products::schema::Managed>, Vec<String>> {
    let mut all = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path).expect("rule files are UTF-8");
        let of_file: Vec<facts::products::schema::Managed> =
            serde_yaml::from_str(&text).map_err(|error| vec![format!("{}: {error}", path.display())])?;
        all.extend(of_file);
    }
    Ok(all)
}

fn write(name: &str, packed: &impl serde::Serialize) {
    let bytes = postcard::to_stdvec(packed).expect("rules can be packed");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo")).join(name);
    std::fs::write(out, bytes).expect("the build folder is writable");
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

type Packed = (rules::load::Pack, rules::framework::Frameworks);

fn pack(root: &Path, files: &[PathBuf]) -> Result<Packed, Vec<String>> {
    let mut pack = rules::load::Pack::default();
    let mut mistakes = Vec::new();
    let mut seen: BTreeMap<String, PathBuf> = BTreeMap::new();
    let (frameworks, files): (Vec<_>, Vec<_>) =
        files.iter().partition(|path| path.starts_with(root.join("frameworks")));
    let (shared, own): (Vec<_>, Vec<_>) = files.into_iter().partition(|path| path.starts_with(root.join("shared")));
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
    match pack_frameworks(&frameworks, &pack.rules, &seen) {
        Ok(frameworks) if mistakes.is_empty() => return Ok((pack, frameworks)),
        Ok(_) => {}
        Err(more) => mistakes.extend(more),
    }
    Err(mistakes)
}

/// Reads the frameworks, and checks all that they and the rules say of each other.
fn pack_frameworks(
    files: &[&PathBuf],
    rules: &[rules::schema::Rule],
    rule_files: &BTreeMap<String, PathBuf>,
) -> Result<rules::framework::Frameworks, Vec<String>> {
    let (groups, files): (Vec<&PathBuf>, Vec<&PathBuf>) =
        files.iter().partition(|path| path.file_stem().is_some_and(|stem| stem == "groups"));
    let read = |path: &PathBuf| std::fs::read_to_string(path).expect("rule files are UTF-8");
    let groups = groups.first().expect("rules/frameworks/groups.yaml is there");
    let (text, texts) = (read(groups), files.iter().map(|path| read(path)).collect::<Vec<_>>());
    let frameworks = rules::framework::Frameworks::read(&text, &texts).map_err(|mistakes| {
        let shown = mistakes.iter().map(|(number, mistake)| match number.checked_sub(1) {
            Some(number) => show(files[number], &texts[number], mistake),
            None => show(groups, &text, mistake),
        });
        shown.collect::<Vec<_>>()
    })?;
    let refused = frameworks.check(rules, &texts);
    let mut mistakes: Vec<String> =
        refused.iter().map(|(number, mistake)| show(files[*number], &texts[*number], mistake)).collect();
    for (path, framework) in files.iter().zip(frameworks.all()) {
        if path.file_stem().is_none_or(|stem| *stem != *framework.name) {
            mistakes.push(format!("{}: the file is not named like its framework `{}`", path.display(), framework.name));
        }
    }
    for rule in rules.iter().filter(|rule| !rule.frameworks.is_empty()) {
        let path = &rule_files[&rule.id];
        let text = read(path);
        if let Err(mistake) = frameworks.check_tags(rule, &text) {
            mistakes.push(show(path, &text, &mistake));
        }
    }
    if mistakes.is_empty() { Ok(frameworks) } else { Err(mistakes) }
}

fn show(path: &Path, text: &str, mistake: &rules::load::Mistake) -> String {
    let before = text.get(..mistake.range.start).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    format!("{}:{line}: {}", path.display(), mistake.message)
}
