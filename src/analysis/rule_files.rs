use std::path::{Path, PathBuf};

use super::AnalyzeError;
use crate::rules::RuleSet;
use crate::source::LineIndex;

/// Adds the user's own rules: every `.yaml` and `.yml` file below the folders, in path order.
pub(super) fn add(rules: &mut RuleSet, folders: &[PathBuf]) -> Result<(), AnalyzeError> {
    for folder in folders {
        for path in list(folder)? {
            let text = std::fs::read_to_string(&path).map_err(|source| unreadable(&path, source))?;
            rules.add(&text).map_err(|mistake| {
                let position = LineIndex::new(&text).position(&text, u32::try_from(mistake.range.start).unwrap_or(0));
                let (line, column) = (position.line, position.column);
                AnalyzeError::RefusedRule { path: path.clone(), line, column, message: mistake.message }
            })?;
        }
    }
    Ok(())
}

fn unreadable(path: &Path, source: std::io::Error) -> AnalyzeError {
    AnalyzeError::ReadRules { path: path.to_path_buf(), source }
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, AnalyzeError> {
    if folder.is_file() {
        return Ok(vec![folder.to_path_buf()]);
    }
    std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))?;
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).sort_by_file_path(Path::cmp).build();
    let is_rule = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    Ok(walk.flatten().map(ignore::DirEntry::into_path).filter(is_rule).collect())
}
