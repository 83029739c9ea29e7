//! The `stanchion` binary.

use std::process::ExitCode;

/// Trees of many small nodes are what the whole job is made of.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Deeply nested input is walked by recursion; the pages are reserved, not used.
const STACK_BYTES: usize = 256 << 20;

fn main() -> ExitCode {
    let thread = std::thread::Builder::new().name("main".into()).stack_size(STACK_BYTES);
    match thread.spawn(stanchion::cli::run) {
        Ok(handle) => handle.join().unwrap_or(ExitCode::from(2)),
        Err(_) => stanchion::cli::run(),
    }
}
