use clap::CommandFactory;

use super::args::{Cli, CompletionsArgs, ManArgs};
use super::error::CliError;
use super::output;

/// Runs `completions` and gives the exit code.
pub(super) fn completions(args: &CompletionsArgs) -> Result<u8, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "stanchion", &mut script);
    output::write(|out| Ok(out.write_all(&script)?))?;
    Ok(0)
}

/// Runs `man` and gives the exit code.
pub(super) fn man(args: &ManArgs) -> Result<u8, CliError> {
    let mut whole = Cli::command();
    whole.build();
    let command = match &args.command {
        None => whole,
        Some(name) => {
            let found = whole.find_subcommand(name).cloned();
            found.ok_or_else(|| CliError::UnknownCommand { name: name.clone() })?
        }
    };
    output::write(|out| Ok(clap_mangen::Man::new(command).render(out)?))?;
    Ok(0)
}
