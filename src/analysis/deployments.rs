use std::path::{Path, PathBuf, absolute};

use ecow::EcoString;

use super::AnalyzeError;
use super::bodies::Bodies;
use super::inputs;
use super::read::Files;
use crate::source::{FileSystem, Problem, normalize};
use crate::terraform::{self, File};

/// A root module and the variable files that it is deployed with. A folder that is named several
/// times is evaluated once for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The folder of the root module.
    pub folder: PathBuf,
    /// Variable files, as they are told and where they lie; later ones count.
    pub variable_files: Vec<(String, PathBuf)>,
}

/// Reads the variable files of deployments whose folder was analyzed.
pub(super) fn read(
    deployments: &[Deployment],
    files: &mut Files,
    fs: &dyn FileSystem,
    bodies: &mut Bodies,
    problems: &mut Vec<Problem>,
) -> Result<Vec<terraform::Deployment>, AnalyzeError> {
    let mut read = Vec::new();
    for one in deployments {
        let place = place(&one.folder);
        let is_here = |file: &&File| file.path.parent().is_some_and(|folder| self::place(folder) == place);
        let Some(folder) = files.terraform.iter().find(is_here).and_then(|file| file.path.parent()) else { continue };
        let folder = folder.to_path_buf();
        let is_alone = deployments.iter().filter(|other| self::place(&other.folder) == place).count() == 1;
        let own = one.variable_files.iter().map(|(_, path)| file(path, files, fs, bodies, problems));
        let own = own.collect::<Result<Vec<File>, AnalyzeError>>()?;
        read.push(terraform::Deployment { folder, name: (!is_alone).then(|| name(one)), files: own });
    }
    Ok(read)
}

fn name(deployment: &Deployment) -> EcoString {
    let names: Vec<&str> = deployment.variable_files.iter().map(|(name, _)| name.as_str()).collect();
    if names.is_empty() { "no variable file".into() } else { names.join(" + ").into() }
}

/// A variable file, which the walk may have read already.
fn file(
    path: &Path,
    files: &mut Files,
    fs: &dyn FileSystem,
    bodies: &mut Bodies,
    problems: &mut Vec<Problem>,
) -> Result<File, AnalyzeError> {
    let known = files.variables.iter().find(|file| place(&file.path) == place(path));
    known.cloned().map_or_else(|| inputs::file(path, &mut files.sources, fs, bodies, problems), Ok)
}

fn place(path: &Path) -> PathBuf {
    let here = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    absolute(here).map(|path| normalize(&path)).unwrap_or_default()
}
