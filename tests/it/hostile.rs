//! Input that means harm, or is merely strange: each has a defined answer, and its neighbors are
//! still analyzed.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const BAD: &str = "resource \"aws_s3_bucket\" \"a\" {\n  acl = \"public-read\"\n}\n";

fn check(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.args(["check", "--format", "json"]).args(args).arg(folder).env_clear().output().unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })
}

/// Reasons of skipped files by file name.
fn skipped(report: &serde_json::Value) -> Vec<(String, String)> {
    let text = |entry: &serde_json::Value, key: &str| entry[key].as_str().unwrap().to_owned();
    let name = |path: String| path.rsplit('/').next().unwrap().to_owned();
    let mut all: Vec<_> =
        report["skipped"].as_array().unwrap().iter().map(|s| (name(text(s, "file")), text(s, "code"))).collect();
    all.sort();
    all
}

fn n_findings(report: &serde_json::Value) -> usize {
    report["findings"].as_array().unwrap().len()
}

#[test]
fn every_unreadable_file_is_listed_and_its_neighbors_are_analyzed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| fs::write(folder.path().join(name), content).unwrap();
    write("good.tf", BAD.as_bytes());
    write("bom.tf", b"\xef\xbb\xbfresource \"aws_s3_bucket\" \"crlf\" {\r\n  acl = \"public-read\"\r\n}\r\n");
    write("empty.tf", b"");
    write("binary.tf", b"a = \"\0\"");
    write("latin.tf", b"# caf\xe9\n");
    write("broken.tf", b"resource \"aws_s3_bucket\" {{{{");
    write("utf16.yaml", b"\xff\xfea\0");
    fs::File::create(folder.path().join("large.tf")).unwrap().set_len(100 << 20).unwrap();
    let output = check(folder.path(), &[]);
    let report = json(&output);
    let names = skipped(&report);
    let has = |name: &str, code: &str| assert!(names.contains(&(name.into(), code.into())), "{name} {code}: {names:?}");
    has("binary.tf", "binary");
    has("latin.tf", "not-utf8");
    has("utf16.yaml", "not-utf8");
    has("large.tf", "too-large");
    assert_eq!(n_findings(&report), 2, "{report:#}");
    assert!(!report["problems"].as_array().unwrap().is_empty());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(check(folder.path(), &["--strict"]).status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn links_out_of_the_root_and_loops_are_not_followed() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.tf"), BAD).unwrap();
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("main.tf"), BAD).unwrap();
    symlink(outside.path().join("secret.tf"), root.path().join("link.tf")).unwrap();
    symlink(outside.path(), root.path().join("folder")).unwrap();
    symlink(root.path(), root.path().join("loop")).unwrap();
    let report = json(&check(root.path(), &[]));
    assert_eq!(n_findings(&report), 1, "{report:#}");
    let codes: Vec<_> = skipped(&report).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes.iter().filter(|code| *code == "outside-roots").count(), 2, "{report:#}");
    assert!(codes.contains(&"link-loop".to_owned()), "{report:#}");
}

#[cfg(unix)]
#[test]
fn expressions_read_no_file_outside_the_root() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("policy.json"), "hidden words").unwrap();
    let root = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path().join("policy.json"), root.path().join("link.json")).unwrap();
    let text = format!(
        "output \"a\" {{\n  value = file({:?})\n}}\noutput \"b\" {{\n  value = file(\"link.json\")\n}}\n\
         output \"c\" {{\n  value = file(\"/etc/hostname\")\n}}\n",
        outside.path().join("policy.json")
    );
    fs::write(root.path().join("main.tf"), text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_stanchion")).arg("graph").arg(root.path()).output().unwrap();
    let graph = String::from_utf8(output.stdout).unwrap();
    assert!(!graph.contains("hidden words"), "{graph}");
    let report = json(&check(root.path(), &[]));
    let messages = report["problems"].to_string();
    assert_eq!(messages.matches("outside of the analyzed folders").count(), 3, "{messages}");
}

#[test]
fn bombs_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: String| fs::write(folder.path().join(name), content).unwrap();
    let aliases: String =
        (1..30).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(","))).collect();
    write("aliases.yaml", format!("apiVersion: v1\nkind: ConfigMap\na0: &a0 x\n{aliases}"));
    write("deep.yaml", format!("apiVersion: v1\nkind: ConfigMap\nd: {}\n", "[".repeat(50_000)));
    write("deep.tf", format!("locals {{\n  a = {}1{}\n}}\n", "(".repeat(20_000), ")".repeat(20_000)));
    write("not.tf", format!("locals {{\n  b = {}true\n}}\n", "!".repeat(50_000)));
    write("chain.tf", format!("locals {{\n  c = 1{}\n}}\n", " + 1".repeat(20_000)));
    write("count.tf", "resource \"aws_s3_bucket\" \"n\" {\n  count = 1000000000\n  acl = \"public-read\"\n}\n".into());
    write("range.tf", "locals {\n  r = [for a in range(1000000) : [for b in range(1000000) : b]]\n}\n".into());
    write("self.tf", "locals {\n  x = local.y\n  y = local.x\n}\n".into());
    write("good.tf", BAD.into());
    let report = json(&check(folder.path(), &[]));
    let rules: Vec<_> = report["findings"].as_array().unwrap().iter().map(|f| f["file"].as_str().unwrap()).collect();
    assert!(rules.iter().any(|file| file.ends_with("good.tf")), "{rules:?}");
    let problems = report["problems"].to_string() + &report["skipped"].to_string();
    for expected in ["depends on itself", "only the first", "limit"] {
        assert!(problems.contains(expected), "{expected}: {problems}");
    }
}
