//! Stand-in for the façade until the real one is merged: settings in, an outcome out.

use std::path::PathBuf;

use crate::finding::Assessment;
use crate::graph::Graph;
use crate::source::{FileSystem, SourceMap, walk};

/// What to analyze.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Files and folders.
    pub roots: Vec<PathBuf>,
    /// Folders of rule files, in addition to those of the binary.
    pub rule_folders: Vec<PathBuf>,
}

/// Told how far the analysis is; called from several threads.
pub trait Progress: Sync {
    /// A phase begins that has `total` steps.
    fn phase(&self, name: &'static str, total: usize);
    /// `n` more steps of the phase are done.
    fn step(&self, n: usize);
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

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {}

/// Reads and counts files.
///
/// # Errors
/// None yet.
pub fn analyze(settings: &Settings, fs: &dyn FileSystem, progress: &dyn Progress) -> Result<Outcome, AnalyzeError> {
    let walked = walk(&settings.roots);
    let mut outcome = Outcome::default();
    outcome.assessment.skipped = walked.skipped;
    progress.phase("reading", walked.files.len());
    for (path, kind) in walked.files {
        if let Ok(text) = fs.read(&path) {
            outcome.sources.add(path, kind, text);
            outcome.assessment.counts.files += 1;
        }
        progress.step(1);
    }
    Ok(outcome)
}
