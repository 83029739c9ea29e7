//! A workspace that is kept warm says what an analysis from cold says, whatever was done to the files.
//!
//! `STANCHION_WARM_CASES` is the number of random sequences of edits.

#![expect(clippy::string_slice, reason = "offsets are those of characters, and a test may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use stanchion::analysis::{Controls, Deployment, Given, Inputs, Outcome, Settings, Workspace, analyze};
use stanchion::graph::{Format, dump};
use stanchion::rules::Choice;
use stanchion::rules::schema::Audience;
use stanchion::source::Disk;

/// Steps of one sequence.
const MAX_STEPS: usize = 14;

/// A project in which everything depends on something else.
const WOVEN: &[(&str, &str)] = &[
    (
        "main.tf",
        "variable \"acl\" {\n  default = \"private\"\n}\n\nlocals {\n  names = { for k in [\"a\", \"b\"] : k => \"${k}-${var.acl}\" }\n  policy = jsondecode(file(\"policy.json\"))\n}\n\nresource \"aws_s3_bucket\" \"logs\" {\n  for_each = local.names\n  bucket   = each.value\n}\n\nresource \"aws_s3_bucket_acl\" \"logs\" {\n  for_each = local.names\n  bucket   = aws_s3_bucket.logs[each.key].id\n  acl      = var.acl\n}\n\nmodule \"net\" {\n  source = \"./net\"\n  open   = var.acl == \"public-read\"\n}\n\nmodule \"far\" {\n  source = \"registry/far/aws\"\n}\n",
    ),
    (
        "iam.tf",
        "resource \"aws_iam_policy\" \"p\" {\n  policy = templatefile(\"tpl/policy.tpl\", { action = \"*\" })\n}\n\nresource \"aws_iam_policy\" \"q\" {\n  # stanchion:allow iam-policy-wildcard-action -- tried\n  policy = file(\"${path.module}/policy.json\")\n}\n\noutput \"all\" {\n  value = [for f in fileset(\"tpl\", \"*\") : f]\n}\n",
    ),
    ("terraform.tfvars", "acl = \"public-read\"\n"),
    ("b.auto.tfvars", "acl = \"public-read-write\"\n"),
    (
        "policy.json",
        "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]}\n",
    ),
    ("tpl/policy.tpl", "{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"${action}\", \"Resource\": \"*\"}]}\n"),
    (".terraform.lock.hcl", "provider \"registry.terraform.io/hashicorp/aws\" {\n  version = \"3.2.0\"\n}\n"),
    (
        ".terraform/modules/modules.json",
        "{\"Modules\": [{\"Key\": \"\", \"Dir\": \".\"}, {\"Key\": \"far\", \"Dir\": \".terraform/modules/far\"}]}\n",
    ),
    (".terraform/modules/far/main.tf", "resource \"aws_db_instance\" \"d\" {\n  publicly_accessible = true\n}\n"),
    (
        "net/main.tf",
        "variable \"open\" {\n  type = bool\n}\n\nresource \"aws_security_group\" \"g\" {\n  ingress {\n    from_port   = 22\n    to_port     = 22\n    protocol    = \"tcp\"\n    cidr_blocks = var.open ? [\"0.0.0.0/0\"] : [\"10.0.0.0/8\"]\n  }\n}\n\noutput \"group\" {\n  value = aws_security_group.g.id\n}\n",
    ),
    (
        "env/prod/main.tf",
        "module \"net\" {\n  source = \"../../net\"\n  open   = true\n}\n\nresource \"aws_instance\" \"i\" {\n  vpc_security_group_ids = [module.net.group]\n  user_data              = file(\"../../tpl/policy.tpl\")\n}\n\nmoved {\n  from = aws_instance.h\n  to   = aws_instance.i\n}\n",
    ),
    ("env/prod/one.tfvars", "size = 1\n"),
    ("env/main_override.tf", "resource \"aws_s3_bucket\" \"x\" {\n  acl = \"public-read\"\n}\n"),
    (
        "env/main.tf",
        "resource \"aws_s3_bucket\" \"x\" {\n  acl = \"private\"\n}\n\nresource \"kubernetes_deployment\" \"web\" {\n  metadata {\n    name      = \"web\"\n    namespace = \"prod\"\n  }\n  spec {\n    template {\n      metadata {\n        labels = { app = \"web\" }\n      }\n      spec {\n        container {\n          name  = \"c\"\n          image = \"nginx:latest\"\n          security_context {\n            privileged = true\n          }\n        }\n      }\n    }\n  }\n}\n",
    ),
    (
        "k8s/deploy.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: llm\n  namespace: ai\n  annotations:\n    stanchion.dev/allow: k8s-image-latest -- pinned elsewhere\nspec:\n  template:\n    metadata:\n      labels:\n        app: llm\n    spec:\n      hostNetwork: true\n      containers:\n        - name: c\n          image: vllm/vllm-openai:v0.10.2\n          ports: [{containerPort: 8000}]\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: llm\n  namespace: ai\nspec:\n  type: LoadBalancer\n  selector:\n    app: llm\n  ports: [{port: 80, targetPort: 8000}]\n",
    ),
    (
        "k8s/patch.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: llm\n  namespace: ai\nspec:\n  replicas: 2\n",
    ),
    ("k8s/kustomization.yaml", "resources:\n  - deploy.yaml\npatches:\n  - path: patch.yaml\n"),
    (
        "chart/Chart.yaml",
        "apiVersion: v2\nname: chart\nversion: 1.0.0\ndependencies:\n  - name: redis\n    version: 1.2.3\n    repository: https://charts.example\n",
    ),
    ("chart/values.yaml", "redis:\n  auth:\n    enabled: false\n"),
    (
        "chart/templates/a.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\nspec:\n  containers:\n    - name: c\n      securityContext:\n        privileged: true\n",
    ),
    (".gitignore", "ignored/\n*.gen.tf\n"),
    ("data.json", "{\"a\": 1}\n"),
];

