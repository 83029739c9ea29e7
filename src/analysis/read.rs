use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

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
    pub(super) documents: Vec<(FileId, Vec<Document>)>,
    pub(super) plans: Vec<plan::File>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) problems: Vec<Problem>,
    /// YAML and JSON files that are not ours.
    pub(super) n_foreign: usize,
    /// Files that the user does not want to be read.
    pub(super) n_excluded: usize,
}

/// What became of one file.
#[derive(Debug)]
pub enum Parsed {
    /// Terraform's blocks.
    Terraform(Body),
    /// Values of variables.
    Variables(Body),
    /// A Terraform plan or state.
    Plan(Box<Plan>),
    /// Kubernetes documents.
    Documents(Vec<Document>),
    /// Text that is neither.
    Foreign,
    /// Ours, and not analyzed.
    Skipped(SkipReason),
}

/// Reads and parses what the walk found, on all cores, in the order of paths.
pub(super) fn read(walked: Walked, fs: &dyn FileSystem, progress: &dyn Progress) -> Files {
    let mut files = Files::default();
    read_into(&mut files, walked, fs, progress);
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
    read_into(&mut beside, walked, fs, &());
    files.sources = beside.sources;
    files.terraform = beside.terraform;
}

/// What was read of one file.
struct Content {
    text: Arc<str>,
    plan: Option<Result<Plan, String>>,
}

impl Content {
    /// Recognizes plans, whose secrets are taken out of the text, and drops text that is not ours.
    fn of(path: &Path, kind: FileKind, text: Arc<str>, charts: &HashSet<PathBuf>) -> Self {
        if kind == FileKind::Json && plan::looks_like_plan(&text) {
            match Plan::parse(&text) {
                Ok(Some(plan)) => {
                    let text = plan::without_secrets(&text, &plan).into();
                    return Self { text, plan: Some(Ok(plan)) };
                }
                Ok(None) => {}
                Err(why) => return Self { text, plan: Some(Err(why)) },
            }
        }
        let is_kept = is_kustomization(path) || is_of_chart(path, charts);
        let text = if is_foreign(kind, &text) && !is_kept { Arc::from("") } else { text };
        Self { text, plan: None }
    }
}

fn read_into(files: &mut Files, walked: Walked, fs: &dyn FileSystem, progress: &dyn Progress) {
    files.skipped.extend(walked.skipped);
    files.n_excluded += walked.n_excluded;
    let charts: HashSet<PathBuf> = walked
        .files
        .iter()
        .filter(|(path, _)| path.file_name().is_some_and(|name| name == "Chart.yaml"))
        .filter_map(|(path, _)| path.parent().map(Path::to_path_buf))
        .collect();
    progress.phase("reading", walked.files.len());
    let texts: Vec<Result<Content, SkipReason>> = walked
        .files
        .par_iter()
        .map(|(path, kind)| {
            let text = fs.read(path).map_err(crate::source::ReadError::into_skip);
            progress.step(1);
            text.map(|text| Content::of(path, *kind, text, &charts))
        })
        .collect();
    let mut ids = Vec::new();
    for ((path, kind), text) in walked.files.into_iter().zip(texts) {
        match text {
            Ok(content) => ids.push((files.sources.add(path, kind, content.text), content.plan)),
            Err(SkipReason::TooLarge { .. } | SkipReason::Binary | SkipReason::NotUtf8) if kind == FileKind::Json => {
                files.n_foreign += 1;
            }
            Err(reason) => files.skipped.push(Skipped { path, reason }),
        }
    }
    progress.phase("parsing", ids.len());
    let sources = &files.sources;
    let parsed: Vec<(FileId, Parsed, Vec<Problem>)> = ids
        .into_par_iter()
        .map(|(id, plan)| {
            let (parsed, problems) = match plan {
                Some(Ok(plan)) => (Parsed::Plan(Box::new(plan)), Vec::new()),
                Some(Err(why)) => (Parsed::Skipped(SkipReason::Broken(why)), Vec::new()),
                None => parse(sources, id, &charts),
            };
            progress.step(1);
            (id, parsed, problems)
        })
        .collect();
    for (id, parsed, problems) in parsed {
        let path = || files.sources.file(id).path.clone();
        match parsed {
            Parsed::Terraform(body) => files.terraform.push(File { path: path(), body: Arc::new(body) }),
            Parsed::Variables(body) => files.variables.push(File { path: path(), body: Arc::new(body) }),
            Parsed::Plan(plan) => {
                let n_bytes = files.sources.file(id).text.len();
                files.plans.push(plan::File { path: path(), id, n_bytes, plan: *plan });
            }
            Parsed::Documents(documents) => files.documents.push((id, documents)),
            Parsed::Foreign => {
                files.n_foreign += 1;
                continue;
            }
            Parsed::Skipped(reason) => {
                files.skipped.push(Skipped { path: path(), reason });
                files.problems.extend(problems);
                continue;
            }
        }
        files.problems.extend(problems);
        files.parsed.push(id);
    }
}

