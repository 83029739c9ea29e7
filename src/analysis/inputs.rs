use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::AnalyzeError;
use super::bodies::Bodies;
use crate::source::{FileKind, FileSystem, Problem, ReadError, SourceMap, Span};
use crate::terraform::{self, File, Text};

/// Values that are given to variables of root modules.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The environment's, `TF_VAR_` removed from the names.
    pub environment: Vec<(String, String)>,
    /// The command line's, in order.
    pub arguments: Vec<Given>,
}

/// One thing on the command line that gives values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A variable's name and its text.
    Variable(String, String),
    /// A variable file.
    File(PathBuf),
}

/// Reads what was given. Text from outside of files becomes files of its own in the source map,
/// so that findings can point at it.
pub(super) fn read(
    inputs: &Inputs,
    sources: &mut SourceMap,
    fs: &dyn FileSystem,
    bodies: &mut Bodies,
    problems: &mut Vec<Problem>,
) -> Result<terraform::Inputs, AnalyzeError> {
    let environment = inputs.environment.iter();
    let environment =
        environment.map(|(name, text)| outside(sources, &format!("TF_VAR_{name}"), "TF_VAR_", name, text));
    let mut read = terraform::Inputs { environment: environment.collect(), arguments: Vec::new() };
    for given in &inputs.arguments {
        read.arguments.push(match given {
            Given::Variable(name, text) => terraform::Given::Text(outside(sources, "--var", "", name, text)),
            Given::File(path) => terraform::Given::File(file(path, sources, fs, bodies, problems)?),
        });
    }
    Ok(read)
}

fn outside(sources: &mut SourceMap, shown: &str, prefix: &str, name: &str, text: &str) -> Text {
    let whole: Arc<str> = format!("{prefix}{name}={text}").into();
    let (start, end) = (whole.len() - text.len(), whole.len());
    let file = sources.add(PathBuf::from(shown), FileKind::Tfvars, whole);
    Text { name: name.into(), text: text.into(), span: Span::new(file, start, end) }
}

pub(super) fn file(
    path: &Path,
    sources: &mut SourceMap,
    fs: &dyn FileSystem,
    bodies: &mut Bodies,
    problems: &mut Vec<Problem>,
) -> Result<File, AnalyzeError> {
    let text = fs.read(path).map_err(|source: ReadError| AnalyzeError::ReadVariables { path: path.into(), source })?;
    let is_json = path.extension().is_some_and(|end| end == "json");
    let kind = if is_json { FileKind::TfvarsJson } else { FileKind::Tfvars };
    let id = sources.add(path.to_path_buf(), kind, Arc::clone(&text));
    let (body, faults) = bodies.parse(path, kind, &text, id);
    problems.extend(faults);
    Ok(File { path: path.to_path_buf(), body })
}
