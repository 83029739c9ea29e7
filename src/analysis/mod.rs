//! The façade: settings in, an assessment out. Parallelism lives here and below.
//!
//! Takes roots and rule folders; walks, reads and parses files, evaluates Terraform, normalizes
//! Kubernetes, builds the graph, derives facts, runs rules, and turns matches into findings.
//! It does not know standard output or any protocol. Start reading at [`analyze`].

mod copies;
mod findings;
mod inputs;
mod installed;
mod manifests;
mod places;
mod problems;
mod read;
mod rule_files;
mod suppress;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

use crate::facts::Facts;
use crate::finding::{Assessment, Counts, MissingModule};
use crate::graph::{Builder, Graph, Presence, Resource, ResourceId, ResourceKind};
use crate::kubernetes;
use crate::rules::{Choice, RuleSet, UnknownSelector};
use crate::source::{FileSystem, SkipReason, Skipped, SourceMap, Span, walk};
use crate::terraform;
use findings::Said;
pub use inputs::{Given, Inputs};
pub use read::Parsed;
pub use suppress::Day;
pub use values::{Evaluated, values};

/// What to analyze, and by which rules.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Files and folders.
    pub roots: Vec<PathBuf>,
    /// Folders of rule files, in addition to those of the binary.
    pub rule_folders: Vec<PathBuf>,
    /// Which of the rules run.
    pub choice: Choice,
    /// The day that decides which suppressions have expired; without one, the day it is.
    pub today: Option<Day>,
    /// Values for variables of root modules.
    pub inputs: Inputs,
}

