use std::collections::BTreeMap;
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

/// The types that set up a part of resources of a type, as `aws_s3_bucket_versioning` does for
/// `aws_s3_bucket`: for each its whole name, and what it adds; most telling first.
pub(super) fn satellites(type_name: &str) -> &'static [(&'static str, &'static str)] {
    type Satellites = BTreeMap<&'static str, Vec<(&'static str, &'static str)>>;
    static ALL: LazyLock<Satellites> = LazyLock::new(|| {
        let types: FxHashSet<&str> = ATTRIBUTES.lines().filter_map(|line| Some(line.split_once('\t')?.0)).collect();
        let mut all = Satellites::new();
        let lines = ATTRIBUTES.lines().filter_map(|line| Some(line.split_once('\t')?.0));
        for name in lines.filter(|name| name.contains('_')) {
            // The nearest type that the name goes on from.
            let ends = name.rmatch_indices('_').map(|(end, _)| end);
            let above = ends.filter_map(|end| name.get(..end)).find(|above| types.contains(above));
            let Some(above) = above else { continue };
            let adds = name.get(above.len() + 1..).unwrap_or_default();
            if adds.split('_').any(is_telling) {
                all.entry(above).or_default().push((name, adds));
            }
        }
        let n_telling = |adds: &str| adds.split('_').filter(|word| is_telling(word)).count();
        for each in all.values_mut() {
            each.sort_by_key(|(name, adds)| (std::cmp::Reverse(n_telling(adds)), *name));
        }
        all
    });
    ALL.get(type_name).map_or(&[], Vec::as_slice)
}
