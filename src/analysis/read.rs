use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::manifests::{is_kustomization, is_of_chart};
use super::{Progress, broken};
use crate::kubernetes::is_helm_template;
use crate::source::{FileId, FileKind, FileSystem, Problem, SkipReason, Skipped, SourceMap, Walked, modules};
use crate::syntax::hcl::Body;
use crate::syntax::yaml::{self, Document};
use crate::syntax::{self, hcl};
use crate::terraform::File;
use crate::terraform::plan::{self, Plan};

/// All files that were read and parsed.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) sources: SourceMap,
    /// Ids of the files that were analyzed.
    pub(super) parsed: Vec<FileId>,
    pub(super) terraform: Vec<File>,
    pub(super) variables: Vec<File>,
    pub(super) documents: Vec<(FileId, Arc<[Document]>)>,
    pub(super) plans: Vec<plan::File>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) problems: Vec<Problem>,
    /// YAML and JSON files that are not ours.
    pub(super) n_foreign: usize,
    /// Files that the user does not want to be read.
    pub(super) n_excluded: usize,
}

/// What became of one file.
#[derive(Clone, Debug)]
enum Parsed {
    /// Terraform's blocks.
    Terraform(Arc<Body>),
    /// Values of variables.
    Variables(Arc<Body>),
    /// A Terraform plan or state.
    Plan(Arc<Plan>),
    /// Kubernetes documents.
    Documents(Arc<[Document]>),
    /// Text that is neither.
    Foreign,
    /// Ours, and not analyzed.
    Skipped(SkipReason),
}

/// The files of the last run, by path, as they were read and parsed.
#[derive(Debug, Default)]
pub(super) struct Kept {
    known: FxHashMap<PathBuf, Held>,
    /// Those of this run.
    used: FxHashMap<PathBuf, Held>,
    /// Known ones that may hold another text.
    stale: FxHashSet<PathBuf>,
}

/// One file.
#[derive(Clone, Debug)]
struct Held {
    role: Role,
    content: Result<Content, SkipReason>,
    /// With the id that its spans name.
    parsed: Option<(FileId, Parsed, Arc<[Problem]>)>,
}

/// What decides how a file is read, beside its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Role {
    kind: FileKind,
    is_in_chart: bool,
    /// It says how manifests are put together or what a chart is, and may well look like nothing of ours.
    is_ours_by_name: bool,
}

impl Role {
    fn of(path: &Path, kind: FileKind, charts: &HashSet<PathBuf>) -> Self {
        let is_in_chart = path.ancestors().skip(1).any(|folder| charts.contains(folder));
        Self { kind, is_in_chart, is_ours_by_name: is_kustomization(path) || is_of_chart(path, charts) }
    }
}

impl Kept {
    /// A file may hold another text.
    pub(super) fn read_again(&mut self, path: PathBuf) {
        self.stale.insert(path);
    }

    /// Every file may hold another text.
    pub(super) fn read_all_again(&mut self) {
        self.stale.extend(self.known.keys().cloned());
    }

    fn read(&self, path: &Path, role: Role, fs: &dyn FileSystem) -> Held {
        let known = self.known.get(path).filter(|known| known.role == role);
        if let Some(known) = known.filter(|_| !self.stale.contains(path)) {
            return known.clone();
        }
        let content = fs.read_once(path).map_err(crate::source::ReadError::into_skip);
        let content = content.map(|text| Content::of(role, text));
        match (known.map(|known| (known, &known.content)), &content) {
            (Some((known, Ok(then))), Ok(now)) if then.is(now) => known.clone(),
            _ => Held { role, content, parsed: None },
        }
    }

    /// Forgets what this run had no use for.
    pub(super) fn finish(&mut self) {
        self.known = std::mem::take(&mut self.used);
        self.stale.clear();
    }
}

/// Reads and parses what the walk found, on all cores, in the order of paths.
pub(super) fn read(walked: &Walked, fs: &dyn FileSystem, kept: &mut Kept, progress: &dyn Progress) -> Files {
    let mut files = Files::default();
    read_into(&mut files, walked, fs, kept, progress);
    drop_repeated_plans(&mut files, fs);
    files
}

