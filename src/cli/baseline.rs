use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use super::args::{BaselineAction, BaselineArgs, BaselineFileArgs, CompareArgs, SharedArgs};
use super::error::CliError;
use super::progress::Bar;
use super::scope::Scope;
use super::{config, output, workers};
use crate::analysis::{Inputs, Outcome};
use crate::config::{BASELINE_NAME, Baseline, BaselineEntry, Looked};
use crate::finding::Novelty;
use crate::report::{masked, plural};
use crate::source::Disk;

/// Runs `baseline` and gives the exit code.
pub(super) fn baseline(args: &BaselineArgs, shared: &SharedArgs, inputs: Inputs) -> Result<u8, CliError> {
    workers::start(shared)?;
    let text = match &args.action {
        BaselineAction::Create(args) => create(args, shared, inputs)?,
        BaselineAction::Update(args) => update(args, shared, inputs)?,
        BaselineAction::Show(args) => show(args, shared, inputs)?,
    };
    output::write(|out| Ok(out.write_all(text.as_bytes())?))?;
    Ok(0)
}

fn create(args: &BaselineFileArgs, shared: &SharedArgs, inputs: Inputs) -> Result<String, CliError> {
    let scope = Scope::load(&args.scope, inputs)?;
    let path = args.baseline.clone().unwrap_or_else(|| new_path(&scope));
    if path.exists() {
        return Err(CliError::BaselineExists { path });
    }
    let baseline = Baseline::of(looked(&outcome(&scope, shared)?, &scope), path)?;
    write(&baseline)?;
    Ok(format!("wrote {}: {} known from now on\n", baseline.shown(), plural(baseline.entries.len(), "finding")))
}

fn update(args: &BaselineFileArgs, shared: &SharedArgs, inputs: Inputs) -> Result<String, CliError> {
    let scope = Scope::load(&args.scope, inputs)?;
    let old = Baseline::read(existing(args, &scope)?)?;
    let outcome = outcome(&scope, shared)?;
    let looked = looked(&outcome, &scope);
    let (novelties, comparison) = old.compare(looked);
    let mut new = Baseline::of(looked, old.path.clone())?;
    // What this run did not look at stays.
    new.entries.extend(old.beyond(looked));
    new.entries.sort();
    write(&new)?;
    let n_new = novelties.iter().filter(|novelty| **novelty == Novelty::New).count();
    let (n_known, n_gone) = (plural(new.entries.len(), "finding"), comparison.gone.len());
    Ok(format!("wrote {}: {n_known} known, {n_new} of them new, {n_gone} gone\n", new.shown()))
}

fn show(args: &BaselineFileArgs, shared: &SharedArgs, inputs: Inputs) -> Result<String, CliError> {
    let scope = Scope::load(&args.scope, inputs)?;
    let baseline = Baseline::read(existing(args, &scope)?)?;
    let (_, comparison) = baseline.compare(looked(&outcome(&scope, shared)?, &scope));
    let gone: BTreeSet<BaselineEntry> = comparison.gone.iter().map(BaselineEntry::of).collect();
    let mut text =
        format!("{}: {}, {} gone\n", baseline.shown(), plural(baseline.entries.len(), "finding"), gone.len());
    for entry in &baseline.entries {
        let state = if gone.contains(entry) { "gone " } else { "known" };
        let (rule, address, file) = (masked(&entry.rule), masked(&entry.address), masked(&entry.file));
        text.extend([state, "  ", &rule, "  ", &address, "  ", &file, "\n"]);
    }
    Ok(text)
}

fn outcome(scope: &Scope, shared: &SharedArgs) -> Result<Outcome, CliError> {
    let bar = Bar::new(!shared.no_progress);
    let outcome = scope.analyze(&Disk, &bar)?;
    bar.finish();
    Ok(outcome)
}

/// The baseline that a check compares with, if there is one.
pub(super) fn wanted(args: &CompareArgs, scope: &Scope) -> Result<Option<Baseline>, CliError> {
    let found = if args.no_baseline { None } else { args.baseline.clone().or_else(|| beside(scope)) };
    Ok(found.map(Baseline::read).transpose()?)
}

/// The file beside the settings, or else the nearest one above the first root.
fn beside(scope: &Scope) -> Option<PathBuf> {
    scope.project.beside(BASELINE_NAME, scope.settings.roots.first()?, &config::here())
}

fn existing(args: &BaselineFileArgs, scope: &Scope) -> Result<PathBuf, CliError> {
    args.baseline.clone().or_else(|| beside(scope)).ok_or(CliError::NoBaseline)
}

/// Where a new one is found again.
fn new_path(scope: &Scope) -> PathBuf {
    let here = PathBuf::from(".");
    let root = scope.settings.roots.first().filter(|root| root.is_absolute() || root.starts_with(".."));
    let beside = root.map(|root| if root.is_dir() { root.clone() } else { root.parent().unwrap_or(&here).into() });
    scope.project.folder().or(beside).unwrap_or(here).join(BASELINE_NAME)
}

/// What an outcome is for a baseline.
pub(super) fn looked<'a>(outcome: &'a Outcome, scope: &'a Scope) -> Looked<'a> {
    let Outcome { assessment, sources, rules, .. } = outcome;
    Looked { assessment, sources, rules, roots: &scope.settings.roots }
}

fn write(baseline: &Baseline) -> Result<(), CliError> {
    output::write_file(&baseline.path, |out: &mut dyn Write| {
        serde_json::to_writer_pretty(&mut *out, &baseline.document())?;
        out.write_all(b"\n")
    })
}
