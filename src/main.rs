//! The `stanchion` binary.

fn main() {}
