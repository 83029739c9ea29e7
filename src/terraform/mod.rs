//! Terraform: parsed files to evaluated resources.
//!
//! Takes the bodies of `.tf` files and their JSON twins; gives, for each root module, the
//! resources it declares, modules expanded and expressions evaluated, and then their edges.
//! It does not know Kubernetes, rules, or what any resource type means. Start reading at
//! [`evaluate`].

mod attachments;
mod body;
mod cells;
mod connect;
mod environment;
mod eval;
mod expand;
mod functions;
mod input;
mod module;
pub mod plan;
mod policy_document;
mod policy_json;
mod providers;
mod requirements;
mod resources;
mod tree;
mod types;
mod validation;
mod values;
mod world;

pub use connect::connect;
pub use input::{Deployment, Given, Inputs, Text};
pub use module::File;
pub use requirements::{Ceilings, Locks, locked};

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;
use rayon::prelude::*;

use crate::graph::Resource;
use crate::source::{FileSystem, Problem, Span, normalize};
use crate::syntax::hcl::Body;
use crate::value::Value;
use module::{Module, bodies};
use tree::Tree;
pub use world::Installed;
use world::World;

/// One root module, evaluated.
#[derive(Debug, Default)]
pub struct Root {
    /// The folder.
    pub folder: PathBuf,
    /// The name of the deployment, if the module has several.
    pub deployment: Option<EcoString>,
    /// Its resources and those of all modules below it; the scope is left for the caller to set.
    pub resources: Vec<Resource>,
    /// Sources of modules that are not on disk, each with the headers of the calls that name it.
    pub missing: BTreeMap<EcoString, BTreeSet<Span>>,
    /// Up to which version its providers may be.
    pub ceilings: Ceilings,
    /// What is wrong with the configuration.
    pub problems: Vec<Problem>,
}

/// What there is to evaluate.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// Parsed variable files of all folders.
    pub variables: &'a [File],
    /// Values that are given from outside.
    pub inputs: &'a Inputs,
    /// Root modules with variable files of their own; one module may have several.
    pub deployments: &'a [Deployment],
    /// Where expressions read files.
    pub fs: &'a dyn FileSystem,
    /// Real paths; no file outside of them is read.
    pub bounds: &'a [PathBuf],
    /// Folders of downloaded modules.
    pub installed: &'a Installed,
    /// Versions of providers in lock files.
    pub locks: &'a Locks,
}

/// All named values of one root module.
#[derive(Debug)]
pub struct Values {
    /// The root module's folder.
    pub folder: PathBuf,
    /// The name of the deployment, if the module has several.
    pub deployment: Option<EcoString>,
    /// Values by address: `module.a["x"].local.b`, `aws_s3_bucket.b[0]`, `output.c`; sorted.
    pub all: Vec<(EcoString, Value)>,
    /// What is wrong with the configuration.
    pub problems: Vec<Problem>,
}

/// Evaluates all root modules among `files`, in the order of their folders, on all cores.
pub fn evaluate(files: Vec<File>, sources: Sources<'_>) -> Vec<Root> {
    let all = |(folder, deployment), world: &World<'_>| {
        let resources = resources::all(world);
        let ceilings = requirements::ceilings(world, sources.locks);
        Root { folder, deployment, resources, missing: world.missing.take(), ceilings, problems: Vec::new() }
    };
    each_root(files, sources, all, |root, problems| Root { problems, ..root })
}

/// Evaluates all root modules as [`evaluate`] does, and keeps every named value.
pub fn values(files: Vec<File>, sources: Sources<'_>) -> Vec<Values> {
    each_root(
        files,
        sources,
        |(folder, deployment), world| (folder, deployment, values::all(world)),
        |(folder, deployment, all), problems| Values { folder, deployment, all, problems },
    )
}

fn each_root<T, R: Send>(
    files: Vec<File>,
    sources: Sources<'_>,
    evaluate: impl Fn((PathBuf, Option<EcoString>), &World<'_>) -> T + Sync,
    finish: impl Fn(T, Vec<Problem>) -> R + Sync,
) -> Vec<R> {
    let mut folders: BTreeMap<PathBuf, Vec<File>> = BTreeMap::new();
    for file in files {
        let folder = file.path.parent().unwrap_or(Path::new("")).to_path_buf();
        folders.entry(folder).or_default().push(file);
    }
    let folders: Vec<(PathBuf, Vec<Arc<Body>>)> =
        folders.into_par_iter().map(|(folder, files)| (folder, bodies(files))).collect();
    let modules = folders.par_iter().map(|(folder, bodies)| Module::new(folder, bodies)).collect();
    let tree = Tree::new(modules);
    let variables = input::by_folder(sources.variables);
    let undeclared = undeclared(&tree, sources.inputs);
    deployed(&tree, sources.deployments)
        .par_iter()
        .map(|(folder, deployment)| {
            let inputs = input::for_root(folder, &variables, *deployment, sources.inputs);
            let world = World::new(&tree, folder, inputs, sources);
            let result = evaluate((folder.to_path_buf(), deployment.and_then(|one| one.name.clone())), &world);
            let mut problems = world.problems.take();
            problems.extend(tree.get(folder).map(|module| module.problems.clone()).unwrap_or_default());
            problems.extend(undeclared.iter().cloned());
            problems.sort();
            problems.dedup();
            finish(result, problems)
        })
        .collect()
}

/// What is evaluated: the deployments in their order, and roots that have none once, by folder.
fn deployed<'a>(tree: &'a Tree<'_>, deployments: &'a [Deployment]) -> Vec<(&'a Path, Option<&'a Deployment>)> {
    let is_plain = |folder: &&PathBuf| !deployments.iter().any(|one| normalize(&one.folder) == **folder);
    let plain = tree.roots.iter().filter(is_plain).map(|folder| (folder.as_path(), None));
    let named = deployments.iter().filter_map(|one| {
        let folder = tree.folder(&one.folder)?;
        Some((folder, Some(one)))
    });
    let mut all: Vec<_> = plain.chain(named).collect();
    all.sort_by_key(|(folder, _)| *folder);
    all
}

/// A problem for each variable of the command line that no root module declares.
fn undeclared(tree: &Tree<'_>, inputs: &Inputs) -> Vec<Problem> {
    let is_declared = |name: &EcoString| {
        let mut roots = tree.roots.iter().filter_map(|folder| tree.get(folder));
        roots.any(|module| module.find(module::Kind::Variable, name).is_some())
    };
    let texts = inputs.arguments.iter().filter_map(|given| match given {
        Given::Text(text) => Some(text),
        Given::File(_) => None,
    });
    let unknown = texts.filter(|text| !is_declared(&text.name));
    unknown.map(|text| Problem::new(text.span, format!("no root module declares `var.{}`", text.name))).collect()
}
