//! The command line: arguments in, a report on standard output and an exit code out.
//!
//! Takes the process's arguments, environment and terminal; gives what `analysis` found to
//! `report`. Here alone things are printed, and `main` ends with the code that [`run`] returns.
//! It does not know how findings arise or look. Start reading at [`run`].

mod args;
mod check;
mod error;
mod explain;
mod graph;
mod output;
mod progress;
mod rules;
mod terminal;
mod workers;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use error::CliError;

/// The code of a run that could not do what was asked.
const FAILED: u8 = 2;

/// Does what the process's arguments ask for and gives the exit code: 0 nothing at or above the
/// threshold, 1 findings, 2 could not analyze. A reader that closes the pipe is no failure.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(FAILED));
        }
    };
    let done = match &cli.command {
        Command::Check(args) => check::check(args, &cli.shared),
        Command::Graph(args) => graph::graph(args, &cli.shared),
        Command::Explain(args) => explain::explain(args, &cli.shared),
        Command::Rules(args) => rules::rules(args, &cli.shared),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(CliError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error::chain(&error));
            ExitCode::from(FAILED)
        }
    }
}

/// One line on standard error; nothing can be done where that fails.
fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "stanchion: {line}");
}
