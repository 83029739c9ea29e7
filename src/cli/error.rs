use std::error::Error;
use std::io;

use crate::analysis::AnalyzeError;

/// Why a command gave no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// Standard output refused.
    #[error("cannot write the report")]
    Write(#[from] io::Error),
    /// There is no working directory to tell paths relative to.
    #[error("cannot tell the working directory")]
    WorkingDirectory(#[source] io::Error),
    /// The system gave no threads.
    #[error("cannot start worker threads")]
    Workers(#[from] rayon::ThreadPoolBuildError),
    /// The settings or rules are at fault.
    #[error("cannot analyze")]
    Analyze(#[from] AnalyzeError),
}

/// The error and its sources on one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    line
}
