use ecow::EcoString;

use crate::facts::network::{Zone, is_world};
use crate::facts::{Evidence, Look, VALUES};
use crate::query::scalar_text;
use crate::value::{Data, Path, Truth, Value};

/// From where network security groups let traffic in.
#[derive(Clone, Debug)]
pub(super) struct Admitted {
    pub(super) zone: Zone,
    /// False where they let nobody in from outside of the network.
    pub(super) truth: Truth,
    /// The rule that does.
    pub(super) shown: Option<Evidence>,
}

/// What the groups of an interface and of its subnets let in together; `None` where there is no
/// group.
pub(super) fn of_interface(interface: &Look<'_>) -> Option<Admitted> {
    let subnets = interface.outgoing(VALUES).map(|(_, to)| to).filter(|to| to.is_a(&["azurerm_subnet"]));
    let own = of_holder(interface);
    subnets.filter_map(|subnet| of_holder(&subnet)).chain(own).min_by_key(|admitted| (admitted.zone, admitted.truth))
}

/// What the groups associated with an interface or a subnet let in; `None` where there is none.
pub(super) fn of_holder(holder: &Look<'_>) -> Option<Admitted> {
    const ASSOCIATIONS: &[&str] =
        &["azurerm_network_interface_security_group_association", "azurerm_subnet_network_security_group_association"];
    let associations = holder.incoming(VALUES).map(|(_, from)| from).filter(|from| from.is_a(ASSOCIATIONS));
    let groups =
        associations.flat_map(|association| association.outgoing(VALUES).map(|(_, to)| to).collect::<Vec<_>>());
    let groups = groups.filter(|to| to.is_a(&["azurerm_network_security_group"]));
    groups.map(|group| lets_in(&group)).max_by_key(|admitted| (admitted.truth, admitted.zone))
}

/// What the rules of a group let in, in the order of their priorities; behind them all is denied.
fn lets_in(group: &Look<'_>) -> Admitted {
    let inline = group.find("security_rule.*");
    let inline = inline.into_iter().map(|found| Rule::new(group, &found.value, found.path()));
    let parts = group.incoming(VALUES).map(|(_, from)| from);
    let parts = parts.filter(|from| from.is_a(&["azurerm_network_security_rule"]));
    let own = parts.map(|part| Rule::new(&part, &part.resource().attributes, &Path::default()));
    let mut rules: Vec<Rule> = inline.chain(own).collect();
    rules.sort_by_key(|rule| rule.priority);
    let mut is_open = false;
    let mut some = None;
    for rule in rules {
        match rule.says {
            Says::AllowsAll => {
                let truth = if is_open { Truth::Unknown } else { Truth::True };
                let says = "the security group lets everybody in";
                let shown = Some(Evidence::new(rule.holder, rule.at, says));
                return Admitted { zone: Zone::Internet, truth, shown };
            }
            Says::AllowsSome => {
                let says = "the security group lets some addresses in";
                some = some.or(Some(Evidence::new(rule.holder, rule.at, says)));
            }
            Says::Nothing => {}
            Says::DeniesAll => break,
            Says::Unknown => is_open = true,
        }
    }
    match (is_open, some) {
        (true, shown) => Admitted { zone: Zone::Internet, truth: Truth::Unknown, shown },
        (false, None) => Admitted { zone: Zone::Private, truth: Truth::False, shown: None },
        (false, shown) => Admitted { zone: Zone::Private, truth: Truth::True, shown },
    }
}

struct Rule {
    /// The smaller, the earlier it counts; one that is not known counts first.
    priority: i64,
    says: Says,
    holder: crate::graph::ResourceId,
    at: Path,
}

/// What a rule says of traffic that comes in.
enum Says {
    AllowsAll,
    AllowsSome,
    /// It is about something else, or denies a part.
    Nothing,
    DeniesAll,
    Unknown,
}

impl Rule {
    fn new(look: &Look<'_>, rule: &Value, at: &Path) -> Self {
        let priority = rule.get("priority").and_then(scalar_text).and_then(|text| text.parse().ok());
        let says = match says(rule).unwrap_or(Says::Unknown) {
            // It may stand behind rules that allow.
            Says::DeniesAll if priority.is_none() => Says::Unknown,
            says => says,
        };
        let (key, priority) = (source_key(rule), priority.unwrap_or(0));
        Self { priority, says, holder: look.id, at: at.key(key) }
    }
}

fn source_key(rule: &Value) -> &'static str {
    let is_listed = rule.get("source_address_prefixes").is_some_and(|value| !value.is_null() && !value.is_unset());
    if is_listed { "source_address_prefixes" } else { "source_address_prefix" }
}

/// What a rule says; `None` where it is not known.
fn says(rule: &Value) -> Option<Says> {
    let text = |key: &str| match rule.get(key).filter(|value| !value.is_null() && !value.is_unset()) {
        None => Some(EcoString::new()),
        Some(value) => scalar_text(value).map(|text| text.to_ascii_lowercase()),
    };
    if rule.as_unknown().is_some() {
        return None;
    }
    if text("direction")? != "inbound" {
        return Some(Says::Nothing);
    }
    let allows = text("access")? == "allow";
    let from_world = rule.get(source_key(rule)).map_or(Truth::False, holds_world);
    if from_world == Truth::Unknown {
        return None;
    }
    let is_all = from_world == Truth::True && text("destination_port_range")? == "*" && text("protocol")? == "*";
    Some(match (allows, from_world == Truth::True) {
        (true, true) => Says::AllowsAll,
        (true, false) => Says::AllowsSome,
        (false, _) if is_all => Says::DeniesAll,
        (false, _) => Says::Nothing,
    })
}

fn holds_world(value: &Value) -> Truth {
    match &value.data {
        Data::Null => Truth::False,
        Data::Unknown(_) => Truth::Unknown,
        Data::List(items) | Data::Set(items) => items.iter().map(holds_world).max().unwrap_or(Truth::False),
        _ => scalar_text(value).map_or(Truth::Unknown, |text| {
            let text = text.to_ascii_lowercase();
            (["*", "internet", "any"].contains(&text.as_str()) || is_world(&text)).into()
        }),
    }
}
