use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{FileSystem, ReadError, Walked};

/// A file system some of whose files have another text. No file is added and none goes.
pub struct Retexted<'f> {
    below: &'f dyn FileSystem,
    texts: BTreeMap<PathBuf, Arc<str>>,
}

impl<'f> Retexted<'f> {
    /// Shows `texts`, by the paths that a walk gives, in place of what `below` has there.
    pub fn new(below: &'f dyn FileSystem, texts: BTreeMap<PathBuf, Arc<str>>) -> Self {
        Self { below, texts }
    }
}

impl FileSystem for Retexted<'_> {
    fn read(&self, path: &Path) -> Result<Arc<str>, ReadError> {
        self.texts.get(path).map_or_else(|| self.below.read(path), |text| Ok(Arc::clone(text)))
    }

    fn real_path(&self, path: &Path) -> Option<PathBuf> {
        self.below.real_path(path)
    }

    fn list(&self, folder: &Path) -> Vec<PathBuf> {
        self.below.list(folder)
    }

    fn walk(&self, root: &Path, walked: &mut Walked) {
        self.below.walk(root, walked);
    }
}
