//! The language server: messages of an editor in, diagnostics and answers out.
//!
//! Takes the Language Server Protocol on two streams; gives what `analysis` finds in the texts that
//! are open, while they are typed. One thread speaks the protocol, another owns the workspaces and
//! works on what is newest; answers are made from its last outcome, which does not change. It does
//! not know how findings arise, nor how they look anywhere else. All text passes the mask of
//! `report`. Start reading at [`serve`], then `server.rs`.

mod actions;
mod client;
mod diagnostics;
mod documents;
mod explain;
mod facts;
mod fixes;
mod folders;
mod hints;
mod hover;
mod keep;
mod lens;
mod links;
mod markdown;
mod options;
mod picture;
mod place;
mod positions;
mod publish;
mod pull;
mod references;
mod requests;
mod schema;
mod server;
mod symbols;
mod sync;
mod transport;
mod values;
mod view;
mod worker;

use std::io::{self, Read, Write};

use crate::analysis::Inputs;

/// Serves one client until it says `exit` or closes its end, and gives the exit code: 0 where it
/// asked to shut down first, else 1. `inputs` are what the environment gives to variables.
///
/// # Errors
/// If the system gives no threads, or a client that listens no longer did not say so.
pub fn serve(input: impl Read + Send + 'static, output: impl Write + Send + 'static, inputs: Inputs) -> io::Result<u8> {
    let incoming = transport::read(input)?;
    let (out, writer) = transport::write(output)?;
    let (orders, done, verified) = worker::start()?;
    let code = server::Server::new(inputs, orders, out).run(&incoming, &done, &verified)?;
    // What was said last is still to be written; a client that is gone does not hear it.
    let _ = writer.join();
    Ok(code)
}
