//! The real binary in a scrubbed environment.

use std::path::Path;
use std::process::{Command, Output, Stdio};

const BUCKET: &str = "resource \"aws_s3_bucket\" \"logs\" {\n  bucket = \"logs\"\n}\n";

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.env_clear().current_dir(folder);
    // Windows starts no process without it.
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    command
}

/// A folder with one Terraform file.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), BUCKET).unwrap();
    folder
}

fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command(folder).args(args).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn help_and_usage_errors_have_their_codes() {
    let folder = project();
    let (code, help, _) = run(folder.path(), &["--help"]);
    assert!(code == 0 && help.contains("Examples:"), "{help}");
    let (code, help, _) = run(folder.path(), &["check", "--help"]);
    assert!(code == 0 && help.contains("Exit codes:"), "{help}");
    let (code, stdout, stderr) = run(folder.path(), &["check", "--fail-on", "severe"]);
    assert!(code == 2 && stdout.is_empty() && stderr.contains("critical, high, medium, low, info"), "{stderr}");
}

#[test]
fn an_empty_folder_could_not_be_analyzed() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["human", "json", "sarif"] {
        let (code, stdout, stderr) = run(folder.path(), &["check", "--format", format]);
        assert_eq!(code, 2);
        assert!(format!("{stdout}{stderr}").contains("no Terraform or Kubernetes file"), "{stdout}{stderr}");
    }
    assert_eq!(run(folder.path(), &["graph"]).0, 2);
}

#[test]
fn a_path_that_is_not_there_is_named() {
    let folder = project();
    let (code, stdout, _) = run(folder.path(), &["check", "main.tf", "missing"]);
    assert!(code == 2 && stdout.contains("`missing` could not be analyzed"), "{stdout}");
}

#[test]
fn left_out_files_fail_a_strict_run() {
    let folder = project();
    std::fs::write(folder.path().join("binary.yaml"), b"a\0b").unwrap();
    assert_ne!(run(folder.path(), &["check"]).0, 2);
    let (code, stdout, _) = run(folder.path(), &["check", "--strict"]);
    assert!(code == 2 && stdout.contains("--strict"), "{stdout}");
}

