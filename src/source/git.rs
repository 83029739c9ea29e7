use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use super::filesystem::text_of;
use super::snapshot::{Entry, EntryKind};
use super::{MAX_FILE_BYTES, ReadError, SkipReason, Snapshot};

/// Why a repository gave nothing. Every variant is the caller's to fix.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The program cannot be started.
    #[error("cannot run `git`")]
    Start(#[from] io::Error),
    /// There is no working tree of a repository.
    #[error("`{}` is in no working tree of a Git repository: {said}", path.display())]
    NoRepository {
        /// Where one was looked for.
        path: PathBuf,
        /// What git says.
        said: String,
    },
    /// The revision is not there.
    #[error("there is no revision `{revision}` in this repository{}", if *is_shallow {
        "; the clone is shallow: fetch more of it (`git fetch --unshallow`, or `fetch-depth: 0` where CI checks out)"
    } else { "" })]
    NoRevision {
        /// As it was asked for.
        revision: String,
        /// Whether history was left out when cloning.
        is_shallow: bool,
    },
    /// The working tree holds only a part of the files, so that it cannot be compared with a whole.
    #[error(
        "the checkout is sparse, and what is left out would look removed: compare with --staged, or \
             check out all (`git sparse-checkout disable`)"
    )]
    Sparse,
    /// A merge is not done.
    #[error("`{path}` has conflicts that are not resolved")]
    Unmerged {
        /// A file with conflicts.
        path: String,
    },
    /// A content is not in the clone.
    #[error("the content of `{path}` is not in this clone: fetch it, nothing is downloaded here")]
    NoContent {
        /// Whose content.
        path: String,
    },
    /// The program failed.
    #[error("`git {command}` failed: {said}")]
    Failed {
        /// What was asked.
        command: &'static str,
        /// What it said.
        said: String,
    },
}

/// A repository, seen through the `git` program, which reads objects and writes nothing. It runs no
/// hook and no filter, and downloads nothing.
#[derive(Debug)]
pub struct Repository {
    /// Where `git` runs.
    folder: PathBuf,
    /// The top of the working tree, links resolved.
    top: PathBuf,
    /// Files that are in the index although ignore files name them: the walk over the disk leaves them
    /// out as well.
    ignored: BTreeSet<PathBuf>,
    blobs: Mutex<Blobs>,
}

