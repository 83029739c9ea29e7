use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::folder::Folders;
use super::module::Module;
use crate::source::normalize;

/// Indexed modules, by normalized folder.
#[derive(Debug)]
pub(crate) struct Modules<'s>(FxHashMap<&'s Path, Module<'s>>);

impl<'s> Modules<'s> {
    /// The module in a folder.
    pub(crate) fn get(&self, place: &Path) -> Option<&Module<'s>> {
        self.0.get(place)
    }
}

/// All folders of modules on disk, and which of them are roots.
#[derive(Debug)]
pub(crate) struct Tree<'s> {
    folders: &'s Folders,
    /// Folders to evaluate by themselves, sorted.
    pub(crate) roots: Vec<PathBuf>,
}

impl<'s> Tree<'s> {
    /// Links the modules by their local calls.
    ///
    /// A root is a folder that was not downloaded and that no other analyzed folder calls, or that only examples and tests
    /// call; and of folders that call each other in a circle, those that nothing else reaches.
    pub(crate) fn new(folders: &'s Folders) -> Self {
        let places: BTreeSet<&PathBuf> = folders.keys().collect();
        let mut called: BTreeMap<&Path, bool> = BTreeMap::new();
        let mut callees: BTreeMap<&Path, Vec<&PathBuf>> = BTreeMap::new();
        for &place in &places {
            let own = folders[place].callees.iter();
            callees.insert(place, own.filter(|target| *target != place && folders.contains_key(*target)).collect());
        }
        for (caller, targets) in &callees {
            for &target in targets {
                *called.entry(target).or_default() |= !is_sample(caller) || is_sample(target);
            }
        }
        let is_root = |folder: &Path| !is_installed(folder) && !called.get(folder).copied().unwrap_or(false);
        let mut roots: Vec<PathBuf> =
            places.iter().filter(|place| is_root(place)).map(|place| (*place).clone()).collect();
        let mut reached: BTreeSet<PathBuf> = BTreeSet::new();
        for root in &roots {
            reach(root, &callees, &mut reached);
        }
        for place in places {
            if !reached.contains(place) && !is_installed(place) {
                roots.push(place.clone());
                reach(place, &callees, &mut reached);
            }
        }
        roots.sort();
        Self { folders, roots }
    }

    /// A folder that holds a module, normalized.
    pub(crate) fn folder(&self, folder: &Path) -> Option<&'s Path> {
        self.folders.get_key_value(&normalize(folder)).map(|(place, _)| place.as_path())
    }

    /// The modules in some folders and all that are called from there.
    pub(crate) fn modules<'p>(&self, places: impl Iterator<Item = &'p Path>) -> Modules<'s> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&Path> = places.filter_map(|place| self.folder(place)).collect();
        while let Some(place) = open.pop() {
            if let Some((place, folder)) = self.folders.get_key_value(place)
                && reached.insert(place.as_path())
            {
                open.extend(folder.callees.iter().map(PathBuf::as_path));
            }
        }
        let module = |place: &'s Path| {
            let folder = self.folders.get(place)?;
            Some((place, Module::new(&folder.path, &folder.bodies)))
        };
        Modules(reached.into_par_iter().filter_map(module).collect())
    }

    /// Whether a root module declares a variable.
    pub(crate) fn declares(&self, name: &str) -> bool {
        let roots = self.roots.iter().filter_map(|root| self.folders.get(root));
        let mut blocks = roots.flat_map(|folder| &folder.bodies).flat_map(|body| &body.blocks);
        blocks.any(|block| block.kind.name == "variable" && matches!(&block.labels[..], [label] if label.name == name))
    }
}

fn reach(from: &Path, callees: &BTreeMap<&Path, Vec<&PathBuf>>, reached: &mut BTreeSet<PathBuf>) {
    let mut open = vec![from.to_path_buf()];
    while let Some(folder) = open.pop() {
        if reached.insert(folder.clone()) {
            open.extend(callees.get(folder.as_path()).into_iter().flatten().map(|place| (*place).clone()));
        }
    }
}

/// Whether a folder belongs to a module that Terraform downloaded.
fn is_installed(folder: &Path) -> bool {
    folder.components().any(|part| part.as_os_str() == ".terraform")
}

/// Whether a folder holds samples or tests of the modules around it, by its name.
fn is_sample(folder: &Path) -> bool {
    const NAMES: &[&str] = &[
        "example", "examples", "test", "tests", "sample", "samples", "fixture", "fixtures", "demo", "demos", "wrappers",
    ];
    folder.components().any(|part| part.as_os_str().to_str().is_some_and(|name| NAMES.contains(&name)))
}
