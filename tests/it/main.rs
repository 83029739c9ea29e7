//! Integration tests.

#[cfg(test)]
mod kubernetes;
