//! How controls of frameworks stand, through the real binary.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Stores and ports that are open, a bucket that nobody knows, a pod that is no program of note.
const INFRA: &str = r#"
variable "acl" {}

resource "aws_s3_bucket" "data" {}

resource "aws_s3_bucket_acl" "data" {
  bucket = aws_s3_bucket.data.id
  acl    = "public-read"
}

resource "aws_s3_bucket" "other" {}

resource "aws_s3_bucket_acl" "other" {
  bucket = aws_s3_bucket.other.id
  acl    = var.acl
}

resource "aws_security_group" "open" {
  ingress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_sagemaker_notebook_instance" "lab" {
  name                   = "lab"
  role_arn               = "arn:aws:iam::123456789012:role/lab"
  instance_type          = "ml.t3.medium"
  direct_internet_access = "Disabled"
  root_access            = "Enabled" # stanchion:allow sagemaker-notebook-root-access -- one person
  kms_key_id             = "arn:aws:kms:eu-west-1:123456789012:key/1"
  subnet_id              = "subnet-1"
  security_groups        = ["sg-1"]
  instance_metadata_service_configuration {
    minimum_instance_metadata_service_version = "2"
  }
}
"#;

const POD: &str = "
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: web }
spec:
  containers:
    - name: web
      image: nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000
      args: [--verbose]
";

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), INFRA).unwrap();
    std::fs::write(folder.path().join("pod.yaml"), POD).unwrap();
    folder
}

fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.env_clear().env("COLUMNS", "80").current_dir(folder).args(args);
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn json(folder: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&run(folder, &[args, &["--format", "json"]].concat()).1).unwrap()
}

/// A control of a report.
fn control(report: &Value, id: &str) -> Value {
    let controls = report["framework"]["controls"].as_array().unwrap();
    controls.iter().find(|control| control["id"] == id).unwrap_or(&Value::Null).clone()
}

#[test]
fn the_table_takes_the_place_of_findings() {
    let folder = project();
    let (code, table, _) = run(folder.path(), &["check", "--framework", "owasp-ml"]);
    insta::assert_snapshot!("owasp_ml_80", table);
    assert_eq!(code, 1, "findings count as ever");
    assert!(table.lines().all(|line| line.chars().count() <= 80));
    let (_, long, _) = run(folder.path(), &["check", "--framework", "owasp-ml", "--verbose"]);
    assert!(long.contains("Checks that judged something:") && long.contains("[s3-bucket-public-acl]"), "{long}");
}

#[test]
fn no_framework_is_ever_said_to_be_met() {
    let folder = project();
    let (_, names, _) = run(folder.path(), &["rules", "--frameworks"]);
    let names: Vec<&str> = names.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names.len(), 10, "{names:?}");
    for name in names {
        let (_, table, stderr) = run(folder.path(), &["check", "--framework", name]);
        assert!(table.starts_with("## ") && stderr.is_empty(), "{table}{stderr}");
        let praise = ["compliant", "passed", "fulfilled", "satisfied"];
        assert!(!praise.iter().any(|word| table.contains(word)), "{table}");
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    }
}

#[test]
fn a_control_stands_as_its_rules_found() {
    let folder = project();
    let report = json(folder.path(), &["check", "--framework", "nist-800-53"]);
    let standing = |id| control(&report, id)["standing"].clone();
    let access = control(&report, "AC-3");
    assert_eq!((&access["standing"], &access["worst"]), (&"violated".into(), &"critical".into()));
    assert_eq!(access["findings"]["s3-bucket-public-acl"], 1);
    assert!(access["undecided"].as_u64().unwrap() > 0, "{access}");
    assert_eq!(standing("SC-28"), "evidenced");
    // Code only hints at who has an account.
    assert_eq!(control(&report, "AC-2")["in_code"], "hint");
    assert_eq!(report["framework"]["ai_resources"], Value::Null);
    let about_ai = json(folder.path(), &["check", "--framework", "iso-42001"]);
    assert_eq!(about_ai["framework"]["ai_resources"], 1);
    assert_eq!(control(&about_ai, "A.8.2")["standing"], "not-in-code");
}

/// "All ports" is said in place of "SSH", and the control on remote access is broken all the same.
#[test]
fn a_rule_that_absorbs_another_one_speaks_for_it() {
    let report = json(project().path(), &["check", "--framework", "nist-800-53"]);
    let remote = control(&report, "AC-17");
    assert_eq!(remote["standing"], "violated", "{remote}");
    assert_eq!(remote["findings"]["security-group-all-ports-open-to-internet"], 1);
}

#[test]
fn what_is_allowed_in_the_code_is_no_evidence() {
    let folder = project();
    let select = ["check", "--framework", "nist-800-53", "--select", "sagemaker-notebook-root-access"];
    let row = control(&json(folder.path(), &select), "AC-6");
    assert_eq!((&row["standing"], &row["allowed"]["sagemaker-notebook-root-access"]), (&"allowed".into(), &1.into()));
    let (_, table, _) = run(folder.path(), &select);
    assert!(table.contains("allowed: 1") && table.contains("Allowed by suppressions in the code:"), "{table}");
    // Whoever runs some rules only is told of which controls the others are.
    assert_eq!(control(&json(folder.path(), &select), "SC-28")["standing"], "rules-off");
}

