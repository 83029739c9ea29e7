use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder, WalkState};
use std::sync::Mutex;

use super::{FileKind, FileSystem, PlacedGlob, SkipReason, Skipped};

/// Larger files are listed as skipped and never read: 10 MiB.
pub const MAX_FILE_BYTES: u64 = 10 << 20;

/// Folders that hold other people's code or a tool's state, never a user's configuration.
/// `.terraform` is read on purpose elsewhere: only the modules that a call names.
pub(super) const FOREIGN_FOLDERS: &[&str] =
    &[".git", ".terraform", ".terragrunt-cache", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".hg", ".svn"];

/// What a walk found, both lists sorted by path.
#[derive(Debug, Default)]
pub struct Walked {
    /// Files whose name is ours.
    pub files: Vec<(PathBuf, FileKind)>,
    /// Files whose name is ours and which cannot be read.
    pub skipped: Vec<Skipped>,
    /// Files whose name is ours and which the user does not want to be read.
    pub n_excluded: usize,
}

impl Walked {
    /// Takes a root that is a file.
    pub(super) fn add_root_file(&mut self, root: &Path) {
        match FileKind::of(root) {
            Some(kind) => self.files.push((root.to_path_buf(), kind)),
            None => self.skipped.push(Skipped {
                path: root.to_path_buf(),
                reason: SkipReason::Unreadable("not a Terraform, YAML or JSON file by its name".into()),
            }),
        }
    }
}

/// Lists the files below `roots` whose names are ours, on all cores.
///
/// A root may be a file, which is then taken whatever ignore files say. Git-ignored files and
/// foreign folders are left out; other hidden folders are walked. Symbolic links are followed
/// only to targets inside the same root, so that no path outside is read; a link to a folder
/// above itself ends there. What `exclude` matches is counted, unless the root itself is meant.
pub fn walk(roots: &[PathBuf], exclude: &[PlacedGlob], fs: &dyn FileSystem) -> Walked {
    let mut walked = Walked::default();
    for root in roots {
        let n_before = walked.files.len();
        fs.walk(root, &mut walked);
        let exclude: Vec<&PlacedGlob> = exclude.iter().filter(|glob| !glob.matches(root)).collect();
        let new = walked.files.split_off(n_before);
        let (excluded, kept): (Vec<_>, Vec<_>) =
            new.into_iter().partition(|(path, _)| exclude.iter().any(|glob| glob.matches(path)));
        walked.files.extend(kept);
        walked.n_excluded += excluded.len();
        walked.skipped.retain(|skipped| !exclude.iter().any(|glob| glob.matches(&skipped.path)));
    }
    walked.files.sort();
    walked.files.dedup();
    walked.skipped.sort();
    walked.skipped.dedup();
    walked
}

/// Whether a walk comes to a path below its root, ignore files left aside.
pub fn is_walked(below: &Path) -> bool {
    let mut folders = below.parent().into_iter().flat_map(Path::iter);
    !folders.any(|folder| folder.to_str().is_some_and(|name| FOREIGN_FOLDERS.contains(&name)))
}

pub(super) fn walk_root(root: &Path, walked: &mut Walked) {
    let Ok(real_root) = root.canonicalize() else {
        walked.skipped.push(Skipped { path: root.to_path_buf(), reason: SkipReason::nothing_there() });
        return;
    };
    if real_root.is_file() {
        let bytes = real_root.metadata().map_or(0, |metadata| metadata.len());
        if FileKind::of(root).is_some() && bytes > MAX_FILE_BYTES {
            walked.skipped.push(Skipped { path: root.to_path_buf(), reason: SkipReason::TooLarge { bytes } });
        } else {
            walked.add_root_file(root);
        }
        return;
    }
    let found = Mutex::new(Walked::default());
    let parallel = WalkBuilder::new(root)
        .hidden(false)
        .follow_links(true)
        .require_git(false)
        .ignore(false)
        .threads(rayon::current_num_threads())
        .filter_entry(|entry| !is_foreign(entry))
        .build_parallel();
    parallel.run(|| {
        Box::new(|entry| {
            let classified = match &entry {
                Ok(entry) => classify(entry, &real_root),
                Err(error) => failed(error),
            };
            let is_outside_folder = matches!(&classified, Some(Err(skipped))
                if skipped.reason == SkipReason::OutsideRoots && skipped.path.is_dir());
            let mut found = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match classified {
                Some(Ok(file)) => found.files.push(file),
                Some(Err(skipped)) => found.skipped.push(skipped),
                None => {}
            }
            if is_outside_folder { WalkState::Skip } else { WalkState::Continue }
        })
    });
    let found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    walked.files.extend(found.files);
    walked.skipped.extend(found.skipped);
}

