//! An assessment made by hand that holds one of everything a report must show.

use std::collections::BTreeMap;

use stanchion::finding::{
    Assessment, Category, Confidence, Counts, Finding, Fix, FrameworkName, Identity, Label, MissingModule, Notice,
    NoticeKind, Purpose, Severity, Suppressed, Suspicion, Taxon, Taxonomy, TextEdit, Undecided, fingerprint,
};
use stanchion::source::{FileId, FileKind, Problem, SkipReason, Skipped, SourceMap, Span};

const STORAGE: &str = r#"resource "aws_s3_bucket" "training" {
  bucket = "acme-training-data"
}

resource "aws_s3_bucket_acl" "training" {
  bucket = aws_s3_bucket.training.id
  acl    = var.acl
}

resource "aws_db_instance" "features" {
	engine   = "postgres"
  password = "correct-horse-battery"
  tags     = { "größe" = "大", owner = "🦀 team" }
}
"#;

const VARIABLES: &str = r#"variable "acl" {
  description = "Canned ACL"
  default     = "public-read"
}
"#;

const MANIFEST: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: trainer
spec:
  template:
    spec:
      containers:
        - name: main
          image: trainer:latest
          env:
            - name: HF_TOKEN
              value: hf_abcdefghijklmnopqrstuvwx
          securityContext:
            privileged: true
---
apiVersion: v1
kind: Secret
metadata:
  name: db
stringData:
  user: admin
  anything: hunter2
";

const BROKEN: &str = "resource \"aws_vpc\" {\n  cidr_block = \n}\n";

/// Files and what was found in them.
pub(super) struct Sample {
    pub(super) sources: SourceMap,
    pub(super) assessment: Assessment,
}

/// The fix of the finding at `block`, in two files.
fn fixes(block: Span, acl: Span) -> BTreeMap<String, Fix> {
    let edit = |span, text: &str| TextEdit { span, text: text.into() };
    let edits = vec![edit(block, "\"10.0.0.0/8\""), edit(Span { end: acl.start, ..acl }, "local.")];
    let fix = Fix { title: "set `cidr` to `10.0.0.0/8`".into(), safe: false, edits };
    [(world_open(block).fingerprint, fix)].into()
}

impl Sample {
    /// One finding of each severity, in two formats, with hops over files.
    pub(super) fn new() -> Self {
        let mut sources = SourceMap::default();
        let mut add = |path: &str, kind, text: &str| sources.add(path.into(), kind, text.into());
        let broken = add("infra/broken.tf", FileKind::Terraform, BROKEN);
        let manifest = add("./k8s/my trainer.yaml", FileKind::Yaml, MANIFEST);
        let minified = add("infra/min.tf.json", FileKind::TerraformJson, &minified());
        let storage = add("infra/storage.tf", FileKind::Terraform, STORAGE);
        let variables = add("infra/variables.tf", FileKind::Terraform, VARIABLES);
        let at = |file, needle| span(&sources, file, needle);
        let mut assessment = Assessment {
            suspicions: vec![suspicion(at(storage, "engine"))],
            baseline: None,
            since: None,
            missing_modules: vec![MissingModule { source: "registry/gone/aws".into(), n_calls: 2 }],
            findings: vec![
                privileged(at(manifest, "privileged: true")),
                token(at(manifest, "hf_abcdefghijklmnopqrstuvwx"), at(manifest, "image: trainer:latest")),
                secret(at(manifest, "anything: hunter2")),
                world_open(at(minified, "\"0.0.0.0/0\"")),
                acl(at(storage, "var.acl"), at(storage, "aws_s3_bucket.training.id"), at(variables, "\"public-read\"")),
                password(at(storage, "\"correct-horse-battery\"")),
                owner(at(storage, "\"🦀 team\"")),
                copied(at(variables, "Canned ACL")),
                shown(at(variables, "description")),
            ],
            suppressed: vec![Suppressed {
                finding: finding(
                    "capability-added",
                    Severity::Low,
                    "Deployment/default/trainer",
                    label(at(manifest, "main"), ""),
                ),
                by: at(manifest, "trainer:latest"),
                how: "stanchion:allow",
                reason: Some("needed by the profiler".into()),
            }],
            notices: vec![Notice {
                span: at(storage, "var.acl"),
                kind: NoticeKind::Unused,
                message: "`s3-bucket-public-acl` has no finding here: remove the suppression".into(),
            }],
            undecided: ["var.kms", "var.kms", "data.aws_ami.gpu.id"]
                .map(|what| undecided(what, at(storage, "engine")))
                .into(),
            skipped: skipped(),
            problems: vec![
                Problem::new(at(broken, "\"aws_vpc\""), "a resource needs a type and a name")
                    .with_help("write `resource \"aws_vpc\" \"main\" {`"),
            ],
            fixes: fixes(at(minified, "\"0.0.0.0/0\""), at(storage, "var.acl")),
            coverage: None,
            taxonomies: taxonomies(),
            counts: Counts {
                files: 5,
                foreign_files: 2,
                resources: 7,
                rules: 120,
                hidden: 0,
                hidden_suspicions: 3,
                excluded: 0,
            },
        };
        assessment.findings.sort_by(|a, b| a.order().cmp(&b.order()));
        Self { sources, assessment }
    }
}

