//! Ways into Azure: applications, container apps, machines, and the public side of managed AI.

use super::{Entry, Network, Zone};
use crate::facts::{Evidence, Look, Seen, VALUES};
use crate::graph::Graph;
use crate::query::scalar_text;
use crate::value::{Path, Truth, Value};

const APPS: &[&str] = &[
    "azurerm_linux_web_app",
    "azurerm_windows_web_app",
    "azurerm_app_service",
    "azurerm_linux_function_app",
    "azurerm_windows_function_app",
    "azurerm_function_app",
];

/// Managed AI services that ask for a key or an identity, and the switch of their public side.
const MANAGED: &[(&str, &str, &[&str])] = &[
    ("azurerm_cognitive_account", "public_network_access_enabled", &["true"]),
    ("azurerm_ai_services", "public_network_access", &["Enabled"]),
    ("azurerm_ai_foundry", "public_network_access", &["Enabled"]),
    ("azurerm_machine_learning_workspace", "public_network_access_enabled", &["true"]),
    ("azurerm_search_service", "public_network_access_enabled", &["true"]),
    ("azurerm_databricks_workspace", "public_network_access_enabled", &["true"]),
];

/// Adds what Azure resources let in.
pub(super) fn collect(graph: &Graph, network: &mut Network) {
    for app in Look::all(graph, APPS) {
        let seen = app.scalar("public_network_access_enabled");
        let (guarded, mut shown) = app_login(&app);
        shown.insert(0, Evidence::new(app.id, seen.path(), "app with a public address"));
        let truth = seen.passes("true", |text| text == "true");
        let (to, name) = (app.id.into(), "app with a public address".into());
        network.enter(Entry { to, zone: Zone::Internet, truth, guarded, name, shown });
    }
    for app in Look::all(graph, &["azurerm_container_app"]) {
        let seen = app.scalar("ingress.external_enabled");
        let (zone, truth, says) = match seen.passes("false", |text| text == "true") {
            Truth::True => (Zone::Internet, Truth::True, "container app with a public ingress"),
            Truth::Unknown => (Zone::Internet, Truth::Unknown, "container app with an ingress"),
            Truth::False if app.holds_some("ingress") == Truth::True => {
                (Zone::Private, Truth::True, "container app with an internal ingress")
            }
            Truth::False => continue,
        };
        let shown = vec![Evidence::new(app.id, seen.path(), says)];
        network.enter(Entry { to: app.id.into(), zone, truth, guarded: Truth::False, name: says.into(), shown });
    }
    for group in Look::all(graph, &["azurerm_container_group"]) {
        let seen = group.scalar("ip_address_type");
        let truth = seen.passes("Public", |text| text.eq_ignore_ascii_case("public"));
        let says = "container group with a public address";
        let shown = vec![Evidence::new(group.id, seen.path(), says)];
        let to = group.id.into();
        network.enter(Entry { to, zone: Zone::Internet, truth, guarded: Truth::False, name: says.into(), shown });
    }
    for (kind, switch, on) in MANAGED {
        for service in Look::all(graph, &[kind]) {
            managed(&service, switch, on[0], network);
        }
    }
    machines(graph, network);
}

/// The sign-in of App Service.
fn app_login(app: &Look<'_>) -> (Truth, Vec<Evidence>) {
    let required = app.is_on("auth_settings_v2.require_authentication", false);
    let second = app.is_on("auth_settings_v2.auth_enabled", false).min(required);
    let action = app.scalar("auth_settings.unauthenticated_client_action");
    let first = app.is_on("auth_settings.enabled", false).min(!action.is_one_of(&["AllowAnonymous"]));
    let truth = first.max(second);
    let block = if second >= first { "auth_settings_v2" } else { "auth_settings" };
    let shown = Evidence::new(app.id, Path::default().key(block), "signs callers in");
    (truth, if truth == Truth::False { Vec::new() } else { vec![shown] })
}

