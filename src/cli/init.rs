use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use super::args::InitArgs;
use super::error::CliError;
use super::output;
use crate::config::{FILE_NAME, TEMPLATE};

/// Runs `init` and gives the exit code.
pub(super) fn init(args: &InitArgs) -> Result<u8, CliError> {
    let path = args.path.join(FILE_NAME);
    create(&path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => CliError::ConfigExists { path: path.clone() },
        _ => CliError::WriteConfig { path: path.clone(), source },
    })?;
    let told =
        format!("wrote {}: every key is there, in comments\n", path.strip_prefix(".").unwrap_or(&path).display());
    output::write(|out| Ok(out.write_all(told.as_bytes())?))?;
    Ok(0)
}

fn create(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(TEMPLATE.as_bytes())
}
