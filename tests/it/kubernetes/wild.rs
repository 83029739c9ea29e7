#![expect(clippy::string_slice, reason = "spans lie on character boundaries, which is tested here")]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use stanchion::graph::{Presence, Scope};
use stanchion::kubernetes::{is_helm_template, objects};
use stanchion::source::{FileId, FileKind};
use stanchion::syntax::yaml::{Locator, parse, parse_json};
use stanchion::value::{Data, Step, Value};

const FILE: FileId = FileId(0);

pub(super) struct WildFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// What is beside the checkout, or where `STANCHION_SHARED` says; `None` if there is nothing.
pub(super) fn shared() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared"));
    let shared = std::env::var_os("STANCHION_SHARED").map_or_else(beside, PathBuf::from);
    if !shared.is_dir() {
        println!("skipped: nothing at {}", shared.display());
        return None;
    }
    Some(shared)
}

/// YAML and JSON of one repository.
pub(super) fn repository(archive: &Path) -> Vec<WildFile> {
    let mut text = String::new();
    let file = std::fs::File::open(archive).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<BTreeMap<String, serde_json::Value>>(line).unwrap());
    let files = lines.filter(|line| line.contains_key("path") && line.contains_key("text")).map(|line| WildFile {
        path: PathBuf::from(line["path"].as_str().unwrap()),
        text: line["text"].as_str().unwrap().to_owned(),
    });
    let is_ours = |file: &WildFile| matches!(FileKind::of(&file.path), Some(FileKind::Yaml | FileKind::Json));
    files.filter(is_ours).collect()
}

pub(super) fn archives() -> Vec<PathBuf> {
    let Some(Ok(entries)) = shared().map(|shared| std::fs::read_dir(shared.join("corpus/wild"))) else {
        return Vec::new();
    };
    let entries = entries.map(|entry| entry.unwrap().path());
    let mut archives: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "gz")).collect();
    archives.sort();
    archives
}

fn documents(file: &WildFile) -> stanchion::syntax::Parsed<Vec<stanchion::syntax::yaml::Document>> {
    if FileKind::of(&file.path) == Some(FileKind::Json) {
        parse_json(&file.text, FILE)
    } else {
        parse(&file.text, FILE)
    }
}

/// Every document of the corpus parses, is a Helm template, or is on the list of files that
/// are truly broken, each looked at by a person.
#[test]
fn real_documents_parse() {
    let (mut kinds, mut counts) = (BTreeMap::<String, usize>::new(), BTreeMap::<&str, usize>::new());
    let mut broken = Vec::new();
    for archive in archives() {
        let files = repository(&archive);
        let charts: Vec<_> =
            files.iter().filter(|f| f.path.ends_with("Chart.yaml")).filter_map(|f| f.path.parent()).collect();
        for file in &files {
            *counts.entry("files").or_default() += 1;
            let parsed = documents(file);
            let is_in_chart = charts.iter().any(|chart| file.path.starts_with(chart));
            if is_helm_template(&file.path, &file.text, is_in_chart, parsed.problems.is_empty()) {
                *counts.entry("Helm templates").or_default() += 1;
                continue;
            }
            *counts.entry("documents").or_default() += parsed.tree.len();
            *counts.entry("broken documents").or_default() += parsed.problems.len();
            for document in &parsed.tree {
                for object in objects(document, Scope(0), Presence::Certain) {
                    let class = object.class.unwrap_or_default();
                    *kinds.entry(format!("{} {class}", object.type_name)).or_default() += 1;
                }
            }
            for problem in parsed.problems {
                let repository = archive.file_stem().unwrap().to_string_lossy().replace(".jsonl", "");
                let line = &file.text[problem.span.range()];
                broken.push(format!("{repository}/{}: {} `{line}`", file.path.display(), problem.message));
            }
        }
    }
    println!("{counts:#?}\n{kinds:#?}\n{}", broken.join("\n"));
    let is_known = |line: &String| BROKEN.iter().any(|known| line.starts_with(known));
    let unexpected: Vec<_> = broken.iter().filter(|line| !is_known(line)).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
}

/// A test case of a mapper, a Terraform template, and a plain scalar that starts with `{`.
const BROKEN: &[&str] = &[
    "DataDog__helm-charts/test/datadog/yamlmapper/baseline/values/invalid-yaml-values.yaml",
    "GoogleCloudPlatform__accelerated-platforms/platforms/gke-aiml/playground/templates/kustomize/kustomization.tftpl.yaml",
    "kubeflow__spark-operator/examples/spark-pi-prometheus.yaml",
];

/// Whatever stands behind a path reads as the value at that path.
#[test]
fn located_spans_read_as_their_values() {
    let (mut n_checked, mut n_inexact) = (0, BTreeMap::<String, usize>::new());
    let mut wrong = Vec::new();
    for archive in archives() {
        for file in repository(&archive) {
            let parsed = documents(&file);
            let mut locator = Locator::new(file.text.as_str().into(), FILE);
            for document in &parsed.tree {
                let mut leaves = Vec::new();
                leaves_of(&document.value, &mut Vec::new(), &mut leaves);
                for (path, value) in leaves {
                    let path = stanchion::value::Path(path);
                    let located = locator.span(document.index, &path).unwrap();
                    let text = &file.text[located.value.range()];
                    n_checked += 1;
                    if !located.is_exact || (located.key == Some(located.value) && !value.is_null()) {
                        *n_inexact.entry(file.path.display().to_string()).or_default() += 1;
                    } else if !reads_as(text, value) {
                        wrong.push(format!("{} {path}: {text:?} is not {value:?}", file.path.display()));
                    }
                }
            }
        }
    }
    let n_missed: usize = n_inexact.values().sum();
    println!("{n_checked} leaves, {n_missed} not found: {n_inexact:#?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Quoted text that goes on at a smaller indentation, which the grammar does not take.
    assert!(n_missed * 1000 <= n_checked, "{n_missed} of {n_checked}");
}

fn reads_as(text: &str, value: &Value) -> bool {
    // An alias stands elsewhere, and an indentation indicator counts from a lost indentation.
    if text.starts_with('*') || text.starts_with(['|', '>']) && text[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return true;
    }
    let same = |read: &Value| match (&read.data, &value.data) {
        (Data::String(a), Data::String(b)) => a.trim_end() == b.trim_end(),
        (a, b) => a == b,
    };
    value.is_null() || parse(text, FILE).tree.first().is_some_and(|document| same(&document.value))
}

fn leaves_of<'v>(value: &'v Value, path: &mut Vec<Step>, leaves: &mut Vec<(Vec<Step>, &'v Value)>) {
    match &value.data {
        Data::Object(map) => {
            for (key, member) in map.iter() {
                path.push(Step::Key(key.clone()));
                leaves_of(member, path, leaves);
                path.pop();
            }
        }
        Data::List(items) => {
            for (index, item) in (0..).zip(items) {
                path.push(Step::Index(index));
                leaves_of(item, path, leaves);
                path.pop();
            }
        }
        _ => leaves.push((path.clone(), value)),
    }
}
