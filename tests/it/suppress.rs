//! Comments and annotations that allow findings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use stanchion::analysis::{Outcome, Settings, analyze};
use stanchion::finding::{Day, Notice, NoticeKind, Severity};
use stanchion::report::{Exit, Gate, Refusals, Verdict};
use stanchion::rules::Choice;
use stanchion::source::{Disk, Span};

const RULE: &str = "s3-bucket-public-acl";

/// Analyzes files by one rule on a day in 2026.
fn run(rule: &str, files: &[(&str, &str)]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    analyzed(folder.path(), &[rule])
}

fn analyzed(folder: &Path, rules: &[&str]) -> Outcome {
    let choice = Choice { select: rules.iter().map(ToString::to_string).collect(), ..Choice::default() };
    let today = Day::parse("2026-06-01");
    let settings = Settings { roots: vec![folder.to_path_buf()], choice, today, ..Settings::default() };
    analyze(&settings, &Disk, &()).unwrap()
}

/// Numbers of findings and suppressed findings, and the kinds of notices.
fn counted(outcome: &Outcome) -> (usize, usize, Vec<NoticeKind>) {
    let assessment = &outcome.assessment;
    let kinds = assessment.notices.iter().map(|notice| notice.kind).collect();
    (assessment.findings.len(), assessment.suppressed.len(), kinds)
}

fn terraform(text: &str) -> (usize, usize, Vec<NoticeKind>) {
    counted(&run(RULE, &[("main.tf", text)]))
}

fn bucket(above: &str, inside: &str, beside: &str) -> String {
    format!("{above}\nresource \"aws_s3_bucket\" \"b\" {{ {inside}\n  acl = \"public-read\" {beside}\n}}\n")
}

#[test]
fn own_comments_reach_what_they_stand_at() {
    let allow = "# stanchion:allow s3-bucket-public-acl -- a public site";
    assert_eq!(terraform(&bucket("", "", "")), (1, 0, vec![]));
    for text in [
        bucket(allow, "", ""),
        bucket("", allow, ""),
        bucket("", &format!("\n  {allow}"), ""),
        bucket("", "", allow),
        bucket(&allow.replace('#', "//"), "", ""),
        bucket(&format!("{allow}\n# more"), "", ""),
        bucket("# stanchion:allow-file s3-bucket-public-acl -- all public\n\nlocals {}", "", ""),
        bucket("", "\n  bucket = \"x\"\n  # stanchion:allow CKV_AWS_20 -- a public site", ""),
    ] {
        assert_eq!(terraform(&text), (0, 1, vec![]), "{text}");
    }
}

#[test]
fn a_comment_elsewhere_allows_nothing_and_is_told() {
    let allow = "# stanchion:allow s3-bucket-public-acl -- a public site";
    let unused = vec![NoticeKind::Unused];
    for text in [
        bucket(&format!("{allow}\nlocals {{}}\n"), "", ""),
        bucket("", &format!("\n  bucket = \"x\" {allow}"), ""),
        bucket("locals {}\n# stanchion:allow-file s3-bucket-public-acl -- late", "", ""),
    ] {
        assert_eq!(terraform(&text), (1, 0, unused.clone()), "{text}");
    }
    assert_eq!(
        terraform(&bucket("", "", "tags = \"# stanchion:allow s3-bucket-public-acl -- x\"")).0,
        1,
        "text is no comment"
    );
}

#[test]
fn faults_of_own_comments_are_told() {
    let kinds = |comment: &str| terraform(&bucket(comment, "", ""));
    assert_eq!(kinds("# stanchion:allow s3-bucket-public-acl"), (0, 1, vec![NoticeKind::Reasonless]));
    assert_eq!(kinds("# stanchion:allow s3-bucket-public-acl -- x until=2026-06-01"), (0, 1, vec![]));
    assert_eq!(
        kinds("# stanchion:allow s3-bucket-public-acl -- x until=2026-05-31"),
        (1, 0, vec![NoticeKind::Expired])
    );
    assert_eq!(kinds("# stanchion:allow s3-bucket-public-acl -- x until=soon"), (1, 0, vec![NoticeKind::Malformed]));
    assert_eq!(kinds("# stanchion:allow s3-bucket-public-alc -- x"), (1, 0, vec![NoticeKind::UnknownRule]));
    assert_eq!(kinds("# stanchion:allow ebs-volume-unencrypted -- x"), (1, 0, vec![]), "that rule was not run");
}

