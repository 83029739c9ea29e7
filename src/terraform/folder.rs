use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::module::{File, bodies, literal, local_source};
use crate::source::normalize;
use crate::syntax::hcl::{Block, Body};

/// The files of one folder, and what the other folders need to know of them.
#[derive(Debug)]
pub(crate) struct Folder {
    /// As its files name it.
    pub(crate) path: PathBuf,
    files: Vec<File>,
    /// As Terraform sees them.
    pub(crate) bodies: Vec<Arc<Body>>,
    /// The folders that its module calls lead to, whether anything is there or not.
    pub(crate) callees: Vec<PathBuf>,
}

/// Folders by their normalized paths.
pub(crate) type Folders = FxHashMap<PathBuf, Arc<Folder>>;

/// Groups files by folder. Of a folder in `known` whose files are the same, that one is taken.
pub(crate) fn by_path(files: Vec<File>, known: &Folders) -> Folders {
    let mut folders: BTreeMap<PathBuf, Vec<File>> = BTreeMap::new();
    for file in files {
        let folder = file.path.parent().unwrap_or(Path::new("")).to_path_buf();
        folders.entry(folder).or_default().push(file);
    }
    let folder = |(path, files): (PathBuf, Vec<File>)| {
        let place = normalize(&path);
        let known = known.get(&place).filter(|known| known.path == path && are_same(&known.files, &files));
        let folder = known.map_or_else(|| Arc::new(Folder::new(path, &place, files)), Arc::clone);
        (place, folder)
    };
    // Of two paths of one folder the later one counts, whatever runs first.
    let folders: Vec<(PathBuf, Arc<Folder>)> = folders.into_par_iter().map(folder).collect();
    folders.into_iter().collect()
}

fn are_same(a: &[File], b: &[File]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is(b))
}

impl Folder {
    fn new(path: PathBuf, place: &Path, files: Vec<File>) -> Self {
        let bodies = bodies(files.clone());
        let mut names = FxHashSet::default();
        let is_call = |block: &&Block| block.kind.name == "module" && block.labels.len() == 1;
        let calls = bodies.iter().flat_map(|body| &body.blocks).filter(is_call);
        // Of two calls of one name the first counts.
        let calls = calls.filter(|block| block.labels.first().is_some_and(|label| names.insert(&label.name)));
        let callees = calls.filter_map(|call| local_source(place, literal(&call.body, "source")?)).collect();
        Self { path, files, bodies, callees }
    }
}
