use super::{Network, Opening, Zone, annotation, guard, named, service};
use crate::facts::{Evidence, Look, Seen};
use crate::graph::{EdgeKind, Graph};
use crate::query::scalar_text;
use crate::value::{Path, Step, Truth, Value};

pub(super) fn collect(graph: &Graph, network: &mut Network) {
    for ingress in Look::all(graph, &["Ingress"]) {
        let (guarded, shown) = guard::of_ingress(&ingress);
        network.enter(opening(&ingress).into_entry(ingress.id.into(), ingress.id, guarded, shown));
        for (edge, service) in ingress.outgoing(&[EdgeKind::RoutesTo]) {
            let backend = backend_port(&ingress.resource().attributes, &edge.via);
            let says = format!("passes on to {}", named(&service));
            let mut shown = vec![Evidence::new(ingress.id, edge.via.clone(), says)];
            let (guarded, login) = guard::of_backend(&service);
            shown.extend(login);
            service::pass_to(ingress.id, &service, backend.as_deref(), guarded, &shown, network);
        }
    }
    for route in Look::all(graph, &["Route"]) {
        let at = Path::default().key("spec").key("host");
        let opening = Opening::new(Zone::Internet, at, format!("{} gives it a public host name", named(&route)));
        network.enter(opening.into_entry(route.id.into(), route.id, Truth::False, Vec::new()));
        for (edge, service) in route.outgoing(&[EdgeKind::RoutesTo]) {
            let port = route.scalar("spec.port.targetPort");
            let shown = [Evidence::new(route.id, edge.via.clone(), format!("passes on to {}", named(&service)))];
            service::pass_to(route.id, &service, port.text(), Truth::False, &shown, network);
        }
    }
}

/// The port beside a backend's name: `service.port.number`, `service.port.name` or `servicePort`.
fn backend_port(ingress: &Value, via: &Path) -> Option<String> {
    let mut steps = via.0.clone();
    let last = steps.pop();
    let backend = ingress.at(&Path(steps))?;
    let port = match last {
        Some(Step::Key(key)) if key == "serviceName" => backend.get("servicePort")?,
        _ => {
            let port = backend.get("port")?;
            port.get("number").or_else(|| port.get("name"))?
        }
    };
    scalar_text(port).map(|text| text.to_string())
}

fn opening(ingress: &Look<'_>) -> Opening {
    let class = match ingress.scalar("spec.ingressClassName") {
        Seen::Absent => annotation(ingress, "kubernetes.io/ingress.class"),
        class => class,
    };
    let public = || Opening::new(Zone::Internet, class.path(), format!("{} is public", named(ingress)));
    let opening = match &class {
        Seen::Unknown(_) => Opening { truth: Truth::Unknown, ..public() },
        Seen::Text(name, at) if is_private_name(name) => {
            Opening::new(Zone::Private, at.clone(), format!("{} is of the private class `{name}`", named(ingress)))
        }
        Seen::Text(name, _) if name == "alb" => application_load_balancer(ingress, class.path()),
        Seen::Absent if has_scheme(ingress) => application_load_balancer(ingress, class.path()),
        _ => public(),
    };
    RANGES.iter().fold(opening, |opening, name| opening.limited_to(&annotation(ingress, name)))
}

const SCHEME: &str = "alb.ingress.kubernetes.io/scheme";

/// Annotations that let in only some addresses.
const RANGES: &[&str] = &[
    "nginx.ingress.kubernetes.io/whitelist-source-range",
    "nginx.ingress.kubernetes.io/allowlist-source-range",
    "alb.ingress.kubernetes.io/inbound-cidrs",
    "ingress.kubernetes.io/whitelist-source-range",
    "haproxy.org/allow-list",
    "haproxy.org/whitelist",
];

fn has_scheme(ingress: &Look<'_>) -> bool {
    annotation(ingress, SCHEME) != Seen::Absent
}

/// Whether a class of ingress or gateway is private by its name.
pub(super) fn is_private_name(class: &str) -> bool {
    let class = class.to_ascii_lowercase();
    ["internal", "private", "rilb"].iter().any(|word| class.contains(word))
}

/// Internal unless the scheme, on the Ingress or in the parameters of its class, says otherwise.
fn application_load_balancer(ingress: &Look<'_>, at: Path) -> Opening {
    let public =
        |at| Opening::new(Zone::Internet, at, format!("{} has an internet-facing load balancer", named(ingress)));
    let scheme = annotation(ingress, SCHEME);
    match scheme.is_one_of(&["internet-facing"]) {
        Truth::True => public(scheme.path()),
        Truth::Unknown => Opening { truth: Truth::Unknown, ..public(scheme.path()) },
        Truth::False => {
            let scope = ingress.resource().scope;
            let parameters = Look::all(ingress.graph, &["IngressClassParams"]).into_iter();
            let mut in_scope = parameters.filter(|object| object.resource().scope == scope);
            if scheme == Seen::Absent
                && in_scope.any(|object| object.scalar("spec.scheme").text() == Some("internet-facing"))
            {
                return public(at);
            }
            Opening::new(Zone::Private, at, format!("{} has an internal load balancer", named(ingress)))
        }
    }
}