fn managed(service: &Look<'_>, switch: &str, on: &str, network: &mut Network) {
    let seen = service.scalar(switch);
    let is_public = seen.passes(on, |text| text.eq_ignore_ascii_case(on));
    let action = service.scalar("network_acls.default_action");
    let is_limited = action.passes("Allow", |text| text.eq_ignore_ascii_case("deny"));
    let limited_ips = service.holds_some("allowed_ips");
    let (zone, truth) = match is_limited.max(limited_ips) {
        Truth::True => (Zone::Private, is_public),
        Truth::Unknown => (Zone::Internet, is_public.min(Truth::Unknown)),
        Truth::False => (Zone::Internet, is_public),
    };
    let says = "its public endpoint";
    let shown = vec![Evidence::new(service.id, seen.path(), says)];
    let to = service.id.into();
    network.enter(Entry { to, zone, truth, guarded: Truth::True, name: says.into(), shown });
    if is_public == Truth::False {
        let shown = vec![Evidence::new(service.id, seen.path(), "reached over private endpoints alone")];
        let name = "private endpoint".into();
        network.enter(Entry { to, zone: Zone::Private, truth: Truth::True, guarded: Truth::True, name, shown });
    }
}

/// A machine whose interface has a public address and whose security group lets everybody in.
fn machines(graph: &Graph, network: &mut Network) {
    const MACHINES: &[&str] =
        &["azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine", "azurerm_virtual_machine"];
    for machine in Look::all(graph, MACHINES) {
        let interfaces =
            machine.outgoing(VALUES).map(|(_, to)| to).filter(|to| to.is_a(&["azurerm_network_interface"]));
        for interface in interfaces {
            let address = interface.scalar("ip_configuration.public_ip_address_id");
            if address == Seen::Absent {
                continue;
            }
            let Some((zone, truth, rule)) = admitted(&interface) else { continue };
            let says = "machine with a public address";
            let shown = vec![Evidence::new(interface.id, address.path(), says), rule];
            let to = machine.id.into();
            network.enter(Entry { to, zone, truth, guarded: Truth::False, name: says.into(), shown });
        }
    }
}

/// What the security groups of an interface or of its subnet let in.
fn admitted(interface: &Look<'_>) -> Option<(Zone, Truth, Evidence)> {
    const ASSOCIATIONS: &[&str] =
        &["azurerm_network_interface_security_group_association", "azurerm_subnet_network_security_group_association"];
    let subnets = interface.outgoing(VALUES).map(|(_, to)| to).filter(|to| to.is_a(&["azurerm_subnet"]));
    let holders: Vec<Look<'_>> = std::iter::once(*interface).chain(subnets).collect();
    let associations = holders.iter().flat_map(|holder| holder.incoming(VALUES)).map(|(_, from)| from);
    let groups = associations.filter(|from| from.is_a(ASSOCIATIONS)).flat_map(|association| {
        association
            .outgoing(VALUES)
            .map(|(_, to)| to)
            .filter(|to| to.is_a(&["azurerm_network_security_group"]))
            .collect::<Vec<_>>()
    });
    let mut best = None;
    for group in groups {
        let inline =
            group.find("security_rule.*").into_iter().map(|found| (group, found.value.clone(), found.path().clone()));
        let parts =
            group.incoming(VALUES).map(|(_, from)| from).filter(|from| from.is_a(&["azurerm_network_security_rule"]));
        let own = parts.map(|part| (part, part.resource().attributes.clone(), Path::default()));
        for (look, rule, at) in inline.chain(own) {
            if let Some(zone) = rule_zone(&rule)
                && best.as_ref().is_none_or(|(known, _, _): &(Zone, Truth, Evidence)| zone > *known)
            {
                let says = if zone == Zone::Internet {
                    "the security group lets everybody in"
                } else {
                    "the security group lets some addresses in"
                };
                best = Some((zone, Truth::True, Evidence::new(look.id, at.key("source_address_prefix"), says)));
            }
        }
    }
    best
}

fn rule_zone(rule: &Value) -> Option<Zone> {
    let text = |key: &str| rule.get(key).and_then(scalar_text).unwrap_or_default().to_ascii_lowercase();
    if text("direction") != "inbound" || text("access") != "allow" {
        return None;
    }
    let source = text("source_address_prefix");
    let is_world = ["*", "internet", "any"].contains(&source.as_str()) || source.ends_with("/0");
    Some(if is_world { Zone::Internet } else { Zone::Private })
}
