use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::ConfigArgs;
use super::error::CliError;
use crate::analysis::{Project, Refused};
use crate::config::Refusal;
use crate::report::human;
use crate::source::{FileKind, Problem, SourceMap, Span};

/// Reads the settings file that the arguments name, or the one nearest above the first of `roots`.
pub(super) fn load(args: &ConfigArgs, roots: &[PathBuf]) -> Result<Project, CliError> {
    let root = roots.first().map_or(Path::new("."), PathBuf::as_path);
    let project = match &args.config {
        _ if args.no_config => Project::default(),
        Some(path) => Project::read(path.clone(), &here())?,
        None => Project::above(root, &here())?,
    };
    Ok(project)
}

/// What paths are told relative to.
pub(super) fn here() -> PathBuf {
    std::env::current_dir().unwrap_or_default()
}

/// What is wrong with a settings file, with its lines.
pub(super) fn show(refused: &Refused, settings: human::Settings) -> String {
    let mut sources = SourceMap::default();
    let file = sources.add(refused.path.clone(), FileKind::Config, Arc::clone(&refused.text));
    let Refusal { message, help, range } = &refused.refusal;
    let mut problem = Problem::new(Span::new(file, range.start, range.end), message);
    problem.help.clone_from(help);
    human::problem(&problem, &sources, settings)
}