/// A plan is often named beside the folder it stands in; it is one deployment all the same.
fn drop_repeated_plans(files: &mut Files, fs: &dyn FileSystem) {
    let mut seen = HashSet::new();
    let Files { plans, parsed, .. } = files;
    plans.retain(|plan| {
        let is_new = seen.insert(fs.real_path(&plan.path).unwrap_or_else(|| plan.path.clone()));
        if !is_new {
            parsed.retain(|id| *id != plan.id);
        }
        is_new
    });
}

/// Reads the sources beside plans that were given alone, for nothing but their places: they count
/// neither as analyzed nor as skipped.
pub(super) fn read_beside_plans(files: &mut Files, fs: &dyn FileSystem) {
    let mut walked = Walked::default();
    for plan in &files.plans {
        let folder = plan.path.parent().unwrap_or(Path::new(""));
        walked.files.extend(modules(folder, &plan.plan.folders()));
    }
    walked.files.sort();
    walked.files.dedup();
    let mut beside = Files { sources: std::mem::take(&mut files.sources), ..Files::default() };
    // They are in no walk, so that nobody would notice when they change.
    read_into(&mut beside, &walked, fs, &mut Kept::default(), &());
    files.sources = beside.sources;
    files.terraform = beside.terraform;
}

/// What was read of one file.
#[derive(Clone, Debug)]
struct Content {
    text: Arc<str>,
    plan: Option<Result<Arc<Plan>, String>>,
}

impl Content {
    /// Recognizes plans, whose secrets are taken out of the text, and drops text that is not ours.
    fn of(role: Role, text: Arc<str>) -> Self {
        if role.kind == FileKind::Json && plan::looks_like_plan(&text) {
            match Plan::parse(&text) {
                Ok(Some(plan)) => {
                    let text = plan::without_secrets(&text, &plan).into();
                    return Self { text, plan: Some(Ok(Arc::new(plan))) };
                }
                Ok(None) => {}
                Err(why) => return Self { text, plan: Some(Err(why)) },
            }
        }
        let text = if is_foreign(role.kind, &text) && !role.is_ours_by_name { Arc::from("") } else { text };
        Self { text, plan: None }
    }

    /// Whether the other is the same, so that nothing else can come of it.
    fn is(&self, other: &Self) -> bool {
        self.plan.is_none() && other.plan.is_none() && self.text == other.text
    }
}

impl Held {
    /// With its tree, unless it has one of that id.
    fn parsed(mut self, path: &Path, id: FileId) -> Self {
        if self.parsed.as_ref().is_none_or(|(known, ..)| *known != id)
            && let Ok(content) = &self.content
        {
            let (parsed, problems) = match &content.plan {
                Some(Ok(plan)) => (Parsed::Plan(Arc::clone(plan)), Vec::new()),
                Some(Err(why)) => (Parsed::Skipped(SkipReason::Broken(why.clone())), Vec::new()),
                None => parse(path, &content.text, id, self.role),
            };
            self.parsed = Some((id, parsed, problems.into()));
        }
        self
    }
}

fn read_into(files: &mut Files, walked: &Walked, fs: &dyn FileSystem, kept: &mut Kept, progress: &dyn Progress) {
    files.skipped.extend(walked.skipped.iter().cloned());
    files.n_excluded += walked.n_excluded;
    let charts: HashSet<PathBuf> = walked
        .files
        .iter()
        .filter(|(path, _)| path.file_name().is_some_and(|name| name == "Chart.yaml"))
        .filter_map(|(path, _)| path.parent().map(Path::to_path_buf))
        .collect();
    progress.phase("reading", walked.files.len());
    let read = |(path, kind): &(PathBuf, FileKind)| {
        let held = kept.read(path, Role::of(path, *kind, &charts), fs);
        progress.step(1);
        held
    };
    let read: Vec<Held> = walked.files.par_iter().map(read).collect();
    let mut texts = Vec::new();
    for ((path, kind), held) in walked.files.iter().zip(read) {
        match &held.content {
            Ok(content) => {
                let id = files.sources.add(path.clone(), *kind, Arc::clone(&content.text));
                texts.push((id, path, held));
                continue;
            }
            Err(SkipReason::TooLarge { .. } | SkipReason::Binary | SkipReason::NotUtf8) if *kind == FileKind::Json => {
                files.n_foreign += 1;
            }
            Err(reason) => files.skipped.push(Skipped { path: path.clone(), reason: reason.clone() }),
        }
        kept.used.insert(path.clone(), held);
    }
    progress.phase("parsing", texts.len());
    let parse = |(id, path, held): (FileId, &PathBuf, Held)| {
        let held = held.parsed(path, id);
        progress.step(1);
        (id, path.clone(), held)
    };
    let parsed: Vec<(FileId, PathBuf, Held)> = texts.into_par_iter().map(parse).collect();
    for (id, path, held) in parsed {
        if let Some((_, parsed, problems)) = &held.parsed {
            files.add(id, &path, parsed.clone(), problems);
        }
        kept.used.insert(path, held);
    }
}

