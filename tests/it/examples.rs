//! The example of every rule, put where it belongs: it can be read, and the rule is silent about it.

use rayon::prelude::*;
use serde_json::Value as Json;
use stanchion::analysis::{Outcome, Settings, analyze};
use stanchion::rules::schema::{Audience, Rule};
use stanchion::rules::{Choice, RuleSet};
use stanchion::source::Disk;
use stanchion::value::{Data, Value};

use crate::schemas::{Schemas, schemas};

fn is_hcl(example: &str) -> bool {
    example.contains(" = ") || example.lines().any(|line| line.trim_end().ends_with('{'))
}

/// The names that stand at the start of a line, before `=`, `:` or `{`.
fn top_names(example: &str) -> Vec<&str> {
    let lines = example.lines().filter(|line| line.starts_with(|c: char| c.is_alphabetic()));
    lines.map(|line| line.split(|c: char| !c.is_alphanumeric() && !"_-".contains(c)).next().unwrap_or("")).collect()
}

fn is_whole_hcl(example: &str) -> bool {
    let blocks = ["resource", "data", "provider", "module", "locals"];
    top_names(example).first().is_some_and(|name| blocks.contains(name)) && example.contains('"')
}

/// The blocks of a type's body in which all the names are known, from the outside in.
fn home(body: &Json, names: &[&str], depth: usize) -> Option<Vec<String>> {
    let is_known = |name: &&str| body["attributes"].get(name).is_some() || body["blocks"].get(name).is_some();
    if names.iter().all(is_known) {
        return Some(Vec::new());
    }
    let blocks = body["blocks"].as_object().filter(|_| depth > 0)?;
    blocks.iter().find_map(|(name, block)| {
        let mut inner = home(&block[3], names, depth - 1)?;
        inner.insert(0, name.clone());
        Some(inner)
    })
}

/// The example as a file for each of the rule's types that it fits; as a local value where it is
/// a part of a policy or of another text.
fn hcl_files(rule: &Rule, example: &str, schemas: &Schemas) -> Vec<String> {
    const DEEPEST: usize = 4;
    if is_whole_hcl(example) {
        return vec![example.to_owned()];
    }
    let names = top_names(example);
    let typed = rule.all_targets().into_iter().filter_map(|target| Some((target, schemas.get(target)?)));
    let homes = typed.filter_map(|(target, schema)| Some((target, home(schema, &names, DEEPEST)?)));
    let file = |(target, blocks): (&str, Vec<String>)| {
        let head = match target.strip_prefix("data.") {
            Some(name) => format!("data \"{name}\""),
            None => format!("resource \"{target}\""),
        };
        let open: String = blocks.iter().map(|name| format!("{name} {{\n")).collect();
        format!("{head} \"it\" {{\n{open}{example}\n{}}}\n", "}\n".repeat(blocks.len()))
    };
    let files: Vec<_> = homes.map(file).collect();
    if files.is_empty() { vec![format!("locals {{\n{example}\n}}\n")] } else { files }
}

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect()
}

/// The example as a manifest of the rule's first kind.
fn yaml_file(rule: &Rule, example: &str) -> String {
    let names = top_names(example);
    if names.contains(&"kind") && names.contains(&"apiVersion") {
        return example.to_owned();
    }
    let kind = *rule.all_targets().iter().find(|target| !target.contains('_')).unwrap();
    let api_version = match kind {
        "AuthorizationPolicy" | "PeerAuthentication" => "security.istio.io/v1",
        _ => "v1",
    };
    let head = |kind: &str| format!("apiVersion: {api_version}\nkind: {kind}\n");
    let is = |known: &[&str]| names.iter().all(|name| known.contains(name));
    if names.contains(&"kind") {
        format!("apiVersion: v1\n{example}")
    } else if kind != "workload" {
        let in_spec = is(&["listeners", "ingress", "networkPolicy"]);
        let body = if in_spec { format!("spec:\n{}", indented(example, 2)) } else { example.to_owned() };
        head(kind) + &body
    } else if is(&["spec", "metadata"]) {
        head("Pod") + example
    } else if is(&["volumes", "initContainers"]) {
        format!("{}spec:\n{}  containers:\n    - name: it\n", head("Pod"), indented(example, 2))
    } else {
        let (above, by) = if is(&["capabilities"]) { ("      securityContext:\n", 8) } else { ("", 6) };
        format!("{}spec:\n  containers:\n    - name: it\n{above}{}", head("Pod"), indented(example, by))
    }
}

