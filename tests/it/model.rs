//! The classifier: what it is told, what it answers, and models that are not what they seem.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use stanchion::analysis::{Settings, analyze, describe, rank, scores};
use stanchion::graph::ResourceId;
use stanchion::model::{Classifier, Described, Describer, Description, Engine, Judge, Lookout, MAX_LINES};
use stanchion::source::Disk;

/// The lines that the classifier is told of the resources of some files, places left out.
fn told(files: &[(&str, &str)]) -> Vec<Description> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let settings = Settings { roots: vec![folder.path().to_path_buf()], ..Settings::default() };
    let mut all: Vec<Description> =
        describe(&settings, &Disk, &()).unwrap().iter().map(Described::description).collect();
    all.sort_by(|a, b| (&a.type_name, &a.lines).cmp(&(&b.type_name, &b.lines)));
    all
}

const BUCKET: &str = r#"
resource "aws_s3_bucket" "a" {
  bucket        = "acme-invoices"
  force_destroy = true
}
resource "aws_s3_bucket_policy" "a" {
  bucket = aws_s3_bucket.a.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:*", Resource = "*" }] })
}
"#;

/// `logs` is a setting elsewhere; as a name it is a name.
#[test]
fn names_order_layout_and_spelling_change_nothing() {
    let spellings = [
        (
            "renamed, reordered, commented",
            r#"
# an insecure one
resource "aws_s3_bucket_policy" "bad_example" {
  policy = jsonencode({ Statement = [{ Action = "s3:*", Resource = "*", Principal = "*", Effect = "Allow" }], Version = "2012-10-17" })
  bucket = aws_s3_bucket.fail.id
}
resource "aws_s3_bucket" "fail" {

  force_destroy = true /* really */
  bucket = "logs"
}
"#,
        ),
        (
            "locals, a heredoc, count",
            r#"
locals {
  yes = true
}
resource "aws_s3_bucket" "a" {
  count         = 1
  bucket        = "acme-invoices"
  force_destroy = local.yes
}
resource "aws_s3_bucket_policy" "a" {
  bucket = aws_s3_bucket.a[0].id
  policy = <<EOT
{ "Version": "2012-10-17",
  "Statement": [ { "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*" } ] }
EOT
}
"#,
        ),
    ];
    let first = told(&[("main.tf", BUCKET)]);
    assert_eq!(first.len(), 2);
    for (what, text) in spellings {
        assert_eq!(told(&[("main.tf", text)]), first, "{what}");
    }
    let split: Vec<&str> = BUCKET.split("resource \"aws_s3_bucket_policy\"").collect();
    let second = format!("resource \"aws_s3_bucket_policy\"{}", split[1]);
    assert_eq!(told(&[("b.tf", split[0]), ("a.tf", &second)]), first, "two files");
}

#[test]
fn yaml_styles_change_nothing() {
    let block = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  hostNetwork: true\n  containers:\n    - name: c\n      image: nginx:latest\n";
    let flow = "{kind: Pod, apiVersion: v1, metadata: {name: zzz}, spec: {containers: [{image: 'nginx:latest', name: d}], hostNetwork: true}}\n";
    assert_eq!(told(&[("pod.yaml", flow)]), told(&[("pod.yaml", block)]));
}

#[test]
fn one_decisive_value_changes_what_is_told() {
    let closed = BUCKET.replace("force_destroy = true", "force_destroy = false");
    assert_ne!(told(&[("main.tf", &closed)]), told(&[("main.tf", BUCKET)]));
}

#[test]
fn junk_does_not_crowd_out_what_tells() {
    let junk: String = (0..64).map(|n| format!("    colour_{n} = \"{n}\"\n")).collect();
    let text = format!(
        "resource \"aws_db_instance\" \"a\" {{\n  storage_encrypted = false\n  publicly_accessible = true\n  junk {{\n{junk}  }}\n}}\n"
    );
    let told = told(&[("main.tf", &text)]);
    assert_eq!(told[0].lines.len(), MAX_LINES);
    assert_eq!(told[0].n_dropped, 0, "nothing that tells is dropped");
    for path in ["storage_encrypted", "publicly_accessible"] {
        assert!(told[0].lines.iter().any(|line| line.path == path), "{path}");
    }
}