/// Two frameworks: one control of two rules, and two controls of which one shares a rule.
fn taxonomies() -> Vec<Taxonomy> {
    let taxon = |id: &str, rules: &[&str]| Taxon {
        id: id.into(),
        title: format!("Subject of {id}"),
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
    };
    let taxonomy = |name: &str, controls| Taxonomy {
        framework: FrameworkName {
            name: name.into(),
            title: format!("Framework {name}"),
            edition: "2025".into(),
            source: "https://example.org/".into(),
        },
        controls,
    };
    let (acl, secret) = ("s3-bucket-public-acl", "secret-in-repository");
    vec![
        taxonomy("one", vec![taxon("A.1", &[acl, secret])]),
        taxonomy("two", vec![taxon("B.1", &[secret]), taxon("B.2", &[acl])]),
    ]
}

fn minified() -> String {
    let rules: Vec<_> = (0..2000).map(|n| format!("\"r{n}\":{{\"port\":{n}}}")).collect();
    format!("{{\"resource\":{{{},\"cidr\":\"0.0.0.0/0\",{}}}}}", rules.join(","), rules.join(","))
}

/// The first place of `needle` in a file.
pub(super) fn span(sources: &SourceMap, file: FileId, needle: &str) -> Span {
    let start = sources.file(file).text.find(needle).expect("the sample holds it");
    Span::new(file, start, start + needle.len())
}

fn suspicion(span: Span) -> Suspicion {
    Suspicion {
        category: Category::EncryptionAtRest,
        probability: 0.5,
        address: "module.db".into(),
        type_name: "rds".into(),
        primary: label(span, "`engine` is set"),
        lines: vec![(label(span, "`engine` is set"), 0.75)],
        like: "`engine` is set – known defects that leave stored data readable look like this".into(),
        because: "the module's source is not on disk, so no rule sees what it creates".into(),
    }
}

fn label(span: Span, message: &str) -> Label {
    Label { span, message: message.into() }
}

/// A finding with plain words in every field.
pub(super) fn finding(rule: &'static str, severity: Severity, address: &str, primary: Label) -> Finding {
    Finding {
        rule: rule.into(),
        title: "Something is open".into(),
        severity,
        confidence: Confidence::High,
        category: Category::NetworkExposure,
        address: address.into(),
        primary,
        related: Vec::new(),
        message: format!("`{address}` is open"),
        why: "Anyone on the internet can reach it.".into(),
        remedy: "Close it.".into(),
        example: None,
        references: vec!["CWE-284".into()],
        also: Vec::new(),
        path: Vec::new(),
        copy_of: None,
        caused_by: None,
        inputs: Vec::new(),
        purpose: Purpose::Deployed,
        fingerprint: fingerprint(&[rule, address]),
        identities: vec![Identity { current: fingerprint(&[rule, address]), former: Vec::new() }],
        novelty: None,
        likelihood: None,
    }
}

