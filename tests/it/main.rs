//! Integration tests.

mod cli;
mod graph;
mod report;
