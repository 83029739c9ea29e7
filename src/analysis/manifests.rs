use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::PATCH;
use super::read::Files;
use crate::graph::{Part, Presence, Resource, Scope};
use crate::kubernetes;
use crate::source::{FileId, normalize};
use crate::syntax::yaml::Document;
use crate::value::Value;

/// The objects of the files of the last run.
#[derive(Debug, Default)]
pub(super) struct Kept(FxHashMap<FileId, Held>);

/// The objects of one file, and all that they depend on.
#[derive(Clone, Debug)]
struct Held {
    documents: Arc<[Document]>,
    scope: Scope,
    presence: Presence,
    objects: Vec<Arc<Resource>>,
}

/// The Kubernetes objects of all documents, in the order of files.
pub(super) fn part(scope: Scope, files: &Files, kept: &mut Kept) -> Part {
    let patches = patches(files);
    let of_file = |(id, documents): &(FileId, Arc<[Document]>)| {
        let is_patch = patches.contains(&normalize(&files.sources.file(*id).path));
        let presence = if is_patch { PATCH } else { Presence::Certain };
        let is_same =
            |held: &&Held| Arc::ptr_eq(&held.documents, documents) && (held.scope, held.presence) == (scope, presence);
        let held = kept.0.get(id).filter(is_same).cloned();
        (*id, held.unwrap_or_else(|| Held::new(documents, scope, presence)))
    };
    let all: Vec<(FileId, Held)> = files.documents.par_iter().map(of_file).collect();
    let charts = charts(files).into_iter().map(|chart| Arc::new(Resource { scope, ..chart }));
    let objects = all.iter().flat_map(|(_, held)| &held.objects).cloned().chain(charts).collect();
    kept.0 = all.into_iter().collect();
    Part::new(scope, objects)
}

impl Held {
    fn new(documents: &Arc<[Document]>, scope: Scope, presence: Presence) -> Self {
        let objects = documents.iter().flat_map(|document| kubernetes::objects(document, scope, presence));
        Self { documents: Arc::clone(documents), scope, presence, objects: objects.map(Arc::new).collect() }
    }
}

/// Helm charts, each with the defaults of its values.
fn charts(files: &Files) -> Vec<Resource> {
    let mut documents: BTreeMap<&Path, &Document> = BTreeMap::new();
    for (id, of_file) in &files.documents {
        let path = files.sources.file(*id).path.as_path();
        if let Some(first) = of_file.first().filter(|_| path.file_name().is_some_and(is_chart_file)) {
            documents.insert(path, first);
        }
    }
    let of = |(path, chart): (&&Path, &&Document)| {
        let values = path.with_file_name("values.yaml");
        let is_vendored = owner(path).is_some_and(|owner| documents.contains_key(owner.as_path()));
        if path.file_name()? != "Chart.yaml" || is_vendored {
            return None;
        }
        let requirements = documents.get(path.with_file_name("requirements.yaml").as_path()).copied();
        kubernetes::chart(chart, documents.get(values.as_path())?, requirements)
    };
    documents.iter().filter_map(of).collect()
}

/// Where the chart stands that a chart in a folder `charts` is a copy for; that one sets its values.
fn owner(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?.parent().filter(|folder| folder.file_name().is_some_and(|name| name == "charts"))?;
    Some(folder.with_file_name("Chart.yaml"))
}

fn is_chart_file(name: &OsStr) -> bool {
    name == "Chart.yaml" || name == "values.yaml" || name == "requirements.yaml"
}

/// Whether a file says what a chart is or sets the defaults of its values.
pub(super) fn is_of_chart(path: &Path, charts: &HashSet<PathBuf>) -> bool {
    path.file_name().is_some_and(is_chart_file) && path.parent().is_some_and(|folder| charts.contains(folder))
}

/// Whether a file says how manifests are put together; it may well lack `apiVersion` and `kind`.
pub(super) fn is_kustomization(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("kustomization"))
}

/// Files that some kustomization names as patches: what they lack is set by their base.
fn patches(files: &Files) -> HashSet<PathBuf> {
    let mut patches = HashSet::new();
    for (id, documents) in &files.documents {
        let path = &files.sources.file(*id).path;
        if is_kustomization(path)
            && let Some(folder) = path.parent()
        {
            let named = documents.iter().flat_map(patch_names);
            patches.extend(named.map(|name| normalize(&folder.join(name))));
        }
    }
    patches
}

fn patch_names(document: &Document) -> Vec<String> {
    let lists = ["patches", "patchesStrategicMerge", "patchesJson6902"];
    let entries = lists.iter().filter_map(|list| document.value.get(list)?.as_list()).flatten();
    let name = |entry: &Value| entry.as_str().or_else(|| entry.get("path")?.as_str()).map(str::to_owned);
    entries.filter_map(name).filter(|name| !name.contains('\n')).collect()
}
