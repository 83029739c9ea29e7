use super::args::SharedArgs;
use super::error::CliError;

/// Deeply nested input is walked by recursion; the pages are reserved, not used.
const STACK_BYTES: usize = 64 << 20;

/// Starts the worker threads that analysis and report share.
pub(super) fn start(shared: &SharedArgs) -> Result<(), CliError> {
    let n_threads = shared.threads.map_or(0, std::num::NonZeroUsize::get);
    rayon::ThreadPoolBuilder::new().num_threads(n_threads).stack_size(STACK_BYTES).build_global()?;
    Ok(())
}