#[test]
fn secrets_and_names_are_not_told() {
    let text = r#"
resource "aws_db_instance" "very_secret_name" {
  identifier  = "customer-4711"
  description = "insecure on purpose"
  password    = "hunter2-correct-horse"
  tags        = { Owner = "somebody" }
}
"#;
    let told = format!("{:?}", told(&[("main.tf", text)]));
    for word in ["very_secret", "4711", "on purpose", "hunter2", "somebody"] {
        assert!(!told.contains(word), "`{word}` is told: {told}");
    }
    assert!(told.contains("secret literal"), "{told}");
}

#[test]
fn contributions_add_up_and_batches_change_little() {
    let classifier = Classifier::load(&Engine::default()).unwrap();
    let descriptions = told(&[("main.tf", BUCKET)]);
    let together = classifier.score(&descriptions).unwrap();
    for (description, score) in descriptions.iter().zip(&together) {
        assert_eq!(score.shares.len(), description.lines.len());
        let alone = classifier.score(std::slice::from_ref(description)).unwrap();
        for (a, b) in score.logits.iter().zip(&alone[0].logits) {
            assert!((a - b).abs() < 1e-4, "{a} and {b}");
        }
    }
}

/// Scores that ONNX Runtime gave when the model was made.
#[test]
fn answers_are_those_of_training() {
    #[derive(serde::Deserialize)]
    struct Vector {
        description: Described,
        logits: Vec<f32>,
        precedents: BTreeMap<usize, BTreeSet<String>>,
    }
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("model/parity.json")).unwrap();
    let vectors: Vec<Vector> = serde_json::from_str(&text).unwrap();
    assert!(vectors.len() >= 50, "{} vectors", vectors.len());
    let descriptions: Vec<Description> = vectors.iter().map(|vector| vector.description.description()).collect();
    let classifier = Classifier::load(&Engine::default()).unwrap();
    let judge = Judge::new(&classifier.about);
    let scores = classifier.score(&descriptions).unwrap();
    for ((vector, description), score) in vectors.iter().zip(&descriptions).zip(scores) {
        let lines = judge.precedents(description).into_iter().enumerate();
        let precedents = lines.map(|(index, found)| {
            let found = found.into_iter();
            (index, found.map(|it| it.category.name().to_owned()).collect::<BTreeSet<_>>())
        });
        let precedents: BTreeMap<usize, BTreeSet<String>> = precedents.filter(|(_, it)| !it.is_empty()).collect();
        assert_eq!(precedents, vector.precedents, "{}", vector.description.type_name);
        for (told, found) in vector.logits.iter().zip(&score.logits) {
            assert!((told - found).abs() < 1e-4, "{}: {told} in training, {found} here", vector.description.type_name);
        }
    }
}

/// No resource is passed over that has a precedent, and most that have none are.
#[test]
fn a_quick_look_finds_every_precedent() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let settings = Settings { roots: vec![fixtures], ..Settings::default() };
    let graph = stanchion::analysis::graph(&settings, &Disk, &()).unwrap().graph;
    let about = Engine::default().about().unwrap();
    let judge = Judge::new(&about);
    let describer = Describer::new(&graph);
    let (mut n_described, mut n_passed, mut n_precedents) = (0_usize, 0_usize, 0_usize);
    for category in &about.categories {
        let lookout = Lookout::new(&about, &BTreeSet::from([*category]));
        for id in (0..).map(ResourceId).take(graph.resources().len()) {
            let Some(description) = describer.describe(id) else { continue };
            let precedents = judge.precedents(&description).into_iter().flatten();
            let has_one = { precedents }.any(|it| it.category == *category);
            let may_have_one = !lookout.may_have(graph.resource(id)).is_empty();
            assert!(may_have_one || !has_one, "{}: {}", category.name(), graph.resource(id).address);
            let is_quick = about.precedents.iter().all(|it| it.category != *category || it.value != "absent");
            n_described += usize::from(is_quick);
            n_passed += usize::from(is_quick && may_have_one);
            n_precedents += usize::from(is_quick && has_one);
        }
    }
    assert!(n_precedents > 100 && n_passed < n_described / 5, "{n_precedents}, {n_passed} of {n_described}");
}

