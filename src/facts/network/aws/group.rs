use super::{ahead, behind};
use crate::facts::network::Zone;
use crate::facts::{Evidence, Look};
use crate::query::{Found, scalar_text};
use crate::value::{Data, Path, Truth, Value};

const GROUPS: &[&str] = &["aws_security_group", "aws_default_security_group"];

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

/// A range of ports, both ends in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) first: u16,
    pub(super) last: u16,
}

/// Whether the groups named at some attributes let everybody in to some ports, and the rule.
pub(super) fn lets_world_in(look: &Look<'_>, attributes: &[&str], ports: Ports) -> (Truth, Option<Evidence>) {
    let groups: Vec<Look<'_>> =
        attributes.iter().flat_map(|path| behind(look, path, GROUPS)).map(|(_, group)| group).collect();
    if groups.is_empty() {
        return (Truth::Unknown, None);
    }
    rules_let_world_in(&groups.iter().flat_map(rules).collect::<Vec<_>>(), ports)
}

/// Whether some of the rules lets everybody in to some ports; not known where it does to a part.
pub(super) fn rules_let_world_in(rules: &[Rule], ports: Ports) -> (Truth, Option<Evidence>) {
    let of_rule = |rule: &Rule| (rule.world.min(rule.covers(ports)), Some(rule.shown.clone()));
    let best = rules.iter().map(of_rule).max_by_key(|(truth, _)| *truth);
    best.filter(|(truth, _)| *truth != Truth::False).unwrap_or((Truth::False, None))
}

/// A rule for incoming traffic.
pub(super) struct Rule {
    /// Whether it lets in every address.
    world: Truth,
    /// The ports it is about, all for every protocol; `None` where they are not known.
    ports: Option<(i64, i64)>,
    shown: Evidence,
}

impl Rule {
    fn covers(&self, wanted: Ports) -> Truth {
        let Some((first, last)) = self.ports else { return Truth::Unknown };
        let (from, to) = (i64::from(wanted.first), i64::from(wanted.last));
        if first <= from && to <= last {
            Truth::True
        } else if last < from || to < first {
            Truth::False
        } else {
            Truth::Unknown
        }
    }
}

/// The rules for incoming traffic, in all three forms.
fn rules(group: &Look<'_>) -> Vec<Rule> {
    let mut all: Vec<Rule> =
        group.find("ingress.*").iter().map(|block| rule(group, &block.value, block.path().clone())).collect();
    all.extend(attached(group));
    all
}

/// The rules that are resources of their own, of a group or of what names its group.
pub(super) fn attached(holder: &Look<'_>) -> Vec<Rule> {
    let mut all = Vec::new();
    for part in ahead(holder, "security_group_id", &["aws_security_group_rule"]) {
        if part.scalar("type").text() == Some("ingress") {
            all.push(rule(&part, &part.resource().attributes, Path::default()));
        }
    }
    for part in ahead(holder, "security_group_id", &["aws_vpc_security_group_ingress_rule"]) {
        all.push(rule(&part, &part.resource().attributes, Path::default()));
    }
    all
}

fn rule(look: &Look<'_>, block: &Value, at: Path) -> Rule {
    const RANGES: &[&str] = &["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"];
    let ports = ports(block);
    for key in RANGES {
        let Some(value) = block.get(key) else { continue };
        let truth = is_world(value);
        if truth != Truth::False {
            let shown = Evidence::new(look.id, at.key(*key), "the security group lets everybody in");
            return Rule { world: truth, ports, shown };
        }
    }
    let shown = Evidence::new(look.id, at, "the security group lets only some addresses in");
    Rule { world: Truth::False, ports, shown }
}

fn ports(block: &Value) -> Option<(i64, i64)> {
    let text = |key: &str| block.get(key).filter(|value| !value.is_null()).and_then(scalar_text);
    let protocol = ["protocol", "ip_protocol"].into_iter().find_map(text)?;
    if matches!(protocol.as_str(), "-1" | "all") {
        return Some((0, i64::from(u16::MAX)));
    }
    Some((text("from_port")?.parse().ok()?, text("to_port")?.parse().ok()?))
}

fn is_world(value: &Value) -> Truth {
    match &value.data {
        Data::Unknown(_) => Truth::Unknown,
        Data::List(items) | Data::Set(items) => items.iter().map(is_world).max().unwrap_or(Truth::False),
        _ => scalar_text(value).is_some_and(|text| super::super::is_world(&text)).into(),
    }
}
