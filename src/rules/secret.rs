//! Credentials in clear text, by their shape.

use std::sync::LazyLock;

use regex::RegexSet;

/// Formats that only a credential has: cloud access keys, tokens of known services, private keys,
/// signed tokens, connection strings with a password.
static SHAPES: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new([
        r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{36,}\b",
        r"\bgithub_pat_[A-Za-z0-9_]{60,}\b",
        r"\bglpat-[A-Za-z0-9_-]{20,}\b",
        r"\bxox[abprs]-[A-Za-z0-9-]{10,}\b",
        r"\bsk-(?:proj-|ant-|live_|test_)?[A-Za-z0-9_-]{20,}\b",
        r"\b[rs]k_live_[A-Za-z0-9]{20,}\b",
        r"\bhf_[A-Za-z0-9]{30,}\b",
        r"\bAIza[A-Za-z0-9_-]{35}\b",
        r"\bnpm_[A-Za-z0-9]{36}\b",
        r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b",
        r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\b",
        r"(?i)\b[a-z][a-z0-9+.-]*://[^/\s:@$%<{]+:[^/\s:@$%<{]{3,}@[^/\s]+",
        r"(?i)AccountKey=[A-Za-z0-9+/]{80,}={0,2}",
        r#"(?i)\baws_?secret_?access_?key["']?\s*[:=]\s*["']?[A-Za-z0-9/+]{40}\b"#,
    ])
    .expect("the patterns are constant and tested")
});

/// Words that stand in an example where a user puts a credential.
const STAND_INS: &[&str] = &["example", "changeme", "change-me", "placeholder", "your-", "your_", "xxxx", "redacted", "dummy"];

/// Whether a text holds a credential of a known format that is no stand-in.
pub(crate) fn is_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    SHAPES.is_match(text) && !STAND_INS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn known_formats_are_secrets_and_stand_ins_are_not() {
        assert!(is_secret(&format!("AKIA{}", "Q3EGHWQ2ZXLWQ7AB")));
        assert!(is_secret("postgres://app:s3cretpw@db:5432/app"));
        assert!(!is_secret("AKIAIOSFODNN7EXAMPLE"));
        assert!(!is_secret("postgres://app:${var.password}@db/app"));
        assert!(!is_secret("just words"));
    }
}
