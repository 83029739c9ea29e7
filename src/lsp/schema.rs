//! What providers' schemas say of the attributes that rules speak of.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// A line a type: its name, then for each attribute or block its path, its flags (`r` required, `o` optional,
/// `c` computed, `s` sensitive, `d` deprecated) and its type in letters, apart by colons.
const ATTRIBUTES: &str = include_str!("../../rules/attributes.txt");

/// What the schema of a type says of the attribute at a path such as `logging.enabled`, in words.
pub(super) fn described(type_name: &str, path: &str) -> Option<String> {
    static TYPES: LazyLock<FxHashMap<&str, &str>> =
        LazyLock::new(|| ATTRIBUTES.lines().filter_map(|line| line.split_once('\t')).collect());
    let mut attributes = TYPES.get(type_name)?.split(' ');
    let of = |entry: &'static str| entry.strip_prefix(path)?.strip_prefix(':')?.split_once(':');
    let (flags, kind) = attributes.find_map(of)?;
    let mut words = vec![if kind.ends_with('k') { block(kind).to_owned() } else { of_letters(kind) }];
    let has = |flag| flags.contains(flag);
    words.push(if has('r') { "required" } else { "optional" }.to_owned());
    let more = [('c', "set by the provider where it is absent"), ('s', "sensitive"), ('d', "deprecated")];
    words.extend(more.into_iter().filter(|(flag, _)| has(*flag)).map(|(_, word)| word.to_owned()));
    Some(words.join(", "))
}

fn block(kind: &str) -> &'static str {
    match kind {
        "k" => "a block",
        "mk" => "labelled blocks",
        _ => "blocks",
    }
}

fn of_letters(kind: &str) -> String {
    let Some(rest) = kind.get(1..) else { return "any".to_owned() };
    match kind.chars().next() {
        Some('l') => format!("list of {}", of_letters(rest)),
        Some('m') => format!("map of {}", of_letters(rest)),
        Some('s') if rest.is_empty() => "string".to_owned(),
        Some('s') => format!("set of {}", of_letters(rest)),
        Some('n') => "number".to_owned(),
        Some('b') => "bool".to_owned(),
        Some('o') => "object".to_owned(),
        _ => "any".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_told_in_words() {
        let of = |type_name, path| described(type_name, path).unwrap_or_default();
        assert_eq!(of("aws_db_instance", "password"), "string, optional, sensitive");
        assert_eq!(of("aws_db_instance", "storage_encrypted"), "bool, optional");
        assert_eq!(
            of("aws_security_group", "ingress"),
            "set of object, optional, set by the provider where it is absent"
        );
        assert_eq!(described("aws_db_instance", "colour"), None);
    }
}