/// Told how far the analysis is; called from several threads.
pub trait Progress: Sync {
    /// A phase begins that has `total` steps.
    fn phase(&self, name: &'static str, total: usize);
    /// `n` more steps of the phase are done.
    fn step(&self, n: usize);
}

/// Nobody watches.
impl Progress for () {
    fn phase(&self, _name: &'static str, _total: usize) {}
    fn step(&self, _n: usize) {}
}

/// What the analysis gives.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The files.
    pub sources: SourceMap,
    /// The graph.
    pub graph: Graph,
    /// What there is to say.
    pub assessment: Assessment,
}

/// Why there is no outcome. Every variant is the caller's to fix.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    /// A rule folder or file cannot be read.
    #[error("cannot read rules from `{path}`")]
    ReadRules {
        /// The folder or file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// A rule was asked for that there is none of.
    #[error(transparent)]
    Selector(#[from] UnknownSelector),
    /// A variable file cannot be read.
    #[error("cannot read variables from `{path}`")]
    ReadVariables {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: crate::source::ReadError,
    },
    /// A rule file was refused.
    #[error("{}:{line}:{column}: {message}", path.display())]
    RefusedRule {
        /// The rule file.
        path: PathBuf,
        /// One-based line of the mistake.
        line: u32,
        /// One-based column of the mistake.
        column: u32,
        /// What is wrong, and the nearest right thing where there is one.
        message: String,
    },
}

/// Analyzes everything below the roots. The result depends neither on the number of threads nor
/// on the order in which files are found.
///
/// # Errors
/// [`AnalyzeError`] if the user's own rules cannot be used. Bad input is no error: it is in the
/// assessment.
pub fn analyze(settings: &Settings, fs: &dyn FileSystem, progress: &dyn Progress) -> Result<Outcome, AnalyzeError> {
    let mut rules = rules(&settings.rule_folders)?;
    rules.choose(&settings.choice)?;
    let input = load(settings, fs, progress)?;
    Ok(assess(input, &rules, settings, progress))
}

/// All rules: those of the binary and those of the folders.
///
/// # Errors
/// [`AnalyzeError`] if a rule cannot be used.
pub fn rules(folders: &[PathBuf]) -> Result<RuleSet, AnalyzeError> {
    let mut rules = RuleSet::embedded();
    rule_files::add(&mut rules, folders)?;
    Ok(rules)
}

/// The graph alone, without rules.
///
/// # Errors
/// [`AnalyzeError`] if a variable file cannot be read.
pub fn graph(settings: &Settings, fs: &dyn FileSystem, progress: &dyn Progress) -> Result<Outcome, AnalyzeError> {
    Ok(assess(load(settings, fs, progress)?, &RuleSet::default(), settings, progress))
}

/// Walks, reads and parses everything below the roots, and does nothing else: the floor that the
/// whole job is measured against. Gives the number of files that were parsed.
pub fn parse_only(settings: &Settings, fs: &dyn FileSystem) -> usize {
    let walked = walk(&settings.roots);
    read::read(walked, fs, &()).parsed.len()
}

/// Everything that was built from the files.
struct Input {
    sources: SourceMap,
    graph: Graph,
    skipped: Vec<Skipped>,
    problems: Vec<crate::source::Problem>,
    missing: BTreeMap<String, BTreeSet<Span>>,
    counts: Counts,
}

fn load(settings: &Settings, fs: &dyn FileSystem, progress: &dyn Progress) -> Result<Input, AnalyzeError> {
    let walked = walk(&settings.roots);
    let mut files = read::read(walked, fs, progress);
    progress.phase("evaluating", 0);
    let mut builder = Builder::default();
    let are_plans_alone = files.terraform.is_empty() && !files.plans.is_empty();
    if are_plans_alone {
        read::read_beside_plans(&mut files, fs);
    }
    let mut problems = std::mem::take(&mut files.problems);
    let bounds = bounds(&settings.roots, fs);
    let installed = installed::read(&mut files, &bounds, fs);
    let terraform = std::mem::take(&mut files.terraform);
    problems.append(&mut files.problems);
    let inputs = inputs::read(&settings.inputs, &mut files.sources, fs, &mut problems)?;
    let sources =
        terraform::Sources { variables: &files.variables, inputs: &inputs, fs, bounds: &bounds, installed: &installed };
    let evaluated = terraform::evaluate(terraform, sources);
    let evaluated = terraform::plan::merge(evaluated, &files.plans, are_plans_alone);
    let mut ids = Vec::new();
    let mut missing: BTreeMap<String, BTreeSet<Span>> = BTreeMap::new();
    let mut faults = Vec::new();
    for root in evaluated {
        faults.extend(root.problems);
        for (source, calls) in root.missing {
            missing.entry(source.to_string()).or_default().extend(calls);
        }
        add_root(&mut builder, root.resources, &mut ids);
    }
    problems.extend(problems::once_per_module(faults, &files.sources));
    terraform::connect(&mut builder, &ids);
    manifests::add(&mut builder, &files);
    problems.extend(kubernetes::link(&mut builder, &files.sources));
    problems.sort();
    problems.dedup();
    let is_deployed = |resource: &&Resource| {
        matches!(resource.kind, ResourceKind::Managed | ResourceKind::Data | ResourceKind::Object)
    };
    let graph = builder.build();
    let counts = Counts {
        files: files.parsed.len(),
        foreign_files: files.n_foreign,
        resources: graph.resources().iter().filter(is_deployed).count(),
        rules: 0,
        hidden: 0,
    };
    Ok(Input { sources: files.sources, graph, skipped: files.skipped, problems, missing, counts })
}

/// The real folders that expressions may read from.
fn bounds(roots: &[PathBuf], fs: &dyn FileSystem) -> Vec<PathBuf> {
    roots.iter().filter_map(|root| bound(root, fs)).collect()
}

fn bound(root: &std::path::Path, fs: &dyn FileSystem) -> Option<PathBuf> {
    let real = fs.real_path(root)?;
    if real.is_file() { real.parent().map(std::path::Path::to_path_buf) } else { Some(real) }
}

fn add_root(builder: &mut Builder, resources: Vec<Resource>, ids: &mut Vec<ResourceId>) {
    let scope = builder.new_scope();
    let adopted: Vec<Vec<Resource>> = resources
        .into_par_iter()
        .map(|mut resource| {
            let parts = kubernetes::adopt(&mut resource).unwrap_or_default();
            std::iter::once(resource).chain(parts).collect()
        })
        .collect();
    for mut resource in adopted.into_iter().flatten() {
        resource.scope = scope;
        ids.push(builder.add(resource));
    }
}

fn assess(input: Input, rules: &RuleSet, settings: &Settings, progress: &dyn Progress) -> Outcome {
    let Input { sources, graph, mut skipped, problems, missing, mut counts } = input;
    progress.phase("checking", 0);
    let facts = Facts::derive(&graph);
    let outcome = rules.run(&graph, &facts);
    counts.rules = rules.rules().len();
    skipped.sort();
    skipped.dedup();
    let Said { findings, suppressed, notices, undecided } = findings::from(&outcome, rules, &graph, &sources, settings);
    let missing_modules =
        missing.into_iter().map(|(source, calls)| MissingModule { source, n_calls: calls.len() }).collect();
    let assessment =
        Assessment { findings, suppressed, notices, undecided, skipped, problems, missing_modules, counts };
    Outcome { sources, graph, assessment }
}

/// Whether a file that gave nothing but problems is to be listed as not analyzed.
fn broken(problems: &[crate::source::Problem]) -> SkipReason {
    let first = problems.first();
    SkipReason::Broken(first.map_or_else(|| "nothing in it can be read".to_owned(), |problem| problem.message.clone()))
}

/// The presence of an object that is a patch, completed by what it is merged into.
const PATCH: Presence = Presence::Partial;
