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
mod folder;
mod functions;
mod input;
mod kept;
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

pub use connect::edges;
pub use input::{Deployment, Given, Inputs, Text};
pub use kept::Kept;
pub use module::File;
pub use requirements::{Ceilings, Locks, locked};

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;
use rayon::prelude::*;

use crate::graph::{Resource, Scope};
use crate::source::{FileSystem, Problem, Span, normalize};
use crate::value::Value;
use folder::Folders;
use kept::{Done, Heard, Surroundings};
use tree::{Modules, Tree};
pub use world::Installed;
use world::World;

/// One root module, evaluated.
#[derive(Clone, Debug, Default)]
pub struct Root {
    /// The folder.
    pub folder: PathBuf,
    /// The name of the deployment, if the module has several.
    pub deployment: Option<EcoString>,
    /// Its resources and those of all modules below it. Each root module is a scope, in their order
    /// when it was evaluated; the caller sets another where that has changed.
    pub resources: Vec<Arc<Resource>>,
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

/// Evaluates all root modules among `files`, in the order of their folders, on all cores. What is kept
/// of an earlier evaluation is taken where it would be the same again, and replaced.
pub fn evaluate(files: Vec<File>, sources: Sources<'_>, kept: &mut Kept) -> Vec<Arc<Root>> {
    let folders = folder::by_path(files, &kept.folders);
    let tree = Tree::new(&folders);
    let jobs = deployed(&tree, sources);
    let known = |job: &Job<'_>| kept.find(job.name(), &job.surroundings, &folders, sources.fs).cloned();
    let found: Vec<Option<Arc<Done>>> = jobs.par_iter().map(known).collect();
    let is_open = jobs.iter().zip(&found).filter(|(_, found)| found.is_none());
    let modules = modules(&tree, is_open.map(|(job, _)| job), sources);
    let evaluate = |(scope, job): (Scope, Job<'_>)| {
        let heard = Heard::new(sources.fs);
        let world = job.world(&modules, Sources { fs: &heard, ..sources });
        let resources = resources::all(&world, scope).into_iter().map(Arc::new).collect();
        let ceilings = requirements::ceilings(&world, sources.locks);
        let (missing, asked) = (world.missing.take(), world.asked.take());
        let problems = job.problems(&modules, &world);
        drop(world);
        let folder = job.folder.to_path_buf();
        let root = Root { folder, deployment: job.deployment, resources, missing, ceilings, problems };
        Arc::new(Done::new(root, job.surroundings, asked, &folders, heard.into_answers()))
    };
    let scoped: Vec<_> = (0..).map(Scope).zip(jobs).zip(found).collect();
    let done = scoped.into_par_iter().map(|(job, found)| found.unwrap_or_else(|| evaluate(job)));
    let done: Vec<Arc<Done>> = done.collect();
    drop(modules);
    kept.keep(folders, &done);
    done.iter().map(|done| Arc::clone(&done.root)).collect()
}

/// Evaluates all root modules as [`evaluate()`] does, and keeps every named value.
pub fn values(files: Vec<File>, sources: Sources<'_>) -> Vec<Values> {
    let folders = folder::by_path(files, &Folders::default());
    let tree = Tree::new(&folders);
    let jobs = deployed(&tree, sources);
    let modules = modules(&tree, jobs.iter(), sources);
    let values = |job: Job<'_>| {
        let world = job.world(&modules, sources);
        let all = values::all(&world);
        let problems = job.problems(&modules, &world);
        Values { folder: job.folder.to_path_buf(), deployment: job.deployment, all, problems }
    };
    jobs.into_par_iter().map(values).collect()
}

/// All modules that may be asked for where these root modules are evaluated.
fn modules<'s, 'j>(tree: &Tree<'s>, jobs: impl Iterator<Item = &'j Job<'j>>, sources: Sources<'_>) -> Modules<'s> {
    let roots: Vec<&Path> = jobs.map(|job| job.folder).collect();
    let installed = sources.installed.values().filter(|_| !roots.is_empty());
    tree.modules(roots.iter().copied().chain(installed.map(PathBuf::as_path)))
}

/// A root module to be evaluated, in one deployment.
struct Job<'t> {
    folder: &'t Path,
    deployment: Option<EcoString>,
    surroundings: Surroundings,
}

impl<'s> Job<'s> {
    fn name(&self) -> (&Path, Option<&EcoString>) {
        (self.folder, self.deployment.as_ref())
    }

    fn world<'w>(&self, modules: &'w Modules<'w>, sources: Sources<'w>) -> World<'w>
    where
        's: 'w,
    {
        World::new(modules, self.folder, input::values(&self.surroundings.given), sources)
    }

    /// All that is wrong, once everything was evaluated.
    fn problems(&self, modules: &Modules<'_>, world: &World<'_>) -> Vec<Problem> {
        let mut problems = world.problems.take();
        problems.extend(modules.get(self.folder).map(|module| module.problems.clone()).unwrap_or_default());
        problems.extend(self.surroundings.undeclared.iter().cloned());
        problems.sort();
        problems.dedup();
        problems
    }
}

/// What is evaluated: the deployments in their order, and roots that have none once, by folder.
fn deployed<'t>(tree: &'t Tree<'_>, sources: Sources<'_>) -> Vec<Job<'t>> {
    let Sources { deployments, inputs, .. } = sources;
    let variables = input::by_folder(sources.variables);
    let undeclared = undeclared(tree, inputs);
    let is_plain = |folder: &&PathBuf| !deployments.iter().any(|one| normalize(&one.folder) == **folder);
    let plain = tree.roots.iter().filter(is_plain).map(|folder| (folder.as_path(), None));
    let named = deployments.iter().filter_map(|one| {
        let folder = tree.folder(&one.folder)?;
        Some((folder, Some(one)))
    });
    let mut all: Vec<_> = plain.chain(named).collect();
    all.sort_by_key(|(folder, _)| *folder);
    let job = |(folder, deployment): (&'t Path, Option<&Deployment>)| {
        let given = input::given(folder, &variables, deployment, inputs);
        let surroundings = Surroundings::new(folder, given, undeclared.clone(), sources);
        Job { folder, deployment: deployment.and_then(|one| one.name.clone()), surroundings }
    };
    all.into_iter().map(job).collect()
}

/// A problem for each variable of the command line that no root module declares.
fn undeclared(tree: &Tree<'_>, inputs: &Inputs) -> Vec<Problem> {
    let texts = inputs.arguments.iter().filter_map(|given| match given {
        Given::Text(text) => Some(text),
        Given::File(_) => None,
    });
    let unknown = texts.filter(|text| !tree.declares(&text.name));
    unknown.map(|text| Problem::new(text.span, format!("no root module declares `var.{}`", text.name))).collect()
}