fn is_foreign(entry: &DirEntry) -> bool {
    let is_dir = entry.file_type().is_some_and(|t| t.is_dir());
    entry.depth() > 0 && is_dir && entry.file_name().to_str().is_some_and(|name| FOREIGN_FOLDERS.contains(&name))
}

fn classify(entry: &DirEntry, real_root: &Path) -> Option<Result<(PathBuf, FileKind), Skipped>> {
    let is_dir = entry.file_type().is_some_and(|t| t.is_dir());
    let skip = |reason| Some(Err(Skipped { path: entry.path().to_path_buf(), reason }));
    if entry.path_is_symlink() && entry.depth() > 0 && (is_dir || FileKind::of(entry.path()).is_some()) {
        match entry.path().canonicalize() {
            Ok(target) if !target.starts_with(real_root) => return skip(SkipReason::OutsideRoots),
            Err(error) => return skip(SkipReason::Unreadable(error.kind().to_string())),
            Ok(_) => {}
        }
    }
    if is_dir {
        return None;
    }
    let kind = FileKind::of(entry.path())?;
    if !entry.path().metadata().is_ok_and(|m| m.is_file()) {
        return skip(SkipReason::Unreadable("not a regular file".into()));
    }
    Some(Ok((entry.path().to_path_buf(), kind)))
}

/// A link loop or an unreadable folder is listed; an unreadable ignore file is not ours to report.
fn failed(error: &ignore::Error) -> Option<Result<(PathBuf, FileKind), Skipped>> {
    match error {
        ignore::Error::Loop { child, .. } => Some(Err(Skipped { path: child.clone(), reason: SkipReason::LinkLoop })),
        ignore::Error::WithPath { path, err } => match &**err {
            ignore::Error::Loop { .. } => Some(Err(Skipped { path: path.clone(), reason: SkipReason::LinkLoop })),
            other => {
                let why = other.io_error().map_or_else(|| other.to_string(), |e| e.kind().to_string());
                Some(Err(Skipped { path: path.clone(), reason: SkipReason::Unreadable(why) }))
            }
        },
        ignore::Error::WithDepth { err, .. } => failed(err),
        _ => None,
    }
}

/// The Terraform files that stand directly in `folders` below `base`, sorted; folders that really
/// lie elsewhere are left out.
pub fn modules(base: &Path, folders: &[PathBuf]) -> Vec<(PathBuf, FileKind)> {
    let here = |path: &Path| if path.as_os_str().is_empty() { PathBuf::from(".") } else { path.to_path_buf() };
    let Ok(real_base) = here(base).canonicalize() else { return Vec::new() };
    let mut files = Vec::new();
    for folder in folders.iter().map(|folder| base.join(folder)) {
        let is_inside = here(&folder).canonicalize().is_ok_and(|real| real.starts_with(&real_base));
        let Some(entries) = is_inside.then(|| std::fs::read_dir(here(&folder)).ok()).flatten() else { continue };
        let is_file = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_file());
        let paths = entries.flatten().filter(is_file).map(|entry| folder.join(entry.file_name()));
        let with_kind = paths.filter_map(|path| FileKind::of(&path).map(|kind| (path, kind)));
        files.extend(with_kind.filter(|(_, kind)| matches!(kind, FileKind::Terraform | FileKind::TerraformJson)));
    }
    files.sort();
    files
}