#[test]
fn a_pipe_gets_plain_text_unless_told_otherwise() {
    let folder = project();
    let colored = |variables: &[(&str, &str)], args: &[&str]| {
        let output = command(folder.path()).arg("check").args(args).envs(variables.iter().copied()).output().unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!colored(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(colored(&[("NO_COLOR", "1")], &["--color", "always"]));
    assert!(!colored(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    let (_, stdout, stderr) = run(folder.path(), &["check"]);
    assert!(stdout.is_ascii() && stderr.is_empty(), "{stdout}{stderr}");
}

#[test]
fn machine_formats_are_json_whatever_the_findings() {
    let folder = project();
    for (command, format) in [("check", "json"), ("check", "sarif"), ("graph", "json")] {
        let (_, stdout, _) = run(folder.path(), &[command, "--format", format]);
        let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        let is_versioned = document["schema_version"].is_number() || document["version"].is_number();
        assert!(is_versioned || document["version"] == "2.1.0");
    }
}

#[test]
fn threads_change_nothing() {
    let folder = project();
    let one = run(folder.path(), &["check", "--threads", "1", "--format", "json"]);
    assert_eq!(one, run(folder.path(), &["check", "--threads", "4", "--format", "json"]));
}

#[test]
fn a_closed_pipe_is_success() {
    let folder = project();
    let mut child =
        command(folder.path()).args(["check"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
}

#[test]
fn focus_draws_the_ways_of_one_resource() {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scenarios/vllm-behind-load-balancer/bad");
    let (code, text, _) = run(&scenario, &["graph", "--focus", "Deployment/ai/llm"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("focus_text", text);
    let (_, mermaid, _) = run(&scenario, &["graph", "--focus", "Deployment/ai/llm", "--format", "mermaid"]);
    insta::assert_snapshot!("focus_mermaid", mermaid);
    let (_, dot, _) = run(&scenario, &["graph", "--focus", "Deployment/ai/llm", "--format", "dot"]);
    assert!(dot.starts_with("digraph") && dot.contains("passes port 80 on to port 8000"), "{dot}");
    let (_, json, _) = run(&scenario, &["graph", "--focus", "Deployment/ai/llm", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["ways"][0]["steps"][0]["file"], "k8s/app.yaml");
    let (code, _, stderr) = run(&scenario, &["graph", "--focus", "Deployment/ai/missing"]);
    assert!(code == 2 && stderr.contains("`Deployment/ai/missing`"), "{stderr}");
}

const MODEL_SERVER: &str = "apiVersion: v1\nkind: Pod\nmetadata: { name: llm }\nspec:\n  containers:\n    \
    - { name: llm, image: 'ml/our-server:2.3.0' }\n    - { name: cache, image: 'ollama/ollama:0.1.33' }\n";

/// An advisory about a server of one's own.
fn feed(id: &str, fixed: &str, summary: &str) -> String {
    format!(
        r#"[{{"id": "{id}", "aliases": ["GHSA-aaaa-bbbb-cccc"], "summary": "{summary}", "affected": [{{
        "package": {{"ecosystem": "OCI", "name": "our-server"}},
        "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}],
        "ecosystem_specific": {{"images": ["ml/our-server"]}}}}],
        "database_specific": {{"severity": "critical", "reachable_when": [{{"untold": "it reads files of strangers"}}]}}}}]"#
    )
}

fn advisories_of(folder: &Path, args: &[&str]) -> Vec<String> {
    let args = [&["check", "--select", "ai-image-known-vulnerable", "--format", "json"], args].concat();
    let (code, json, stderr) = run(folder, &args);
    assert!(code < 2, "{stderr}");
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    let findings = document["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn advisories_of_the_user_extend_and_replace_those_of_the_binary() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("pod.yaml", MODEL_SERVER);
    write("ours.json", &feed("CVE-2030-1", "2.4.0", "its upload runs code"));
    write("later.json", &feed("CVE-2030-1", "2.2.0", "its upload runs code"));
    write("none.json", r#"[{"id": "CVE-2024-37032", "withdrawn": "2030-01-01T00:00:00Z"}]"#);
    let named = |messages: &[String], id: &str| messages.iter().filter(|message| message.contains(id)).count();
    let plain = advisories_of(folder.path(), &[]);
    assert!(named(&plain, "CVE-2024-37032") == 1 && named(&plain, "CVE-2030-1") == 0, "{plain:?}");
    let more = advisories_of(folder.path(), &["--advisories", "ours.json"]);
    assert!(named(&more, "CVE-2024-37032") == 1 && named(&more, "CVE-2030-1") == 1, "{more:?}");
    let replaced = advisories_of(folder.path(), &["--advisories", "ours.json", "--advisories", "later.json"]);
    assert_eq!(named(&replaced, "CVE-2030-1"), 0, "{replaced:?}");
    let without = advisories_of(folder.path(), &["--advisories", "none.json"]);
    assert_eq!(named(&without, "CVE-2024-37032"), 0, "{without:?}");
    write("wrong.json", "[{\n  \"id\": 1}]");
    let (code, _, stderr) = run(folder.path(), &["check", "--advisories", "wrong.json"]);
    assert!(code == 2 && stderr.contains("wrong.json:2:"), "{stderr}");
}

#[test]
fn focus_tells_the_advisories_of_the_user_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pod.yaml"), MODEL_SERVER).unwrap();
    std::fs::write(folder.path().join("ours.json"), feed("CVE-2030-1", "2.4.0", "its upload runs code")).unwrap();
    let focus = |args: &[&str]| run(folder.path(), &[&["graph", "--focus", "Pod/llm"], args].concat()).1;
    assert!(!focus(&[]).contains("CVE-2030-1"));
    let text = focus(&["--advisories", "ours.json"]);
    assert!(text.contains("has CVE-2030-1") && text.contains("is not known: it reads files of strangers"), "{text}");
}

#[test]
fn an_advisory_is_explained_by_any_of_its_names() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ours.json"), feed("CVE-2030-1", "2.4.0", "its upload runs code")).unwrap();
    let explain = |args: &[&str]| run(folder.path(), &[&["explain"], args].concat());
    for (name, word) in [
        ("CVE-2024-37032", "fixed in 0.1.34"),
        ("cve-2024-37032", "ollama"),
        ("GHSA-mjjw-553x-87pq", "the node runs images of strangers"),
    ] {
        let (code, page, _) = explain(&[name]);
        assert!(code == 0 && page.contains(word), "{name}: {page}");
    }
    assert_eq!(explain(&["GHSA-aaaa-bbbb-cccc"]).0, 2);
    let (code, page, _) = explain(&["GHSA-aaaa-bbbb-cccc", "--advisories", "ours.json"]);
    assert!(code == 0 && page.starts_with("CVE-2030-1 (critical): its upload runs code"), "{page}");
}
