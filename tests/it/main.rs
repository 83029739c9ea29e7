//! Integration tests.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod architecture;
mod cli;
mod graph;
mod hcl_lowerings;
mod kubernetes;
mod manual;
mod report;
mod rules;
mod samples;
mod suppress;