#[test]
fn notices_count_only_in_a_strict_run() {
    let outcome = run(RULE, &[("main.tf", &bucket("# stanchion:allow s3-bucket-public-acl", "", ""))]);
    let exit = |refusals| {
        let gate = Gate { refusals, ..Gate::at(stanchion::finding::Severity::Info) };
        Verdict::of(&outcome.assessment, &[], gate).exit
    };
    assert_eq!((exit(Refusals::default()), exit(Refusals::STRICT)), (Exit::Clean, Exit::NotAnalyzed));
}

#[test]
fn comments_of_other_analyzers_count_by_equivalence() {
    let found = |above: &str, inside: &str| terraform(&bucket(above, &format!("\n  {inside}"), ""));
    assert_eq!(found("", "bucket = \"x\"\n  #checkov:skip=CKV_AWS_20:a public site"), (0, 1, vec![]));
    assert_eq!(found("", "# checkov:skip=CKV_AWS_18:no logs"), (1, 0, vec![]));
    assert_eq!(found("#trivy:ignore:AVD-AWS-0092", ""), (0, 1, vec![]));
    assert_eq!(found("#tfsec:ignore:*", ""), (0, 1, vec![]));
    assert_eq!(found("#tfsec:ignore:AWS999 trivy:ignore:AWS-0092:exp:2020-01-01", "").0, 1);
    assert_eq!(found("# kics-scan ignore-block", ""), (0, 1, vec![]));
    assert_eq!(found("", "# kics-scan ignore-line"), (0, 1, vec![]));
    let outcome = run(RULE, &[("main.tf", &bucket("", "\n  #checkov:skip=CKV_AWS_20:a public site", ""))]);
    let suppressed = &outcome.assessment.suppressed[0];
    assert_eq!((suppressed.how, suppressed.reason.as_deref()), ("checkov:skip", Some("a public site")));
}

const MODULE: &str = "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  count = 2\n  acl   = var.acl\n}\n";

#[test]
fn a_module_call_is_allowed_with_all_below_it() {
    let call = |name: &str, above: &str, beside: &str| {
        format!("{above}\nmodule \"{name}\" {{\n  source = \"./m\"\n  acl    = \"public-read\" {beside}\n}}\n")
    };
    let allow = "# stanchion:allow s3-bucket-public-acl -- a public site";
    let found = |main: &str| counted(&run(RULE, &[("main.tf", main), ("m/main.tf", MODULE)]));
    assert_eq!(found(&call("a", "", "")), (1, 0, vec![]));
    assert_eq!(found(&call("a", allow, "")), (0, 1, vec![]));
    assert_eq!(found(&call("a", "", allow)), (0, 1, vec![]), "at the argument that decides");
    let two = call("a", allow, "") + &call("b", "", "");
    assert_eq!(found(&two), (1, 1, vec![]), "the other call is not allowed");
    let inside = MODULE.replace("resource", &format!("{allow}\nresource"));
    let outcome = run(RULE, &[("main.tf", &(call("a", "", "") + &call("b", "", ""))), ("m/main.tf", &inside)]);
    let (n_findings, n_suppressed, _) = counted(&outcome);
    assert_eq!((n_findings, n_suppressed), (0, 1), "all instances of all calls are one");
}

const POD: &str = "apiVersion: v1
kind: Pod
metadata:
  name: p
ANNOTATION
spec:
  containers:
    - name: a
      securityContext:
        privileged: true
    - name: b
      securityContext:
        privileged: true
";

fn pod(annotation: &str) -> (usize, usize, Vec<NoticeKind>) {
    let text = POD.replace("ANNOTATION", annotation);
    counted(&run("privileged-container", &[("pod.yaml", &text)]))
}

