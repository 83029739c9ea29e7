use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::walk::FOREIGN_FOLDERS;

/// Whether a walk from `root` would leave out a file that is not on the disk: for a foreign folder on
/// the way, or by git's ignore files. Both paths are real.
pub(super) fn is_left_out(root: &Path, file: &Path) -> bool {
    let Ok(rest) = file.strip_prefix(root) else { return true };
    let n_folders = rest.components().count().saturating_sub(1);
    let mut path = root.to_path_buf();
    rest.components().enumerate().any(|(n, part)| {
        path.push(part);
        let is_folder = n < n_folders;
        let is_foreign = part.as_os_str().to_str().is_some_and(|name| FOREIGN_FOLDERS.contains(&name));
        (is_folder && is_foreign) || is_ignored(&path, is_folder)
    })
}

/// Ignore files of the folders above count up to the top of the repository, the nearest first; then
/// what the repository excludes, and the user.
fn is_ignored(path: &Path, is_folder: bool) -> bool {
    let (mut shared, mut own) = (Match::None, Match::None);
    for folder in path.ancestors().skip(1) {
        let said = |file: PathBuf| {
            let mut builder = GitignoreBuilder::new(folder);
            builder.add(file);
            let rules = builder.build().unwrap_or_else(|_| Gitignore::empty());
            rules.matched(path, is_folder).map(|_| ())
        };
        let git = folder.join(".git");
        shared = shared.or(said(folder.join(".gitignore")));
        own = own.or(said(git.join("info/exclude")));
        if git.exists() {
            break;
        }
    }
    let (of_user, _) = Gitignore::global();
    shared.or(own).or(of_user.matched(path, is_folder).map(|_| ())).is_ignore()
}
