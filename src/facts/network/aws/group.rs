use super::{ahead, behind};
use crate::facts::network::Zone;
use crate::facts::{Evidence, Look};
use crate::query::{Found, scalar_text};
use crate::value::{Data, Truth, Value};

/// From where security groups let traffic in.
#[derive(Clone, Debug)]
pub(super) struct Admitted {
    pub(super) zone: Zone,
    pub(super) truth: Truth,
    pub(super) shown: Vec<Evidence>,
}

/// What the groups named at some attributes let in; everything where there is none, since what has
/// no group (a network load balancer) lets everything in.
pub(super) fn admitted(look: &Look<'_>, attributes: &[&str]) -> Admitted {
    const GROUPS: &[&str] = &["aws_security_group", "aws_default_security_group"];
    let everything = Admitted { zone: Zone::Internet, truth: Truth::True, shown: Vec::new() };
    let given: Vec<Found> = attributes.iter().flat_map(|path| look.find(path)).collect();
    let is_given = given.iter().any(|found| match &found.value.data {
        Data::Null => false,
        Data::List(items) | Data::Set(items) => !items.is_empty(),
        _ => true,
    });
    if !is_given {
        return everything;
    }
    let groups: Vec<Look<'_>> =
        attributes.iter().flat_map(|path| behind(look, path, GROUPS)).map(|(_, group)| group).collect();
    if groups.is_empty() {
        // The groups are made elsewhere.
        return Admitted { truth: Truth::Unknown, ..everything };
    }
    let rules: Vec<Rule> = groups.iter().flat_map(rules).collect();
    if let Some(rule) = rules.iter().find(|rule| rule.world == Truth::True) {
        return Admitted { shown: vec![rule.shown.clone()], ..everything };
    }
    match rules.iter().find(|rule| rule.world == Truth::Unknown) {
        Some(rule) => Admitted { truth: Truth::Unknown, shown: vec![rule.shown.clone()], ..everything },
        None if rules.is_empty() => Admitted { truth: Truth::False, ..everything },
        None => Admitted { zone: Zone::Private, truth: Truth::True, shown: vec![rules[0].shown.clone()] },
    }
}

struct Rule {
    /// Whether it lets in every address.
    world: Truth,
    shown: Evidence,
}

/// The rules for incoming traffic, in all three forms.
fn rules(group: &Look<'_>) -> Vec<Rule> {
    let mut all = Vec::new();
    for block in group.find("ingress.*") {
        all.push(rule(group, &block.value, block.path().clone()));
    }
    for part in ahead(group, "security_group_id", &["aws_security_group_rule"]) {
        if part.scalar("type").text() == Some("ingress") {
            all.push(rule(&part, &part.resource().attributes, crate::value::Path::default()));
        }
    }
    for part in ahead(group, "security_group_id", &["aws_vpc_security_group_ingress_rule"]) {
        all.push(rule(&part, &part.resource().attributes, crate::value::Path::default()));
    }
    all
}

fn rule(look: &Look<'_>, block: &Value, at: crate::value::Path) -> Rule {
    const RANGES: &[&str] = &["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"];
    for key in RANGES {
        let Some(value) = block.get(key) else { continue };
        let truth = is_world(value);
        if truth != Truth::False {
            return Rule {
                world: truth,
                shown: Evidence::new(look.id, at.key(*key), "the security group lets everybody in"),
            };
        }
    }
    Rule { world: Truth::False, shown: Evidence::new(look.id, at, "the security group lets only some addresses in") }
}

fn is_world(value: &Value) -> Truth {
    match &value.data {
        Data::Unknown(_) => Truth::Unknown,
        Data::List(items) | Data::Set(items) => items.iter().map(is_world).max().unwrap_or(Truth::False),
        _ => scalar_text(value).is_some_and(|text| super::super::is_world(&text)).into(),
    }
}
