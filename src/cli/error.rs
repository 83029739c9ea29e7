use std::error::Error;
use std::io;
use std::path::PathBuf;

use crate::analysis::{AnalyzeError, Project, ProjectError, Refused};
use crate::config::BaselineError;
use crate::rules::framework::UnknownFramework;
use crate::source::GitError;

/// Why a command gave no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// Standard output refused.
    #[error("cannot write the report")]
    Write(#[from] io::Error),
    /// A report cannot be written to its file.
    #[error("cannot write the report to `{}`", path.display())]
    WriteReport {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is to be fixed cannot be written.
    #[error("cannot write `{}`", path.display())]
    WriteFixed {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is to be fixed has another text than the one that was analyzed.
    #[error("`{}` has changed meanwhile, and nothing was written", path.display())]
    ChangedMeanwhile {
        /// The file.
        path: PathBuf,
    },
    /// A file that is to be fixed lies really elsewhere.
    #[error("`{}` leads out of the given paths, and nothing was written", path.display())]
    Outside {
        /// The file.
        path: PathBuf,
    },
    /// Two reports are to be written to one file.
    #[error("two reports are to be written to `{}`", path.display())]
    SameTarget {
        /// The file.
        path: PathBuf,
    },
    /// There is no working directory to tell paths relative to.
    #[error("cannot tell the working directory")]
    WorkingDirectory(#[source] io::Error),
    /// The system gave no threads.
    #[error("cannot start worker threads")]
    Workers(#[from] rayon::ThreadPoolBuildError),
    /// No rule goes by the name that was asked for.
    #[error(
        "no rule here is named `{name}` or is the same as another analyzer's of that name; {}",
        suggestion.as_ref().map_or_else(|| "`stanchion rules` lists all".to_owned(), |known| format!("did you mean `{known}`?"))
    )]
    UnknownRule {
        /// As it was asked for.
        name: String,
        /// What is most like it.
        suggestion: Option<String>,
    },
    /// No framework goes by the name that was asked for.
    #[error(transparent)]
    UnknownFramework(#[from] UnknownFramework),
    /// The list cannot be written as JSON.
    #[error("cannot write the list")]
    List(#[from] serde_json::Error),
    /// Tensors cannot be written.
    #[cfg(feature = "classifier")]
    #[error("cannot write the tensors")]
    Tensors(#[source] safetensors::SafeTensorError),
    /// The settings file is at fault.
    #[error("the settings file was refused")]
    Config(Box<Refused>),
    /// The settings file cannot be read.
    #[error("cannot read settings from `{}`", path.display())]
    ReadConfig {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The settings file cannot be written.
    #[error("cannot write `{}`", path.display())]
    WriteConfig {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is a settings file already.
    #[error("`{}` is there already and was left as it is", path.display())]
    ConfigExists {
        /// The file.
        path: PathBuf,
    },
    /// There is a baseline already.
    #[error("`{}` is there already: `stanchion baseline update` replaces it", path.display())]
    BaselineExists {
        /// The file.
        path: PathBuf,
    },
    /// A baseline cannot be used.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// There is no baseline to show or update.
    #[error("there is no baseline: `stanchion baseline create` writes one")]
    NoBaseline,
    /// The repository does not give what was asked for.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A path to compare is not in the repository.
    #[error("`{}` is not in the repository of the first path, and cannot be compared", path.display())]
    OtherRepository {
        /// The path.
        path: PathBuf,
    },
    /// Files cannot be watched.
    #[error("cannot watch for changes")]
    Watch(#[from] notify::Error),
    /// The language server cannot go on.
    #[error("cannot serve the editor")]
    Serve(#[source] io::Error),
    /// There is no page for a command.
    #[error("there is no command `{name}`")]
    UnknownCommand {
        /// As it was asked for.
        name: String,
    },
    /// The settings or rules are at fault.
    #[error("cannot analyze")]
    Analyze(#[from] AnalyzeError),
}

impl From<ProjectError> for CliError {
    fn from(error: ProjectError) -> Self {
        match error {
            ProjectError::Read { path, source } => Self::ReadConfig { path, source },
            ProjectError::Refused(refused) => Self::Config(refused),
        }
    }
}

impl CliError {
    /// The error, at its place if the settings file is to blame.
    pub(super) fn of(error: AnalyzeError, project: &Project) -> Self {
        project.fault(&error).map_or(Self::Analyze(error), Self::Config)
    }
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
