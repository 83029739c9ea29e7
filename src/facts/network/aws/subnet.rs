use rustc_hash::FxHashSet;

use super::group::Admitted;
use super::{ahead, behind};
use crate::facts::network::{Zone, is_world};
use crate::facts::{Evidence, Facts, Look};
use crate::graph::{Graph, ResourceId, Scope};
use crate::query::scalar_text;
use crate::value::{Data, Path, Truth, Value};

const SUBNETS: &[&str] = &["aws_subnet", "aws_default_subnet"];
const TABLES: &[&str] = &["aws_route_table", "aws_default_route_table"];
const ACLS: &[&str] = &["aws_network_acl", "aws_default_network_acl"];

/// Resources that join others to subnets, tables and lists, and the attribute by which they do.
const JOINTS: &[(&str, &str)] = &[
    ("aws_route_table_association", "subnet_id"),
    ("aws_route", "route_table_id"),
    ("aws_network_acl", "subnet_ids"),
    ("aws_network_acl_association", "subnet_id"),
    ("aws_network_acl_rule", "network_acl_id"),
];

/// How far the subnets of a graph are open, by their route tables and network ACLs.
pub(in crate::facts::network) struct Subnets<'g> {
    graph: &'g Graph,
    /// Where some joint of a type leads to what is not known.
    hidden: FxHashSet<(Scope, &'static str)>,
}

/// How far a subnet is open.
struct Open {
    /// Whether the internet gets in.
    world: Truth,
    /// Whether anybody does.
    anybody: Truth,
    /// The route that leads to the internet.
    shown: Vec<Evidence>,
}

impl Open {
    fn new(truth: Truth) -> Self {
        Self { world: truth, anybody: Truth::True, shown: Vec::new() }
    }
}

impl<'g> Subnets<'g> {
    pub(in crate::facts::network) fn of(graph: &'g Graph) -> Self {
        let mut hidden = FxHashSet::default();
        for (kind, via) in JOINTS {
            for joint in Look::all(graph, &[kind]) {
                let resource = joint.resource();
                if resource.attributes.get(via).is_some_and(Facts::hides_target) {
                    hidden.insert((resource.scope, *kind));
                }
            }
        }
        Self { graph, hidden }
    }

    /// What security groups admit to something, as far as one of its subnets lets it through. A
    /// subnet that is not in the code lets everything through.
    pub(super) fn limit(&self, look: &Look<'_>, attributes: &[&str], admitted: Admitted) -> Admitted {
        let subnets = attributes.iter().flat_map(|via| behind(look, via, SUBNETS));
        let subnets: Vec<(Path, ResourceId)> = subnets.map(|(via, subnet)| (via, subnet.id)).collect();
        let n_written: usize =
            attributes.iter().flat_map(|via| look.find(via)).map(|found| n_items(&found.value)).sum();
        let n_resolved = subnets.iter().map(|(via, _)| via.to_string()).collect::<FxHashSet<_>>().len();
        if n_resolved < n_written.max(1) {
            return admitted;
        }
        let all = subnets.into_iter().map(|(_, id)| self.open(&Look::at(self.graph, id)));
        let best = all.max_by_key(|open| (open.world, open.anybody)).unwrap_or_else(|| Open::new(Truth::True));
        best.limit(admitted)
    }

    /// Whether what gets a public address in a subnet is reached from the internet, and the route.
    pub(super) fn is_public(&self, subnet: &Look<'_>) -> (Truth, Vec<Evidence>) {
        let open = self.open(subnet);
        (open.world, open.shown)
    }

    fn open(&self, subnet: &Look<'_>) -> Open {
        let (routed, shown) = self.routed(subnet);
        let (world, anybody) = self.admits(subnet);
        Open { world: routed.min(world), anybody, shown }
    }

    fn hides(&self, look: &Look<'_>, kind: &'static str) -> bool {
        self.hidden.contains(&(look.resource().scope, kind))
    }

    /// Whether the route table of a subnet leads to an internet gateway: its own, or else the main
    /// one of its network.
    fn routed(&self, subnet: &Look<'_>) -> (Truth, Vec<Evidence>) {
        if let Some(joint) = ahead(subnet, "subnet_id", &["aws_route_table_association"]).into_iter().next() {
            let Some((via, table)) = behind(&joint, "route_table_id", TABLES).into_iter().next() else {
                let main = behind(&joint, "route_table_id", &["aws_vpc"]).into_iter().next();
                return main.map_or((Truth::Unknown, Vec::new()), |(_, network)| self.main(&network));
            };
            let (truth, mut shown) = self.leads_out(&table, &table);
            shown.insert(0, Evidence::new(joint.id, via, "the subnet uses this route table"));
            return (truth, shown);
        }
        if self.hides(subnet, "aws_route_table_association") {
            return (Truth::Unknown, Vec::new());
        }
        let network = behind(subnet, "vpc_id", &["aws_vpc", "aws_default_vpc"]).into_iter().next();
        match network {
            Some((_, network)) if network.is_a(&["aws_vpc"]) => self.main(&network),
            Some(_) => (Truth::True, Vec::new()),
            None => (Truth::from(subnet.is_a(&["aws_default_subnet"])).max(Truth::Unknown), Vec::new()),
        }
    }

