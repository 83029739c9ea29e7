use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use stanchion::analysis::{Outcome, Settings, analyze};
use stanchion::graph::{EdgeKind, Presence, Resource, ResourceKind};
use stanchion::source::Disk;

use super::wild::{archives, repository};

fn run(folder: &Path) -> Outcome {
    analyze(&Settings { roots: vec![folder.to_path_buf()], ..Settings::default() }, &Disk, &()).unwrap()
}

fn file<'o>(outcome: &'o Outcome, resource: &Resource) -> &'o Path {
    &outcome.sources.file(resource.block.file).path
}

/// Folders that hold manifests.
fn folders(outcome: &Outcome) -> BTreeSet<PathBuf> {
    files(outcome).into_iter().filter_map(|file| file.parent().map(Path::to_path_buf)).collect()
}

/// Files that hold manifests. A chart's template is none where its chart is seen as well.
fn files(outcome: &Outcome) -> BTreeSet<&Path> {
    let objects = outcome.graph.resources().iter().filter(|resource| resource.kind == ResourceKind::Object);
    objects.map(|object| file(outcome, object)).collect()
}

/// Rule, severity and place of all findings in some files of a folder, with how often each occurs.
fn findings(outcome: &Outcome, folder: &Path, files: &BTreeSet<&Path>) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for finding in &outcome.assessment.findings {
        let source = outcome.sources.file(finding.primary.span.file);
        if source.path.starts_with(folder) && files.contains(source.path.as_path()) {
            let line = source.position(finding.primary.span.start).line;
            let shown = format!("{} {:?} {}:{line}", finding.rule, finding.severity, source.path.display());
            *found.entry(shown).or_default() += 1;
        }
    }
    found
}

/// Address and file of an object, the way of an edge, and the type of its end.
type Start = (String, PathBuf, String, String);
type Ends = BTreeMap<Start, BTreeSet<(String, PathBuf)>>;

/// Where the edges lead that leave objects of a folder by name, by their start, way and kind of end.
fn ends(outcome: &Outcome, folder: &Path) -> Ends {
    let mut ends = Ends::new();
    for edge in outcome.graph.edges() {
        let (from, to) = (outcome.graph.resource(edge.from), outcome.graph.resource(edge.to));
        let (start, end) = (file(outcome, from), file(outcome, to));
        if start.starts_with(folder)
            && !matches!(edge.kind, EdgeKind::Selects | EdgeKind::MaySelect)
            && to.type_name != "Namespace"
        {
            let key = (from.address.to_string(), start.into(), edge.via.to_string(), to.type_name.to_string());
            ends.entry(key).or_default().insert((to.address.to_string(), end.into()));
        }
    }
    ends
}

/// Folders on whose border no edge lies, namespaces aside.
fn is_closed(outcome: &Outcome, folder: &Path) -> bool {
    outcome.graph.edges().iter().all(|edge| {
        let ends = [edge.from, edge.to].map(|id| outcome.graph.resource(id));
        let [is_in, is_out] = ends.map(|end| file(outcome, end).starts_with(folder));
        is_in == is_out || ends[1].type_name == "Namespace"
    })
}

/// Edges between folders that hold an object each of one identity, which makes them copies.
fn across_copies(outcome: &Outcome) -> Vec<String> {
    let mut identities: BTreeMap<&Path, BTreeSet<&str>> = BTreeMap::new();
    for object in outcome.graph.resources().iter().filter(|object| object.presence == Presence::Certain) {
        let may_repeat = ["CustomResourceDefinition", "Kustomization", "Namespace", "ServiceAccount"];
        if object.kind == ResourceKind::Object && !may_repeat.contains(&&*object.type_name) && object.name != "?" {
            identities.entry(file(outcome, object).parent().unwrap()).or_default().insert(&object.address);
        }
    }
    let mut found = Vec::new();
    for edge in outcome.graph.edges() {
        let [from, to] = [edge.from, edge.to].map(|id| outcome.graph.resource(id));
        let [start, end] = [from, to].map(|end| file(outcome, end).parent().unwrap());
        let (Some(a), Some(b)) = (identities.get(start), identities.get(end)) else { continue };
        if !start.starts_with(end) && !end.starts_with(start) && !a.is_disjoint(b) {
            found.push(format!("{} in {} -> {} in {}", from.address, start.display(), to.address, end.display()));
        }
    }
    found
}

/// A whole repository says of a folder what the folder alone says: the same findings where nothing
/// outside of it belongs to it, and everywhere the same ends of the names that find one inside. No
/// edge leads from one copy of a deployment to another.
///
/// `STANCHION_CORPUS_STEP` is how many repositories are passed over after each that is read.
#[test]
fn a_repository_says_the_same_as_each_deployment() {
    let step = std::env::var("STANCHION_CORPUS_STEP").ok().and_then(|step| step.parse().ok()).unwrap_or(24);
    let (mut n_folders, mut n_closed, mut n_findings) = (0, 0, 0);
    let mut wrong = Vec::new();
    for archive in archives().iter().step_by(step + 1) {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().join("repository");
        for wild in repository(archive) {
            let path = root.join(&wild.path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, wild.text).unwrap();
        }
        let whole = run(&root);
        wrong.extend(across_copies(&whole).into_iter().map(|edge| format!("across copies: {edge}")));
        let files = files(&whole);
        for folder in folders(&whole) {
            let alone = run(&folder);
            let name = folder.strip_prefix(scratch.path()).unwrap().display().to_string();
            let (own, in_whole) = (ends(&alone, &folder), ends(&whole, &folder));
            let differs =
                |(start, ends): &(&Start, _)| files.contains(start.1.as_path()) && in_whole.get(*start) != Some(*ends);
            for (start, ends) in own.iter().filter(differs) {
                wrong.push(format!("{name}: {start:?} leads to {ends:?}, in the whole to {:?}", in_whole.get(start)));
            }
            n_folders += 1;
            if is_closed(&whole, &folder) {
                let (own, in_whole) = (findings(&alone, &folder, &files), findings(&whole, &folder, &files));
                (n_closed, n_findings) = (n_closed + 1, n_findings + own.len());
                if own != in_whole {
                    wrong.push(format!("{name}: {own:#?}, in the whole {in_whole:#?}"));
                }
            }
        }
    }
    println!("{n_folders} folders, {n_closed} that nothing outside belongs to, with {n_findings} findings");
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
