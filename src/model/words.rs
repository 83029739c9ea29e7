use ecow::EcoString;

/// Splits an identifier into lowercase words: at everything that is no letter or digit, between
/// `camelCase` humps, and between letters and digits.
pub(super) fn split(text: &str) -> impl Iterator<Item = EcoString> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let (word, after) = rest.split_at(end_of_word(rest.as_bytes()));
        rest = after;
        (!word.is_empty()).then(|| word.chars().map(|c| c.to_ascii_lowercase()).collect())
    })
}

/// Where the word ends that a text begins with.
fn end_of_word(text: &[u8]) -> usize {
    let ends = |at: &usize| {
        let (before, here) = (text[at - 1], text[*at]);
        let is_hump = here.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || text.get(at + 1).is_some_and(u8::is_ascii_lowercase));
        !here.is_ascii_alphanumeric()
            || is_hump && !before.is_ascii_digit()
            || here.is_ascii_digit() != before.is_ascii_digit()
    };
    (1..text.len()).find(ends).unwrap_or(text.len())
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
