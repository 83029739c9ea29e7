use std::collections::BTreeSet;
use std::path::{Path, PathBuf, absolute};

use super::args::CompareArgs;
use super::baseline;
use super::error::CliError;
use super::scope::Scope;
use super::tell;
use crate::analysis::{self, Cold, Given, Outcome, Progress, Settings};
use crate::config::Baseline;
use crate::finding::{Category, Comparison, Earlier, Finding, Novelty, Suspicion, compare};
use crate::source::{Disk, FileSystem, PathGlob, Repository, Snapshot, SourceMap, normalize};

/// Whether findings are told with their fixes, which takes further analyses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fixes {
    Told,
    Untold,
}

/// What the next commit is made on.
const HEAD: &str = "HEAD";

/// Analyzes, and marks what is new: against another revision if the arguments name one, and against
/// a baseline if there is one.
pub(super) fn analyze(
    scope: &Scope,
    args: &CompareArgs,
    known: Option<Baseline>,
    fixes: Fixes,
    progress: &dyn Progress,
) -> Result<Outcome, CliError> {
    let revision = args.since.as_deref().or(args.staged.then_some(HEAD));
    let (mut outcome, before) = match revision {
        Some(revision) => {
            let (mut outcome, (before, suspected)) = both(scope, revision, (args.staged, fixes), progress)?;
            outcome.assessment.suspicions.retain(|it| !suspected.contains(&suspect(it)));
            (outcome, Some((revision, before)))
        }
        None => (with_fixes(scope.analyze(&Disk, progress)?, &scope.settings, &Disk, fixes)?, None),
    };
    // Both are asked about all findings, before any is dropped.
    let known = known.map(|known| known.compare(baseline::looked(&outcome, scope)));
    let mut novelties = known.as_ref().map(|(novelties, _)| novelties.clone());
    if let Some((revision, before)) = before {
        let since = compare(&outcome.assessment, before, |finding| shown(finding, &outcome.sources));
        novelties = novelties.map(|all| {
            let kept = all.into_iter().zip(&since.novelties).filter(|(_, novelty)| **novelty == Novelty::New);
            kept.map(|(novelty, _)| novelty).collect()
        });
        let skipped: BTreeSet<String> =
            outcome.assessment.skipped.iter().map(|skipped| skipped.path.display().to_string()).collect();
        let gone = since.gone.into_iter().filter(|earlier| !skipped.contains(&earlier.file)).collect();
        outcome.assessment.mark(&since.novelties);
        let n_known = outcome.assessment.drop_known();
        outcome.assessment.since = Some(Comparison { with: revision.to_owned(), n_known, gone });
    }
    if let (Some((_, comparison)), Some(novelties)) = (known, novelties) {
        outcome.assessment.mark(&novelties);
        outcome.assessment.baseline = Some(comparison);
    }
    Ok(outcome)
}

/// Analyzes the files at hand, or those of the index, and those of a revision; gives the findings and
/// suspicions of the latter.
fn both(
    scope: &Scope,
    revision: &str,
    (is_staged, fixes): (bool, Fixes),
    progress: &dyn Progress,
) -> Result<(Outcome, Before), CliError> {
    let repository = Repository::around(&start(&scope.settings.roots))?;
    for root in &scope.settings.roots {
        let whole = absolute(root).map(|root| normalize(&root)).unwrap_or_default();
        // The root itself may be gone, or staged only.
        let known = whole.ancestors().find_map(|above| above.canonicalize().ok());
        if !known.is_some_and(|known| known.starts_with(repository.top())) {
            return Err(CliError::OtherRepository { path: root.clone() });
        }
    }
    let before = repository.revision(revision)?;
    let index = if is_staged { Some(repository.index()?) } else { None };
    if index.is_none() {
        repository.refuse_sparse()?;
    }
    let submodules: BTreeSet<&Path> = before.submodules().chain(index.iter().flat_map(Snapshot::submodules)).collect();
    let settings = without(&scope.settings, &submodules, repository.top());
    let then = given(&settings, &before);
    let fs: &dyn FileSystem = index.as_ref().map_or(&Disk, |index| index);
    let both = analysis::analyze_both((&then, &before), (&settings, fs), progress);
    index.iter().chain([&before]).try_for_each(Snapshot::refuse_gaps)?;
    let (then, now) = both.map_err(|error| CliError::of(error, &scope.project))?;
    let earlier = (findings(&then), suspects(&then));
    // Freeing its trees takes time, and nothing is left to do with them but that.
    std::mem::forget(then);
    Ok((with_fixes(now, &settings, fs, fixes)?, earlier))
}

/// The findings and suspicions of an earlier state.
type Before = (Vec<Earlier>, BTreeSet<Suspect>);

/// A suspicion as later states look for it.
type Suspect = (String, Category);

fn suspect(suspicion: &Suspicion) -> Suspect {
    (suspicion.address.clone(), suspicion.category)
}

fn suspects(outcome: &Outcome) -> BTreeSet<Suspect> {
    outcome.assessment.suspicions.iter().map(suspect).collect()
}

fn with_fixes(
    mut outcome: Outcome,
    settings: &Settings,
    fs: &dyn FileSystem,
    fixes: Fixes,
) -> Result<Outcome, CliError> {
    if fixes == Fixes::Told {
        analysis::add_fixes(&mut Cold::new(settings, fs), &mut outcome)?;
    }
    Ok(outcome)
}

/// Where to look for the repository: the working directory, unless the first root is elsewhere.
fn start(roots: &[PathBuf]) -> PathBuf {
    let first = roots.first().filter(|root| root.is_absolute() || root.starts_with(".."));
    first.cloned().unwrap_or_else(|| PathBuf::from("."))
}

/// The settings without submodules, whose files are in other repositories: they would all be new.
fn without(settings: &Settings, submodules: &BTreeSet<&Path>, top: &Path) -> Settings {
    let mut settings = settings.clone();
    if submodules.is_empty() {
        return settings;
    }
    let names: Vec<String> = submodules.iter().map(|path| path.display().to_string()).collect();
    tell(&format!("submodules are not compared: {}", names.join(", ")));
    let plain = names.iter().map(|name| name.replace(['[', ']', '{', '}', '*', '?', '\\'], "?"));
    let globs = plain.filter_map(|name| PathGlob::try_from(name).ok());
    settings.exclude.extend(globs.map(|glob| glob.within(top)));
    settings
}

/// The settings for an earlier state: without variable files that were not there yet.
fn given(settings: &Settings, before: &Snapshot) -> Settings {
    let mut settings = settings.clone();
    settings.inputs.arguments.retain(|given| match given {
        Given::File(path) => before.has(path),
        Given::Variable(..) => true,
    });
    for deployment in &mut settings.deployments {
        deployment.variable_files.retain(|(_, path)| before.has(path));
    }
    settings
}

/// The findings of an outcome as later states look for them.
pub(super) fn findings(outcome: &Outcome) -> Vec<Earlier> {
    let findings = outcome.assessment.findings.iter();
    findings.map(|finding| Earlier::of(finding, shown(finding, &outcome.sources))).collect()
}

/// The file of a finding.
pub(super) fn shown(finding: &Finding, sources: &SourceMap) -> String {
    sources.file(finding.primary.span.file).path.display().to_string()
}
