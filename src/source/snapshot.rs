use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf, absolute};
use std::sync::Arc;

use super::filesystem::MAX_LISTED;
use super::walk::FOREIGN_FOLDERS;
use super::{Disk, FileKind, FileSystem, GitError, ReadError, Repository, SkipReason, Skipped, Walked, normalize};

/// Links on the way to one file.
const MAX_JUMPS: usize = 40;
/// Links to folders that one walk follows.
const MAX_LINKED_FOLDERS: usize = 1_000;
/// Where `terraform init` keeps what it downloads; it is in no commit.
const DOWNLOADS: &str = ".terraform";

/// The files of a commit or of the index, at the paths of the working tree. Only downloaded modules,
/// and what lies outside of the repository, are those of the disk.
#[derive(Debug)]
pub struct Snapshot {
    repository: Arc<Repository>,
    /// By path below the top.
    entries: BTreeMap<PathBuf, Entry>,
}

/// What a path stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: EntryKind,
    /// The id of the content.
    pub(super) oid: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    File,
    Link,
    Submodule,
}

/// A folder of a walk: as the user would write it, and really.
struct Folder {
    shown: PathBuf,
    real: PathBuf,
}

/// What one walk is about.
struct Walk<'a> {
    /// The real root; links that lead out of it are not followed.
    root: PathBuf,
    walked: &'a mut Walked,
    /// The links to folders that led here.
    way: Vec<PathBuf>,
    n_linked: usize,
}

impl Snapshot {
    pub(super) fn new(repository: Arc<Repository>, entries: BTreeMap<PathBuf, Entry>) -> Self {
        Self { repository, entries }
    }

    /// Submodules, whose files are in other repositories, by path below the top.
    pub fn submodules(&self) -> impl Iterator<Item = &Path> {
        let entries = self.entries.iter().filter(|(_, entry)| entry.kind == EntryKind::Submodule);
        entries.map(|(path, _)| path.as_path())
    }

    /// Makes sure that all contents that somebody asked for were there.
    ///
    /// # Errors
    /// [`GitError::NoContent`] if one was not, so that what was read is not the whole.
    pub fn refuse_gaps(&self) -> Result<(), GitError> {
        match self.entries.iter().find(|(_, entry)| self.repository.lacks(&entry.oid)) {
            Some((path, _)) => Err(GitError::NoContent { path: path.display().to_string() }),
            None => Ok(()),
        }
    }

    /// Whether a path leads to something.
    pub fn has(&self, path: &Path) -> bool {
        self.real_path(path).is_some()
    }

    /// The path below the top, `None` for what is the disk's.
    fn below(&self, path: &Path) -> Option<PathBuf> {
        let whole = normalize(&absolute(path).ok()?);
        let top = self.repository.top();
        let below = whole.strip_prefix(top).map(Path::to_path_buf).ok().or_else(|| {
            // The way to the repository may lead over links.
            let known = whole.ancestors().find(|above| above.exists())?;
            let rest = whole.strip_prefix(known).ok()?;
            Some(known.canonicalize().ok()?.join(rest).strip_prefix(top).ok()?.to_path_buf())
        })?;
        let is_download = below.iter().any(|part| part == DOWNLOADS);
        (!is_download).then_some(below)
    }

    /// A path below the top with all links resolved, `None` where they lead out of the repository.
    fn resolve(&self, below: &Path) -> Option<PathBuf> {
        let mut left: Vec<OsString> = below.iter().rev().map(OsString::from).collect();
        let (mut done, mut n_jumps) = (PathBuf::new(), 0);
        while let Some(part) = left.pop() {
            if part == ".." {
                if !done.pop() {
                    return None;
                }
                continue;
            }
            done.push(part);
            let Some(Entry { kind: EntryKind::Link, oid }) = self.entries.get(&done) else { continue };
            n_jumps += 1;
            let target = self.repository.read(oid).ok().filter(|_| n_jumps <= MAX_JUMPS)?;
            done.pop();
            for part in Path::new(&*target).components().rev() {
                match part {
                    Component::CurDir => {}
                    Component::ParentDir | Component::Normal(_) => left.push(part.as_os_str().to_owned()),
                    Component::RootDir | Component::Prefix(_) => return None,
                }
            }
        }
        Some(done)
    }

    /// Entries below a folder, sorted.
    fn within<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = (&'a PathBuf, &'a Entry)> {
        let from = self.entries.range(folder.to_path_buf()..);
        from.take_while(move |(path, _)| path.starts_with(folder)).filter(move |(path, _)| *path != folder)
    }

    fn is_folder(&self, below: &Path) -> bool {
        self.within(below).next().is_some()
    }

