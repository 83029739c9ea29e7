//! Integration tests.

mod hcl_lowerings;
