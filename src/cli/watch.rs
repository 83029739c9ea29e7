use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use notify::{Event, EventKind, RecursiveMode, Watcher};

use super::args::{ScopeArgs, SharedArgs};
use super::compare::{findings, shown};
use super::error::{self, CliError};
use super::scope::Scope;
use super::{output, tell, workers};
use crate::analysis::{Inputs, Outcome};
use crate::config::FILE_NAME;
use crate::finding::{Earlier, Finding, Novelty, compare};
use crate::report::{masked, plural};

/// Editors write a file in several steps, and a checkout many files.
const PATIENCE: Duration = Duration::from_millis(150);

/// What the system tells of the disk.
type Events = Receiver<notify::Result<Event>>;

/// Runs `watch` until it is interrupted.
pub(super) fn watch(args: &ScopeArgs, shared: &SharedArgs, inputs: &Inputs) -> Result<u8, CliError> {
    workers::start(shared)?;
    let (sender, events) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender)?;
    let scope = Scope::load(args, inputs.clone())?;
    let folders: BTreeSet<PathBuf> = scope.settings.roots.iter().cloned().chain(scope.project.folder()).collect();
    for folder in &folders {
        let is_root = scope.settings.roots.contains(folder);
        let mode = if is_root { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        watcher.watch(folder, mode)?;
    }
    let mut before = None;
    let mut scope = Ok(scope);
    loop {
        // A mistake in the settings is told, and mended while this goes on.
        let changed = match scope {
            Ok(scope) => analyze(&scope, &mut before, &events)?,
            Err(error) => {
                complain(&error);
                wait(&events)?
            }
        };
        if changed.is_empty() {
            return Ok(0);
        }
        scope = Scope::load(args, inputs.clone());
    }
}

/// Analyzes again with each change of what is analyzed, until the settings change; gives what changed
/// then, or nothing where no change can come any more.
fn analyze(scope: &Scope, before: &mut Option<Vec<Earlier>>, events: &Events) -> Result<Vec<PathBuf>, CliError> {
    let mut workspace = scope.workspace();
    loop {
        match workspace.analyze(&()).map_err(|error| CliError::of(error, &scope.project)) {
            Ok(outcome) => {
                let text = told(&outcome, before.take());
                output::write(|out| Ok(out.write_all(text.as_bytes())?))?;
                *before = Some(findings(&outcome));
            }
            Err(error) => complain(&error),
        }
        loop {
            let changed = wait(events)?;
            let is_settings = |path: &PathBuf| path.file_name().is_some_and(|name| name == FILE_NAME);
            if changed.is_empty() || changed.iter().any(is_settings) {
                return Ok(changed);
            }
            if workspace.touched(&changed) {
                break;
            }
        }
    }
}

fn complain(error: &CliError) {
    match error {
        CliError::Config(refused) => tell(&format!("the settings file was refused: {}", refused.refusal.message)),
        failed => tell(&error::chain(failed)),
    }
}

/// Waits for changes and gives the paths that they are about, none where no change can come any more.
fn wait(events: &Events) -> Result<Vec<PathBuf>, CliError> {
    let mut changed = Vec::new();
    let mut next = events.recv().ok();
    while let Some(event) = next {
        let event = event?;
        if !matches!(event.kind, EventKind::Access(_)) {
            changed.extend(event.paths);
        }
        next = if changed.is_empty() { events.recv().ok() } else { events.recv_timeout(PATIENCE).ok() };
    }
    Ok(changed)
}

/// What is new and what is gone since the last run, and how many findings there are.
fn told(outcome: &Outcome, before: Option<Vec<Earlier>>) -> String {
    let mut text = String::new();
    let findings = &outcome.assessment.findings;
    if let Some(before) = before {
        let compared = compare(&outcome.assessment, before, |finding| shown(finding, &outcome.sources));
        for (finding, _) in findings.iter().zip(&compared.novelties).filter(|(_, novelty)| **novelty == Novelty::New) {
            let _ = writeln!(text, "+ {}", line(finding, outcome));
        }
        for earlier in &compared.gone {
            let file = masked(&earlier.file);
            let _ = writeln!(text, "- {} {} ({})", earlier.rule, masked(&earlier.address), shorter(&file));
        }
    }
    let counts = outcome.assessment.counts;
    let (n_findings, n_files) = (plural(findings.len(), "finding"), plural(counts.files, "file"));
    let _ = writeln!(text, "= {n_findings} in {n_files}, waiting for changes");
    text
}

fn line(finding: &Finding, outcome: &Outcome) -> String {
    let span = finding.primary.span;
    let at = outcome.sources.file(span.file).position(span.start);
    let file = masked(&shown(finding, &outcome.sources));
    format!("{} {} {}:{}: {}", finding.severity, finding.rule, shorter(&file), at.line, masked(&finding.message))
}

fn shorter(file: &str) -> String {
    Path::new(file).strip_prefix(".").unwrap_or(Path::new(file)).display().to_string()
}