/// A rule about one program judges no pod that runs another one.
#[test]
fn a_rule_judges_only_what_it_is_about() {
    let report = json(project().path(), &["check", "pod.yaml", "--framework", "nist-800-53"]);
    let checks = |id| control(&report, id)["checks"].to_string();
    assert!(checks("SC-39").contains("\"privileged-container\""), "{}", checks("SC-39"));
    for program in ["argocd", "apiserver", "kubelet", "etcd", "dashboard"] {
        assert!(!checks("AC-3").contains(&format!("\"{program}-")), "{program}: {}", checks("AC-3"));
    }
}

#[test]
fn an_unknown_alone_is_undecided() {
    let folder = tempfile::tempdir().unwrap();
    let text = "variable \"acl\" {}\nresource \"aws_s3_bucket_acl\" \"b\" {\n  bucket = \"b\"\n  acl = var.acl\n}\n";
    std::fs::write(folder.path().join("main.tf"), text).unwrap();
    let args = ["check", "--framework", "iso-27001", "--select", "s3-bucket-public-acl"];
    let row = control(&json(folder.path(), &args), "A.8.3");
    assert_eq!((&row["standing"], &row["undecided"], &row["resources"]), (&"undecided".into(), &1.into(), &0.into()));
}

#[test]
fn examples_count_only_where_they_gate() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("examples")).unwrap();
    std::fs::write(folder.path().join("examples/main.tf"), INFRA).unwrap();
    let args = ["check", "--framework", "iso-27001"];
    assert_eq!(control(&json(folder.path(), &args), "A.8.3")["standing"], "nothing-to-judge");
    let gated = json(folder.path(), &[&args[..], &["--samples", "gate"]].concat());
    assert_eq!(control(&gated, "A.8.3")["standing"], "violated");
}

#[test]
fn an_unknown_framework_is_refused_with_those_there_are() {
    let folder = project();
    for command in ["check", "rules"] {
        let (code, stdout, stderr) = run(folder.path(), &[command, "--framework", "owasp"]);
        assert!(
            code == 2 && stdout.is_empty() && stderr.contains("no framework is named `owasp`; there are eu-ai-act")
        );
    }
}

#[test]
fn rules_tell_their_controls() {
    let folder = project();
    let (_, page, _) = run(folder.path(), &["explain", "privileged-container"]);
    assert!(page.contains("controls:") && page.contains("AML.T0105 Escape to host"), "{page}");
    let rules = json(folder.path(), &["rules", "--framework", "owasp-llm"]);
    let rules = rules.as_array().unwrap();
    let is_own = |rule: &Value| {
        rule["controls"].as_array().unwrap().iter().any(|tag| tag.as_str().unwrap().starts_with("owasp-llm:"))
    };
    assert!(!rules.is_empty() && rules.iter().all(is_own));
    let all = json(folder.path(), &["rules"]);
    let concerned = all.as_array().unwrap().iter().filter(|rule| is_own(rule)).count();
    assert_eq!(rules.len(), concerned);
}

#[test]
fn own_rules_have_controls_and_exact_tags() {
    let folder = project();
    let rule = |tag: &str| {
        format!(
            "id: notebook-too-small\ntitle: Notebook is too small\nseverity: low\ncategory: hygiene\nsince: 0.1.0\n\
             targets: aws_sagemaker_notebook_instance\nwhen: {{ path: instance_type, equals: ml.t3.medium }}\n\
             message: small\nwhy: It is slow.\nremedy: Take a larger one.\nreferences: [CWE-400]\n\
             frameworks: ['{tag}']\n"
        )
    };
    let own = folder.path().join("own.yaml");
    std::fs::write(&own, rule("owasp-llm:LLM09")).unwrap();
    let report = json(folder.path(), &["check", "main.tf", "--framework", "owasp-llm", "--rules", "own.yaml"]);
    let row = control(&report, "LLM09");
    assert_eq!((&row["standing"], &row["findings"]["notebook-too-small"]), (&"question".into(), &1.into()));
    std::fs::write(&own, rule("owasp-llm:LLM99")).unwrap();
    let (code, _, stderr) = run(folder.path(), &["check", "main.tf", "--rules", "own.yaml"]);
    assert!(code == 2 && stderr.contains("own.yaml:12:15: `owasp-llm` has no control `LLM99`"), "{stderr}");
}

#[test]
fn a_log_tells_the_controls_of_its_rules() {
    let folder = project();
    let log = |args: &[&str]| -> Value {
        serde_json::from_str(&run(folder.path(), &[&["check", "--format", "sarif"], args].concat()).1).unwrap()
    };
    let all = log(&[]);
    let names = |log: &Value| -> Vec<String> {
        let taxonomies = log["runs"][0]["taxonomies"].as_array().unwrap();
        taxonomies.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&all).len(), 10);
    assert_eq!(names(&log(&["--framework", "gdpr"])), ["gdpr"]);
    let rules = all["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["id"] == "s3-bucket-public-acl").unwrap();
    let targets: Vec<&str> =
        rule["relationships"].as_array().unwrap().iter().map(|one| one["target"]["id"].as_str().unwrap()).collect();
    assert!(targets.contains(&"A.8.3") && targets.contains(&"LLM02"), "{targets:?}");
}
