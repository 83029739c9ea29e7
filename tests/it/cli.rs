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
