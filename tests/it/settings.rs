//! `stanchion.toml`: what it says counts, and the command line outweighs it.

use std::path::Path;

use serde_json::Value as Json;

use crate::gate::run;

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n";
const RULE: &str = "select = [\"s3-bucket-public-acl\"]\n";

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    // The search for settings ends at the repository.
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn check(folder: &Path, args: &[&str]) -> Json {
    let (_, stdout, stderr) = run(folder, &[&["check", "--format", "json"], args].concat());
    serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stderr}"))
}

/// The settings of a project with one bucket, and what a check says.
fn with(settings: &str, args: &[&str]) -> Json {
    let text = format!("{RULE}{settings}");
    let folder = project(&[("stanchion.toml", &text), ("infra/legacy/main.tf", BUCKET)]);
    check(folder.path(), args)
}

fn n(document: &Json, list: &str) -> usize {
    document[list].as_array().unwrap().len()
}

#[test]
fn the_nearest_file_above_counts_and_the_command_line_outweighs_it() {
    let folder = project(&[("stanchion.toml", "fail-on = \"critical\"\n"), ("a/b/main.tf", BUCKET)]);
    let threshold = |from: &str, args: &[&str]| {
        let document = check(&folder.path().join(from), args);
        document["summary"]["threshold"].as_str().unwrap().to_owned()
    };
    assert_eq!(threshold(".", &[]), "critical");
    assert_eq!(threshold("a", &[]), "critical");
    assert_eq!(threshold(".", &["a/b"]), "critical");
    assert_eq!(threshold(".", &["--fail-on", "low"]), "low");
    assert_eq!(threshold(".", &["--no-config"]), "high");
    std::fs::write(folder.path().join("other.toml"), "fail-on = \"medium\"\n").unwrap();
    assert_eq!(threshold("a", &["--config", "../other.toml"]), "medium");
    std::fs::create_dir(folder.path().join("a/.git")).unwrap();
    assert_eq!(threshold("a", &[]), "high", "the settings of the repository around are not its own");
}

#[test]
fn a_mistake_is_shown_at_its_place() {
    for (text, message, place) in [
        ("pedantik = true\n", "did you mean `pedantic`?", "stanchion.toml:1:1"),
        ("\nselect = [\"s3-bucket-public-alc\"]\n", "did you mean `s3-bucket-public-acl`?", "stanchion.toml:2:11"),
        ("[severity]\n\"no-such-rule-at-all\" = \"low\"\n", "is no rule", "stanchion.toml:2:1"),
        ("[[allow]]\nrules = [\"krypton\"]\n", "is no rule", "stanchion.toml:2:10"),
        ("paths = [\"infar\"]\n", "there is no `infar`", "stanchion.toml:1:10"),
        ("paths = [\"..\"]\n", "outside of this file's folder", "stanchion.toml:1:10"),
        ("[[root]]\npath = \"infra\"\nvar-files = [\"no.tfvars\"]\n", "there is no `infra", "stanchion.toml:3:14"),
    ] {
        let folder = project(&[("stanchion.toml", text), ("infra/main.tf", BUCKET)]);
        let (code, stdout, stderr) = run(folder.path(), &["check"]);
        assert!(code == 2 && stdout.is_empty(), "{stdout}{stderr}");
        assert!(stderr.contains(message) && stderr.contains(place), "{message} at {place}: {stderr}");
    }
}

#[test]
fn files_are_chosen_and_excluded() {
    let files = [("a/main.tf", BUCKET), ("b/main.tf", BUCKET), ("b/old/main.tf", BUCKET)];
    let with = |settings: &str, args: &[&str]| {
        let text = format!("{RULE}{settings}");
        let folder = project(&[&[("stanchion.toml", text.as_str())], &files[..]].concat());
        let summary = check(folder.path(), args)["summary"].clone();
        (summary["files"].as_u64().unwrap(), summary["excluded_files"].as_u64().unwrap())
    };
    assert_eq!(with("", &[]), (3, 0));
    assert_eq!(with("paths = [\"b\"]", &[]), (2, 0));
    assert_eq!(with("paths = [\"b\"]", &["a"]), (1, 0));
    assert_eq!(with("exclude = [\"**/old\"]", &[]), (2, 1));
    assert_eq!(with("exclude = [\"b\"]", &["b/old"]), (1, 0), "who names it means it");
}

#[test]
fn severities_are_the_team_s_own() {
    let severity = |settings: &str| with(settings, &[])["findings"][0]["severity"].as_str().unwrap().to_owned();
    assert_eq!(severity("[severity]\n\"s3-bucket-public-acl\" = \"low\""), "low");
    assert_eq!(severity("[severity]\n\"CKV_AWS_20\" = \"info\""), "info");
    assert_eq!(
        severity("[severity]\naws = \"low\"\n\"s3-bucket-public-acl\" = \"medium\"\n\"s3-*\" = \"info\""),
        "medium"
    );
}

