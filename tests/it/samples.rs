//! Choice of rules, copies of files, and folders of examples and tests.

use std::path::Path;
use std::process::{Command, Output};

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n";

fn project(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, BUCKET).unwrap();
    }
    folder
}

fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.env_clear().current_dir(folder).arg("check").args(args);
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn json(folder: &Path, args: &[&str]) -> serde_json::Value {
    let (_, stdout, _) = run(folder, &[&["--format", "json"], args].concat());
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn rules_are_selected_by_every_name() {
    let folder = project(&["main.tf"]);
    let n = |args: &[&str]| json(folder.path(), args)["summary"]["rules"].as_u64().unwrap();
    let rule = "s3-bucket-public-acl";
    assert_eq!(n(&["--select", rule]), 1);
    assert_eq!(n(&["--select", "CKV_AWS_20,privileged-container"]), 2);
    let all = n(&[]);
    assert!(n(&["--pedantic"]) >= all && n(&["--select", "aws"]) < all);
    assert_eq!(n(&["--ignore", "s3-bucket-public-acl", "--ignore", "privileged-container"]), all - 2);
    assert_eq!(n(&["--select", "aws", "--ignore", "critical,high,medium,low,info"]), 0);
    for (wrong, right) in [
        ("krypton", ""),
        ("critcal", "`critical`"),
        ("CKV_AWZ_20", "CKV_AWS_20"),
        ("s3-*-nothing", ""),
        ("kubernets", "`kubernetes`"),
    ] {
        let (code, stdout, stderr) = run(folder.path(), &["--select", wrong]);
        assert!(code == 2 && stdout.is_empty() && stderr.contains(wrong) && stderr.contains(right), "{stderr}");
    }
}

#[test]
fn copies_are_counted_once_and_listed_for_machines() {
    let folder = project(&["v1/main.tf", "v2/main.tf", "v3/main.tf"]);
    let rule = ["--select", "s3-bucket-public-acl"];
    let document = json(folder.path(), &rule);
    let findings = document["findings"].as_array().unwrap();
    assert_eq!((findings.len(), document["summary"]["copies"].as_u64()), (3, Some(2)));
    assert!(findings[0]["copy_of"].is_null() && findings[2]["copy_of"] == findings[0]["fingerprint"]);
    let (code, human, _) = run(folder.path(), &rule);
    assert_eq!(code, 1);
    assert!(human.contains("summary: 1 finding") && human.contains("and the same in 1 file"), "{human}");
    assert!(human.contains("in copies of the same block: 2"), "{human}");
}

#[test]
fn samples_are_listed_apart_and_do_not_gate() {
    let folder = project(&["examples/main.tf"]);
    let rule = ["--select", "s3-bucket-public-acl"];
    let with = |how: &'static str| [&rule[..], &["--samples", how]].concat();
    let (code, human, _) = run(folder.path(), &rule);
    assert!(code == 0 && human.contains("in examples and tests: 1 finding"), "{human}");
    assert_eq!(run(folder.path(), &with("gate")).0, 1);
    let (code, hidden, _) = run(folder.path(), &with("hide"));
    assert!(code == 0 && !hidden.contains("main.tf") && hidden.contains("hidden: 1"), "{hidden}");
    assert_eq!(json(folder.path(), &rule)["findings"][0]["purpose"], "sample");
    let (code, _, _) = run(&folder.path().join("examples"), &rule);
    assert_eq!(code, 1, "the root itself is meant");
}
