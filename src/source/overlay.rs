use std::collections::BTreeMap;
use std::path::{Path, PathBuf, absolute};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use super::filesystem::{MAX_LISTED, checked};
use super::ignored::is_left_out;
use super::{Disk, FileKind, FileSystem, ReadError, SkipReason, Skipped, Walked, normalize};

/// The disk, with open documents in place of its files. What the disk says is remembered from one
/// run to the next, until somebody says that it changed.
#[derive(Debug, Default)]
pub struct Overlay {
    /// By real path.
    documents: BTreeMap<PathBuf, Result<Arc<str>, SkipReason>>,
    said: Mutex<Said>,
}

/// What the disk said, by the path that it was asked for.
#[derive(Debug, Default)]
struct Said {
    now: Answers,
    /// In the run before; what is not asked again is forgotten.
    before: Answers,
}

#[derive(Debug, Default)]
struct Answers {
    texts: FxHashMap<PathBuf, Result<Arc<str>, Failure>>,
    real_paths: FxHashMap<PathBuf, Option<PathBuf>>,
    lists: FxHashMap<PathBuf, Vec<PathBuf>>,
    places: FxHashMap<PathBuf, PathBuf>,
}

/// A [`ReadError`] that can be told twice.
#[derive(Clone, Debug)]
enum Failure {
    System(i32),
    Other(std::io::ErrorKind),
    NotText(SkipReason),
}

impl Overlay {
    /// Shows a text at a place instead of what the disk has there.
    pub fn open(&mut self, place: PathBuf, text: &Arc<str>) {
        self.documents.insert(place, checked(text));
    }

    /// Shows what the disk has at a place again.
    pub fn close(&mut self, place: &Path) {
        self.documents.remove(place);
        self.forget();
    }

    /// The text of an open document, as it is analyzed.
    pub fn document(&self, place: &Path) -> Option<&Result<Arc<str>, SkipReason>> {
        self.documents.get(place)
    }

    /// The disk changed.
    pub fn forget(&mut self) {
        *self.said() = Said::default();
    }

    /// A new run begins.
    pub fn begin(&mut self) {
        let mut said = self.said();
        said.before = std::mem::take(&mut said.now);
    }

    /// Whether something was read at a place or below it in the last run, or listed around it, or was not there
    /// and is above it.
    pub fn was_asked(&self, place: &Path) -> bool {
        let (paths, folders): (Vec<PathBuf>, Vec<PathBuf>) = {
            let said = self.said();
            let paths = said.now.texts.keys().chain(said.now.real_paths.keys());
            let missing = said.now.real_paths.iter().filter(|(_, real)| real.is_none()).map(|(path, _)| path);
            (paths.cloned().collect(), said.now.lists.keys().chain(missing).cloned().collect())
        };
        paths.iter().any(|path| self.place(path).starts_with(place))
            || folders.iter().any(|folder| place.starts_with(self.place(folder)))
    }

    /// Where a path really leads, whether anything is there or not; the same for all paths of one file.
    pub fn place(&self, path: &Path) -> PathBuf {
        let folder = path.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
        match (folder, path.file_name()) {
            // Most files are no links, and their folders are few.
            (Some(folder), Some(name)) if !path.is_symlink() => {
                let known = self.said().places(folder);
                let folder = known.unwrap_or_else(|| {
                    let place = nearest(folder);
                    self.said().now.places.insert(folder.to_path_buf(), place.clone());
                    place
                });
                folder.join(name)
            }
            _ => nearest(path),
        }
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self, path: &Path) -> Option<Result<Arc<str>, ReadError>> {
        if self.documents.is_empty() {
            return None;
        }
        let document = self.documents.get(&self.place(path))?;
        Some(document.clone().map_err(ReadError::NotText))
    }

    /// Open documents at or below a place, with the way to each.
    fn documents_below(&self, place: &Path) -> impl Iterator<Item = (&PathBuf, &Path)> {
        let from = self.documents.range::<Path, _>((std::ops::Bound::Included(place), std::ops::Bound::Unbounded));
        let place = place.to_path_buf();
        from.map_while(move |(document, _)| Some((document, document.strip_prefix(&place).ok()?)))
    }

    /// Whether there is a document at the place or below it.
    fn has_document_below(&self, place: &Path) -> bool {
        self.documents_below(place).next().is_some()
    }
}

impl FileSystem for Overlay {
    fn read(&self, path: &Path) -> Result<Arc<str>, ReadError> {
        if let Some(document) = self.opened(path) {
            return document;
        }
        let known = self.said().known(|answers| &mut answers.texts, path);
        let text = known.unwrap_or_else(|| {
            let text = Disk.read(path).map_err(Failure::of);
            self.said().now.texts.insert(path.to_path_buf(), text.clone());
            text
        });
        text.map_err(Failure::into_error)
    }

    fn read_once(&self, path: &Path) -> Result<Arc<str>, ReadError> {
        self.opened(path).unwrap_or_else(|| Disk.read(path))
    }

    fn real_path(&self, path: &Path) -> Option<PathBuf> {
        let known = self.said().known(|answers| &mut answers.real_paths, path);
        let real = known.unwrap_or_else(|| {
            let real = Disk.real_path(path);
            self.said().now.real_paths.insert(path.to_path_buf(), real.clone());
            real
        });
        real.or_else(|| Some(self.place(path)).filter(|place| self.has_document_below(place)))
    }

    fn list(&self, folder: &Path) -> Vec<PathBuf> {
        let known = self.said().known(|answers| &mut answers.lists, folder);
        let mut files = known.unwrap_or_else(|| {
            let files = Disk.list(folder);
            self.said().now.lists.insert(folder.to_path_buf(), files.clone());
            files
        });
        if !self.documents.is_empty() {
            files.extend(self.documents_below(&self.place(folder)).map(|(_, rest)| folder.join(rest)));
            files.sort();
            files.dedup();
            files.truncate(MAX_LISTED);
        }
        files
    }

