use super::ingress::is_private_name;
use super::{Network, Opening, Zone, guard, named, service};
use crate::facts::network::Step;
use crate::facts::{Evidence, Look, Seen};
use crate::graph::{EdgeKind, Graph};
use crate::value::{Path, Truth};

/// Routes of the Gateway API.
const ROUTES: &[&str] = &["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute"];

pub(super) fn collect(graph: &Graph, network: &mut Network) {
    for gateway in Look::all(graph, &["Gateway"]) {
        let (guarded, shown) = guard::of_target(&gateway);
        network.enter(opening(&gateway).into_entry(gateway.id.into(), gateway.id, guarded, shown));
    }
    for route in Look::all(graph, ROUTES) {
        from_parents(&route, network);
        to_services(&route, network);
    }
    for service in Look::all(graph, &["VirtualService"]) {
        from_mesh_gateways(&service, network);
        to_services(&service, network);
    }
}

fn opening(gateway: &Look<'_>) -> Opening {
    let class = gateway.scalar("spec.gatewayClassName");
    let says = format!("{} is public", named(gateway));
    match &class {
        Seen::Unknown(at) => Opening { truth: Truth::Unknown, ..Opening::new(Zone::Internet, at.clone(), says) },
        Seen::Text(name, at) if is_private_name(name) => {
            Opening::new(Zone::Private, at.clone(), format!("{} is of the private class `{name}`", named(gateway)))
        }
        _ => {
            match gateway.find("spec.infrastructure.annotations.*").into_iter().find(|found| is_internal(&found.value))
            {
                Some(found) => {
                    Opening::new(Zone::Private, found.path().clone(), format!("{} is internal", named(gateway)))
                }
                None => Opening::new(Zone::Internet, class.path(), says),
            }
        }
    }
}

fn is_internal(value: &crate::value::Value) -> bool {
    value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("internal") || text == "true")
}

fn from_parents(route: &Look<'_>, network: &mut Network) {
    let (guarded, login) = guard::of_target(route);
    let mut has_parent = false;
    for (edge, gateway) in route.outgoing(&[EdgeKind::References]).filter(|(_, to)| to.is_a(&["Gateway"])) {
        has_parent = true;
        let mut shown =
            vec![Evidence::new(route.id, edge.via.clone(), format!("takes traffic from {}", named(&gateway)))];
        shown.extend(login.clone());
        network.pass(Step { from: gateway.id.into(), to: route.id.into(), truth: Truth::True, guarded, shown });
    }
    if !has_parent {
        let says = format!("{} is attached to a gateway that is not in the code", named(route));
        let at = Path::default().key("spec").key("parentRefs");
        network.enter(Opening::new(Zone::Private, at, says).into_entry(route.id.into(), route.id, guarded, login));
    }
}

/// A virtual service of the mesh alone is not reached from outside.
fn from_mesh_gateways(service: &Look<'_>, network: &mut Network) {
    for found in service.find("spec.gateways.*") {
        let Some(name) = found.value.as_str().filter(|name| *name != "mesh") else { continue };
        let plain = name.rsplit('/').next().unwrap_or(name);
        let scope = service.resource().scope;
        let gateways = Look::all(service.graph, &["Gateway"]).into_iter();
        let mut named_so =
            gateways.filter(|gateway| gateway.resource().name == plain && gateway.resource().scope == scope);
        let says = format!("takes traffic from gateway `{name}`");
        let shown = vec![Evidence::new(service.id, found.path().clone(), says)];
        if let Some(gateway) = named_so.next() {
            let (from, to) = (gateway.id.into(), service.id.into());
            let (guarded, login) = guard::of_mesh_gateway(&gateway);
            let shown = login.into_iter().chain(shown).collect();
            network.pass(Step { from, to, truth: Truth::True, guarded, shown });
        } else {
            let says = format!("{} is attached to a gateway that is not in the code", named(service));
            let opening = Opening::new(Zone::Private, found.path().clone(), says);
            network.enter(opening.into_entry(service.id.into(), service.id, Truth::False, Vec::new()));
        }
    }
}

fn to_services(route: &Look<'_>, network: &mut Network) {
    for (edge, to) in route.outgoing(&[EdgeKind::RoutesTo]) {
        let mut shown = vec![Evidence::new(route.id, edge.via.clone(), format!("passes on to {}", named(&to)))];
        let (guarded, login) = guard::of_backend(&to);
        shown.extend(login);
        let mut beside = edge.via.clone();
        beside.0.pop();
        let backend = route.resource().attributes.at(&beside);
        let port = backend.and_then(|backend| {
            let port = backend.get("port")?;
            crate::query::scalar_text(port.get("number").unwrap_or(port))
        });
        service::pass_to(route.id, &to, port.as_deref(), guarded, &shown, network);
    }
}
