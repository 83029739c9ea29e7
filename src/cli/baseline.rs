use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf, absolute};

use serde::{Deserialize, Serialize};

use super::args::{BaselineAction, BaselineArgs, BaselineFileArgs, CompareArgs, SharedArgs};
use super::error::CliError;
use super::progress::Bar;
use super::scope::Scope;
use super::{config, output, workers};
use crate::analysis::{Inputs, Outcome};
use crate::finding::{Comparison, Earlier, Finding, Identity, Novelty, compare};
use crate::report::{masked, plural};
use crate::source::{Disk, SourceMap, normalize};

/// The name of the file.
const FILE_NAME: &str = "stanchion.baseline.json";
/// What can be read here.
const VERSION: u32 = 1;
/// No baseline is larger.
const MAX_BYTES: u64 = 256 << 20;

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    findings: Vec<Entry>,
}

/// A finding that is known. The fingerprints alone make it known again; the rest is for who reads it,
/// and tells equal ones apart.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    rule: String,
    address: String,
    /// One for each instance.
    fingerprints: Vec<String>,
}

/// Findings that are known.
pub(super) struct Baseline {
    path: PathBuf,
    /// Absolute; files are named relative to it.
    folder: PathBuf,
    entries: Vec<Entry>,
}

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
    let baseline = Baseline::of(&outcome(&scope, shared)?, path)?;
    baseline.write()?;
    Ok(format!("wrote {}: {} known from now on\n", baseline.shown(), plural(baseline.entries.len(), "finding")))
}

fn update(args: &BaselineFileArgs, shared: &SharedArgs, inputs: Inputs) -> Result<String, CliError> {
    let scope = Scope::load(&args.scope, inputs)?;
    let (old, roots) = (Baseline::read(existing(args, &scope)?)?, &scope.settings.roots);
    let outcome = outcome(&scope, shared)?;
    let (novelties, comparison) = old.compare(&outcome, roots);
    let mut new = Baseline::of(&outcome, old.path.clone())?;
    // What this run did not look at stays.
    new.entries.extend(old.beyond(&outcome, roots));
    new.entries.sort();
    new.write()?;
    let n_new = novelties.iter().filter(|novelty| **novelty == Novelty::New).count();
    let (n_known, n_gone) = (plural(new.entries.len(), "finding"), comparison.gone.len());
    Ok(format!("wrote {}: {n_known} known, {n_new} of them new, {n_gone} gone\n", new.shown()))
}

fn show(args: &BaselineFileArgs, shared: &SharedArgs, inputs: Inputs) -> Result<String, CliError> {
    let scope = Scope::load(&args.scope, inputs)?;
    let baseline = Baseline::read(existing(args, &scope)?)?;
    let (_, comparison) = baseline.compare(&outcome(&scope, shared)?, &scope.settings.roots);
    let gone: BTreeSet<Entry> = comparison.gone.iter().map(Entry::of).collect();
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
    found.map(Baseline::read).transpose()
}

/// The file beside the settings, or else the nearest one above the first root.
fn beside(scope: &Scope) -> Option<PathBuf> {
    match scope.project.folder() {
        Some(folder) => Some(folder.join(FILE_NAME)).filter(|path| path.is_file()),
        None => config::find(scope.settings.roots.first()?, FILE_NAME),
    }
}

fn existing(args: &BaselineFileArgs, scope: &Scope) -> Result<PathBuf, CliError> {
    args.baseline.clone().or_else(|| beside(scope)).ok_or(CliError::NoBaseline)
}

/// Where a new one is found again.
fn new_path(scope: &Scope) -> PathBuf {
    let here = PathBuf::from(".");
    let root = scope.settings.roots.first().filter(|root| root.is_absolute() || root.starts_with(".."));
    let beside = root.map(|root| if root.is_dir() { root.clone() } else { root.parent().unwrap_or(&here).into() });
    scope.project.folder().or(beside).unwrap_or(here).join(FILE_NAME)
}

impl Baseline {
    fn at(path: PathBuf, entries: Vec<Entry>) -> Result<Self, CliError> {
        let whole = absolute(&path).map_err(|source| CliError::ReadBaseline { path: path.clone(), source })?;
        let folder = normalize(whole.parent().unwrap_or(Path::new("/")));
        Ok(Self { path, folder, entries })
    }

