use ecow::{EcoString, eco_format};
use serde::Deserialize;

use super::description::{Description, Line, Role};
use super::polarity::plain;
use super::words::split;
use crate::finding::Category;

/// A setting that marks known defects of a category, on several types of resources.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Precedent {
    /// The category.
    pub category: Category,
    /// One of [`keys`] of the attribute's path, without double negation.
    pub key: EcoString,
    /// What it is worth, as [`Line::value`].
    pub value: EcoString,
    /// On how many types it marks known defects.
    pub types: u32,
}

/// The words of a path's last step, each pair of neighbours among them, and each with the last word of
/// the step before: `encryption.kms_key` gives `kms`, `key`, `kms key`, `encryption.kms`, `encryption.key`.
/// `training/` computes the same for what it mines.
fn keys(path: &str) -> Vec<EcoString> {
    let mut steps = path.rsplit('.');
    let words: Vec<EcoString> = split(steps.next().unwrap_or_default()).filter(|word| word.len() > 1).collect();
    let above = split(steps.next().unwrap_or_default()).last();
    let pairs = words.windows(2).map(|pair| pair.join(" ").into());
    let below = words.iter().filter_map(|word| above.as_ref().map(|above| eco_format!("{above}.{word}")));
    words.iter().cloned().chain(pairs).chain(below).collect()
}

/// Every address there is.
const ANYWHERE: &str = "cidr any";

/// Words of what goes out, where every address is normal.
const OUTWARD: &[&str] = &["destination", "egress", "nat", "outbound", "peer", "route"];

fn goes_out(text: &str) -> bool {
    split(text).any(|word| OUTWARD.contains(&word.as_str()))
}

/// Whether a resource is about what goes out.
pub(super) fn is_outward(description: &Description) -> bool {
    let is_switch = |line: &Line| line.role == Role::Own && line.path == "egress" && line.value == "true";
    goes_out(&description.type_name) || description.lines.iter().any(is_switch)
}

/// The precedents of a line, by category.
pub(super) fn of<'m>(line: &Line, is_outward: bool, known: &'m [Precedent]) -> Vec<&'m Precedent> {
    let is_normal = line.value == ANYWHERE && (is_outward || goes_out(&line.path));
    if line.role != Role::Own || is_normal {
        return Vec::new();
    }
    let (path, value) = plain(&line.path, &line.value);
    let keys = keys(&path);
    // They are sorted by value, then by key.
    let start = known.partition_point(|it| it.value.as_str() < value);
    let same = known.iter().skip(start).take_while(|it| it.value == value);
    same.filter(|it| keys.contains(&it.key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn precedent(key: &str, value: &str) -> Precedent {
        Precedent { category: Category::Resilience, key: key.into(), value: value.into(), types: 3 }
    }

    #[test]
    fn the_last_step_and_its_parent_are_the_keys_of_a_path() {
        assert_eq!(keys("encryption.kmsKey"), ["kms", "key", "kms key", "encryption.kms", "encryption.key"]);
        assert_eq!(keys("a"), [] as [EcoString; 0]);
    }

    #[test]
    fn a_line_has_the_precedents_of_its_words_and_value() {
        let known = [precedent("key", "empty"), precedent("deletion protection", "false"), precedent("tls", "false")];
        let line = |role, value: &str| Line { role, path: "deletion_protection".into(), value: value.into(), at: None };
        assert_eq!(of(&line(Role::Own, "false"), false, &known), [&known[1]]);
        assert!(of(&line(Role::Own, "true"), false, &known).is_empty());
        let anywhere = Line { role: Role::Own, path: "cidr".into(), value: ANYWHERE.into(), at: None };
        let wide = [precedent("cidr", ANYWHERE)];
        assert_eq!(of(&anywhere, false, &wide), [&wide[0]]);
        assert!(of(&anywhere, true, &wide).is_empty(), "what goes out may go anywhere");
        assert!(of(&line(Role::Neighbour("to-references".into()), "false"), false, &known).is_empty());
    }
}
