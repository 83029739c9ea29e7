use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;

use super::args::ConfigArgs;
use super::error::CliError;
use crate::analysis::{Allow, Allowances, AnalyzeError, Deployment, Settings};
use crate::config::{self, Config, FILE_NAME, Refusal, Spanned};
use crate::report::human;
use crate::source::{FileKind, Problem, SourceMap, Span, normalize};

/// What a project's settings file says, nothing where there is none.
#[derive(Default)]
pub(super) struct Project {
    /// As the user would write it.
    path: PathBuf,
    /// What its paths are relative to, absolute.
    folder: PathBuf,
    text: Arc<str>,
    pub(super) config: Config,
}

/// A settings file that was refused.
#[derive(Debug)]
pub(super) struct Refused {
    path: PathBuf,
    text: Arc<str>,
    refusal: Refusal,
}

/// Reads the settings file that the arguments name, or the one nearest above the first of `roots`.
pub(super) fn load(args: &ConfigArgs, roots: &[PathBuf]) -> Result<Project, CliError> {
    let root = roots.first().map_or(Path::new("."), PathBuf::as_path);
    let found = if args.no_config { None } else { args.config.clone().or_else(|| find(root, FILE_NAME)) };
    let Some(path) = found else { return Ok(Project::default()) };
    let failed = |source: io::Error| CliError::ReadConfig { path: path.clone(), source };
    let whole = absolute(&path).map_err(failed)?;
    let folder = normalize(whole.parent().unwrap_or(Path::new("/")));
    let text: Arc<str> = fs::read_to_string(&path).map_err(failed)?.into();
    match config::read(&text) {
        Ok(config) => Ok(Project { path, folder, text, config }),
        Err(refusal) => Err(CliError::Config(Box::new(Refused { path, text, refusal }))),
    }
}

/// The nearest file of that name in the folders from `root` up, not beyond the repository's own.
pub(super) fn find(root: &Path, name: &str) -> Option<PathBuf> {
    let whole = normalize(&absolute(root).ok()?);
    for folder in whole.ancestors() {
        let file = folder.join(name);
        if file.is_file() {
            return Some(near(&file));
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    None
}

/// A path as seen from the working directory, if it lies below it.
fn near(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    match path.strip_prefix(&here) {
        Ok(rest) if rest.as_os_str().is_empty() => PathBuf::from("."),
        Ok(rest) => rest.to_path_buf(),
        Err(_) => path.to_path_buf(),
    }
}

impl Project {
    /// Adds what the file says to what the command line says, which outweighs it.
    pub(super) fn complete(&self, mut settings: Settings) -> Result<Settings, CliError> {
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
    pub(super) fn folder(&self) -> Option<PathBuf> {
        (!self.path.as_os_str().is_empty()).then(|| near(&self.folder))
    }

    /// Folders of further rules.
    pub(super) fn rule_folders(&self) -> Result<Vec<PathBuf>, CliError> {
        self.config.rules.iter().map(|path| self.existing(path)).collect()
    }

    /// Files of further advisories.
    pub(super) fn advisory_files(&self) -> Result<Vec<PathBuf>, CliError> {
        self.config.advisories.iter().map(|path| self.existing(path)).collect()
    }

    /// The error, at its place if the file is to blame.
    pub(super) fn blame(&self, error: AnalyzeError) -> CliError {
        let range = match &error {
            AnalyzeError::Selector(unknown) => self.config.place_of(&unknown.selector),
            _ => None,
        };
        match range {
            Some(range) => self.refuse(error.to_string(), range),
            None => CliError::Analyze(error),
        }
    }

    fn is_within(&self, root: &Path) -> bool {
        absolute(root).is_ok_and(|root| self.folder.starts_with(normalize(&root)))
    }

    fn deployment(&self, root: &config::Root) -> Result<Deployment, CliError> {
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
    fn existing(&self, path: &Spanned<String>) -> Result<PathBuf, CliError> {
        self.inside(path, near(&normalize(&self.folder.join(path.get_ref()))))
    }

    /// A path that exists and does not leave the folder of the file, links resolved: what somebody
    /// else wrote into a repository reads nothing outside of it.
    fn inside(&self, written: &Spanned<String>, path: PathBuf) -> Result<PathBuf, CliError> {
        let (Ok(real), Ok(folder)) = (path.canonicalize(), self.folder.canonicalize()) else {
            return Err(self.refuse(format!("there is no `{}`", path.display()), written.span()));
        };
        if real.starts_with(folder) {
            return Ok(path);
        }
        Err(self.refuse(format!("`{}` lies outside of this file's folder", path.display()), written.span()))
    }

    fn refuse(&self, message: String, range: Range<usize>) -> CliError {
        let refusal = Refusal { message, help: None, range };
        CliError::Config(Box::new(Refused { path: self.path.clone(), text: Arc::clone(&self.text), refusal }))
    }
}

impl Refused {
    /// What is wrong, one line.
    pub(super) fn message(&self) -> &str {
        &self.refusal.message
    }

    /// What is wrong, with the lines of the file.
    pub(super) fn show(&self, settings: human::Settings) -> String {
        let mut sources = SourceMap::default();
        let file = sources.add(self.path.clone(), FileKind::Config, Arc::clone(&self.text));
        let Refusal { message, help, range } = &self.refusal;
        let mut problem = Problem::new(Span::new(file, range.start, range.end), message);
        problem.help.clone_from(help);
        human::problem(&problem, &sources, settings)
    }
}