impl Repository {
    /// The repository around a path.
    ///
    /// # Errors
    /// [`GitError`] if there is none, or no `git`.
    pub fn around(path: &Path) -> Result<Arc<Self>, GitError> {
        let folder = path.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new(".")).to_path_buf();
        let output = git(&folder, &["rev-parse", "--show-toplevel"])?;
        if !output.status.success() {
            return Err(GitError::NoRepository { path: path.to_path_buf(), said: said(&output.stderr) });
        }
        let top = path_of(output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout));
        let top = top.canonicalize().unwrap_or(top);
        let command = ["ls-files", "--cached", "--ignored", "--exclude-standard", "-z", "--full-name", "--", ":/"];
        let listed = run(&folder, "ls-files", &command)?;
        let ignored = listed.split(|byte| *byte == 0).filter(|path| !path.is_empty()).map(path_of).collect();
        Ok(Arc::new(Self { folder, top, ignored, blobs: Mutex::default() }))
    }

    /// The top of the working tree, links resolved.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The files of a commit, read through its tree. `main...` means where the branch at hand left `main`.
    ///
    /// # Errors
    /// [`GitError`] if the revision is not there.
    pub fn revision(self: &Arc<Self>, revision: &str) -> Result<Snapshot, GitError> {
        let Some(tree) = self.tree(revision)? else { return Ok(self.snapshot(BTreeMap::new())) };
        let listed = run(&self.folder, "ls-tree", &["ls-tree", "-r", "-z", "--full-tree", &tree])?;
        let entries = records(&listed).filter_map(|(fields, path)| match fields[..] {
            [mode, _, oid] => Some((path, Entry::new(mode, oid)?)),
            _ => None,
        });
        Ok(self.snapshot(entries.collect()))
    }

    /// The files of the index: what the next commit holds.
    ///
    /// # Errors
    /// [`GitError`] if a merge is not done.
    pub fn index(self: &Arc<Self>) -> Result<Snapshot, GitError> {
        let listed = run(&self.folder, "ls-files", &["ls-files", "--stage", "-z", "--full-name", "--", ":/"])?;
        let mut entries = BTreeMap::new();
        for (fields, path) in records(&listed) {
            match fields[..] {
                [mode, oid, "0"] => entries.extend(Entry::new(mode, oid).map(|entry| (path, entry))),
                _ => return Err(GitError::Unmerged { path: path.display().to_string() }),
            }
        }
        Ok(self.snapshot(entries))
    }

    /// Makes sure that the working tree holds all files.
    ///
    /// # Errors
    /// [`GitError::Sparse`].
    pub fn refuse_sparse(&self) -> Result<(), GitError> {
        let output = git(&self.folder, &["config", "--type=bool", "--get", "core.sparseCheckout"])?;
        if output.stdout.starts_with(b"true") { Err(GitError::Sparse) } else { Ok(()) }
    }

    /// The tree of a revision; `None` where nothing was ever committed.
    fn tree(&self, revision: &str) -> Result<Option<String>, GitError> {
        let found = match revision.strip_suffix("...") {
            Some(other) if !other.starts_with('-') => self.asked(&["merge-base", other, "HEAD"])?,
            None if !revision.starts_with('-') => Some(revision.to_owned()),
            _ => None,
        };
        let tree = match found {
            Some(commit) => self.asked(&["rev-parse", "--verify", "--quiet", &format!("{commit}^{{tree}}")])?,
            None => None,
        };
        if tree.is_some() || (revision == "HEAD" && self.asked(&["symbolic-ref", "--quiet", "HEAD"])?.is_some()) {
            return Ok(tree);
        }
        let is_shallow = self.asked(&["rev-parse", "--is-shallow-repository"])?.is_some_and(|said| said == "true");
        Err(GitError::NoRevision { revision: revision.to_owned(), is_shallow })
    }

    fn snapshot(self: &Arc<Self>, mut entries: BTreeMap<PathBuf, Entry>) -> Snapshot {
        entries.retain(|path, _| !self.ignored.contains(path));
        Snapshot::new(Arc::clone(self), entries)
    }

    /// The first line of an answer; `None` where the program says no.
    fn asked(&self, args: &[&str]) -> Result<Option<String>, GitError> {
        let output = git(&self.folder, args)?;
        let line = String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned);
        Ok(line.filter(|_| output.status.success()))
    }

    /// Reads contents ahead, all in one go.
    pub(super) fn fetch(&self, oids: &HashSet<&str>) {
        let mut blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut missing: Vec<&str> = oids.iter().copied().filter(|oid| !blobs.read.contains_key(*oid)).collect();
        missing.sort_unstable();
        if !missing.is_empty() {
            blobs.fetch(&self.folder, &missing);
        }
    }

    /// Whether somebody asked for a content and it is not in the clone.
    pub(super) fn lacks(&self, oid: &str) -> bool {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner).missing.contains(oid)
    }

    /// The text of a content.
    ///
    /// # Errors
    /// [`ReadError`] if it is not in the clone, or no text.
    pub(super) fn read(&self, oid: &str) -> Result<Arc<str>, ReadError> {
        let mut blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        if !blobs.read.contains_key(oid) {
            blobs.fetch(&self.folder, &[oid]);
        }
        match blobs.read.get(oid) {
            Some(Ok(text)) => Ok(Arc::clone(text)),
            Some(Err(reason)) => Err(ReadError::NotText(reason.clone())),
            None => Err(io::Error::new(io::ErrorKind::NotFound, "not in this clone").into()),
        }
    }
}

/// Contents by id, and the process that reads them.
#[derive(Debug, Default)]
struct Blobs {
    reader: Option<BlobReader>,
    read: HashMap<String, Result<Arc<str>, SkipReason>>,
    /// What was asked for and is not in the clone.
    missing: HashSet<String>,
}