#[test]
fn annotations_allow_the_object() {
    let annotation = |line: &str| pod(&format!("  annotations:\n    {line}"));
    assert_eq!(pod(""), (2, 0, vec![]));
    assert_eq!(annotation("stanchion.dev/allow: \"privileged-container -- node agent\""), (0, 2, vec![]));
    assert_eq!(annotation("stanchion.dev/allow: privileged-container"), (0, 2, vec![NoticeKind::Reasonless]));
    assert_eq!(annotation("ignore-check.kube-linter.io/privileged-container: node agent"), (0, 2, vec![]));
    assert_eq!(annotation("checkov.io/skip1: CKV_K8S_16=node agent"), (0, 2, vec![]));
    assert_eq!(annotation("checkov.io/skip1: CKV_K8S_999=other"), (2, 0, vec![]));
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    metadata:\n      \
        annotations: {stanchion.dev/allow: privileged-container -- node agent}\n    spec:\n      containers:\n        \
        - {name: a, securityContext: {privileged: true}}\n";
    assert_eq!(counted(&run("privileged-container", &[("d.yaml", deployment)])), (0, 1, vec![]));
}

#[test]
fn comments_in_manifests_reach_by_indentation() {
    let allow = "# stanchion:allow privileged-container -- node agent";
    let found = |text: &str| counted(&run("privileged-container", &[("pod.yaml", text)]));
    let plain = POD.replace("ANNOTATION\n", "");
    assert_eq!(found(&format!("{allow}\n{plain}")), (0, 2, vec![]));
    assert_eq!(found(&format!("{plain}---\n{allow}\n{plain}")), (2, 2, vec![]));
    assert_eq!(found(&plain.replace("    - name: b", &format!("    {allow}\n    - name: b"))), (1, 1, vec![]));
    assert_eq!(found(&plain.replace("- name: a", &format!("- name: a {allow}"))), (1, 1, vec![]));
    assert_eq!(found(&plain.replacen("privileged: true", &format!("privileged: true {allow}"), 1)), (1, 1, vec![]));
    let file = "# stanchion:allow-file privileged-container -- node agents";
    assert_eq!(found(&format!("{file}\n---\n{plain}---\n{plain}")), (0, 4, vec![]));
}

/// Lines that end in a mark, as `file:line`.
fn marked(folder: &Path, mark: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for name in ["main.tf", "ignored.tf", "sites/main.tf", "k8s/agents.yaml"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let lines = text.lines().zip(1..).filter(|(line, _)| line.trim_end().contains(mark));
        found.extend(lines.map(|(_, n)| format!("{name}:{n}")));
    }
    found
}

/// A repository that comes from other analyzers keeps its peace: what they were told to leave
/// alone is left alone, and nothing else.
#[test]
fn a_repository_that_switches_keeps_its_suppressions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/switching");
    let outcome = analyzed(&folder, &[RULE, "privileged-container", "host-network-namespace"]);
    let assessment = &outcome.assessment;
    let at = |span: Span| {
        let file = outcome.sources.file(span.file);
        let name = file.path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        format!("{name}:{}", file.position(span.start).line)
    };
    let found: BTreeSet<String> = assessment.findings.iter().map(|finding| at(finding.primary.span)).collect();
    assert_eq!(found, marked(&folder, "# expect: "));
    let is_unused = |notice: &&Notice| notice.kind == NoticeKind::UnusedPeer;
    let unused: BTreeSet<String> = assessment.notices.iter().filter(is_unused).map(|notice| at(notice.span)).collect();
    assert_eq!(unused, marked(&folder, "# unused"));
    let others = assessment.notices.iter().filter(|notice| !is_unused(notice)).map(|notice| notice.kind);
    assert_eq!(others.collect::<Vec<_>>(), [NoticeKind::Expired]);
    let mut by_how: BTreeMap<&str, usize> = BTreeMap::new();
    for suppressed in &assessment.suppressed {
        *by_how.entry(suppressed.how).or_default() += 1;
    }
    let expected = [("checkov:skip", 3), ("ignore-check.kube-linter.io", 2), ("kics-scan", 3), ("trivy:ignore", 6)];
    assert_eq!(by_how.into_iter().collect::<Vec<_>>(), expected);
    let sites = assessment.suppressed.iter().find(|one| one.finding.address.starts_with("module.sites")).unwrap();
    assert_eq!(sites.finding.also.len(), 1, "both instances are one finding");
    let refusals = Refusals { untidy: true, ..Refusals::default() };
    let verdict = Verdict::of(assessment, &[], Gate { refusals, ..Gate::at(Severity::Critical) });
    assert!(verdict.reason.contains("1 suppression to tidy"), "{}", verdict.reason);
}
