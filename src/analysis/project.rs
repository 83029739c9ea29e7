use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;

use super::{Allow, Allowances, AnalyzeError, Deployment, Settings};
use crate::config::{self, Config, FILE_NAME, Refusal, Spanned};
use crate::source::normalize;

/// What a project's settings file says, nothing where there is none.
#[derive(Debug, Default)]
pub struct Project {
    /// As the user would write it.
    path: PathBuf,
    /// What its paths are relative to, absolute.
    folder: PathBuf,
    /// What paths are told relative to.
    here: PathBuf,
    text: Arc<str>,
    /// What it says.
    pub config: Config,
}

/// A settings file that was refused.
#[derive(Debug)]
pub struct Refused {
    /// The file.
    pub path: PathBuf,
    /// Its text.
    pub text: Arc<str>,
    /// What is wrong, and where.
    pub refusal: Refusal,
}

/// Why the settings of a project cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The file cannot be read.
    #[error("cannot read settings from `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is at fault.
    #[error("the settings file was refused: {}", .0.refusal.message)]
    Refused(Box<Refused>),
}

/// The nearest file of that name in the folders from `root` up, not beyond the repository's own;
/// its path as seen from `here` if it lies below that.
fn find_above(root: &Path, name: &str, here: &Path) -> Option<PathBuf> {
    let whole = normalize(&absolute(root).ok()?);
    for folder in whole.ancestors() {
        let file = folder.join(name);
        if file.is_file() {
            return Some(near(&file, here));
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    None
}

/// A path as seen from `here`, if it lies below that.
fn near(path: &Path, here: &Path) -> PathBuf {
    match path.strip_prefix(here) {
        Ok(rest) if rest.as_os_str().is_empty() => PathBuf::from("."),
        Ok(rest) => rest.to_path_buf(),
        Err(_) => path.to_path_buf(),
    }
}

impl Project {
    /// Reads the settings file nearest above `root`.
    ///
    /// Paths that the file names become relative to `here` where they lie below it; where `here` is
    /// empty, all are absolute.
    ///
    /// # Errors
    /// [`ProjectError`] if there is a file and it cannot be used.
    pub fn above(root: &Path, here: &Path) -> Result<Self, ProjectError> {
        let found = find_above(root, FILE_NAME, here);
        found.map_or_else(|| Ok(Self::default()), |path| Self::read(path, here))
    }

    /// A file of that name beside the settings file; where there are no settings, the nearest one above `root`.
    pub fn beside(&self, name: &str, root: &Path, here: &Path) -> Option<PathBuf> {
        match self.folder() {
            Some(folder) => Some(folder.join(name)).filter(|path| path.is_file()),
            None => find_above(root, name, here),
        }
    }

    /// Reads a settings file, as [`Project::above`] does.
    ///
    /// # Errors
    /// [`ProjectError`] if it cannot be used.
    pub fn read(path: PathBuf, here: &Path) -> Result<Self, ProjectError> {
        let failed = |source: io::Error| ProjectError::Read { path: path.clone(), source };
        let whole = absolute(&path).map_err(failed)?;
        let folder = normalize(whole.parent().unwrap_or(Path::new("/")));
        let text: Arc<str> = fs::read_to_string(&path).map_err(failed)?.into();
        match config::read(&text) {
            Ok(config) => Ok(Self { path, folder, here: here.to_path_buf(), text, config }),
            Err(refusal) => Err(ProjectError::Refused(Box::new(Refused { path, text, refusal }))),
        }
    }

    /// Adds what the file says to what the command line says, which outweighs it.
    ///
    /// # Errors
    /// [`ProjectError`] if the file names what cannot be used.
    pub fn complete(&self, mut settings: Settings) -> Result<Settings, ProjectError> {
        let config = &self.config;
        let is_all = settings.roots.is_empty() || settings.roots.iter().any(|root| self.is_within(root));
        if settings.roots.is_empty() {
            settings.roots = config.paths.iter().map(|path| self.existing(path)).collect::<Result<_, _>>()?;
        }
        if settings.roots.is_empty() {
            settings.roots.push(PathBuf::from("."));
        }
        settings.rule_folders.extend(self.rule_folders()?);
        // Of two advisories of one name the later counts: what the command line says.
        settings.advisory_files.splice(0..0, self.advisory_files()?);
        settings.exclude = config.exclude.iter().map(|glob| glob.clone().within(&self.folder)).collect();
        let names = |names: &[Spanned<String>]| names.iter().map(|name| name.get_ref().clone()).collect();
        if settings.choice.select.is_empty() {
            settings.choice.select = names(&config.select);
        }
        if settings.choice.ignore.is_empty() {
            settings.choice.ignore = names(&config.ignore);
        }
        settings.severities =
            config.severity.iter().map(|(name, severity)| (name.get_ref().clone(), *severity)).collect();
        settings.deployments = config.root.iter().map(|root| self.deployment(root)).collect::<Result<_, _>>()?;
        settings.allowances = self.allowances(is_all);
        Ok(settings)
    }

    /// The folder of the file, if there is one.
    pub fn folder(&self) -> Option<PathBuf> {
        (!self.path.as_os_str().is_empty()).then(|| near(&self.folder, &self.here))
    }

    /// Folders of further rules.
    ///
    /// # Errors
    /// [`ProjectError`] if the file names what cannot be used.
    pub fn rule_folders(&self) -> Result<Vec<PathBuf>, ProjectError> {
        self.config.rules.iter().map(|path| self.existing(path)).collect()
    }

    /// Files of further advisories.
    ///
    /// # Errors
    /// [`ProjectError`] if the file names what cannot be used.
    pub fn advisory_files(&self) -> Result<Vec<PathBuf>, ProjectError> {
        self.config.advisories.iter().map(|path| self.existing(path)).collect()
    }

    /// The file's fault, if an analysis by its settings failed for what it says.
    pub fn fault(&self, error: &AnalyzeError) -> Option<Box<Refused>> {
        let AnalyzeError::Selector(unknown) = error else { return None };
        let range = self.config.place_of(&unknown.selector)?;
        Some(Box::new(self.refused(error.to_string(), range)))
    }

    fn is_within(&self, root: &Path) -> bool {
        absolute(root).is_ok_and(|root| self.folder.starts_with(normalize(&root)))
    }

    fn deployment(&self, root: &config::Root) -> Result<Deployment, ProjectError> {
        let folder = self.existing(&root.path)?;
        let file = |name: &Spanned<String>| {
            let path = folder.join(name.get_ref());
            self.inside(name, path).map(|path| (name.get_ref().clone(), path))
        };
        let variable_files = root.var_files.iter().map(file).collect::<Result<_, _>>()?;
        Ok(Deployment { folder, variable_files })
    }

    fn allowances(&self, is_whole: bool) -> Allowances {
        let rules =
            |allow: &config::Allow| allow.rules.iter().map(|name| (name.get_ref().clone(), name.span())).collect();
        let entries = self.config.allow.iter().map(|allow| Allow {
            rules: rules(allow),
            address: allow.address.clone(),
            path: allow.path.clone().map(|glob| glob.within(&self.folder)),
            reason: allow.reason.clone(),
            until: allow.until,
        });
        Allowances { file: self.path.clone(), text: Arc::clone(&self.text), entries: entries.collect(), is_whole }
    }

    /// A path of the file, as seen from the working directory.
    fn existing(&self, path: &Spanned<String>) -> Result<PathBuf, ProjectError> {
        self.inside(path, near(&normalize(&self.folder.join(path.get_ref())), &self.here))
    }

    /// A path that exists and does not leave the folder of the file, links resolved: what somebody
    /// else wrote into a repository reads nothing outside of it.
    fn inside(&self, written: &Spanned<String>, path: PathBuf) -> Result<PathBuf, ProjectError> {
        let (Ok(real), Ok(folder)) = (path.canonicalize(), self.folder.canonicalize()) else {
            return Err(self.refuse(format!("there is no `{}`", path.display()), written.span()));
        };
        if real.starts_with(folder) {
            return Ok(path);
        }
        Err(self.refuse(format!("`{}` lies outside of this file's folder", path.display()), written.span()))
    }

    fn refuse(&self, message: String, range: Range<usize>) -> ProjectError {
        ProjectError::Refused(Box::new(self.refused(message, range)))
    }

    fn refused(&self, message: String, range: Range<usize>) -> Refused {
        let refusal = Refusal { message, help: None, range };
        Refused { path: self.path.clone(), text: Arc::clone(&self.text), refusal }
    }
}