impl Files {
    fn add(&mut self, id: FileId, path: &Path, parsed: Parsed, problems: &[Problem]) {
        let path = path.to_path_buf();
        match parsed {
            Parsed::Terraform(body) => self.terraform.push(File { path, body }),
            Parsed::Variables(body) => self.variables.push(File { path, body }),
            Parsed::Plan(plan) => {
                let n_bytes = self.sources.file(id).text.len();
                self.plans.push(plan::File { path, id, n_bytes, plan });
            }
            Parsed::Documents(documents) => self.documents.push((id, documents)),
            Parsed::Foreign => {
                self.n_foreign += 1;
                return;
            }
            Parsed::Skipped(reason) => {
                self.skipped.push(Skipped { path, reason });
                self.problems.extend_from_slice(problems);
                return;
            }
        }
        self.problems.extend_from_slice(problems);
        self.parsed.push(id);
    }
}

/// A cheap look that spares the parser what cannot be Kubernetes.
fn is_foreign(kind: FileKind, text: &str) -> bool {
    matches!(kind, FileKind::Yaml | FileKind::Json) && !yaml::looks_like_kubernetes(text)
}

fn parse(path: &Path, text: &str, id: FileId, role: Role) -> (Parsed, Vec<Problem>) {
    match role.kind {
        FileKind::Terraform => terraform(hcl::parse(text, id), Parsed::Terraform),
        FileKind::TerraformJson => terraform(hcl::parse_json(text, id), Parsed::Terraform),
        FileKind::Tfvars => terraform(hcl::parse(text, id), Parsed::Variables),
        FileKind::TfvarsJson => terraform(hcl::parse_tfvars_json(text, id), Parsed::Variables),
        FileKind::Config => (Parsed::Foreign, Vec::new()),
        FileKind::Yaml | FileKind::Json if text.is_empty() => (Parsed::Foreign, Vec::new()),
        FileKind::Yaml => documents(yaml::parse(text, id), path, text, role),
        FileKind::Json => documents(yaml::parse_json(text, id), path, text, role),
    }
}

fn terraform(parsed: syntax::Parsed<Body>, of: fn(Arc<Body>) -> Parsed) -> (Parsed, Vec<Problem>) {
    let syntax::Parsed { tree, problems } = parsed;
    let is_empty = tree.attributes.is_empty() && tree.blocks.is_empty();
    if is_empty && !problems.is_empty() {
        return (Parsed::Skipped(broken(&problems)), problems);
    }
    (of(Arc::new(tree)), problems)
}

fn documents(parsed: syntax::Parsed<Vec<Document>>, path: &Path, text: &str, role: Role) -> (Parsed, Vec<Problem>) {
    let syntax::Parsed { tree, problems } = parsed;
    if is_helm_template(path, text, role.is_in_chart, problems.is_empty()) {
        return (Parsed::Skipped(SkipReason::HelmTemplate), Vec::new());
    }
    if let Some(limit) = problems.iter().find_map(yaml::limit_exceeded) {
        return (Parsed::Skipped(SkipReason::LimitExceeded(limit.to_owned())), problems);
    }
    let is_ours = |document: &Document| {
        ["apiVersion", "kind"].iter().all(|key| document.value.get(key).is_some_and(|value| value.as_str().is_some()))
    };
    if tree.iter().any(is_ours) || (role.is_ours_by_name && problems.is_empty()) {
        return (Parsed::Documents(tree.into()), problems);
    }
    if problems.is_empty() {
        return (Parsed::Foreign, problems);
    }
    (Parsed::Skipped(broken(&problems)), problems)
}
