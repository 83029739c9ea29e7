use ecow::EcoString;

/// Splits an identifier into lowercase words: at everything that is no letter or digit, between
/// `camelCase` humps, and between letters and digits.
pub(super) fn split(text: &str) -> impl Iterator<Item = EcoString> + '_ {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.flat_map(humps)
}

fn humps(part: &str) -> Vec<EcoString> {
    let chars: Vec<char> = part.chars().collect();
    let mut words = vec![EcoString::new()];
    for (i, c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).map(|at| chars[at]);
        let after = chars.get(i + 1);
        let is_start = before.is_some_and(|before| {
            let is_hump =
                c.is_ascii_uppercase() && (before.is_ascii_lowercase() || after.is_some_and(char::is_ascii_lowercase));
            is_hump && !before.is_ascii_digit() || (c.is_ascii_digit() != before.is_ascii_digit())
        });
        if is_start && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(EcoString::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<EcoString> {
        split(text).collect()
    }

    #[test]
    fn every_spelling_of_a_name_gives_the_same_words() {
        assert_eq!(of("kms_key_id"), ["kms", "key", "id"]);
        assert_eq!(of("kmsKeyId"), ["kms", "key", "id"]);
        assert_eq!(of("KMSKeyId"), ["kms", "key", "id"]);
        assert_eq!(of("TLS1_2"), ["tls", "1", "2"]);
        assert_eq!(of("metadata.annotations"), ["metadata", "annotations"]);
        assert_eq!(of("s3"), ["s", "3"]);
        assert_eq!(of("…"), [] as [EcoString; 0]);
    }
}