#[test]
fn findings_are_allowed_by_address_and_path() {
    let allow = |entry: &str| {
        let document = with(&format!("[[allow]]\nreason = \"x\"\n{entry}"), &[]);
        (n(&document, "findings"), n(&document, "suppressed"))
    };
    for hidden in [
        "rules = [\"s3-bucket-public-acl\"]",
        "rules = [\"CKV_AWS_20\"]\naddress = \"aws_s3_bucket.b\"",
        "rules = [\"*\"]\npath = \"infra/legacy\"",
        "rules = [\"s3-*\"]\npath = \"**/*.tf\"\naddress = \"*.b\"",
        "rules = [\"access-control\", \"aws\"]\nuntil = 2999-01-01",
    ] {
        assert_eq!(allow(hidden), (0, 1), "{hidden}");
    }
    for shown in [
        "rules = [\"privileged-container\"]",
        "rules = [\"*\"]\npath = \"legacy\"",
        "rules = [\"*\"]\naddress = \"aws_s3\"",
        "rules = [\"*\"]\npath = \"infra\"\naddress = \"module.a\"",
        "rules = [\"*\"]\nuntil = 2020-01-01",
    ] {
        assert_eq!(allow(shown), (1, 0), "{shown}");
    }
}

#[test]
fn allowances_to_tidy_are_told_where_they_stand() {
    let notices = |entry: &str, args: &[&str]| {
        let document = with(&format!("[[allow]]\n{entry}\n"), args);
        let notices = document["notices"].as_array().unwrap().clone();
        assert!(notices.iter().all(|notice| notice["file"] == "stanchion.toml" && notice["start"]["line"] == 3));
        notices.iter().map(|notice| notice["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let rule = "rules = [\"s3-bucket-public-acl\"]";
    assert_eq!(notices(&format!("{rule}\nreason = \"x\""), &[]), [""; 0]);
    assert_eq!(notices(rule, &[]), ["suppression-without-reason"]);
    assert_eq!(notices(&format!("{rule}\nreason = \"x\"\nuntil = 2020-01-01"), &[]), ["expired-suppression"]);
    let elsewhere = format!("{rule}\nreason = \"x\"\npath = \"gone\"");
    assert_eq!(notices(&elsewhere, &[]), ["unused-suppression"]);
    assert_eq!(notices(&elsewhere, &["infra"]), [""; 0], "a part of the project does not show that it is of no use");
}

const INPUT: &str = "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  acl = var.acl\n}\n";

#[test]
fn a_root_module_is_checked_with_each_of_its_variable_files() {
    let root = |files: &str| format!("[[root]]\npath = \"live\"\nvar-files = [{files}]\n");
    let found = |settings: &str| {
        let text = format!("{RULE}{settings}");
        let folder = project(&[
            ("stanchion.toml", &text),
            ("live/main.tf", INPUT),
            ("live/prod.tfvars", "acl = \"public-read\"\n"),
            ("live/stage.tfvars", "acl = \"public-read-write\"\n"),
            ("live/dev.tfvars", "acl = \"private\"\n"),
        ]);
        check(folder.path(), &[])
    };
    let inputs = |document: &Json| document["findings"][0]["inputs"].clone();
    assert_eq!(n(&found(""), "findings"), 0);
    let one = found(&root("\"prod.tfvars\""));
    assert_eq!((n(&one, "findings"), inputs(&one)), (1, serde_json::json!([])));
    let later = found(&root("\"prod.tfvars\", \"dev.tfvars\""));
    assert_eq!(n(&later, "findings"), 0, "the later file counts");
    let all = ["\"prod.tfvars\"", "\"dev.tfvars\"", "\"stage.tfvars\""].map(root).concat();
    let several = found(&all);
    assert_eq!((n(&several, "findings"), n(&several, "undecided")), (1, 0));
    assert_eq!(inputs(&several), serde_json::json!(["prod.tfvars", "stage.tfvars"]));
}

#[test]
fn rules_of_the_team_run() {
    let rule = "id: bucket-named-b\ntitle: A bucket is there\nseverity: low\ncategory: hygiene\nsince: 0.1.0\n\
        targets: aws_s3_bucket\nwhen: { path: acl, present: true }\nat: acl\nmessage: \"`{address}` is there\"\n\
        why: Because.\nremedy: Remove it.\nreferences: [CWE-1]\n";
    let settings = "rules = [\"own\"]\nselect = [\"bucket-named-b\"]\n";
    let folder = project(&[("stanchion.toml", settings), ("own/rule.yaml", rule), ("main.tf", BUCKET)]);
    assert_eq!(check(folder.path(), &[])["findings"][0]["rule"], "bucket-named-b");
    assert_eq!(run(folder.path(), &["explain", "bucket-named-b"]).0, 0);
}

#[test]
fn advisories_of_the_team_count_and_lie_beside_the_settings() {
    let advisory = |fixed: &str| {
        format!(
            r#"{{"id": "CVE-2030-1", "summary": "its upload runs code", "affected": [{{
            "package": {{"ecosystem": "OCI", "name": "our-server"}},
            "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}],
            "ecosystem_specific": {{"images": ["ml/our-server"]}}}}]}}"#
        )
    };
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: llm }\nspec:\n  containers:\n    \
        - { name: llm, image: 'ml/our-server:2.3.0' }\n";
    let settings = "advisories = [\"ours/feed.json\"]\nselect = [\"ai-image-known-vulnerable\"]\n";
    let files = [("stanchion.toml", settings), ("k8s/pod.yaml", pod)];
    let folder = project(&files);
    std::fs::create_dir(folder.path().join("ours")).unwrap();
    std::fs::write(folder.path().join("ours/feed.json"), advisory("2.4.0")).unwrap();
    std::fs::write(folder.path().join("k8s/later.json"), advisory("2.2.0")).unwrap();
    let inside = folder.path().join("k8s");
    assert_eq!(n(&check(&inside, &[]), "findings"), 1);
    assert_eq!(n(&check(&inside, &["--no-config", "--select", "ai-image-known-vulnerable"]), "findings"), 0);
    assert_eq!(n(&check(&inside, &["--advisories", "later.json"]), "findings"), 0);
    assert!(run(&inside, &["graph", "--focus", "Pod/llm"]).1.contains("CVE-2030-1"));
    assert_eq!(run(&inside, &["explain", "CVE-2030-1"]).0, 0);
    let missing = project(&[("stanchion.toml", "advisories = [\"none.json\"]\n"), ("pod.yaml", pod)]);
    let (code, _, stderr) = run(missing.path(), &["check"]);
    assert!(code == 2 && stderr.contains("there is no `none.json`"), "{stderr}");
}

