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
use crate::source::{Disk, FileKind};

/// Editors write a file in several steps, and a checkout many files.
const PATIENCE: Duration = Duration::from_millis(150);

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
    loop {
        // A mistake in the settings is told, and mended while this goes on.
        match Scope::load(args, inputs.clone()).and_then(|scope| scope.analyze(&Disk, &())) {
            Ok(outcome) => {
                let text = told(&outcome, before.take());
                output::write(|out| Ok(out.write_all(text.as_bytes())?))?;
                before = Some(findings(outcome));
            }
            Err(CliError::Config(refused)) => {
                tell(&format!("the settings file was refused: {}", refused.refusal.message));
            }
            Err(failed) => tell(&error::chain(&failed)),
        }
        if !wait(&events)? {
            return Ok(0);
        }
    }
}

/// Waits for a change of what is analyzed; false where none can come any more.
fn wait(events: &Receiver<notify::Result<Event>>) -> Result<bool, CliError> {
    loop {
        let Ok(event) = events.recv() else { return Ok(false) };
        if is_ours(&event?) {
            break;
        }
    }
    while events.recv_timeout(PATIENCE).is_ok() {}
    Ok(true)
}

fn is_ours(event: &Event) -> bool {
    let is_change = !matches!(event.kind, EventKind::Access(_));
    let is_file = |path: &PathBuf| {
        let is_git = path.iter().any(|part| part == ".git");
        let is_settings = path.file_name().is_some_and(|name| name == FILE_NAME);
        // A folder that comes or goes has no name of ours.
        !is_git && (is_settings || FileKind::of(path).is_some() || path.extension().is_none())
    };
    is_change && event.paths.iter().any(is_file)
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