    fn file(&self, below: &Path) -> Option<&Entry> {
        let entry = self.entries.get(&self.resolve(below)?)?;
        (entry.kind == EntryKind::File).then_some(entry)
    }

    fn walk_folder(&self, folder: &Folder, walk: &mut Walk<'_>) {
        for (path, entry) in self.within(&folder.real) {
            let Ok(rest) = path.strip_prefix(&folder.real) else { continue };
            let folders = rest.parent().into_iter().flat_map(Path::iter);
            if folders.into_iter().any(|part| part.to_str().is_some_and(|part| FOREIGN_FOLDERS.contains(&part))) {
                continue;
            }
            let shown = folder.shown.join(rest);
            match (entry.kind, FileKind::of(path)) {
                (EntryKind::File, Some(kind)) => walk.walked.files.push((shown, kind)),
                (EntryKind::Link, kind) => self.walk_link(path, &shown, kind, walk),
                _ => {}
            }
        }
    }

    fn walk_link(&self, path: &Path, shown: &Path, kind: Option<FileKind>, walk: &mut Walk<'_>) {
        let target = self.resolve(path);
        let (is_file, is_folder) =
            target.as_ref().map_or((false, false), |to| (self.file(to).is_some(), self.is_folder(to)));
        let skip = |reason| Some(Skipped { path: shown.to_path_buf(), reason });
        let skipped = match target {
            Some(target) if !target.starts_with(&walk.root) && (kind.is_some() || is_folder) => {
                skip(SkipReason::OutsideRoots)
            }
            Some(target) if is_folder => {
                walk.n_linked += 1;
                walk.way.push(path.to_path_buf());
                let is_loop = walk.way.iter().any(|link| link.starts_with(&target));
                let skipped = if is_loop {
                    skip(SkipReason::LinkLoop)
                } else if walk.n_linked > MAX_LINKED_FOLDERS {
                    skip(SkipReason::LimitExceeded("links to folders".into()))
                } else {
                    self.walk_folder(&Folder { shown: shown.to_path_buf(), real: target }, walk);
                    None
                };
                walk.way.pop();
                skipped
            }
            Some(_) if is_file => {
                walk.walked.files.extend(kind.map(|kind| (shown.to_path_buf(), kind)));
                None
            }
            Some(_) if kind.is_some() => skip(SkipReason::Unreadable("entity not found".into())),
            None if kind.is_some() => skip(SkipReason::OutsideRoots),
            _ => None,
        };
        walk.walked.skipped.extend(skipped);
    }
}

impl FileSystem for Snapshot {
    fn read(&self, path: &Path) -> Result<Arc<str>, ReadError> {
        let Some(below) = self.below(path) else { return Disk.read(path) };
        let entry = self.file(&below).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        self.repository.read(&entry.oid)
    }

    fn real_path(&self, path: &Path) -> Option<PathBuf> {
        let Some(below) = self.below(path) else { return Disk.real_path(path) };
        let real = self.resolve(&below)?;
        let is_there = real.as_os_str().is_empty() || self.file(&real).is_some() || self.is_folder(&real);
        is_there.then(|| self.repository.top().join(real))
    }

    fn list(&self, folder: &Path) -> Vec<PathBuf> {
        let Some(below) = self.below(folder) else { return Disk.list(folder) };
        let Some(real) = self.resolve(&below) else { return Vec::new() };
        let files = self.within(&real).filter(|(_, entry)| entry.kind == EntryKind::File);
        let rests = files.filter_map(|(path, _)| path.strip_prefix(&real).ok());
        rests.take(MAX_LISTED).map(|rest| folder.join(rest)).collect()
    }

    fn walk(&self, root: &Path, walked: &mut Walked) {
        let real = self.below(root).and_then(|below| self.resolve(&below));
        let n_before = walked.files.len();
        match real {
            Some(real) if self.file(&real).is_some() => walked.add_root_file(root),
            Some(real) if real.as_os_str().is_empty() || self.is_folder(&real) => {
                let folder = Folder { shown: root.to_path_buf(), real: real.clone() };
                self.walk_folder(&folder, &mut Walk { root: real, walked, way: Vec::new(), n_linked: 0 });
            }
            _ => walked.skipped.push(Skipped { path: root.to_path_buf(), reason: SkipReason::nothing_there() }),
        }
        let found = walked.files.get(n_before..).unwrap_or_default();
        let oids = found.iter().filter_map(|(path, _)| Some(&*self.file(&self.below(path)?)?.oid));
        self.repository.fetch(&oids.collect::<HashSet<_>>());
    }
}