fn run(name: &str, text: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), text).unwrap();
    let choice = Choice { audience: Audience::Pedantic, ..Choice::default() };
    let settings = Settings { roots: vec![folder.path().to_path_buf()], choice, ..Settings::default() };
    analyze(&settings, &Disk, &()).unwrap()
}

/// Names in a body that the provider does not know.
fn strangers(value: &Value, body: &Json, found: &mut Vec<String>) {
    match &value.data {
        Data::List(items) => items.iter().for_each(|item| strangers(item, body, found)),
        Data::Object(map) => {
            for (name, member) in map.iter() {
                if let Some(block) = body["blocks"].get(name.as_str()) {
                    strangers(member, &block[3], found);
                } else if body["attributes"].get(name.as_str()).is_none() {
                    found.push(name.to_string());
                }
            }
        }
        _ => {}
    }
}

/// What Terraform itself reads of a resource.
const META: &[&str] = &["count", "for_each", "depends_on", "provider", "lifecycle"];

/// What is wrong with an example; nothing where it fits one of the rule's types.
fn complaints(rule: &Rule, example: &str, schemas: &Schemas) -> Vec<String> {
    let files = if is_hcl(example) { hcl_files(rule, example, schemas) } else { vec![yaml_file(rule, example)] };
    let name = if is_hcl(example) { "main.tf" } else { "it.yaml" };
    let wrong = files.iter().map(|text| complaints_about(rule, &run(name, text), schemas));
    wrong.min_by_key(Vec::len).unwrap_or_default()
}

fn complaints_about(rule: &Rule, outcome: &Outcome, schemas: &Schemas) -> Vec<String> {
    let say = |what: String| format!("{}: {what}", rule.id);
    // An example names what is elsewhere.
    let is_outside = |message: &str| message.ends_with("is not declared") || message.contains("no readable file");
    let problems = outcome.assessment.problems.iter().filter(|problem| !is_outside(&problem.message));
    let mut wrong: Vec<String> = problems.map(|problem| say(problem.message.clone())).collect();
    wrong.extend(outcome.assessment.skipped.iter().map(|it| say(format!("skipped: {:?}", it.reason))));
    if outcome.sources.files().is_empty() {
        wrong.push(say("nothing is read".into()));
    }
    let own = outcome.assessment.findings.iter().filter(|finding| finding.rule == rule.id);
    wrong.extend(own.map(|finding| say(format!("fires: {}", finding.message))));
    for resource in outcome.graph.resources() {
        let Some(schema) = schemas.get(resource.type_name.as_str()) else { continue };
        let mut names = Vec::new();
        strangers(&resource.attributes, schema, &mut names);
        names.retain(|name| !META.contains(&name.as_str()));
        wrong.extend(names.into_iter().map(|name| say(format!("`{}` has no `{name}`", resource.type_name))));
    }
    wrong
}

#[test]
fn examples_are_read_and_pass_their_own_rule() {
    let Some(schemas) = schemas() else { return };
    let rules = RuleSet::embedded();
    let of = |rule: &Rule| rule.example.as_ref().map(|example| complaints(rule, example, &schemas)).unwrap_or_default();
    let wrong: Vec<String> = rules.rules().par_iter().flat_map_iter(of).collect();
    let n_examples = rules.rules().iter().filter(|rule| rule.example.is_some()).count();
    println!("{n_examples} examples");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_names_its_weakness_and_a_page_to_read() {
    let rules = RuleSet::embedded();
    let lacking = rules.rules().iter().filter(|rule| {
        let has = |start: &str| rule.references.iter().any(|reference| reference.starts_with(start));
        !has("CWE-") || !has("https://")
    });
    let lacking: Vec<_> = lacking.map(|rule| &rule.id).collect();
    assert!(lacking.is_empty(), "{lacking:#?}");
}
