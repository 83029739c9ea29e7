use std::path::{Path, PathBuf};

use crate::source::normalize;

/// What relative paths start from, and what paths in machine formats are told relative to.
#[derive(Clone, Debug)]
pub struct Base {
    /// The working directory, absolute: relative paths of files start here.
    pub cwd: PathBuf,
    /// The repository's root or the working directory, absolute.
    pub root: PathBuf,
}

impl Base {
    /// The root without `.` and `..`.
    pub(super) fn root(&self) -> PathBuf {
        normalize(&self.root)
    }

    /// A file relative to the root if it lies below it, else its absolute path.
    pub(super) fn locate(&self, path: &Path) -> Located {
        let absolute = normalize(&self.cwd.join(path));
        match absolute.strip_prefix(self.root()) {
            Ok(below) if below.components().next().is_some() => Located::Below(below.to_path_buf()),
            _ => Located::Elsewhere(absolute),
        }
    }

    /// The same as text, with `/` between folders, as code hosts name files.
    pub(super) fn name(&self, path: &Path) -> String {
        let path = match self.locate(path) {
            Located::Below(path) | Located::Elsewhere(path) => path,
        };
        let name = super::shown_path(&path);
        if cfg!(windows) { name.replace('\\', "/") } else { name }
    }
}

/// Where a file lies.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Located {
    /// Relative to the root.
    Below(PathBuf),
    /// Absolute.
    Elsewhere(PathBuf),
}