#[test]
fn settings_decide_whether_samples_gate() {
    let code = |settings: &str| {
        let text = format!("{RULE}{settings}");
        let folder = project(&[("stanchion.toml", &text), ("examples/main.tf", BUCKET)]);
        run(folder.path(), &["check"]).0
    };
    assert_eq!([code(""), code("samples = \"report\""), code("samples = \"gate\"")], [0, 0, 1]);
}

#[test]
fn init_writes_a_file_that_changes_nothing_and_overwrites_nothing() {
    let folder = project(&[("main.tf", BUCKET)]);
    let before = check(folder.path(), &[]);
    assert_eq!(run(folder.path(), &["init"]).0, 0);
    assert_eq!(check(folder.path(), &[]), before);
    std::fs::write(folder.path().join("stanchion.toml"), "# mine\n").unwrap();
    let (code, _, stderr) = run(folder.path(), &["init"]);
    assert!(code == 2 && stderr.contains("left as it is"), "{stderr}");
    assert_eq!(std::fs::read_to_string(folder.path().join("stanchion.toml")).unwrap(), "# mine\n");
}

/// A privileged container explains its added capability; that is told only to those who ask.
#[test]
fn what_a_root_cause_explains_is_shown_to_the_pedantic() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - name: a\n      \
        securityContext:\n        privileged: true\n        capabilities: {add: [SYS_ADMIN]}\n";
    let folder = project(&[("pod.yaml", pod)]);
    let select = ["--select", "privileged-container,capability-sys-admin-added"];
    let plain = check(folder.path(), &select);
    assert_eq!((n(&plain, "findings"), &plain["findings"][0]["rule"]), (1, &Json::from("privileged-container")));
    let pedantic = check(folder.path(), &[&select[..], &["--pedantic"]].concat());
    let findings = pedantic["findings"].as_array().unwrap();
    let of = |rule: &str| findings.iter().find(|finding| finding["rule"] == rule).unwrap();
    let (cause, symptom) = (of("privileged-container"), of("capability-sys-admin-added"));
    assert!(symptom["caused_by"] == cause["fingerprint"] && cause["caused_by"].is_null());
    let (_, human, _) = run(folder.path(), &[&["check", "--pedantic"], &select[..]].concat());
    assert!(human.contains("summary: 1 finding") && human.contains("explains: 1 finding"), "{human}");
    assert!(human.contains("explained by another finding: 1"), "{human}");
}

#[test]
fn rules_are_selected_by_patterns() {
    let folder = project(&[("main.tf", BUCKET)]);
    let n_rules = |what: &str| check(folder.path(), &["--select", what])["summary"]["rules"].as_u64().unwrap();
    assert!(n_rules("s3-*") > 3 && n_rules("s3-*") < n_rules("aws"));
    assert!(n_rules("CKV_AWS_2*") > 1 && n_rules("checkov:CKV_AWS_*") > n_rules("CKV_AWS_2*"));
    assert_eq!(n_rules("*"), check(folder.path(), &[])["summary"]["rules"].as_u64().unwrap());
    assert_eq!((n_rules("hygiene") > 0, n_rules("kube-linter:privileged-container")), (true, 1));
}
