//! The command line: arguments in, a report on standard output and an exit code out.
//!
//! Takes the process's arguments, environment and terminal; gives what `analysis` found to
//! `report`. Here alone things are printed, and `main` ends with the code that [`run`] returns.
//! It does not know how findings arise or look. Start reading at [`run`].

mod args;
mod baseline;
mod check;
mod compare;
mod config;
mod error;
mod eval;
mod explain;
mod fix;
mod graph;
mod init;
mod lsp;
#[cfg(feature = "classifier")]
mod model;
mod output;
mod progress;
mod rules;
mod scope;
mod self_check;
mod shell;
mod terminal;
mod variables;
mod watch;
mod workers;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use args::{BaselineAction, Cli, Command};
use error::CliError;

use crate::report::human::Detail;

/// The code of a run that could not do what was asked.
const FAILED: u8 = 2;

/// Does what the process's arguments ask for and gives the exit code: 0 nothing at or above the
/// threshold, 1 findings, 2 could not analyze. A reader that closes the pipe is no failure.
pub fn run() -> ExitCode {
    let matches = Cli::command().try_get_matches();
    let parsed = matches.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(FAILED));
        }
    };
    let mut own = matches.subcommand().map(|(_, own)| own);
    while let Some((_, inner)) = own.and_then(clap::ArgMatches::subcommand) {
        own = Some(inner);
    }
    let inputs = |args| variables::inputs(args, own);
    let done = match &cli.command {
        Command::Check(args) => check::check(args, &cli.shared, inputs(&args.scope.variables)),
        Command::Fix(args) => fix::fix(args, &cli.shared, inputs(&args.scope.variables)),
        Command::Graph(args) => graph::graph(args, &cli.shared, inputs(&args.variables)),
        Command::Eval(args) => eval::eval(args, &cli.shared, inputs(&args.variables)),
        Command::Init(args) => init::init(args),
        Command::Explain(args) => explain::explain(args, &cli.shared),
        Command::Rules(args) => rules::rules(args, &cli.shared),
        Command::Baseline(args) => {
            let (BaselineAction::Create(own) | BaselineAction::Update(own) | BaselineAction::Show(own)) = &args.action;
            baseline::baseline(args, &cli.shared, inputs(&own.scope.variables))
        }
        Command::Watch(args) => watch::watch(args, &cli.shared, &inputs(&args.variables)),
        Command::Lsp(_) => lsp::lsp(&cli.shared),
        Command::Completions(args) => shell::completions(args),
        Command::Man(args) => shell::man(args),
        Command::SelfCheck => self_check::self_check(),
        #[cfg(feature = "classifier")]
        Command::Model(args) => model::model(args, &cli.shared),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(CliError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(CliError::Config(refused)) => {
            let shown = config::show(&refused, terminal::settings(cli.shared.color, Detail::Normal));
            let _ = io::stderr().write_all(shown.as_bytes());
            ExitCode::from(FAILED)
        }
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
