use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::{Progress, broken};
use crate::kubernetes::is_helm_template;
use crate::source::{FileId, FileKind, FileSystem, Problem, SkipReason, Skipped, SourceMap, Walked};
use crate::syntax::hcl::Body;
use crate::syntax::yaml::{self, Document};
use crate::syntax::{self, hcl};
use crate::terraform::File;

/// All files that were read and parsed.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) sources: SourceMap,
    /// Ids of the files that were analyzed.
    pub(super) parsed: Vec<FileId>,
    pub(super) terraform: Vec<File>,
    pub(super) variables: Vec<File>,
    pub(super) documents: Vec<(FileId, Vec<Document>)>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) problems: Vec<Problem>,
    /// YAML and JSON files that are not ours.
    pub(super) n_foreign: usize,
}

/// What became of one file.
#[derive(Debug)]
pub enum Parsed {
    /// Terraform's blocks.
    Terraform(Body),
    /// Values of variables.
    Variables(Body),
    /// Kubernetes documents.
    Documents(Vec<Document>),
    /// Text that is neither.
    Foreign,
    /// Ours, and not analyzed.
    Skipped(SkipReason),
}

/// Reads and parses what the walk found, on all cores, in the order of paths.
pub(super) fn read(walked: Walked, fs: &dyn FileSystem, progress: &dyn Progress) -> Files {
    let charts: HashSet<PathBuf> = walked
        .files
        .iter()
        .filter(|(path, _)| path.file_name().is_some_and(|name| name == "Chart.yaml"))
        .filter_map(|(path, _)| path.parent().map(Path::to_path_buf))
        .collect();
    progress.phase("reading", walked.files.len());
    let texts: Vec<Result<Arc<str>, SkipReason>> = walked
        .files
        .par_iter()
        .map(|(path, kind)| {
            let text = fs.read(path).map_err(crate::source::ReadError::into_skip);
            progress.step(1);
            text.map(|text| if is_foreign(*kind, &text) { Arc::from("") } else { text })
        })
        .collect();
    let mut files = Files { skipped: walked.skipped, ..Files::default() };
    let mut ids = Vec::new();
    for ((path, kind), text) in walked.files.into_iter().zip(texts) {
        match text {
            Ok(text) => ids.push(files.sources.add(path, kind, text)),
            Err(SkipReason::TooLarge { .. } | SkipReason::Binary | SkipReason::NotUtf8) if kind == FileKind::Json => {
                files.n_foreign += 1;
            }
            Err(reason) => files.skipped.push(Skipped { path, reason }),
        }
    }
    progress.phase("parsing", ids.len());
    let sources = &files.sources;
    let parsed: Vec<(Parsed, Vec<Problem>)> = ids
        .par_iter()
        .map(|id| {
            let parsed = parse(sources, *id, &charts);
            progress.step(1);
            parsed
        })
        .collect();
    for (id, (parsed, problems)) in ids.into_iter().zip(parsed) {
        let path = || files.sources.file(id).path.clone();
        match parsed {
            Parsed::Terraform(body) => files.terraform.push(File { path: path(), body: Arc::new(body) }),
            Parsed::Variables(body) => files.variables.push(File { path: path(), body: Arc::new(body) }),
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
    files
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
    if tree.iter().any(is_ours) {
        return (Parsed::Documents(tree), problems);
    }
    if problems.is_empty() {
        return (Parsed::Foreign, problems);
    }
    (Parsed::Skipped(broken(&problems)), problems)
}