/// What is typed.
const TYPED: &[&str] = &[
    "\nresource \"aws_s3_bucket\" \"n\" {\n  acl = \"public-read\"\n}\n",
    "\nvariable \"size\" {}\n",
    "\nmodule \"more\" {\n  source = \"./net\"\n  open   = true\n}\n",
    "\nmodule \"far\" {\n  source = \"../../net\"\n}\n",
    "\nprovider \"aws\" {\n  version = \"~> 2.0\"\n  region = var.acl\n}\n",
    "\nmoved {\n  from = aws_s3_bucket.m\n  to = aws_s3_bucket.n\n}\n",
    "  count = 2\n",
    "  acl = var.acl\n",
    "acl = \"private\"\n",
    "  x = file(\"policy.json\")\n",
    "  x = fileexists(\"net/new.tf\")\n",
    "  x = length(fileset(\"env\", \"**\"))\n",
    "# stanchion:allow s3-bucket-public-acl -- typed\n",
    "#checkov:skip=CKV_AWS_20:typed\n",
    "# stanchion:allow\n",
    "{",
    "}",
    "\"",
    "${",
    "\n",
    " ",
    "/*",
    "---\n",
    "- path: deploy.yaml\n",
    "    privileged: true\n",
    "  hostPID: true\n",
    "kind: Pod\n",
    "{{ .Values.x }}",
    ": [",
    "\t",
    "ä𝕏",
    "\u{feff}",
    "\0",
    "*.tf\n",
];

/// Files that may come.
const NEW: &[&str] = &[
    "a.tf",
    "z.tf",
    "z.tf.json",
    "net/new.tf",
    "net/main.tofu",
    "env/prod/terraform.tfvars",
    "env/prod/a.auto.tfvars.json",
    "deep/er/new.tf",
    "ignored/i.tf",
    "g.gen.tf",
    "tpl/more.tpl",
    "k8s/more.yaml",
    "k8s/sub/Chart.yaml",
    "k8s/sub/values.yaml",
    "chart/requirements.yaml",
    "net/.gitignore",
    "env/.terraform.lock.hcl",
    ".terraform/modules/far/more.tf",
    "plan.json",
];

/// One thing that is done, and numbers that choose what it is done to.
#[derive(Clone, Debug)]
struct Step {
    what: u8,
    file: u16,
    at: u16,
    text: u16,
}

fn step() -> impl Strategy<Value = Step> {
    (0..16_u8, any::<u16>(), any::<u16>(), any::<u16>()).prop_map(|(what, file, at, text)| Step {
        what,
        file,
        at,
        text,
    })
}

