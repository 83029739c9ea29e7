//! Ways into Azure: applications, container apps, machines, gateways, and the public side of managed AI.

mod gateway;
mod group;

use super::{Entry, Network, Zone};
use crate::facts::{Evidence, Look, Seen, VALUES};
use crate::graph::Graph;
use crate::value::{Path, Truth};

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
        container_app(&app, network);
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
    gateway::collect(graph, network);
}

/// The ingress of a container app is public unless its environment has an internal balancer alone,
/// and open to all unless it lists those that it lets in.
fn container_app(app: &Look<'_>, network: &mut Network) {
    let seen = app.scalar("ingress.external_enabled");
    let environments = app.outgoing(VALUES).map(|(_, to)| to);
    let mut environments = environments.filter(|to| to.is_a(&["azurerm_container_app_environment"]));
    let is_inside =
        environments.next().map_or(Truth::False, |place| place.is_on("internal_load_balancer_enabled", false));
    let rules = app.find("ingress.ip_security_restriction.*.action");
    let allows = |text: &str| text.eq_ignore_ascii_case("allow");
    let is_limited = rules.iter().map(|rule| rule.value.as_str().map_or(Truth::Unknown, |text| allows(text).into()));
    let is_limited = is_limited.max().unwrap_or(Truth::False).max(is_inside);
    let external = seen.passes("false", |text| text == "true");
    let (zone, truth, says) = match (external, is_limited) {
        (Truth::True, Truth::True) => (Zone::Private, Truth::True, "container app with an ingress for some addresses"),
        (Truth::True, Truth::False) => (Zone::Internet, Truth::True, "container app with a public ingress"),
        (Truth::False, _) if app.holds_some("ingress") == Truth::True => {
            (Zone::Private, Truth::True, "container app with an internal ingress")
        }
        (Truth::False, _) => return,
        _ => (Zone::Internet, Truth::Unknown, "container app with an ingress"),
    };
    let guarded = app.scalar("ingress.client_certificate_mode").is_one_of(&["require"]);
    let shown = vec![Evidence::new(app.id, seen.path(), says)];
    network.enter(Entry { to: app.id.into(), zone, truth, guarded, name: says.into(), shown });
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
            let Some(admitted) = group::of_interface(&interface) else { continue };
            let says = "machine with a public address";
            let mut shown = vec![Evidence::new(interface.id, address.path(), says)];
            shown.extend(admitted.shown);
            let (to, zone, truth) = (machine.id.into(), admitted.zone, admitted.truth);
            network.enter(Entry { to, zone, truth, guarded: Truth::False, name: says.into(), shown });
        }
    }
}
