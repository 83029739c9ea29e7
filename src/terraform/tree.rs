use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::module::{Module, literal, local_source};
use crate::source::normalize;

/// All modules on disk, by normalized folder, and which of them are roots.
#[derive(Debug)]
pub(crate) struct Tree<'s> {
    modules: FxHashMap<PathBuf, Module<'s>>,
    /// Folders to evaluate by themselves, sorted.
    pub(crate) roots: Vec<PathBuf>,
}

impl<'s> Tree<'s> {
    /// Links the modules by their local calls.
    ///
    /// A root is a folder that was not downloaded and that no other analyzed folder calls, or that only examples and tests
    /// call; and of folders that call each other in a circle, those that nothing else reaches.
    pub(crate) fn new(modules: Vec<Module<'s>>) -> Self {
        let modules: FxHashMap<PathBuf, Module<'s>> =
            modules.into_iter().map(|module| (normalize(module.folder), module)).collect();
        let folders: BTreeSet<&PathBuf> = modules.keys().collect();
        let mut called: BTreeMap<&Path, bool> = BTreeMap::new();
        let mut callees: BTreeMap<&Path, Vec<PathBuf>> = BTreeMap::new();
        for &folder in &folders {
            let own: Vec<PathBuf> = modules[folder]
                .calls
                .iter()
                .filter_map(|call| local_source(folder, literal(&call.block.body, "source")?))
                .filter(|target| target != folder && modules.contains_key(target))
                .collect();
            callees.insert(folder, own);
        }
        for (caller, targets) in &callees {
            for target in targets {
                *called.entry(target).or_default() |= !is_sample(caller) || is_sample(target);
            }
        }
        let is_root = |folder: &Path| !is_installed(folder) && !called.get(folder).copied().unwrap_or(false);
        let mut roots: Vec<PathBuf> = folders.iter().filter(|f| is_root(f)).map(|f| (*f).clone()).collect();
        let mut reached: BTreeSet<PathBuf> = BTreeSet::new();
        for root in &roots {
            reach(root, &callees, &mut reached);
        }
        for folder in folders {
            if !reached.contains(folder) && !is_installed(folder) {
                roots.push(folder.clone());
                reach(folder, &callees, &mut reached);
            }
        }
        roots.sort();
        Self { modules, roots }
    }

    /// A folder that holds a module, normalized.
    pub(crate) fn folder(&self, folder: &Path) -> Option<&Path> {
        self.modules.get_key_value(&normalize(folder)).map(|(folder, _)| folder.as_path())
    }

    /// The module in a folder.
    pub(crate) fn get(&self, folder: &Path) -> Option<&Module<'s>> {
        self.modules.get(folder)
    }
}

fn reach(from: &Path, callees: &BTreeMap<&Path, Vec<PathBuf>>, reached: &mut BTreeSet<PathBuf>) {
    let mut open = vec![from.to_path_buf()];
    while let Some(folder) = open.pop() {
        if reached.insert(folder.clone()) {
            open.extend(callees.get(folder.as_path()).into_iter().flatten().cloned());
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
