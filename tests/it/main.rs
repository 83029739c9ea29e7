//! Integration tests.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod architecture;
mod cli;
mod complaints;
mod differential;
mod graph;
mod hcl_lowerings;
mod kubernetes;
mod report;
mod rules;
mod terraform;