/// The files as they are on the disk and in the editor, below a folder of their own; and a second
/// folder in which what the editor shows is on the disk.
struct Bench {
    root: PathBuf,
    mirror: PathBuf,
    disk: BTreeMap<PathBuf, String>,
    open: BTreeMap<PathBuf, String>,
    /// Texts that were replaced.
    undo: Vec<(PathBuf, String)>,
    mirrored: BTreeMap<PathBuf, String>,
    workspace: Workspace,
    variant: u8,
}

impl Bench {
    fn new(folder: &Path, files: BTreeMap<PathBuf, String>, variant: u8) -> Self {
        let (root, mirror) = (folder.join("a"), folder.join("b"));
        std::fs::create_dir_all(&root).unwrap();
        std::fs::create_dir_all(&mirror).unwrap();
        let workspace = Workspace::new(settings(&root, variant));
        let mut bench = Self {
            root,
            mirror,
            disk: BTreeMap::new(),
            open: BTreeMap::new(),
            undo: Vec::new(),
            mirrored: BTreeMap::new(),
            workspace,
            variant,
        };
        for (path, text) in files {
            write(&bench.root, &path, &text);
            bench.disk.insert(path, text);
        }
        bench
    }

    fn shown(&self) -> BTreeMap<PathBuf, String> {
        let mut shown = self.disk.clone();
        shown.extend(self.open.clone());
        shown
    }

    fn show(&mut self, path: &Path, text: String) {
        // Git reads what to ignore from the disk, and so does the walk.
        if path.ends_with(".gitignore") {
            return self.change(path, Some(text));
        }
        let before = self.shown().remove(path).unwrap_or_default();
        self.undo.push((path.to_path_buf(), before));
        self.workspace.open(&self.root.join(path), &Arc::from(text.as_str()));
        self.open.insert(path.to_path_buf(), text);
    }

    /// The text on the disk becomes another one, or goes; somebody says so.
    fn change(&mut self, path: &Path, text: Option<String>) {
        if let Some(text) = text {
            write(&self.root, path, &text);
            self.disk.insert(path.to_path_buf(), text);
        } else {
            std::fs::remove_file(self.root.join(path)).unwrap();
            self.disk.remove(path);
        }
        self.workspace.touched(&[self.root.join(path)]);
    }

    fn apply(&mut self, step: &Step) {
        let shown: Vec<(PathBuf, String)> = self.shown().into_iter().collect();
        let Some((path, text)) = shown.get(usize::from(step.file) % shown.len().max(1)).cloned() else { return };
        let new = PathBuf::from(NEW[usize::from(step.file) % NEW.len()]);
        let typed = TYPED[usize::from(step.text) % TYPED.len()];
        match step.what {
            0..=3 => self.show(&path, inserted(&text, step.at, typed)),
            4 => self.show(&path, removed(&text, step.at, usize::from(step.text % 40))),
            5 => self.show(&path, with_line(&text, step.at, typed)),
            6 => {
                if let Some((path, text)) = self.undo.pop() {
                    self.show(&path, text);
                }
            }
            7 => {
                // Closed without being saved.
                if let Some(path) = nth(self.open.keys(), step.at).cloned() {
                    self.open.remove(&path);
                    self.workspace.close(&self.root.join(&path));
                }
            }
            8 => {
                if let Some(path) = nth(self.open.keys(), step.at).cloned() {
                    let text = self.open[&path].clone();
                    self.change(&path, Some(text));
                }
            }
            9 => self.show(&new, typed.to_owned()),
            10 => self.change(&new, Some(text)),
            11 => self.change(&path, Some(inserted(&text, step.at, typed))),
            12 if self.disk.contains_key(&path) => self.change(&path, None),
            13 if self.disk.contains_key(&path) => {
                let text = self.disk[&path].clone();
                self.change(&path, None);
                self.change(&new, Some(text));
            }
            14 => {
                // A folder goes, and nobody says more than that.
                let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
                if folder.as_os_str().is_empty() || !self.root.join(&folder).is_dir() {
                    return;
                }
                std::fs::remove_dir_all(self.root.join(&folder)).unwrap();
                self.disk.retain(|path, _| !path.starts_with(&folder));
                self.workspace.touched(&[self.root.join(folder)]);
            }
            _ => self.change(&path, Some(with_line(&text, step.at, typed))),
        }
    }

