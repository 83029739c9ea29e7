//! Integration tests.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::format_push_string,
    clippy::format_collect,
    reason = "helpers of tests fail and speak as tests do"
)]

mod architecture;
mod cli;
mod complaints;
mod differential;
mod eval;
mod examples;
mod fix_command;
mod fixes;
mod frameworks;
mod gate;
mod graph;
mod hcl_lowerings;
mod hostile;
mod kubernetes;
mod lsp;
mod manual;
mod mends;
#[cfg(feature = "classifier")]
mod model;
mod order;
mod outputs;
mod plans;
mod products;
mod reach;
mod report;
mod rules;
mod samples;
mod scenarios;
mod schemas;
mod settings;
mod since;
mod suppress;
mod terraform;
mod warm;