fn acl(primary: Span, bucket: Span, default: Span) -> Finding {
    let address = "aws_s3_bucket_acl.training";
    Finding {
        title: "S3 bucket is readable by everyone".into(),
        category: Category::AccessControl,
        related: vec![label(bucket, "for this bucket"), label(default, "`var.acl` has this default")],
        message: format!("`{address}` grants `public-read` to everyone"),
        why: "Anyone on the internet can list the bucket and download every object in it without signing in, training \
              data and model weights included."
            .into(),
        remedy: "Set `acl = \"private\"` and keep an `aws_s3_bucket_public_access_block` on the bucket.".into(),
        example: Some("resource \"aws_s3_bucket_acl\" \"training\" {\n  bucket = aws_s3_bucket.training.id\n  acl    = \"private\"\n}\n".into()),
        references: vec!["CWE-732".into(), "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html".into()],
        ..finding("s3-bucket-public-acl", Severity::Critical, address, label(primary, "evaluates to `public-read`"))
    }
}

fn privileged(primary: Span) -> Finding {
    Finding {
        title: "Container runs privileged".into(),
        message: "container `main` of `Deployment/default/trainer` runs privileged".into(),
        remedy: "Remove `privileged: true`.".into(),
        ..finding(
            "privileged-container",
            Severity::High,
            "Deployment/default/trainer",
            label(primary, "all of the node's devices"),
        )
    }
}

fn token(primary: Span, image: Span) -> Finding {
    Finding {
        title: "Credential in plain text".into(),
        category: Category::Secrets,
        related: vec![label(image, "passed to this image")],
        message: "`HF_TOKEN` is `hf_abcdefghijklmnopqrstuvwx`".into(),
        ..finding(
            "plain-text-credential",
            Severity::High,
            "Deployment/default/trainer",
            label(primary, "a Hugging Face token"),
        )
    }
}

fn secret(primary: Span) -> Finding {
    Finding {
        confidence: Confidence::Medium,
        ..finding("secret-in-repository", Severity::Medium, "Secret/default/db", label(primary, ""))
    }
}

fn world_open(primary: Span) -> Finding {
    finding("ingress-from-anywhere", Severity::Medium, "aws_security_group.x", label(primary, "the whole internet"))
}

fn password(primary: Span) -> Finding {
    finding(
        "database-plain-password",
        Severity::Low,
        "aws_db_instance.features",
        label(primary, "readable in the state, too"),
    )
}

fn owner(primary: Span) -> Finding {
    finding("tag-owner-format", Severity::Info, "aws_db_instance.features", label(primary, "no such team"))
}

fn copied(primary: Span) -> Finding {
    let lead = privileged(primary);
    Finding { copy_of: Some(lead.fingerprint.clone()), fingerprint: fingerprint(&["copy"]), ..lead }
}

fn shown(primary: Span) -> Finding {
    let shown = finding("example-open", Severity::Critical, "aws_vpc.example", label(primary, ""));
    Finding { purpose: Purpose::Sample, ..shown }
}

fn undecided(what: &str, span: Span) -> Undecided {
    Undecided {
        rule: "database-unencrypted".into(),
        address: "aws_db_instance.features".into(),
        span,
        code: "no-default",
        reason: format!("`{what}` has no default and no value was given"),
    }
}

fn skipped() -> Vec<Skipped> {
    let skip = |path: &str, reason| Skipped { path: path.into(), reason };
    vec![
        skip("chart/templates/deployment.yaml", SkipReason::HelmTemplate),
        skip("chart/templates/service.yaml", SkipReason::HelmTemplate),
        skip("infra/dump.json", SkipReason::TooLarge { bytes: 30 << 20 }),
    ]
}