    /// Asks both ways.
    fn compare(&mut self, done: &[Step]) -> Result<(), TestCaseError> {
        let shown = self.shown();
        for path in self.mirrored.keys().filter(|path| !shown.contains_key(*path)) {
            std::fs::remove_file(self.mirror.join(path)).unwrap();
            let folders = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
            folders.for_each(|folder| drop(std::fs::remove_dir(self.mirror.join(folder))));
        }
        for (path, text) in shown.iter().filter(|(path, text)| self.mirrored.get(*path) != Some(text)) {
            write(&self.mirror, path, text);
        }
        self.mirrored = shown;
        let cold = analyze(&settings(&self.mirror, self.variant), &Disk, &());
        let warm = self.workspace.analyze(&());
        match (&warm, &cold) {
            (Ok(warm), Ok(cold)) => {
                let (warm, cold) = (told(warm, &self.root), told(cold, &self.mirror));
                if warm != cold {
                    let differ = warm.lines().zip(cold.lines()).find(|(warm, cold)| warm != cold);
                    return Err(TestCaseError::fail(format!("after {done:?}\nwarm, cold: {differ:#?}")));
                }
            }
            (Err(warm), Err(cold)) => {
                let bare = |text: String, root: &Path| text.replace(&root.display().to_string(), "");
                prop_assert_eq!(bare(warm.to_string(), &self.root), bare(cold.to_string(), &self.mirror));
            }
            _ => {
                return Err(TestCaseError::fail(format!(
                    "after {done:?}\nwarm {}, cold {}",
                    warm.is_ok(),
                    cold.is_ok()
                )));
            }
        }
        Ok(())
    }
}

fn settings(root: &Path, variant: u8) -> Settings {
    let mut settings = Settings { roots: vec![root.to_path_buf()], ..Settings::default() };
    match variant % 4 {
        #[cfg(feature = "classifier")]
        0 => settings.suspect = Some(stanchion::analysis::Suspect::default()),
        #[cfg(not(feature = "classifier"))]
        0 => {}
        1 => {
            settings.choice = Choice { audience: Audience::Pedantic, ..Choice::default() };
            settings.inputs = Inputs {
                environment: vec![("size".into(), "3".into())],
                arguments: vec![
                    Given::Variable("acl".into(), "private".into()),
                    Given::Variable("none".into(), String::new()),
                ],
            };
        }
        2 => {
            settings.controls =
                Controls { framework: Some("nist-800-53".into()), has_taxonomies: true, counts_samples: false };
            let of = |name: &str| Deployment {
                folder: root.join("env/prod"),
                variable_files: vec![(name.to_owned(), root.join("env/prod").join(name))],
            };
            settings.deployments = vec![of("one.tfvars"), of("../../terraform.tfvars")];
        }
        _ => {
            settings.roots = vec![root.join("env"), root.join("k8s"), root.join("main.tf")];
            settings.inputs.arguments = vec![Given::File(root.join("terraform.tfvars"))];
        }
    }
    settings
}

/// All that an outcome says, its files without the folder they are in.
fn told(outcome: &Outcome, root: &Path) -> String {
    let files: Vec<_> = outcome.sources.files().iter().map(|file| (&file.path, file.kind, file.text.len())).collect();
    let graph = dump(&outcome.graph, &outcome.sources, Format::Text);
    let text = format!("{files:#?}\n{:#?}\n{graph}", outcome.assessment);
    text.replace(&root.display().to_string(), "")
}

