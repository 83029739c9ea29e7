use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::error::CliError;

/// Large, because reports are, and each write is a system call.
const BUFFER_BYTES: usize = 256 << 10;

/// Lets `fill` write to standard output and flushes it.
pub(super) fn write(fill: impl FnOnce(&mut dyn Write) -> Result<(), CliError>) -> Result<(), CliError> {
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock());
    fill(&mut out)?;
    out.flush()?;
    Ok(())
}

/// Lets `report` write a file. Its name stands for the old content or for all of the new one, never
/// for a part: it is written beside the target and renamed when it is on the disk. A pipe or a
/// device is written to as it is.
pub(super) fn write_file(path: &Path, report: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    let blame = |source| CliError::WriteReport { path: path.to_path_buf(), source };
    replace(path, report).map_err(blame)
}

/// The same for any file; its permissions stay.
pub(super) fn replace(path: &Path, report: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A link stays, and what it leads to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let old = fs::metadata(&target).ok();
    if old.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        return written(OpenOptions::new().write(true).open(&target)?, report).map(drop);
    }
    let draft = Draft::beside(&target)?;
    let file = written(File::create_new(&draft.0)?, report)?;
    if let Some(old) = old {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()?;
    fs::rename(&draft.0, &target)?;
    sync_folder(&target);
    Ok(())
}

fn written(file: File, report: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, file);
    report(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

/// A file on the way to its name; it is removed if it does not come there.
struct Draft(PathBuf);

impl Draft {
    fn beside(target: &Path) -> io::Result<Self> {
        let no_name = || io::Error::new(io::ErrorKind::InvalidInput, "it names no file");
        let mut name = std::ffi::OsString::from(".");
        name.push(target.file_name().ok_or_else(no_name)?);
        name.push(format!(".{}.tmp", std::process::id()));
        Ok(Self(target.with_file_name(name)))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Where the rename was done, nothing is there any more.
        let _ = fs::remove_file(&self.0);
    }
}

/// The name is on the disk when its folder is. Not all systems let a folder be opened, and the
/// content is safe already.
fn sync_folder(target: &Path) {
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty())
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_report_that_breaks_off_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "old").unwrap();
        let broken = write_file(&path, |out| {
            out.write_all(&vec![b'x'; 1 << 20])?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert!(matches!(broken, Err(CliError::WriteReport { .. })));
        assert_eq!(
            (fs::read_to_string(&path).unwrap(), names(folder.path())),
            ("old".into(), vec!["report.json".into()])
        );
        write_file(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(
            (fs::read_to_string(&path).unwrap(), names(folder.path())),
            ("new".into(), vec!["report.json".into()])
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_leads_to_the_new_report() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_file(&link, |out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
    }
}
