//! Integration tests.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod cli;
mod graph;
mod kubernetes;
mod report;
mod rules;
