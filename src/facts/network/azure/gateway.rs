use super::{APPS, app_login, group};
use crate::facts::network::{Entry, Network, Step, Zone};
use crate::facts::{Evidence, Look, VALUES};
use crate::graph::Graph;
use crate::query::{Found, scalar_text};
use crate::value::{Path, Truth, Value};

const MACHINES: &[&str] =
    &["azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine", "azurerm_virtual_machine"];

/// What a gateway may fetch from by its address, beside [`APPS`].
const BACKENDS: &[&str] = &["azurerm_container_app", "azurerm_container_group"];

pub(super) fn collect(graph: &Graph, network: &mut Network) {
    for gateway in Look::all(graph, &["azurerm_application_gateway"]) {
        enter(&gateway, network);
        backends(&gateway, network);
    }
    for service in Look::all(graph, &["azurerm_api_management"]) {
        enter_apis(&service, network);
        for api in apis(&service) {
            pass_api(&service, &api, network);
        }
    }
}

/// An application gateway is open where one of its listeners listens.
fn enter(gateway: &Look<'_>, network: &mut Network) {
    let listeners = gateway.find("http_listener.*.frontend_ip_configuration_name");
    let limit = behind(gateway, "gateway_ip_configuration", &["azurerm_subnet"]);
    let limit = limit.iter().find_map(|(_, subnet)| group::of_holder(subnet));
    for frontend in gateway.find("frontend_ip_configuration.*") {
        let is_set = |key: &str| frontend.value.get(key).is_some_and(|value| !value.is_null() && !value.is_unset());
        let is_public = is_set("public_ip_address_id");
        let name = frontend.value.get("name");
        let listens = listeners.iter().map(|listener| is_same(name, Some(&listener.value)));
        let listens = listens.max().unwrap_or(Truth::False);
        let says = if is_public { "application gateway with a public address" } else { "application gateway" };
        let key = if is_public { "public_ip_address_id" } else { "private_ip_address" };
        let mut shown = vec![Evidence::new(gateway.id, frontend.path().key(key), says)];
        let (mut zone, mut truth) = (if is_public { Zone::Internet } else { Zone::Private }, listens);
        if let Some(limit) = &limit
            && is_public
        {
            (zone, truth) = (limit.zone, truth.min(limit.truth));
            shown.extend(limit.shown.clone());
        }
        let (to, guarded) = (gateway.id.into(), certificate(gateway));
        network.enter(Entry { to, zone, truth, guarded, name: says.into(), shown });
    }
}

/// Whether callers are asked for a certificate; not known for which listeners.
fn certificate(gateway: &Look<'_>) -> Truth {
    gateway.holds_some("trusted_client_certificate").min(Truth::Unknown)
}

/// What the pools that some rule sends requests to hold: applications by their address, and
/// machines by their interface.
fn backends(gateway: &Look<'_>, network: &mut Network) {
    let pools = gateway.find("backend_address_pool.*");
    let uses: Vec<(Truth, Option<Path>)> = pools.iter().map(|pool| is_used(gateway, pool)).collect();
    for (pool, (truth, by)) in pools.iter().zip(&uses) {
        let rule = by.clone().unwrap_or_default();
        for (edge, to) in gateway.outgoing(VALUES).filter(|(edge, _)| edge.via.is_within(pool.path())) {
            let shown = vec![
                Evidence::new(gateway.id, rule.clone(), "sends requests to the pool"),
                Evidence::new(gateway.id, edge.via.clone(), "is in the pool"),
            ];
            if to.is_a(&["azurerm_network_interface"]) {
                for machine in machines(&to) {
                    pass(gateway, &machine, *truth, shown.clone(), network);
                }
            } else if to.is_a(APPS) || to.is_a(BACKENDS) {
                pass(gateway, &to, *truth, shown, network);
            }
        }
    }
    // Which pool an interface is in is written by the pool's id, which says no more than the gateway.
    let truths = || uses.iter().map(|(truth, _)| *truth);
    let all = match (truths().min(), truths().max()) {
        (Some(least), Some(most)) if least == most => least,
        (_, Some(Truth::False) | None) => Truth::False,
        _ => Truth::Unknown,
    };
    let rule = uses.iter().find_map(|(_, by)| by.clone()).unwrap_or_default();
    let sends = Evidence::new(gateway.id, rule, "sends requests to the pool");
    for (edge, from) in gateway.incoming(VALUES) {
        let at = edge.via.clone();
        if from.is_a(&["azurerm_network_interface_application_gateway_backend_address_pool_association"]) {
            let interfaces = behind(&from, "network_interface_id", &["azurerm_network_interface"]);
            for machine in interfaces.iter().flat_map(|(_, interface)| machines(interface)) {
                let shown = vec![sends.clone(), Evidence::new(from.id, at.clone(), "puts the machine into the pool")];
                pass(gateway, &machine, all, shown, network);
            }
        } else if from.is_a(&["azurerm_linux_virtual_machine_scale_set", "azurerm_windows_virtual_machine_scale_set"]) {
            pass(gateway, &from, all, vec![sends.clone(), Evidence::new(from.id, at, "is in the pool")], network);
        }
    }
}

/// Whether some rule sends requests to a pool, and the value that says so.
fn is_used(gateway: &Look<'_>, pool: &Found) -> (Truth, Option<Path>) {
    const NAMES: &[&str] = &[
        "request_routing_rule.*.backend_address_pool_name",
        "url_path_map.*.default_backend_address_pool_name",
        "url_path_map.*.path_rule.*.backend_address_pool_name",
    ];
    let named = NAMES.iter().flat_map(|path| gateway.find(path));
    let named = named.map(|found| (is_same(pool.value.get("name"), Some(&found.value)), Some(found.path().clone())));
    named.max_by_key(|(truth, _)| *truth).filter(|(truth, _)| *truth != Truth::False).unwrap_or((Truth::False, None))
}