fn check(arguments: &[&str]) -> Output {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    let program = env!("CARGO_BIN_EXE_stanchion");
    Command::new(program)
        .arg("check")
        .arg(demo)
        .args(["--no-config", "--format", "json"])
        .args(arguments)
        .output()
        .unwrap()
}

fn findings(output: &Output) -> usize {
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    report["findings"].as_array().unwrap().len()
}

#[test]
fn models_that_are_not_what_they_seem_are_refused_and_no_finding_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("model");
    let weights = std::fs::read(root.join("stanchion.onnx")).unwrap();
    let about: serde_json::Value =
        serde_json::from_slice(&std::fs::read(root.join("stanchion.json")).unwrap()).unwrap();
    let digest = |bytes: &[u8]| {
        use sha2::Digest;
        sha2::Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    };
    let told = |key: &str, value: serde_json::Value| {
        let mut about = about.clone();
        about[key] = value;
        about.to_string()
    };
    let half = &weights[..weights.len() / 2];
    let mut flipped = weights.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    let noise: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let cases: [(&str, &[u8], String, &str); 6] = [
        ("damaged", &flipped, about.to_string(), "is damaged"),
        ("truncated", half, told("sha256", digest(half).into()), "cannot be run"),
        ("noise", &noise, told("sha256", digest(&noise).into()), "cannot be run"),
        ("empty", &[], told("sha256", digest(&[]).into()), "cannot be run"),
        ("other features", &weights, told("features", 999.into()), "trained on features version 999"),
        ("no description", &weights, "[]".to_owned(), "does not describe a model"),
    ];
    let all = findings(&check(&["--model", "off"]));
    assert!(all > 0);
    for (name, bytes, about, says) in cases {
        let file = folder.path().join(format!("{}.onnx", name.replace(' ', "-")));
        std::fs::write(&file, bytes).unwrap();
        std::fs::write(file.with_extension("json"), about).unwrap();
        let output = check(&["--model-file", file.to_str().unwrap()]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(says), "{name}: {error}");
        assert!(!error.contains("panicked at"), "{name}: {error}");
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert_eq!(findings(&output), all, "{name}");
    }
}

/// A module whose source is not on disk: no rule sees what it creates.
const CALL: &str = r#"
module "db" {
  source                 = "terraform-aws-modules/rds/aws"
  version                = "6.0.0"
  storage_encrypted      = false
  publicly_accessible    = true
  deletion_protection    = false
  skip_final_snapshot    = true
  backup_retention_period = 0
}
"#;

#[test]
fn suspicions_change_the_exit_code_only_where_they_gate() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.tf"), CALL).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
        command.arg("check").arg(folder.path()).args(["--no-config", "--format", "json"]).args(arguments);
        let output = command.output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), report["suspicions"].as_array().unwrap().len())
    };
    let (code, n) = run(&["--all-suspicions"]);
    assert!(n > 0, "nothing is suspected of a module that opens a database");
    assert_eq!(code, Some(0));
    assert_eq!(run(&["--all-suspicions", "--model", "gate"]), (Some(1), n));
    assert_eq!(run(&["--all-suspicions", "--model", "off"]), (Some(0), 0));
    assert_eq!(run(&[]), (Some(0), 0), "this category is not shown by default");
    std::fs::write(folder.path().join("main.tf"), "module \"a\" {\n  source = \"github.com/acme/a\"\n}\n").unwrap();
    assert_eq!(run(&[]), (Some(0), 1), "this one is");
}

#[test]
fn findings_are_given_the_scores_of_their_resources() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    let settings = Settings { roots: vec![demo], ..Settings::default() };
    let mut outcome = analyze(&settings, &Disk, &()).unwrap();
    rank(&mut outcome, &Engine::default()).unwrap();
    let classifier = Classifier::load(&Engine::default()).unwrap();
    let scored = scores(&settings, &classifier, &Disk, &()).unwrap();
    let mut n_scored = 0;
    for finding in &outcome.assessment.findings {
        let own = scored.iter().find(|it| it.address == finding.address).expect("what has a finding is described");
        let said = own.abstained.is_none().then(|| (own.scores[finding.category.name()] * 100.0).round());
        assert_eq!(finding.likelihood.map(f32::from), said, "{}", finding.address);
        n_scored += usize::from(said.is_some());
    }
    assert!(n_scored > 5, "{n_scored}");
}
