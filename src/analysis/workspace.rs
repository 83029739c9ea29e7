use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{AnalyzeError, Outcome, Progress, Settings, analyze};
use crate::source::{
    Disk, FileKind, FileSystem, MAX_FILE_BYTES, ReadError, SkipReason, Skipped, Walked, is_walked, normalize,
};

/// What an editor has open, and the files of the disk around it.
#[derive(Debug)]
pub struct Workspace {
    settings: Settings,
    open: Overlay,
}

impl Workspace {
    /// Nothing is open yet, and nothing analyzed.
    pub fn new(settings: Settings) -> Self {
        Self { settings, open: Overlay::default() }
    }

    /// Shows `text` in place of the disk's file. A file below a root that is not on the disk joins
    /// the others there.
    pub fn open(&mut self, path: &Path, text: Arc<str>) {
        self.open.0.insert(normalize(path), text);
    }

    /// Shows the disk's file again.
    pub fn close(&mut self, path: &Path) {
        self.open.0.remove(&normalize(path));
    }

    /// The disk changed there: files or folders made, changed or removed.
    pub fn touched(&mut self, _paths: &[PathBuf]) {}

    /// Analyzes everything as it is now; the result is that of [`analyze`] of the same texts.
    ///
    /// # Errors
    /// As [`analyze`].
    pub fn analyze(&mut self, progress: &dyn Progress) -> Result<Arc<Outcome>, AnalyzeError> {
        analyze(&self.settings, &self.open, progress).map(Arc::new)
    }
}

/// Open texts over the disk.
#[derive(Debug, Default)]
struct Overlay(BTreeMap<PathBuf, Arc<str>>);

impl Overlay {
    fn text(&self, path: &Path) -> Option<&Arc<str>> {
        self.0.get(path).or_else(|| self.0.get(&normalize(path)))
    }

    fn below<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = &'a PathBuf> {
        let from = self.0.range(folder.to_path_buf()..).map(|(path, _)| path);
        from.take_while(move |path| path.starts_with(folder)).filter(move |path| *path != folder && !path.exists())
    }
}

impl FileSystem for Overlay {
    fn read(&self, path: &Path) -> Result<Arc<str>, ReadError> {
        let Some(text) = self.text(path) else { return Disk.read(path) };
        let bytes = text.len() as u64;
        if bytes > MAX_FILE_BYTES {
            return Err(ReadError::NotText(SkipReason::TooLarge { bytes }));
        }
        if text.contains('\0') {
            return Err(ReadError::NotText(SkipReason::Binary));
        }
        Ok(text.strip_prefix('\u{feff}').map_or_else(|| Arc::clone(text), Arc::from))
    }

    fn real_path(&self, path: &Path) -> Option<PathBuf> {
        Disk.real_path(path).or_else(|| self.text(path).map(|_| normalize(path)))
    }

    fn list(&self, folder: &Path) -> Vec<PathBuf> {
        let mut files = Disk.list(folder);
        files.extend(self.below(folder).cloned());
        files.sort();
        files
    }

    fn walk(&self, root: &Path, walked: &mut Walked) {
        if !root.exists() && self.text(root).is_some() {
            match FileKind::of(root) {
                Some(kind) => walked.files.push((root.to_path_buf(), kind)),
                None => walked.skipped.push(Skipped {
                    path: root.to_path_buf(),
                    reason: ReadError::from(io::Error::from(io::ErrorKind::NotFound)).into_skip(),
                }),
            }
            return;
        }
        Disk.walk(root, walked);
        let added = self.below(root).filter(|path| path.strip_prefix(root).is_ok_and(is_walked));
        walked.files.extend(added.filter_map(|path| Some((path.clone(), FileKind::of(path)?))));
    }
}
