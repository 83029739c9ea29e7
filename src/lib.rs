//! stanchion: a security analyzer for infrastructure as code.
//!
//! Terraform and Kubernetes files become one resource graph; rules and a classifier read it.
//! `ARCHITECTURE.md` draws the way of a byte from file to finding.

pub mod analysis;
pub mod cli;
pub mod config;
pub mod facts;
pub mod finding;
pub mod graph;
pub mod kubernetes;
pub mod lsp;
pub mod manual;
#[cfg(feature = "classifier")]
pub mod model;
pub mod query;
pub mod report;
pub mod rules;
pub mod source;
pub mod syntax;
pub mod terraform;
pub mod value;
