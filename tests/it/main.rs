//! Integration tests.

mod kubernetes;
mod report;