#[derive(Debug)]
struct BlobReader {
    child: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Blobs {
    fn fetch(&mut self, folder: &Path, oids: &[&str]) {
        if self.try_fetch(folder, oids).is_err() {
            // The answers to come would be those to other questions.
            self.reader = None;
        }
        let missing = oids.iter().filter(|oid| !self.read.contains_key(**oid));
        self.missing.extend(missing.map(|oid| (*oid).to_owned()));
    }

    fn try_fetch(&mut self, folder: &Path, oids: &[&str]) -> io::Result<()> {
        if self.reader.is_none() {
            self.reader = Some(BlobReader::start(folder)?);
        }
        let Self { reader: Some(BlobReader { asked, answers, .. }), read, .. } = self else { return Ok(()) };
        std::thread::scope(|scope| {
            // Asking and reading go on side by side, or both pipes would fill up.
            scope.spawn(|| {
                let questions: String = oids.iter().flat_map(|oid| [oid, "\n"]).collect();
                asked.write_all(questions.as_bytes()).and_then(|()| asked.flush())
            });
            for oid in oids {
                if let Some(content) = answer(answers)? {
                    read.insert((*oid).to_owned(), content);
                }
            }
            Ok(())
        })
    }
}

impl BlobReader {
    fn start(folder: &Path) -> io::Result<Self> {
        let mut command = command(folder);
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (Some(asked), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Self { child, asked, answers: BufReader::with_capacity(1 << 16, answers) })
    }
}

impl Drop for BlobReader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One content, `None` if it is not in the clone. What is too large is not kept in memory.
fn answer(answers: &mut impl BufRead) -> io::Result<Option<Result<Arc<str>, SkipReason>>> {
    let mut header = String::new();
    answers.read_line(&mut header)?;
    let size = match header.split_whitespace().collect::<Vec<_>>()[..] {
        [_, "blob", size] => size.parse::<u64>().map_err(io::Error::other)?,
        [_, "missing"] => return Ok(None),
        _ => return Err(io::ErrorKind::UnexpectedEof.into()),
    };
    if size > MAX_FILE_BYTES {
        io::copy(&mut answers.take(size + 1), &mut io::sink())?;
        return Ok(Some(Err(SkipReason::TooLarge { bytes: size })));
    }
    let mut content = vec![0; usize::try_from(size).map_err(io::Error::other)?];
    answers.read_exact(&mut content)?;
    answers.read_exact(&mut [0])?;
    Ok(Some(text_of(content).map_err(ReadError::into_skip)))
}

/// Entries of a list, each its fields and its path.
fn records(listed: &[u8]) -> impl Iterator<Item = (Vec<&str>, PathBuf)> {
    listed.split(|byte| *byte == 0).filter_map(|record| {
        let tab = record.iter().position(|byte| *byte == b'\t')?;
        let (fields, path) = record.split_at(tab);
        Some((std::str::from_utf8(fields).ok()?.split(' ').collect(), path_of(path.get(1..)?)))
    })
}

/// `git` does as it is told and no more: no hook, no lock, no download, no question.
fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]);
    command.envs([("GIT_OPTIONAL_LOCKS", "0"), ("GIT_TERMINAL_PROMPT", "0")]);
    // Older versions know only the second of these two.
    command.envs([("GIT_NO_LAZY_FETCH", "1"), ("GIT_ALLOW_PROTOCOL", "none")]);
    command
}

fn git(folder: &Path, args: &[&str]) -> Result<std::process::Output, GitError> {
    Ok(command(folder).args(args).stdin(Stdio::null()).output()?)
}

fn run(folder: &Path, command: &'static str, args: &[&str]) -> Result<Vec<u8>, GitError> {
    let output = git(folder, args)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(GitError::Failed { command, said: said(&output.stderr) })
}

fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    text.lines().next().unwrap_or("it did not say why").trim_start_matches("fatal: ").to_owned()
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

impl Entry {
    /// An entry by its mode, `None` for what is none of files, links and submodules.
    fn new(mode: &str, oid: &str) -> Option<Self> {
        let kind = match mode {
            "100644" | "100755" | "100664" => EntryKind::File,
            "120000" => EntryKind::Link,
            "160000" => EntryKind::Submodule,
            _ => return None,
        };
        Some(Self { kind, oid: oid.to_owned() })
    }
}
