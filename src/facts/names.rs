/// The facts that a rule may name, sorted.
pub const NAMES: &[&str] = &["selected-by-network-policy"];
