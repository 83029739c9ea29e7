use super::args::{GraphArgs, SharedArgs};
use super::error::CliError;
use super::progress::Bar;
use super::{FAILED, config, output, tell, workers};
use crate::analysis::{self, Inputs, Settings};
use crate::graph::{draw, dump};
use crate::report::NOTHING;
use crate::source::Disk;

/// Runs `graph` and gives the exit code.
pub(super) fn graph(args: &GraphArgs, shared: &SharedArgs, inputs: Inputs) -> Result<u8, CliError> {
    workers::start(shared)?;
    let (roots, advisory_files) = (args.paths.clone(), args.advisories.clone());
    let settings = Settings { roots, advisory_files, inputs, ..Settings::default() };
    let settings = config::load(&args.config, &args.paths)?.complete(settings)?;
    let bar = Bar::new(!shared.no_progress);
    let outcome = analysis::graph(&settings, &Disk, &bar)?;
    bar.finish();
    let assessment = &outcome.assessment;
    if assessment.counts.files == 0 {
        tell(NOTHING);
        return Ok(FAILED);
    }
    let n_left_out = assessment.skipped.len() + assessment.problems.len();
    if n_left_out > 0 {
        tell(&format!("{n_left_out} files or parts of files are missing from the graph, `stanchion check` lists them"));
    }
    let (graph, sources, format) = (&outcome.graph, &outcome.sources, args.format.into());
    let text = match &args.focus {
        None => dump(graph, sources, format),
        Some(address) => {
            let ways = analysis::ways(&outcome, address);
            if ways.is_empty() {
                tell(&format!("no resource has the address `{address}`; `stanchion graph` lists them"));
                return Ok(FAILED);
            }
            draw(graph, sources, &ways, format)
        }
    };
    output::write(|out| Ok(out.write_all(text.as_bytes())?))?;
    Ok(0)
}
