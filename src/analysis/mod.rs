//! The façade: settings in, an assessment out. Parallelism lives here and below.
//!
//! Takes roots and rule folders; walks, reads and parses files, evaluates Terraform, normalizes
//! Kubernetes, builds the graph, derives facts, runs rules, and turns matches into findings.
//! It does not know standard output or any protocol. Start reading at [`analyze`].

mod advisory_files;
mod bodies;
mod controls;
mod copies;
mod deployments;
#[cfg(feature = "classifier")]
mod described;
mod findings;
mod fix;
mod holdings;
mod inputs;
mod installed;
mod kept;
#[cfg(feature = "classifier")]
mod likelihoods;
mod locks;
mod manifests;
mod moves;
mod places;
mod problems;
mod project;
mod read;
mod rule_files;
mod suppress;
#[cfg(feature = "classifier")]
mod suspicions;
mod values;
mod ways;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::facts::Facts;
use crate::finding::{Assessment, Counts, Day, MissingModule, Severity};
use crate::graph::{Builder, Graph, Presence, Resource, ResourceKind, Scope};
use crate::kubernetes;
use crate::rules::framework::UnknownFramework;
use crate::rules::{Choice, RuleSet, Tally, UnknownSelector};
use crate::source::{FileSystem, PlacedGlob, SkipReason, Skipped, SourceMap, Span, walk};
use crate::terraform;
pub use advisory_files::explain_advisory;
pub use controls::Controls;
pub use deployments::Deployment;
#[cfg(feature = "classifier")]
pub use described::{Explained, Lesson, LineShare, Scored, describe, explain_scores, lessons, scores};
use findings::Said;
pub use fix::{Analyzer, Cold, Left, Mended, Texts, Wanted, add_fixes, fix, fixes, mend, verified};
pub use holdings::{Holdings, holdings};
pub use inputs::{Given, Inputs};
use kept::{Kept, Rules};
#[cfg(feature = "classifier")]
pub use likelihoods::rank;
use moves::Moves;
pub use places::Places;
pub use project::{Project, ProjectError, Refused};
use read::Files;
pub use suppress::{Allow, Allowances, Insertion, allow_by_comment};
#[cfg(feature = "classifier")]
pub use suspicions::Suspect;
pub use values::{Evaluated, values};
pub use ways::ways;
pub use workspace::Workspace;

