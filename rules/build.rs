//! Checks all rule files and packs them into the binary.

fn main() {}