    /// Whether the main route table of a network leads to an internet gateway. Nothing is known of
    /// one that the code does not touch, unless the code gives the network other tables: then it
    /// has only the local route with which it is made.
    fn main(&self, network: &Look<'_>) -> (Truth, Vec<Evidence>) {
        if let Some(joint) = ahead(network, "vpc_id", &["aws_main_route_table_association"]).into_iter().next() {
            let table = behind(&joint, "route_table_id", TABLES).into_iter().next();
            let Some((via, table)) = table else { return (Truth::Unknown, Vec::new()) };
            let (truth, mut shown) = self.leads_out(&table, &table);
            shown.insert(0, Evidence::new(joint.id, via, "the network uses this route table"));
            return (truth, shown);
        }
        if let Some(table) = ahead(network, "default_route_table_id", &["aws_default_route_table"]).into_iter().next() {
            return self.leads_out(&table, &table);
        }
        let (truth, shown) = self.leads_out(network, network);
        if truth == Truth::False && ahead(network, "vpc_id", &["aws_route_table"]).is_empty() {
            return (Truth::Unknown, shown);
        }
        (truth, shown)
    }

    /// Whether the routes of a table, inline or of their own, lead to an internet gateway.
    fn leads_out(&self, table: &Look<'_>, holder: &Look<'_>) -> (Truth, Vec<Evidence>) {
        let inline = table.find("route.*").into_iter().map(|found| (*table, found.value.clone(), found.path().clone()));
        let own = ahead(holder, "route_table_id", &["aws_route"]).into_iter();
        let own = own.map(|route| (route, route.resource().attributes.clone(), Path::default()));
        let mut best = (Truth::from(self.hides(table, "aws_route")).min(Truth::Unknown), Vec::new());
        for (look, route, at) in inline.chain(own) {
            let truth = leads_to_internet(&look, &route, &at);
            if truth > best.0 {
                let says = "the route table leads to an internet gateway";
                best = (truth, vec![Evidence::new(look.id, at.key("gateway_id"), says)]);
            }
        }
        best
    }

    /// Whether the network ACL of a subnet lets in the internet, and anybody.
    fn admits(&self, subnet: &Look<'_>) -> (Truth, Truth) {
        let joints = ahead(subnet, "subnet_id", &["aws_network_acl_association"]);
        let joined = joints.iter().flat_map(|joint| behind(joint, "network_acl_id", ACLS)).map(|(_, acl)| acl);
        let acl = ahead(subnet, "subnet_ids", ACLS).into_iter().chain(joined).next();
        if let Some(acl) = acl {
            return self.lets_through(&acl);
        }
        let is_hidden = self.hides(subnet, "aws_network_acl") || self.hides(subnet, "aws_network_acl_association");
        if is_hidden || !joints.is_empty() {
            return (Truth::Unknown, Truth::Unknown);
        }
        let network = behind(subnet, "vpc_id", &["aws_vpc", "aws_default_vpc"]).into_iter().next();
        let default = network.and_then(|(_, network)| {
            ahead(&network, "default_network_acl_id", &["aws_default_network_acl"]).into_iter().next()
        });
        default.map_or((Truth::True, Truth::True), |acl| self.lets_through(&acl))
    }

    /// An ACL keeps no state: what comes in must be let out again.
    fn lets_through(&self, acl: &Look<'_>) -> (Truth, Truth) {
        let (world_in, anybody_in) = self.lets(acl, "ingress");
        let (world_out, anybody_out) = self.lets(acl, "egress");
        (world_in.min(world_out), anybody_in.min(anybody_out))
    }

    /// Whether an ACL lets the internet, and anybody, through in one direction: its rules count in
    /// the order of their numbers, and what none is about is denied.
    fn lets(&self, acl: &Look<'_>, direction: &str) -> (Truth, Truth) {
        let inline = acl.find(&format!("{direction}.*")).into_iter().map(|found| Rule::inline(&found.value));
        let own = ahead(acl, "network_acl_id", &["aws_network_acl_rule"]).into_iter();
        let own = own.filter_map(|rule| Rule::own(&rule, direction == "egress"));
        let mut rules: Vec<Rule> = inline.chain(own).collect();
        rules.sort_by_key(|rule| rule.number);
        let mut is_open = self.hides(acl, "aws_network_acl_rule");
        let (mut world, mut anybody) = (Truth::False, Truth::False);
        for rule in rules {
            match rule.says {
                Says::AllowsAll => (world, anybody) = (Truth::True, Truth::True),
                Says::AllowsSome => anybody = Truth::True,
                Says::DeniesSome => {}
                Says::DeniesAll => break,
                Says::Unknown => is_open = true,
            }
            if world == Truth::True {
                break;
            }
        }
        // A rule that is not known may stand before the others.
        let with = |truth: Truth| if is_open { Truth::Unknown } else { truth };
        (with(world), with(anybody))
    }
}

