use std::io;

use super::args::{SharedArgs, VariableArgs};
use super::error::CliError;
use super::{variables, workers};
use crate::lsp;

/// Runs `lsp` until the client ends it, and gives the exit code that the protocol asks for.
pub(super) fn lsp(shared: &SharedArgs) -> Result<u8, CliError> {
    workers::start(shared)?;
    let environment = variables::inputs(&VariableArgs::default(), None);
    lsp::serve(io::stdin(), io::stdout(), environment).map_err(CliError::Serve)
}