/// What to analyze, and by which rules.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Files and folders.
    pub roots: Vec<PathBuf>,
    /// Folders of rule files, in addition to those of the binary.
    pub rule_folders: Vec<PathBuf>,
    /// Files of advisories, in addition to those of the binary.
    pub advisory_files: Vec<PathBuf>,
    /// Which of the rules run.
    pub choice: Choice,
    /// The day that decides which suppressions have expired; without one, the day it is.
    pub today: Option<Day>,
    /// Values for variables of root modules.
    pub inputs: Inputs,
    /// What is told about frameworks of controls.
    pub controls: Controls,
    /// Root modules with variable files of their own.
    pub deployments: Vec<Deployment>,
    /// Files that are not read.
    pub exclude: Vec<PlacedGlob>,
    /// Severities of rules, by names as for [`Choice::select`].
    pub severities: Vec<(String, Severity)>,
    /// Findings that are accepted.
    pub allowances: Allowances,
    /// Which model looks where no rule does, if one should.
    #[cfg(feature = "classifier")]
    pub suspect: Option<Suspect>,
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
    /// What follows from it.
    pub facts: Facts,
    /// What there is to say.
    pub assessment: Assessment,
    /// Ids of the rules that were run.
    pub rules: BTreeSet<String>,
    /// What the rules found, told or not.
    defects: Vec<fix::Defect>,
    /// Why the classifier could not be asked, if it was to be and could not.
    #[cfg(feature = "classifier")]
    pub classifier: Option<crate::model::ModelError>,
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
    /// A framework was asked for that there is none of.
    #[error(transparent)]
    Framework(#[from] UnknownFramework),
    /// A variable file cannot be read.
    #[error("cannot read variables from `{path}`")]
    ReadVariables {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: crate::source::ReadError,
    },
    /// A file of advisories cannot be read.
    #[error("cannot read advisories from `{path}`")]
    ReadAdvisories {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// A file of advisories was refused.
    #[error("{}:{}:{}: {}", path.display(), mistake.line, mistake.column, mistake.message)]
    RefusedAdvisory {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        mistake: crate::facts::Mistake,
    },
    /// The classifier cannot be used.
    #[cfg(feature = "classifier")]
    #[error(transparent)]
    Model(#[from] crate::model::ModelError),
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
    run(settings, fs, &mut Kept::default(), progress)
}

/// Analyzes two states of the same files by the same rules; what they have in common is parsed and evaluated
/// once. Gives what [`analyze`] gives for each.
///
/// # Errors
/// As for [`analyze`].
pub fn analyze_both(
    (first, first_fs): (&Settings, &dyn FileSystem),
    (second, second_fs): (&Settings, &dyn FileSystem),
    progress: &dyn Progress,
) -> Result<(Outcome, Outcome), AnalyzeError> {
    let mut kept = Kept::default();
    let before = run(first, first_fs, &mut kept, progress)?;
    kept.look_again();
    let after = run(second, second_fs, &mut kept, &())?;
    Ok((before, after))
}

/// Analyzes with what is kept of an earlier analysis of the same settings and files, as far as they
/// are the same.
fn run(
    settings: &Settings,
    fs: &dyn FileSystem,
    kept: &mut Kept,
    progress: &dyn Progress,
) -> Result<Outcome, AnalyzeError> {
    let rules = kept.rules(settings)?;
    let input = load(settings, fs, kept, progress)?;
    kept.locators.begin();
    #[cfg(feature = "classifier")]
    let suspicions = settings.suspect.as_ref().map(|it| {
        let kept = (&mut kept.suspicions, &kept.locators);
        suspicions::suspicions(&input.graph, &input.sources, &rules.set, it, kept)
    });
    #[cfg_attr(not(feature = "classifier"), expect(unused_mut, reason = "without a classifier nothing is added"))]
    let mut outcome = assess(input, &rules, kept, settings, progress);
    #[cfg(feature = "classifier")]
    match suspicions {
        Some(Ok(suspicions)) => outcome.assessment.suspicions = suspicions,
        Some(Err(error)) => outcome.classifier = Some(error),
        None => {}
    }
    Ok(outcome)
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
/// [`AnalyzeError`] if a variable file or a file of advisories cannot be used.
pub fn graph(settings: &Settings, fs: &dyn FileSystem, progress: &dyn Progress) -> Result<Outcome, AnalyzeError> {
    let advisories = advisory_files::read(&settings.advisory_files)?;
    let rules = Rules { set: RuleSet::default(), allowed: Vec::new(), advisories };
    let mut kept = Kept::default();
    let input = load(settings, fs, &mut kept, progress)?;
    Ok(assess(input, &rules, &mut kept, settings, progress))
}

/// Walks, reads and parses everything below the roots, and does nothing else: the floor that the
/// whole job is measured against. Gives the number of files that were parsed.
pub fn parse_only(settings: &Settings, fs: &dyn FileSystem) -> usize {
    let walked = walk(&settings.roots, &settings.exclude, fs);
    read::read(&walked, fs, &mut read::Kept::default(), &()).parsed.len()
}

/// Everything that was built from the files.
struct Input {
    sources: SourceMap,
    graph: Graph,
    skipped: Vec<Skipped>,
    problems: Vec<crate::source::Problem>,
    missing: BTreeMap<String, BTreeSet<Span>>,
    counts: Counts,
    /// The variable files of scopes of which a root module has several.
    inputs: BTreeMap<Scope, String>,
    moves: Moves,
}

fn load(
    settings: &Settings,
    fs: &dyn FileSystem,
    kept: &mut Kept,
    progress: &dyn Progress,
) -> Result<Input, AnalyzeError> {
    let walked = kept.walked(settings, fs);
    let mut files = read::read(&walked, fs, &mut kept.files, progress);
    kept.files.finish();
    progress.phase("evaluating", 0);
    let mut builder = Builder::default();
    let are_plans_alone = files.terraform.is_empty() && !files.plans.is_empty();
    if are_plans_alone {
        read::read_beside_plans(&mut files, fs);
    }
    let mut problems = std::mem::take(&mut files.problems);
    let bounds = bounds(&settings.roots, fs);
    let bodies = &mut kept.bodies;
    let locks = locks::read(&files, fs, bodies);
    let installed = installed::read(&mut files, &bounds, fs, bodies);
    let deployments = deployments::read(&settings.deployments, &mut files, fs, bodies, &mut problems)?;
    let terraform = std::mem::take(&mut files.terraform);
    let moves = Moves::of(&terraform, &files.sources);
    problems.append(&mut files.problems);
    let inputs = inputs::read(&settings.inputs, &mut files.sources, fs, bodies, &mut problems)?;
    bodies.finish();
    let sources = terraform::Sources {
        variables: &files.variables,
        inputs: &inputs,
        deployments: &deployments,
        fs,
        bounds: &bounds,
        installed: &installed,
        locks: &locks,
    };
    let evaluated = terraform::evaluate(terraform, sources, &mut kept.terraform);
    let evaluated = terraform::plan::merge(evaluated, &files.plans, are_plans_alone);
    let mut missing: BTreeMap<String, BTreeSet<Span>> = BTreeMap::new();
    let mut labels = BTreeMap::new();
    let mut faults = Vec::new();
    for (root, part) in evaluated.iter().zip(kept.parts(&evaluated)) {
        builder.add(&part);
        faults.extend_from_slice(&root.problems);
        for (source, calls) in &root.missing {
            missing.entry(source.to_string()).or_default().extend(calls);
        }
        labels.extend(root.deployment.as_ref().map(|name| (part.scope(), name.to_string())));
        for (name, ceiling) in &root.ceilings {
            builder.limit(part.scope(), name.clone(), ceiling.clone());
        }
    }
    problems.extend(problems::once_per_module(faults, &files.sources));
    builder.add(&manifests::part(builder.next_scope(), &files, &mut kept.objects));
    problems.extend(kubernetes::link(&mut builder, &files.sources));
    problems.sort();
    problems.dedup();
    let is_deployed = |resource: &&Arc<Resource>| {
        matches!(resource.kind, ResourceKind::Managed | ResourceKind::Data | ResourceKind::Object)
    };
    let graph = builder.build();
    let counts = Counts {
        files: files.parsed.len(),
        foreign_files: files.n_foreign,
        resources: graph.resources().iter().filter(is_deployed).count(),
        rules: 0,
        hidden: 0,
        hidden_suspicions: 0,
        excluded: files.n_excluded,
    };
    let Files { sources, skipped, .. } = files;
    Ok(Input { sources, graph, skipped, problems, missing, counts, inputs: labels, moves })
}

/// The real folders that expressions may read from.
fn bounds(roots: &[PathBuf], fs: &dyn FileSystem) -> Vec<PathBuf> {
    roots.iter().filter_map(|root| bound(root, fs)).collect()
}

fn bound(root: &std::path::Path, fs: &dyn FileSystem) -> Option<PathBuf> {
    let real = fs.real_path(root)?;
    // An open document may be nothing but that.
    let is_file = real.is_file() || (!real.is_dir() && fs.read(&real).is_ok());
    if is_file { real.parent().map(std::path::Path::to_path_buf) } else { Some(real) }
}

fn assess(
    input: Input,
    Rules { set: rules, allowed, advisories }: &Rules,
    kept: &mut Kept,
    settings: &Settings,
    progress: &dyn Progress,
) -> Outcome {
    let Input { mut sources, graph, mut skipped, problems, missing, mut counts, inputs, moves } = input;
    progress.phase("checking", 0);
    let facts = Facts::derive(&graph, advisories);
    let tally = if settings.controls.framework.is_some() { Tally::Judged } else { Tally::Nothing };
    let outcome = rules.run(&graph, &facts, tally);
    counts.rules = rules.rules().len();
    skipped.sort();
    skipped.dedup();
    let configured = settings.allowances.add_to(&mut sources).map(|file| (file, allowed.clone()));
    let context =
        findings::Context { rules, graph: &graph, sources: &sources, settings, inputs: &inputs, moves: &moves };
    let said = findings::from(&outcome, configured, (&mut kept.marks, &kept.locators), context);
    let (coverage, taxonomies) = controls::told(&said, &outcome, rules, &graph, &sources, settings);
    let Said { findings, suppressed, notices, undecided } = said;
    let missing_modules =
        missing.into_iter().map(|(source, calls)| MissingModule { source, n_calls: calls.len() }).collect();
    let assessment = Assessment {
        findings,
        suppressed,
        notices,
        undecided,
        skipped,
        problems,
        missing_modules,
        fixes: BTreeMap::new(),
        suspicions: Vec::new(),
        coverage,
        taxonomies,
        counts,
        baseline: None,
        since: None,
    };
    let defects = fix::defects(outcome.matches, rules, &graph);
    let rules = rules.rules().iter().map(|rule| rule.id.clone()).collect();
    Outcome {
        sources,
        graph,
        facts,
        assessment,
        rules,
        defects,
        #[cfg(feature = "classifier")]
        classifier: None,
    }
}

/// Whether a file that gave nothing but problems is to be listed as not analyzed.
fn broken(problems: &[crate::source::Problem]) -> SkipReason {
    let first = problems.first();
    SkipReason::Broken(first.map_or_else(|| "nothing in it can be read".to_owned(), |problem| problem.message.clone()))
}

/// The presence of an object that is a patch, completed by what it is merged into.
const PATCH: Presence = Presence::Partial;
