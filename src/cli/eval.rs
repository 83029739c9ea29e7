use super::args::{EvalArgs, SharedArgs, ValueFormat};
use super::error::CliError;
use super::progress::Bar;
use super::{FAILED, config, output, tell, workers};
use crate::analysis::{self, Inputs, Settings};
use crate::report::{NOTHING, values};
use crate::source::Disk;

/// Runs `eval` and gives the exit code.
pub(super) fn eval(args: &EvalArgs, shared: &SharedArgs, inputs: Inputs) -> Result<u8, CliError> {
    workers::start(shared)?;
    let roots = vec![args.path.clone()];
    let project = config::load(&args.config, &roots)?;
    let settings = project.complete(Settings { roots, inputs, ..Settings::default() })?;
    let bar = Bar::new(!shared.no_progress);
    let evaluated = analysis::values(&settings, args.address.as_deref(), &Disk, &bar)?;
    bar.finish();
    if evaluated.n_files == 0 {
        tell(NOTHING);
        return Ok(FAILED);
    }
    if !evaluated.problems.is_empty() {
        tell(&format!("{} problems in the input, `stanchion check` lists them", evaluated.problems.len()));
    }
    if let (Some(address), true) = (&args.address, evaluated.values.is_empty()) {
        tell(&format!("nothing has the address `{address}`, `stanchion eval PATH` prints all"));
        return Ok(FAILED);
    }
    output::write(|out| match args.format {
        ValueFormat::Text => Ok(values::write_text(out, &evaluated.values, &evaluated.sources)?),
        ValueFormat::Json => Ok(values::write_json(out, &evaluated.values)?),
    })?;
    Ok(0)
}
