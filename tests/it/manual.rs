//! Pages and lists of rules.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use stanchion::manual::{index, markdown};
use stanchion::rules::RuleSet;
use stanchion::rules::framework::Frameworks;

fn run(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.env_clear().env("COLUMNS", "70").args(args);
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// `docs/rules/` holds a page for each rule and an index. After a change of the rules, run the
/// test with `UPDATE=1` in the environment.
#[test]
fn pages_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let (rules, frameworks) = (RuleSet::embedded(), Frameworks::embedded());
    let mut pages: BTreeMap<String, String> =
        rules.rules().iter().map(|rule| (format!("{}.md", rule.id), markdown(rule, &frameworks))).collect();
    pages.insert("README.md".into(), index(rules.rules()));
    if std::env::var_os("UPDATE").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &pages {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    let found: BTreeMap<String, String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&pages), "run again with UPDATE=1");
    let stale: Vec<_> = pages.iter().filter(|(name, text)| found[*name] != **text).map(|(name, _)| name).collect();
    assert!(stale.is_empty(), "run again with UPDATE=1: {stale:?}");
}

#[test]
fn a_rule_is_explained_by_each_of_its_names() {
    let names = [
        "privileged-container",
        "CKV_K8S_16",
        "checkov:ckv_k8s_16",
        "AVD-KSV-0017",
        "KSV017",
        "trivy:KSV-0017",
        "C-0057",
    ];
    for name in names {
        let (code, page, _) = run(&["explain", name]);
        assert!(code == 0 && page.contains("[privileged-container]"), "{name}: {page}");
    }
    let (_, page, _) = run(&["explain", "privileged-container"]);
    for word in [
        "CRITICAL",
        "fires:",
        "on each `pod.containers`",
        "why:",
        "fix:",
        "edits:",
        "sets `securityContext.privileged` to `false`",
        "CWE-250",
        "stanchion:allow privileged-container",
    ] {
        assert!(page.contains(word), "{word} is not in {page}");
    }
}

#[test]
fn an_unknown_rule_has_a_nearest_one() {
    let (code, stdout, stderr) = run(&["explain", "privileged-contianer"]);
    assert!(code == 2 && stdout.is_empty() && stderr.contains("did you mean `privileged-container`"), "{stderr}");
    let (_, _, stderr) = run(&["explain", "CKV_K8X_16"]);
    assert!(stderr.contains("did you mean `CKV_K8S_16`"), "{stderr}");
    let (_, _, stderr) = run(&["explain", "CKV_K8S_9999"]);
    assert!(
        !stderr.contains("did you mean") && stderr.contains("lists all"),
        "another number is another check: {stderr}"
    );
}

#[test]
fn the_table_fits_the_width_and_is_filtered() {
    let (code, table, _) = run(&["rules"]);
    assert!(code == 0 && table.lines().all(|line| line.chars().count() <= 70), "{table}");
    let (_, azure, _) = run(&["rules", "--provider", "azure", "--severity", "critical"]);
    assert!(!azure.contains("privileged-container") && azure.lines().count() < table.lines().count());
    let (_, workload, _) = run(&["rules", "--target", "workload", "--category", "access-control", "--format", "json"]);
    let rules: serde_json::Value = serde_json::from_str(&workload).unwrap();
    let ids: Vec<_> = rules.as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"privileged-container") && rules[0]["providers"][0] == "kubernetes", "{ids:?}");
    let rule = rules.as_array().unwrap().iter().find(|rule| rule["id"] == "privileged-container").unwrap();
    let fix = &rule["fixes"][0];
    assert!(fix["safe"] == false && fix["does"][0] == "sets `securityContext.privileged` to `false`", "{fix}");
}