/// Whether two names are the same.
fn is_same(a: Option<&Value>, b: Option<&Value>) -> Truth {
    let text = |value: Option<&Value>| value.filter(|value| !value.is_null()).map(scalar_text);
    match (text(a), text(b)) {
        (None, _) | (_, None) => Truth::False,
        (Some(Some(a)), Some(Some(b))) => (a == b).into(),
        _ => Truth::Unknown,
    }
}

fn machines<'g>(interface: &Look<'g>) -> Vec<Look<'g>> {
    interface.incoming(VALUES).map(|(_, from)| from).filter(|from| from.is_a(MACHINES)).collect()
}

/// An application asks for its own login, whoever passes the request on.
fn pass(from: &Look<'_>, to: &Look<'_>, truth: Truth, mut shown: Vec<Evidence>, network: &mut Network) {
    let guarded = if to.is_a(APPS) {
        let (guarded, login) = app_login(to);
        shown.extend(login);
        guarded
    } else {
        Truth::False
    };
    network.pass(Step { from: from.id.into(), to: to.id.into(), truth, guarded, shown });
}

fn enter_apis(service: &Look<'_>, network: &mut Network) {
    let public = service.is_on("public_network_access_enabled", true);
    let kind = service.scalar("virtual_network_type");
    let is_internal = kind.is_one_of(&["Internal"]);
    let (zone, truth, says) = match is_internal {
        Truth::True => (Zone::Private, Truth::True, "API Management inside of a network"),
        _ => (Zone::Internet, public.min(!is_internal), "API Management with a public address"),
    };
    let shown = vec![Evidence::new(service.id, kind.path(), says)];
    network.enter(Entry { to: service.id.into(), zone, truth, guarded: Truth::False, name: says.into(), shown });
}

fn apis<'g>(service: &Look<'g>) -> Vec<Look<'g>> {
    let named = service.incoming(VALUES).filter(|(edge, _)| edge.via.to_string() == "api_management_name");
    named.map(|(_, from)| from).filter(|from| from.is_a(&["azurerm_api_management_api"])).collect()
}

/// What an API passes on to by its address. A policy may ask for a login, and may choose another
/// address.
fn pass_api(service: &Look<'_>, api: &Look<'_>, network: &mut Network) {
    const OF_API: &[&str] = &["azurerm_api_management_api_policy", "azurerm_api_management_api_operation_policy"];
    const OF_ALL: &[&str] = &["azurerm_api_management_policy"];
    let own = api.incoming(VALUES).map(|(_, from)| from).filter(|from| from.is_a(OF_API));
    let all = service.incoming(VALUES).map(|(_, from)| from).filter(|from| from.is_a(OF_ALL));
    let policies: Vec<Policy> = own.chain(all).map(|policy| Policy::of(&policy)).collect();
    let keyed = api.is_on("subscription_required", true);
    let guarded = policies.iter().map(|policy| policy.guards).max().unwrap_or(Truth::False).max(keyed);
    let is_kept = policies.iter().map(|policy| !policy.moves).min().unwrap_or(Truth::True);
    let says =
        if guarded == Truth::True { "an API that asks for a key or token" } else { "an API that asks for no key" };
    let at = Path::default().key("subscription_required");
    let shown = vec![Evidence::new(api.id, at, says)];
    network.pass(Step { from: service.id.into(), to: api.id.into(), truth: Truth::True, guarded, shown });
    for (edge, to) in api.outgoing(VALUES).filter(|(edge, _)| edge.via.to_string() == "service_url") {
        if to.is_a(APPS) || to.is_a(BACKENDS) {
            let shown = vec![Evidence::new(api.id, edge.via.clone(), "passes requests on to it")];
            pass(api, &to, is_kept, shown, network);
        }
    }
}

/// What a policy does with requests.
struct Policy {
    /// Whether it turns away who brings no token, certificate or header.
    guards: Truth,
    /// Whether it sends them to another address; at most unknown, as it may do so under conditions.
    moves: Truth,
}

impl Policy {
    fn of(policy: &Look<'_>) -> Self {
        const GUARDS: &[&str] =
            &["<validate-jwt", "<validate-azure-ad-token", "<validate-client-certificate", "<check-header"];
        let content = policy.scalar("xml_content");
        let Some(text) = content.text() else { return Self { guards: Truth::Unknown, moves: Truth::Unknown } };
        let guards = GUARDS.iter().any(|element| text.contains(element));
        let limits = text.contains("<ip-filter") || text.contains("<include-fragment") || text.contains("<choose");
        let moves = text.contains("<set-backend-service") || text.contains("<include-fragment");
        Self {
            guards: Truth::from(guards).max(Truth::from(limits).min(Truth::Unknown)),
            moves: Truth::from(moves).min(Truth::Unknown),
        }
    }
}

/// Resources of some types that attributes below `via` lead to.
fn behind<'g>(look: &Look<'g>, via: &str, types: &[&str]) -> Vec<(Path, Look<'g>)> {
    let root = Path::default().key(via);
    let edges = look.outgoing(VALUES).filter(|(edge, to)| edge.via.is_within(&root) && to.is_a(types));
    edges.map(|(edge, to)| (edge.via.clone(), to)).collect()
}
