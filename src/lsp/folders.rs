use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lsp_types::Diagnostic;

use super::diagnostics::Item;
use super::fixes::Fixes;
use super::options::{Options, Persona};
use super::worker::FolderId;
#[cfg(feature = "classifier")]
use crate::analysis::Suspect;
use crate::analysis::{AnalyzeError, Given, Inputs, Outcome, Project, ProjectError, Refused, Settings};
use crate::config::{BASELINE_NAME, Baseline, BaselineError, Looked};
use crate::finding::Novelty;
use crate::report::Samples;
use crate::rules::Choice;
use crate::rules::schema::Audience;
use crate::source::normalize;

/// A folder that is analyzed on its own.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) id: FolderId,
    /// Absolute, without `.` and `..`.
    pub(super) path: PathBuf,
    origin: Origin,
    pub(super) project: Project,
    pub(super) settings: Settings,
    /// What is known of, and no news.
    pub(super) baseline: Option<Baseline>,
    /// When the last change came.
    pub(super) wanted: u64,
    /// When the last change came that has been answered, be it by a failure.
    pub(super) done: u64,
    pub(super) result: Option<Told>,
    /// Why the settings cannot be used; those before them hold.
    pub(super) unsettled: Option<Trouble>,
    /// Why the last analysis gave nothing.
    pub(super) failure: Option<Trouble>,
    /// Whether the worker knows it.
    pub(super) is_started: bool,
    /// What the client was told last, by path.
    pub(super) published: BTreeMap<PathBuf, Vec<Diagnostic>>,
}

/// Whence a folder is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// The client has it open.
    Workspace,
    /// A file in it was opened that is in no folder of the client's.
    File,
}

/// The last outcome, and what is shown of it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) outcome: Arc<Outcome>,
    pub(super) items: Vec<Item>,
    /// Findings that no baseline knows.
    pub(super) n_new: usize,
    pub(super) time: u64,
    pub(super) took: Duration,
    pub(super) fixes: Fixes,
}

/// Why there is no outcome of what the user wants.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The settings file is at fault.
    Refused(Box<Refused>),
    /// The message to show.
    Other(String),
}

impl Folder {
    pub(super) fn of_workspace(id: FolderId, path: &Path) -> Self {
        Self::new(id, normalize(path), Origin::Workspace)
    }

    /// The folder of a file that is in no other one. The home folder and those above it hold
    /// everything that somebody has: there the file stands alone.
    pub(super) fn of_file(id: FolderId, file: &Path) -> Self {
        let folder = file.parent().unwrap_or(file);
        let home = std::env::home_dir().unwrap_or_default();
        let is_wide = home.starts_with(folder) || folder.parent().is_none();
        Self::new(id, if is_wide { file.to_path_buf() } else { folder.to_path_buf() }, Origin::File)
    }

    fn new(id: FolderId, path: PathBuf, origin: Origin) -> Self {
        Self {
            id,
            path,
            origin,
            project: Project::default(),
            settings: Settings::default(),
            baseline: None,
            wanted: 0,
            done: 0,
            result: None,
            unsettled: None,
            failure: None,
            is_started: false,
            published: BTreeMap::new(),
        }
    }

    pub(super) fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.path)
    }

    pub(super) fn is_of_file(&self) -> bool {
        self.origin == Origin::File
    }

    /// Whether all that changed has been answered.
    pub(super) fn is_idle(&self) -> bool {
        self.done == self.wanted
    }

    pub(super) fn trouble(&self) -> Option<&Trouble> {
        self.unsettled.as_ref().or(self.failure.as_ref())
    }

    pub(super) fn audience(&self) -> Audience {
        self.settings.choice.audience
    }

    pub(super) fn shows_samples(&self) -> bool {
        self.project.config.samples != Some(Samples::Hide)
    }

    /// Reads the settings file, and adds what the editor says, which outweighs it.
    ///
    /// # Errors
    /// If the settings file or the baseline cannot be used; the settings are then as they were.
    pub(super) fn configure(&mut self, options: &Options, inputs: &Inputs) -> Result<(), Trouble> {
        let project = match &options.config {
            Some(path) => Project::read(self.path.join(path), Path::new(""))?,
            None => Project::above(&self.path, Path::new(""))?,
        };
        let is_pedantic = options.persona == Persona::Pedantic || project.config.pedantic;
        let audience = if is_pedantic { Audience::Pedantic } else { Audience::Default };
        let choice = Choice { audience, select: options.select.clone(), ignore: options.ignore.clone() };
        let files = options.var_files.iter().map(|path| Given::File(self.path.join(path)));
        let inputs = Inputs { arguments: files.collect(), ..inputs.clone() };
        // As `stanchion check` in the folder: `paths` counts where the settings file lies there.
        let names_paths = !project.config.paths.is_empty() && project.folder().as_deref() == Some(&*self.path);
        let roots = if names_paths { Vec::new() } else { vec![self.path.clone()] };
        let settings = Settings {
            roots,
            choice,
            inputs,
            #[cfg(feature = "classifier")]
            suspect: options.suspicions.then(Suspect::default),
            ..Settings::default()
        };
        let settings = project.complete(settings)?;
        let baseline = project.beside(BASELINE_NAME, &self.path, Path::new(""));
        self.baseline = baseline.map(Baseline::read).transpose()?;
        self.settings = settings;
        self.project = project;
        Ok(())
    }

    /// Whether each finding is known from the baseline; nothing where there is none.
    pub(super) fn novelties(&self, outcome: &Outcome) -> Vec<Novelty> {
        let Outcome { assessment, sources, rules, .. } = outcome;
        let looked = Looked { assessment, sources, rules, roots: &self.settings.roots };
        self.baseline.as_ref().map(|baseline| baseline.compare(looked).0).unwrap_or_default()
    }
}

impl From<ProjectError> for Trouble {
    fn from(error: ProjectError) -> Self {
        match error {
            ProjectError::Refused(refused) => Self::Refused(refused),
            ProjectError::Read { .. } => Self::told(&error),
        }
    }
}

impl From<BaselineError> for Trouble {
    fn from(error: BaselineError) -> Self {
        Self::told(&error)
    }
}

impl Trouble {
    pub(super) fn of_analysis(error: &AnalyzeError, project: &Project) -> Self {
        project.fault(error).map_or_else(|| Self::told(error), Self::Refused)
    }

    /// An error and its cause.
    fn told(error: &dyn std::error::Error) -> Self {
        let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
        Self::Other(format!("{error}{cause}"))
    }

    pub(super) fn message(&self) -> String {
        match self {
            Self::Refused(refused) => format!("{}: {}", refused.path.display(), refused.refusal.message),
            Self::Other(message) => message.clone(),
        }
    }
}
