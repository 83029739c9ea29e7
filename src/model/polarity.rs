use std::borrow::Cow;

use super::words::split;

/// Words that turn a switch around, and what stands in their place when it is turned back.
const NEGATIONS: &[(&str, &str)] = &[
    ("block", ""),
    ("bypass", ""),
    ("deny", ""),
    ("disable", "enable"),
    ("disabled", "enabled"),
    ("ignore", ""),
    ("no", ""),
    ("non", ""),
    ("prevent", ""),
    ("restrict", ""),
    ("skip", ""),
    ("without", ""),
];

/// A switch without double negation: `local_auth_disabled` being false says that `local_auth_enabled` is
/// true. Anything but a switch stays as it is. `training/` does the same for its baselines.
pub(super) fn plain<'l>(path: &'l str, value: &'l str) -> (Cow<'l, str>, &'l str) {
    let opposite = match value {
        "true" => "false",
        "false" => "true",
        _ => return (path.into(), value),
    };
    let start = path.rfind('.').map_or(0, |dot| dot + 1);
    let (above, last) = path.split_at(start);
    let mut n_negations = 0;
    let mut words = Vec::new();
    for word in split(last) {
        match NEGATIONS.iter().find(|(negation, _)| word == *negation) {
            Some((_, positive)) => {
                n_negations += 1;
                words.push((*positive).into());
            }
            None => words.push(word),
        }
    }
    words.retain(|word| !word.is_empty());
    if n_negations == 0 || words.is_empty() {
        return (path.into(), value);
    }
    let value = if n_negations % 2 == 1 { opposite } else { value };
    (format!("{above}{}", words.join("_")).into(), value)
}

/// The words of a path that [`plain`] may have turned into this one.
pub(super) fn spellings(word: &str) -> impl Iterator<Item = &str> {
    NEGATIONS.iter().filter(move |(_, positive)| *positive == word).map(|(negation, _)| *negation).chain([word])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn double_negations_are_dissolved_in_switches_alone() {
        let cases = [
            (("a.local_auth_disabled", "false"), ("a.local_auth_enabled", "true")),
            (("disableLocalAuth", "true"), ("enable_local_auth", "false")),
            (("no_public_ip", "false"), ("public_ip", "true")),
            (("block_public_acls", "true"), ("public_acls", "false")),
            (("skip_disabled_checks", "true"), ("enabled_checks", "true")),
            (("no_public_ip", "absent"), ("no_public_ip", "absent")),
            (("node_count", "true"), ("node_count", "true")),
            (("no", "true"), ("no", "true")),
        ];
        for ((path, value), (plain_path, plain_value)) in cases {
            assert_eq!(plain(path, value), (plain_path.into(), plain_value), "{path}");
        }
    }
}
