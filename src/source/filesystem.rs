use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::walk::walk_root;
use super::{FileKind, MAX_FILE_BYTES, SkipReason, Skipped, Walked};

/// Why a file gave no text.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nothing is there, or the file system refused.
    #[error("cannot read the file")]
    Io(#[from] io::Error),
    /// It was read, and is not a text that can be analyzed.
    #[error("{0}")]
    NotText(SkipReason),
}

impl ReadError {
    /// The reason to show for a file that was expected to be readable.
    pub fn into_skip(self) -> SkipReason {
        match self {
            Self::Io(error) => SkipReason::Unreadable(error.kind().to_string()),
            Self::NotText(reason) => reason,
        }
    }
}

/// Where text is read from: the disk, with open documents on top or without; a commit or the index of
/// a repository; memory in tests.
pub trait FileSystem: Send + Sync {
    /// Reads a whole file as text, without a byte order mark.
    ///
    /// # Errors
    /// [`ReadError`] if it cannot be read or is not text of an acceptable size.
    fn read(&self, path: &Path) -> Result<Arc<str>, ReadError>;

    /// Reads a text as [`read`](Self::read) does, for a caller that keeps it and will not ask again.
    ///
    /// # Errors
    /// As there.
    fn read_once(&self, path: &Path) -> Result<Arc<str>, ReadError> {
        self.read(path)
    }

    /// The path with all links resolved, `None` if nothing is there.
    fn real_path(&self, path: &Path) -> Option<PathBuf>;

    /// All files below a folder, at most 10,000, links not followed, sorted.
    fn list(&self, folder: &Path) -> Vec<PathBuf>;

    /// Adds the files at or below `root` whose names are ours, and those that cannot be read, as
    /// [`walk`](super::walk()) says.
    fn walk(&self, root: &Path, walked: &mut Walked);
}

pub(super) const MAX_LISTED: usize = 10_000;

/// The disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl FileSystem for Disk {
    fn read(&self, path: &Path) -> Result<Arc<str>, ReadError> {
        use std::io::Read;
        let file = std::fs::File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file").into());
        }
        let bytes = metadata.len();
        if bytes > MAX_FILE_BYTES {
            return Err(ReadError::NotText(SkipReason::TooLarge { bytes }));
        }
        let mut content = Vec::with_capacity(usize::try_from(bytes).unwrap_or(0) + 1);
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut content)?;
        text_of(content)
    }

    fn real_path(&self, path: &Path) -> Option<PathBuf> {
        path.canonicalize().ok()
    }

    fn list(&self, folder: &Path) -> Vec<PathBuf> {
        let walk = ignore::WalkBuilder::new(folder).standard_filters(false).sort_by_file_path(Path::cmp).build();
        let files = walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
        files.take(MAX_LISTED).map(ignore::DirEntry::into_path).collect()
    }

    fn walk(&self, root: &Path, walked: &mut Walked) {
        walk_root(root, walked);
    }
}

/// Files kept in memory, for tests.
#[derive(Clone, Debug, Default)]
pub struct Memory(pub BTreeMap<PathBuf, Vec<u8>>);

impl FileSystem for Memory {
    fn read(&self, path: &Path) -> Result<Arc<str>, ReadError> {
        let content = self.0.get(path).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        text_of(content.clone())
    }

    fn real_path(&self, path: &Path) -> Option<PathBuf> {
        self.0.contains_key(path).then(|| path.to_path_buf())
    }

    fn list(&self, folder: &Path) -> Vec<PathBuf> {
        self.0.keys().filter(|path| path.starts_with(folder)).take(MAX_LISTED).cloned().collect()
    }

    fn walk(&self, root: &Path, walked: &mut Walked) {
        let below = self.0.keys().filter(|path| path.starts_with(root));
        let n_before = walked.files.len();
        walked.files.extend(below.filter_map(|path| Some((path.clone(), FileKind::of(path)?))));
        if walked.files.len() == n_before {
            walked.skipped.push(Skipped { path: root.to_path_buf(), reason: SkipReason::nothing_there() });
        }
    }
}

/// Turns bytes into text; a leading byte order mark is dropped.
pub(super) fn text_of(content: Vec<u8>) -> Result<Arc<str>, ReadError> {
    let refuse = |reason| Err(ReadError::NotText(reason));
    if content.len() as u64 > MAX_FILE_BYTES {
        return refuse(SkipReason::TooLarge { bytes: content.len() as u64 });
    }
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = content[..] {
        return refuse(SkipReason::NotUtf8);
    }
    if content.contains(&0) {
        return refuse(SkipReason::Binary);
    }
    match String::from_utf8(content) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).into()),
        Err(_) => refuse(SkipReason::NotUtf8),
    }
}

/// The same of what is text already.
pub(super) fn checked(text: &Arc<str>) -> Result<Arc<str>, SkipReason> {
    let bytes = text.len() as u64;
    if bytes > MAX_FILE_BYTES {
        return Err(SkipReason::TooLarge { bytes });
    }
    if text.contains('\0') {
        return Err(SkipReason::Binary);
    }
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| Arc::clone(text), Arc::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8]) -> Result<Arc<str>, ReadError> {
        text_of(content.to_vec())
    }

    #[test]
    fn byte_order_mark_is_dropped() {
        assert_eq!(&*read(b"\xef\xbb\xbfa = 1\r\n").unwrap(), "a = 1\r\n");
    }

    #[test]
    fn every_bad_content_has_its_reason() {
        let reason = |content: &[u8]| read(content).unwrap_err().into_skip();
        assert_eq!(reason(b"a\0b"), SkipReason::Binary);
        assert_eq!(reason(b"\xff\xfea\0"), SkipReason::NotUtf8);
        assert_eq!(reason(b"caf\xe9"), SkipReason::NotUtf8);
        assert_eq!(&*read(b"").unwrap(), "");
    }
}