/// A cheap look that spares the parser what cannot be Kubernetes.
fn is_foreign(kind: FileKind, text: &str) -> bool {
    matches!(kind, FileKind::Yaml | FileKind::Json) && !yaml::looks_like_kubernetes(text)
}

fn parse(sources: &SourceMap, id: FileId, charts: &HashSet<PathBuf>) -> (Parsed, Vec<Problem>) {
    let file = sources.file(id);
    let text = &file.text;
    match file.kind {
        FileKind::Terraform => terraform(hcl::parse(text, id), Parsed::Terraform),
        FileKind::TerraformJson => terraform(hcl::parse_json(text, id), Parsed::Terraform),
        FileKind::Tfvars => terraform(hcl::parse(text, id), Parsed::Variables),
        FileKind::TfvarsJson => terraform(hcl::parse_tfvars_json(text, id), Parsed::Variables),
        FileKind::Config => (Parsed::Foreign, Vec::new()),
        FileKind::Yaml | FileKind::Json if text.is_empty() => (Parsed::Foreign, Vec::new()),
        FileKind::Yaml => documents(yaml::parse(text, id), &file.path, text, charts),
        FileKind::Json => documents(yaml::parse_json(text, id), &file.path, text, charts),
    }
}

fn terraform(parsed: syntax::Parsed<Body>, of: fn(Body) -> Parsed) -> (Parsed, Vec<Problem>) {
    let syntax::Parsed { tree, problems } = parsed;
    let is_empty = tree.attributes.is_empty() && tree.blocks.is_empty();
    if is_empty && !problems.is_empty() {
        return (Parsed::Skipped(broken(&problems)), problems);
    }
    (of(tree), problems)
}

fn documents(
    parsed: syntax::Parsed<Vec<Document>>,
    path: &Path,
    text: &str,
    charts: &HashSet<PathBuf>,
) -> (Parsed, Vec<Problem>) {
    let syntax::Parsed { tree, problems } = parsed;
    let is_in_chart = path.ancestors().skip(1).any(|folder| charts.contains(folder));
    if is_helm_template(path, text, is_in_chart, problems.is_empty()) {
        return (Parsed::Skipped(SkipReason::HelmTemplate), Vec::new());
    }
    if let Some(limit) = problems.iter().find_map(yaml::limit_exceeded) {
        return (Parsed::Skipped(SkipReason::LimitExceeded(limit.to_owned())), problems);
    }
    let is_ours = |document: &Document| {
        ["apiVersion", "kind"].iter().all(|key| document.value.get(key).is_some_and(|value| value.as_str().is_some()))
    };
    let is_ours_by_name = is_kustomization(path) || is_of_chart(path, charts);
    if tree.iter().any(is_ours) || (is_ours_by_name && problems.is_empty()) {
        return (Parsed::Documents(tree), problems);
    }
    if problems.is_empty() {
        return (Parsed::Foreign, problems);
    }
    (Parsed::Skipped(broken(&problems)), problems)
}
