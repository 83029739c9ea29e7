use super::args::ScopeArgs;
use super::config;
use super::error::CliError;
#[cfg(feature = "classifier")]
use crate::analysis::Suspect;
use crate::analysis::{self, Controls, Inputs, Outcome, Progress, Project, Settings, Workspace};
#[cfg(feature = "classifier")]
use crate::model::Engine;
use crate::rules::Choice;
use crate::rules::schema::Audience;
use crate::source::FileSystem;

/// What is analyzed and by which rules: the settings file, and the command line, which outweighs it.
pub(super) struct Scope {
    pub(super) project: Project,
    pub(super) settings: Settings,
}

impl Scope {
    pub(super) fn load(args: &ScopeArgs, inputs: Inputs) -> Result<Self, CliError> {
        let project = config::load(&args.config, &args.paths)?;
        let audience = if args.pedantic || project.config.pedantic { Audience::Pedantic } else { Audience::Default };
        let choice = Choice { audience, select: args.select.clone(), ignore: args.ignore.clone() };
        let (roots, rule_folders) = (args.paths.clone(), args.rules.clone());
        let advisory_files = args.advisories.clone();
        let settings = Settings { roots, rule_folders, advisory_files, choice, inputs, ..Settings::default() };
        let settings = project.complete(settings)?;
        Ok(Self { project, settings })
    }

    pub(super) fn with(mut self, controls: Controls) -> Self {
        self.settings.controls = controls;
        self
    }

    #[cfg(feature = "classifier")]
    pub(super) fn suspecting(mut self, engine: Option<Engine>, has_all: bool) -> Self {
        self.settings.suspect = engine.map(|engine| Suspect { engine, has_all });
        self
    }

    pub(super) fn analyze(&self, fs: &dyn FileSystem, progress: &dyn Progress) -> Result<Outcome, CliError> {
        analysis::analyze(&self.settings, fs, progress).map_err(|error| CliError::of(error, &self.project))
    }

    /// What it is about, to be analyzed again and again; its errors are for [`CliError::of`].
    pub(super) fn workspace(&self) -> Workspace {
        Workspace::new(self.settings.clone())
    }
}
