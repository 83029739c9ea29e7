use std::collections::BTreeSet;

use ecow::{EcoString, eco_format};
use regex::Regex;
use serde::Deserialize;

use super::about::About;
use super::description::{Description, Line, Role, own};
use super::polarity::{plain, spellings};
use super::words::split;
use crate::finding::Category;
use crate::graph::Resource;

/// A setting that marks known defects of a category, on several types of resources.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Precedent {
    /// The category.
    pub category: Category,
    /// One of the keys of the attribute's path, without double negation.
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

/// Words of what goes out, where every address is normal.
const OUTWARD: &[&str] = &["destination", "egress", "mirroring", "nat", "outbound", "peer", "route"];

/// Words of types whose image is that of a machine, which has no tag.
const MACHINES: &[&str] = &["compute", "disk", "instance", "launch", "machine", "vm"];

/// Words of types that hold nothing that is lost with them.
const STATELESS: &[&str] = &["folder", "function", "job", "lambda", "run", "workflow"];

/// Words of paths about what keeps a thing from being deleted.
const KEPT: &[&str] = &["deletion", "destroy"];

/// Words of paths about logs.
const LOGS: &[&str] = &["log", "logging", "logs"];

fn has_one(text: &str, words: &[&str]) -> bool {
    split(text).any(|word| words.contains(&word.as_str()))
}

/// What a resource is about, as far as it makes normal what marks defects elsewhere.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each makes something else normal")]
pub(super) struct Setting {
    goes_out: bool,
    is_machine: bool,
    is_log: bool,
    is_stateless: bool,
    /// It asks whether others are well; a log of it tells of no attack.
    is_probe: bool,
    /// It is what the cloud makes by itself, with the same rules.
    is_default_list: bool,
}

impl Setting {
    pub(super) fn of(description: &Description) -> Self {
        let is_switch = |line: &Line| line.role == Role::Own && line.path == "egress" && line.value == "true";
        let name = &description.type_name;
        Self {
            goes_out: has_one(name, OUTWARD) || description.lines.iter().any(is_switch),
            is_machine: has_one(name, MACHINES),
            is_log: has_one(name, &["log"]),
            is_stateless: has_one(name, STATELESS),
            is_probe: has_one(name, &["health"]),
            is_default_list: has_one(name, &["default"]) && has_one(name, &["acl"]),
        }
    }

    /// Whether a line says nothing out of the ordinary here.
    fn makes_normal(self, line: &Line) -> bool {
        match &*line.value {
            "cidr any" => self.goes_out || self.is_default_list || has_one(&line.path, OUTWARD),
            "image untagged" => self.is_machine,
            // Without a limit logs are kept for ever.
            "number zero" => self.is_log,
            _ => self.is_stateless && has_one(&line.path, KEPT) || self.is_probe && has_one(&line.path, LOGS),
        }
    }
}

/// The precedents of a line, by category.
pub(super) fn of<'m>(line: &Line, setting: Setting, known: &'m [Precedent]) -> Vec<&'m Precedent> {
    if line.role != Role::Own || setting.makes_normal(line) {
        return Vec::new();
    }
    let (path, value) = plain(&line.path, &line.value);
    let keys = keys(&path);
    // They are sorted by value, then by key.
    let start = known.partition_point(|it| it.value.as_str() < value);
    let same = known.iter().skip(start).take_while(|it| it.value == value);
    same.filter(|it| keys.contains(&it.key)).collect()
}

/// A quick look for resources that have a line with a precedent, at a tenth of the price of a description.
#[derive(Debug)]
pub struct Lookout<'m> {
    known: &'m [Precedent],
    categories: BTreeSet<Category>,
    /// Matches the last key of each path that may have one; `None` where what is not set may, too.
    keys: Option<Regex>,
}

impl<'m> Lookout<'m> {
    /// Looks for precedents of some categories.
    pub fn new(about: &'m About, categories: &BTreeSet<Category>) -> Self {
        let known = &about.precedents;
        let own: Vec<&Precedent> = known.iter().filter(|it| categories.contains(&it.category)).collect();
        let categories: BTreeSet<Category> = own.iter().map(|it| it.category).collect();
        let words = own.iter().map(|it| {
            let last = it.key.rsplit('.').next().unwrap_or(&it.key);
            last.split(' ').next().unwrap_or(last)
        });
        let spellings: BTreeSet<String> = words.flat_map(spellings).map(regex::escape).collect();
        let any = spellings.into_iter().collect::<Vec<_>>().join("|");
        let keys =
            if own.iter().any(|it| it.value == "absent") { None } else { Regex::new(&format!("(?i){any}")).ok() };
        Self { known, categories, keys }
    }

    /// The categories of which a resource may have a precedent: no other one has any.
    pub fn may_have(&self, resource: &Resource) -> BTreeSet<Category> {
        let Some(keys) = self.keys.as_ref().filter(|_| !self.categories.is_empty()) else {
            return self.categories.clone();
        };
        let lines = own(resource, Some(keys));
        let found = lines.iter().flat_map(|line| of(line, Setting::default(), self.known));
        found.map(|it| it.category).filter(|it| self.categories.contains(it)).collect()
    }
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
        let none = Setting::default();
        assert_eq!(of(&line(Role::Own, "false"), none, &known), [&known[1]]);
        assert!(of(&line(Role::Own, "true"), none, &known).is_empty());
        assert!(of(&line(Role::Neighbour("to-references".into()), "false"), none, &known).is_empty());
    }

    #[test]
    fn what_goes_out_may_go_anywhere() {
        let known = [precedent("cidr", "cidr any")];
        let line = |path: &str| Line { role: Role::Own, path: path.into(), value: "cidr any".into(), at: None };
        assert_eq!(of(&line("cidr"), Setting::default(), &known), [&known[0]]);
        assert!(of(&line("egress.cidr"), Setting::default(), &known).is_empty());
        let is_default_list = Setting { is_default_list: true, ..Setting::default() };
        assert!(of(&line("cidr"), is_default_list, &known).is_empty());
        let goes_out = Setting { goes_out: true, ..Setting::default() };
        assert!(of(&line("cidr"), goes_out, &known).is_empty());
    }

    #[test]
    fn what_holds_nothing_may_be_deleted() {
        let known = [precedent("deletion protection", "false")];
        let line = Line { role: Role::Own, path: "deletion_protection".into(), value: "false".into(), at: None };
        assert_eq!(of(&line, Setting::default(), &known).len(), 1);
        assert!(of(&line, Setting { is_stateless: true, ..Setting::default() }, &known).is_empty());
    }

    #[test]
    fn a_health_check_needs_no_log() {
        let known = [precedent("log config", "absent")];
        let line = Line { role: Role::Own, path: "log_config".into(), value: "absent".into(), at: None };
        let of_type =
            |name: &str| Setting::of(&Description { type_name: name.into(), lines: Vec::new(), n_dropped: 0 });
        assert_eq!(of(&line, of_type("google_dns_policy"), &known).len(), 1);
        assert!(of(&line, of_type("google_compute_health_check"), &known).is_empty());
    }
}
