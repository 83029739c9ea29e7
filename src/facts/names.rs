/// The facts that a rule may name, sorted.
pub const NAMES: &[&str] =
    &["ai", "ai-advisory", "ai-data", "ai-endpoint", "identity", "reach", "selected-by-network-policy"];
