//! Integration tests.

mod kubernetes;
