//! Terraform: parsed files to evaluated resources.
//!
//! Takes the bodies of `.tf` files and their JSON twins; gives, for each root module, the
//! resources it declares, modules expanded and expressions evaluated, and then their edges.
//! It does not know Kubernetes, rules, or what any resource type means. Start reading at
//! [`evaluate`].

mod attachments;
mod body;
mod connect;
mod environment;
mod eval;
mod expand;
mod functions;
mod input;
mod module;
pub mod plan;
mod policy_document;
mod resources;
mod tree;
mod types;
mod world;

pub use connect::connect;
pub use module::File;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::graph::Resource;
use crate::source::{FileSystem, Problem};
use crate::syntax::hcl::Body;
use module::{Module, bodies};
use tree::Tree;
use world::World;

/// One root module, evaluated.
#[derive(Debug, Default)]
pub struct Root {
    /// The folder.
    pub folder: PathBuf,
    /// Its resources and those of all modules below it; the scope is left for the caller to set.
    pub resources: Vec<Resource>,
    /// What is wrong with the configuration.
    pub problems: Vec<Problem>,
}

/// Evaluates all root modules among `files`, in the order of their folders, on all cores.
///
/// `variables` are parsed variable files. Expressions read files through `fs` only below `bounds`,
/// which are real paths.
pub fn evaluate(files: Vec<File>, variables: &[File], fs: &dyn FileSystem, bounds: &[PathBuf]) -> Vec<Root> {
    let mut folders: BTreeMap<PathBuf, Vec<File>> = BTreeMap::new();
    for file in files {
        let folder = file.path.parent().unwrap_or(Path::new("")).to_path_buf();
        folders.entry(folder).or_default().push(file);
    }
    let folders: Vec<(PathBuf, Vec<Arc<Body>>)> =
        folders.into_par_iter().map(|(folder, files)| (folder, bodies(files))).collect();
    let modules = folders.par_iter().map(|(folder, bodies)| Module::new(folder, bodies)).collect();
    let tree = Tree::new(modules);
    tree.roots
        .par_iter()
        .map(|folder| {
            let inputs = input::for_root(folder, variables);
            let world = World::new(&tree, folder, inputs, fs, bounds);
            let resources = resources::all(&world);
            let mut problems = world.problems.take();
            problems.extend(tree.get(folder).map(|module| module.problems.clone()).unwrap_or_default());
            problems.sort();
            problems.dedup();
            Root { folder: folder.clone(), resources, problems }
        })
        .collect()
}