    fn walk(&self, root: &Path, walked: &mut Walked) {
        let place = self.place(root);
        if let Some(document) = self.documents.get(&place) {
            match document {
                Err(reason @ SkipReason::TooLarge { .. }) if FileKind::of(root).is_some() => {
                    walked.skipped.push(Skipped { path: root.to_path_buf(), reason: reason.clone() });
                }
                _ => walked.add_root_file(root),
            }
            return;
        }
        if place.exists() || !self.has_document_below(&place) {
            Disk.walk(root, walked);
        }
        let is_new = |document: &PathBuf| !document.exists() && !is_left_out(&place, document);
        let new = self.documents_below(&place).filter(|(document, _)| is_new(document));
        walked.files.extend(new.filter_map(|(document, rest)| Some((root.join(rest), FileKind::of(document)?))));
    }
}

impl Said {
    /// What is remembered, which is then kept for the next run.
    fn known<T: Clone>(&mut self, of: impl Fn(&mut Answers) -> &mut FxHashMap<PathBuf, T>, path: &Path) -> Option<T> {
        if let Some(known) = of(&mut self.now).get(path) {
            return Some(known.clone());
        }
        let known = of(&mut self.before).remove(path)?;
        of(&mut self.now).insert(path.to_path_buf(), known.clone());
        Some(known)
    }

    fn places(&mut self, folder: &Path) -> Option<PathBuf> {
        self.known(|answers| &mut answers.places, folder)
    }
}

impl Failure {
    fn of(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) => error.raw_os_error().map_or_else(|| Self::Other(error.kind()), Self::System),
            ReadError::NotText(reason) => Self::NotText(reason),
        }
    }

    fn into_error(self) -> ReadError {
        match self {
            Self::System(code) => std::io::Error::from_raw_os_error(code).into(),
            Self::Other(kind) => std::io::Error::from(kind).into(),
            Self::NotText(reason) => ReadError::NotText(reason),
        }
    }
}

/// The real path of what is there, or of the nearest folder above with the rest of the way.
fn nearest(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let path = normalize(&absolute(path).unwrap_or_else(|_| path.to_path_buf()));
    let real = |above: &Path| Some(above.canonicalize().ok()?.join(path.strip_prefix(above).ok()?));
    path.ancestors().find_map(real).unwrap_or_else(|| path.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(overlay: &Overlay, root: &Path) -> Vec<String> {
        let mut walked = Walked::default();
        overlay.walk(root, &mut walked);
        walked.files.sort();
        let shown = |(path, _): (PathBuf, FileKind)| path.strip_prefix(root).unwrap().display().to_string();
        walked.files.into_iter().map(shown).collect()
    }

    #[test]
    fn documents_stand_in_place_of_files_by_every_path() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("m")).unwrap();
        std::fs::write(root.join("m/a.tf"), "disk").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("a.tf", root.join("m/b.tf")).unwrap();
        let mut overlay = Overlay::default();
        assert_eq!(&*overlay.read(&root.join("m/a.tf")).unwrap(), "disk");
        let place = overlay.place(&root.join("m/../m/a.tf"));
        overlay.open(place.clone(), &"open".into());
        assert_eq!(&*overlay.read(&root.join("m/a.tf")).unwrap(), "open");
        #[cfg(unix)]
        assert_eq!(&*overlay.read(&root.join("m/b.tf")).unwrap(), "open");
        overlay.open(place.clone(), &"a\0b".into());
        assert!(matches!(overlay.read(&root.join("m/a.tf")), Err(ReadError::NotText(SkipReason::Binary))));
        std::fs::write(root.join("m/a.tf"), "saved").unwrap();
        overlay.close(&place);
        assert_eq!(&*overlay.read(&root.join("m/a.tf")).unwrap(), "saved");
    }

    #[test]
    fn a_document_that_is_not_on_the_disk_is_found_as_if_it_were() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for (path, text) in [("a.tf", ""), (".gitignore", "out/\n*.auto.tfvars\n!keep.auto.tfvars\n")] {
            std::fs::write(root.join(path), text).unwrap();
        }
        let all = ["new/b.tf", "out/c.tf", ".terraform/d.tf", "x.auto.tfvars", "keep.auto.tfvars", "e.txt", "k.yaml"];
        let mut overlay = Overlay::default();
        for path in all {
            let place = overlay.place(&root.join(path));
            overlay.open(place, &"text".into());
        }
        let before = walked(&overlay, root);
        assert_eq!(before, ["a.tf", "k.yaml", "keep.auto.tfvars", "new/b.tf"]);
        assert!(overlay.real_path(&root.join("new")).is_some() && overlay.real_path(&root.join("old")).is_none());
        let listed = overlay.list(root);
        for path in all {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "text").unwrap();
        }
        let saved = Overlay::default();
        assert_eq!(walked(&saved, root), before);
        assert_eq!(saved.list(root), listed);
    }

    #[test]
    fn only_what_is_asked_again_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        std::fs::write(&file, "one").unwrap();
        let mut overlay = Overlay::default();
        let first = overlay.read(&file).unwrap();
        overlay.begin();
        std::fs::write(&file, "two").unwrap();
        assert!(Arc::ptr_eq(&overlay.read(&file).unwrap(), &first));
        assert!(overlay.was_asked(&overlay.place(&file)));
        overlay.begin();
        overlay.begin();
        assert_eq!(&*overlay.read(&file).unwrap(), "two");
        std::fs::remove_file(&file).unwrap();
        overlay.forget();
        assert!(overlay.read(&file).is_err());
    }
}
