use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

/// Words that name a defense or a way in, one a line.
const LEXICON: &str = include_str!("../../model/lexicon.txt");

/// A line a type: its name, then the paths of attributes with such words that its provider's
/// schema has, most telling first. `training/` writes it from provider schemas.
const ATTRIBUTES: &str = include_str!("../../model/attributes.txt");

/// Whether a word names a defense or a way in.
pub(super) fn is_telling(word: &str) -> bool {
    static WORDS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| LEXICON.lines().collect());
    WORDS.contains(word)
}

/// Whether the schema of a type is known.
pub fn is_known_type(type_name: &str) -> bool {
    attributes(type_name).next().is_some()
}

/// What the schema of a type offers of defenses and ways in.
pub(super) fn attributes(type_name: &str) -> impl Iterator<Item = &'static str> {
    static TYPES: LazyLock<FxHashMap<&str, &str>> =
        LazyLock::new(|| ATTRIBUTES.lines().filter_map(|line| line.split_once('\t')).collect());
    TYPES.get(type_name).into_iter().flat_map(|paths| paths.split(' '))
}