impl Open {
    fn limit(self, admitted: Admitted) -> Admitted {
        let Admitted { zone, truth, mut shown } = admitted;
        if zone == Zone::Private || self.world == Truth::False {
            return Admitted { zone: Zone::Private, truth: truth.min(self.anybody), shown };
        }
        shown.extend(self.shown);
        Admitted { zone, truth: truth.min(self.world), shown }
    }
}

/// A rule of a network ACL.
struct Rule {
    number: i64,
    says: Says,
}

/// What a rule says of traffic with the internet.
enum Says {
    AllowsAll,
    AllowsSome,
    DeniesSome,
    DeniesAll,
    Unknown,
}

impl Rule {
    fn inline(block: &Value) -> Self {
        Self::read(block, "rule_no", "action")
    }

    /// `None` where it is about the other direction.
    fn own(rule: &Look<'_>, is_egress: bool) -> Option<Self> {
        let read = Self::read(&rule.resource().attributes, "rule_number", "rule_action");
        match rule.is_on("egress", false) {
            Truth::Unknown => Some(Self { says: Says::Unknown, ..read }),
            known => (known == Truth::from(is_egress)).then_some(read),
        }
    }

    fn read(block: &Value, number: &str, action: &str) -> Self {
        let number: Option<i64> = block.get(number).and_then(scalar_text).and_then(|text| text.parse().ok());
        let says = number.and_then(|_| says(block, action)).unwrap_or(Says::Unknown);
        Self { number: number.unwrap_or(0), says }
    }
}

/// What a rule says; `None` where it is not known.
fn says(block: &Value, action: &str) -> Option<Says> {
    let text = |key: &str| match block.get(key) {
        None => Some(None),
        Some(value) if value.is_null() || value.is_unset() => Some(None),
        Some(value) => scalar_text(value).map(Some),
    };
    let allows = text(action)??.eq_ignore_ascii_case("allow");
    let protocol = text("protocol")?.unwrap_or_default();
    let (narrow, wide) = (text("cidr_block")?, text("ipv6_cidr_block")?);
    let is_all = matches!(protocol.as_str(), "-1" | "all");
    let is_ping = matches!(protocol.as_str(), "1" | "58" | "icmp" | "icmpv6");
    let holds_world = [&narrow, &wide].into_iter().flatten().any(|range| is_world(range));
    Some(match (allows, holds_world) {
        (true, _) if is_ping => Says::DeniesSome,
        (true, true) => Says::AllowsAll,
        (true, false) => Says::AllowsSome,
        (false, _) if is_all && narrow.is_some_and(|range| range.ends_with("/0")) => Says::DeniesAll,
        (false, _) => Says::DeniesSome,
    })
}

/// Whether a route sends everything to an internet gateway.
fn leads_to_internet(look: &Look<'_>, route: &Value, at: &Path) -> Truth {
    const RANGES: &[&str] = &["cidr_block", "ipv6_cidr_block", "destination_cidr_block", "destination_ipv6_cidr_block"];
    if route.as_unknown().is_some() {
        return Truth::Unknown;
    }
    let is_set = |key: &&str| route.get(key).filter(|value| !value.is_null() && !value.is_unset());
    let range = |value: &Value| scalar_text(value).map_or(Truth::Unknown, |text| is_world(&text).into());
    let is_default = RANGES.iter().filter_map(is_set).map(range).max().unwrap_or(Truth::False);
    // Traffic may pass a firewall's endpoint on its way to the gateway.
    let by_endpoint = Truth::from(is_set(&"vpc_endpoint_id").is_some()).min(Truth::Unknown);
    let Some(gateway) = is_set(&"gateway_id") else { return is_default.min(by_endpoint) };
    let via = at.key("gateway_id").to_string();
    let mut targets = look.outgoing(crate::facts::VALUES).filter(|(edge, _)| edge.via.to_string() == via).peekable();
    let to_internet = if targets.peek().is_some() {
        targets.any(|(_, to)| to.is_a(&["aws_internet_gateway", "data.aws_internet_gateway"])).into()
    } else {
        scalar_text(gateway).map_or(Truth::Unknown, |text| text.starts_with("igw-").into())
    };
    is_default.min(to_internet)
}

fn n_items(value: &Value) -> usize {
    match &value.data {
        Data::Null => 0,
        Data::List(items) | Data::Set(items) => items.len(),
        _ => 1,
    }
}
