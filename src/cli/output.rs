use std::io::{self, BufWriter, Write};

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