fn write(root: &Path, path: &Path, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn nth<T>(mut all: impl ExactSizeIterator<Item = T>, at: u16) -> Option<T> {
    let n = all.len();
    all.nth(usize::from(at).checked_rem(n)?)
}

/// An offset between two characters.
fn offset(text: &str, at: u16) -> usize {
    let offsets: Vec<usize> = text.char_indices().map(|(offset, _)| offset).chain([text.len()]).collect();
    offsets[usize::from(at) % offsets.len()]
}

fn inserted(text: &str, at: u16, typed: &str) -> String {
    // Half of what is typed is a line of its own.
    let at = offset(text, at);
    let at = if at.is_multiple_of(2) { at } else { text[..at].rfind('\n').map_or(0, |line| line + 1) };
    format!("{}{typed}{}", &text[..at], &text[at..])
}

fn removed(text: &str, at: u16, n_chars: usize) -> String {
    let start = offset(text, at);
    let end = text[start..].char_indices().nth(n_chars).map_or(text.len(), |(offset, _)| start + offset);
    format!("{}{}", &text[..start], &text[end..])
}

fn with_line(text: &str, at: u16, typed: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if let Some(line) = usize::from(at).checked_rem(lines.len()) {
        lines[line] = typed.trim_end();
    }
    lines.join("\n") + "\n"
}

/// The projects that sequences start from: the woven one, and fixtures.
fn project(which: u8) -> BTreeMap<PathBuf, String> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folder = match which % 8 {
        5 => fixtures.join("demo"),
        6 => fixtures.join("rules/s3-bucket-public-acl"),
        7 => fixtures.join("plans"),
        _ => return WOVEN.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect(),
    };
    let files = ignore::WalkBuilder::new(&folder).standard_filters(false).build().flatten();
    let files = files.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    let read = |entry: ignore::DirEntry| {
        let path = entry.path().strip_prefix(&folder).ok()?.to_path_buf();
        Some((path, std::fs::read_to_string(entry.path()).ok()?))
    };
    files.filter_map(read).take(40).collect()
}

#[test]
fn warm_equals_cold_after_any_edits() {
    let n_cases = std::env::var("STANCHION_WARM_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(24);
    let config = ProptestConfig { cases: n_cases, max_shrink_iters: 200, ..ProptestConfig::default() };
    let steps = proptest::collection::vec(step(), 1..MAX_STEPS);
    proptest!(config, |(which in any::<u8>(), variant in any::<u8>(), steps in steps)| {
        let folder = tempfile::tempdir().unwrap();
        let mut bench = Bench::new(&folder.path().canonicalize().unwrap(), project(which), variant);
        bench.compare(&[])?;
        for n in 0..steps.len() {
            bench.apply(&steps[n]);
            bench.compare(&steps[..=n])?;
        }
    });
}

#[test]
fn nothing_new_is_the_same_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, Path::new("main.tf"), "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n");
    let mut workspace = Workspace::new(settings(root, 0));
    let first = workspace.analyze(&()).unwrap();
    assert!(Arc::ptr_eq(&workspace.analyze(&()).unwrap(), &first));
    assert!(!workspace.touched(&[root.join(".git/index"), root.join("target/debug/a.o")]));
    assert!(Arc::ptr_eq(&workspace.analyze(&()).unwrap(), &first));
    // A text on the disk that nobody said anything of is not looked for.
    write(root, Path::new("main.tf"), "");
    workspace.open(&root.join("other.tf"), &"locals {}\n".into());
    assert_eq!(workspace.analyze(&()).unwrap().assessment.findings, first.assessment.findings);
    assert!(workspace.touched(&[root.join("main.tf")]));
    assert!(workspace.analyze(&()).unwrap().assessment.findings.is_empty());
}

/// A server analyzes beside the thread that listens.
#[test]
fn a_workspace_may_go_to_another_thread() {
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = Workspace::new(settings(folder.path(), 0));
    let outcome = std::thread::spawn(move || workspace.analyze(&()).unwrap()).join().unwrap();
    assert!(outcome.assessment.findings.is_empty());
}

#[cfg(unix)]
#[test]
fn a_document_is_open_under_all_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, Path::new("a/main.tf"), "resource \"aws_s3_bucket\" \"b\" {\n}\n");
    std::os::unix::fs::symlink("a", root.join("b")).unwrap();
    let mut workspace = Workspace::new(settings(root, 0));
    workspace.analyze(&()).unwrap();
    let public = "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n";
    workspace.open(&root.join("a/../b/main.tf"), &public.into());
    let warm = told(&workspace.analyze(&()).unwrap(), root);
    write(root, Path::new("a/main.tf"), public);
    let cold = told(&analyze(&settings(root, 0), &Disk, &()).unwrap(), root);
    assert_eq!(warm, cold);
    assert!(warm.contains("s3-bucket-public-acl"));
}