    fn of(outcome: &Outcome, path: PathBuf) -> Result<Self, CliError> {
        let mut baseline = Self::at(path, Vec::new())?;
        let earlier = |finding| Earlier::of(finding, baseline.name(finding, &outcome.sources));
        let mut entries: Vec<Entry> = outcome.assessment.findings.iter().map(|one| Entry::of(&earlier(one))).collect();
        entries.sort();
        baseline.entries = entries;
        Ok(baseline)
    }

    fn read(path: PathBuf) -> Result<Self, CliError> {
        let mut text = String::new();
        let failed = |source: io::Error| CliError::ReadBaseline { path: path.clone(), source };
        File::open(&path).map_err(failed)?.take(MAX_BYTES).read_to_string(&mut text).map_err(failed)?;
        let refused = |message: String| CliError::RefusedBaseline { path: path.clone(), message };
        let document: Document = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
        if document.version != VERSION {
            return Err(refused(format!("its version is {}, and this program reads {VERSION}", document.version)));
        }
        Self::at(path, document.findings)
    }

    fn write(&self) -> Result<(), CliError> {
        let document = Document { version: VERSION, findings: self.entries.clone() };
        output::write_file(&self.path, |out: &mut dyn Write| {
            serde_json::to_writer_pretty(&mut *out, &document)?;
            out.write_all(b"\n")
        })
    }

    /// Whether each finding is known, and what is gone of what this run looked at.
    pub(super) fn compare(&self, outcome: &Outcome, roots: &[PathBuf]) -> (Vec<Novelty>, Comparison) {
        let earlier = self.entries.iter().map(Entry::earlier).collect();
        let mut compared = compare(&outcome.assessment, earlier, |finding| self.name(finding, &outcome.sources));
        let roots = whole(roots);
        compared.gone.retain(|earlier| self.is_looked_at(&earlier.file, &earlier.rule, outcome, &roots));
        let n_known = compared.novelties.iter().filter(|novelty| **novelty == Novelty::Known).count();
        (compared.novelties, Comparison { with: self.shown(), n_known, gone: compared.gone })
    }

    fn shown(&self) -> String {
        self.path.strip_prefix(".").unwrap_or(&self.path).display().to_string()
    }

    /// The entries that a run did not look at.
    fn beyond(&self, outcome: &Outcome, roots: &[PathBuf]) -> Vec<Entry> {
        let roots = whole(roots);
        let is_beyond = |entry: &Entry| !self.is_looked_at(&entry.file, &entry.rule, outcome, &roots);
        self.entries.iter().filter(|entry| is_beyond(entry)).cloned().collect()
    }

    fn is_looked_at(&self, file: &str, rule: &str, outcome: &Outcome, roots: &[PathBuf]) -> bool {
        let path = normalize(&self.folder.join(file));
        let is_skipped = || {
            let mut skipped = outcome.assessment.skipped.iter().filter_map(|skipped| absolute(&skipped.path).ok());
            skipped.any(|skipped| normalize(&skipped) == path)
        };
        outcome.rules.contains(rule) && roots.iter().any(|root| path.starts_with(root)) && !is_skipped()
    }

    /// The file of a finding, relative to the baseline's folder where it lies below it.
    fn name(&self, finding: &Finding, sources: &SourceMap) -> String {
        let path = &sources.file(finding.primary.span.file).path;
        let whole = absolute(path).map_or_else(|_| path.clone(), |whole| normalize(&whole));
        let below = whole.strip_prefix(&self.folder).unwrap_or(&whole);
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        masked(&parts.join("/"))
    }
}

fn whole(roots: &[PathBuf]) -> Vec<PathBuf> {
    roots.iter().filter_map(|root| absolute(root).ok()).map(|root| normalize(&root)).collect()
}

impl Entry {
    fn of(earlier: &Earlier) -> Self {
        Self {
            file: earlier.file.clone(),
            rule: earlier.rule.clone(),
            address: masked(&earlier.address),
            fingerprints: earlier.identities.iter().map(|identity| identity.current.clone()).collect(),
        }
    }

    fn earlier(&self) -> Earlier {
        let identity = |current: &String| Identity { current: current.clone(), former: Vec::new() };
        Earlier {
            rule: self.rule.clone(),
            address: self.address.clone(),
            file: self.file.clone(),
            severity: None,
            identities: self.fingerprints.iter().map(identity).collect(),
        }
    }
}
