use super::{Network, Opening, Zone, admission, annotation, named};
use crate::facts::network::aws::{Subnets, open_to_internet};
use crate::facts::network::{Entry, Node, Step};
use crate::facts::{Evidence, Look, Seen};
use crate::graph::{EdgeKind, Graph, ResourceId};
use crate::query::scalar_text;
use crate::value::{Path, Truth, Value};

/// A port of a Service, and the container port behind it.
struct ServicePort {
    number: Option<u16>,
    name: Option<String>,
    target: Target,
    /// Its port on the nodes, where one is chosen.
    on_nodes: Option<u16>,
    at: Path,
}

enum Target {
    Number(u16),
    Name(String),
    Unknown,
}

pub(super) fn collect(graph: &Graph, subnets: &Subnets<'_>, network: &mut Network) {
    for service in Look::all(graph, &["Service"]) {
        if service.resource().class.is_some() {
            continue;
        }
        let opening = opening(&service);
        if let Some(opening) = &opening {
            enter(&service, service.id.into(), opening, network);
        }
        for port in ports(&service) {
            let on_nodes = on_public_nodes(&service, &port, subnets);
            if let Some(opening) = &on_nodes {
                enter(&service, Node { resource: service.id, port: port.number }, opening, network);
            }
            let openings: Vec<&Opening> = opening.iter().chain(&on_nodes).collect();
            for (edge, workload) in service.outgoing(&[EdgeKind::Selects]) {
                pass(&service, &port, &edge.via, &workload, &openings, network);
            }
        }
    }
}

fn enter(service: &Look<'_>, to: Node, opening: &Opening, network: &mut Network) {
    let Opening { zone, truth, .. } = *opening;
    let name = opening.says.as_str().into();
    let shown = opening.shown(service.id);
    network.enter(Entry { to, zone, truth, guarded: Truth::False, name, shown });
}

/// A port that is open on nodes that the internet reaches.
fn on_public_nodes(service: &Look<'_>, port: &ServicePort, subnets: &Subnets<'_>) -> Option<Opening> {
    let kind = service.scalar("spec.type");
    if kind.text() != Some("NodePort") {
        return None;
    }
    let (truth, more) = open_to_internet(service, port.on_nodes, subnets)?;
    let says = format!("{} is open on every node of the cluster, which the internet reaches", named(service));
    Some(Opening { truth, more, ..Opening::new(Zone::Internet, kind.path(), says) })
}

fn pass(
    service: &Look<'_>,
    port: &ServicePort,
    selector: &Path,
    workload: &Look<'_>,
    openings: &[&Opening],
    network: &mut Network,
) {
    let target = container_port(workload, &port.target);
    let to = Node { resource: workload.id, port: target };
    let at = if port.at.0.is_empty() { selector.clone() } else { port.at.clone() };
    let says = match (port.number, target) {
        (Some(outer), Some(inner)) => {
            format!("{} passes port {outer} on to port {inner} of `{}`", named(service), workload.resource().address)
        }
        _ => format!("{} passes on to `{}`", named(service), workload.resource().address),
    };
    let way = Evidence::new(service.id, at, says);
    let admitted = admission::of(workload, target);
    for opening in openings {
        let mut shown = opening.shown(service.id);
        shown.push(way.clone());
        shown.extend(admitted.shown.clone());
        network.enter(Entry {
            to,
            zone: opening.zone,
            truth: opening.truth.min(admitted.from_outside),
            guarded: admitted.guarded,
            name: opening.says.as_str().into(),
            shown,
        });
    }
    let mut shown = vec![way];
    shown.extend(admitted.shown);
    let from = Node { resource: service.id, port: port.number };
    network.pass(Step { from, to, truth: admitted.from_cluster, guarded: admitted.guarded, shown });
}

/// How a Service is opened to the outside of its cluster.
fn opening(service: &Look<'_>) -> Option<Opening> {
    let kind = service.scalar("spec.type");
    let at = kind.path();
    if let Seen::Unknown(_) = kind {
        let says = format!("{} may be open to everybody", named(service));
        return Some(Opening { truth: Truth::Unknown, ..Opening::new(Zone::Internet, at, says) });
    }
    match kind.text() {
        Some("LoadBalancer") => Some(load_balancer(service, at)),
        Some("NodePort") => {
            Some(Opening::new(Zone::Private, at, format!("{} is open on every node of the cluster", named(service))))
        }
        _ if service.holds_some("spec.externalIPs") == Truth::True => {
            let at = Path::default().key("spec").key("externalIPs");
            Some(Opening::new(Zone::Private, at, format!("{} has external addresses", named(service))))
        }
        _ => None,
    }
}

/// Annotations that ask for an internal load balancer, and the values that do.
const INTERNAL: &[(&str, &[&str])] = &[
    ("service.beta.kubernetes.io/aws-load-balancer-internal", &["true", "0.0.0.0/0"]),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
    ("networking.gke.io/load-balancer-type", &["internal"]),
    ("cloud.google.com/load-balancer-type", &["internal"]),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", &["true"]),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", &["private"]),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", &["intranet"]),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/cce-load-balancer-internal-vpc", &["true"]),
];

/// Classes of load balancer that are private unless something says otherwise.
const PRIVATE_CLASSES: &[&str] = &["service.k8s.aws/nlb", "tailscale", "eks.amazonaws.com/nlb"];

fn load_balancer(service: &Look<'_>, at: Path) -> Opening {
    for (name, values) in INTERNAL {
        let seen = annotation(service, name);
        match seen.is_one_of(values) {
            Truth::True => {
                return Opening::new(
                    Zone::Private,
                    seen.path(),
                    format!("{} has an internal load balancer", named(service)),
                );
            }
            Truth::Unknown => {
                let says = format!("{} has a load balancer", named(service));
                return Opening { truth: Truth::Unknown, ..Opening::new(Zone::Internet, seen.path(), says) };
            }
            Truth::False => {}
        }
    }
    let scheme = annotation(service, "service.beta.kubernetes.io/aws-load-balancer-scheme");
    let controller = annotation(service, "service.beta.kubernetes.io/aws-load-balancer-type");
    let class = service.scalar("spec.loadBalancerClass");
    let is_private_by_default = class.text().is_some_and(|class| PRIVATE_CLASSES.contains(&class))
        || controller.text().is_some_and(|kind| matches!(kind, "external" | "nlb-ip"));
    if is_private_by_default && scheme == Seen::Absent {
        let says = format!("{} has a load balancer, internal by default", named(service));
        return Opening::new(Zone::Private, at, says);
    }
    let opening = Opening::new(Zone::Internet, at, format!("{} has a public load balancer", named(service)));
    let ranges = match list(service, "spec.loadBalancerSourceRanges") {
        Seen::Absent => annotation(service, "service.beta.kubernetes.io/load-balancer-source-ranges"),
        ranges => ranges,
    };
    opening.limited_to(&ranges)
}

/// A list of texts joined by commas, or one text; empty counts as absent.
fn list(object: &Look<'_>, path: &str) -> Seen {
    let Some(found) = object.find(path).into_iter().find(|found| !found.value.is_null()) else { return Seen::Absent };
    let at = found.path().clone();
    let texts = |items: &[Value]| items.iter().map(scalar_text).collect::<Option<Vec<_>>>();
    match found.value.as_list() {
        Some([]) => Seen::Absent,
        Some(items) => texts(items).map_or(Seen::Unknown(at.clone()), |all| Seen::Text(all.join(",").into(), at)),
        None => Seen::Unknown(at),
    }
}

fn ports(service: &Look<'_>) -> Vec<ServicePort> {
    let found = service.find("spec.ports.*");
    let ports: Vec<ServicePort> = found.iter().map(|port| read_port(&port.value, port.path())).collect();
    if ports.is_empty() {
        vec![ServicePort { number: None, name: None, target: Target::Unknown, on_nodes: None, at: Path::default() }]
    } else {
        ports
    }
}

fn read_port(port: &Value, at: &Path) -> ServicePort {
    let text = |key| port.get(key).and_then(scalar_text);
    let number = text("port").and_then(|port| port.parse().ok());
    let target = match (text("targetPort"), port.get("targetPort")) {
        (Some(target), _) => match target.parse() {
            Ok(0) => number.map_or(Target::Unknown, Target::Number),
            Ok(target) => Target::Number(target),
            Err(_) => Target::Name(target.to_string()),
        },
        (None, Some(target)) if !target.is_null() => Target::Unknown,
        _ => number.map_or(Target::Unknown, Target::Number),
    };
    let on_nodes = text("nodePort").and_then(|port| port.parse().ok()).filter(|port| *port != 0);
    ServicePort { number, name: text("name").map(|name| name.to_string()), target, on_nodes, at: at.clone() }
}

/// The numbers of a Service's ports that a backend means by number or name; all where it says none.
pub(super) fn meant(service: &Look<'_>, backend: Option<&str>) -> Vec<Option<u16>> {
    let fits = |port: &ServicePort| {
        backend.is_none_or(|backend| {
            port.name.as_deref() == Some(backend) || port.number.is_some_and(|number| number.to_string() == backend)
        })
    };
    let all = ports(service);
    let some: Vec<Option<u16>> = all.iter().filter(|port| fits(port)).map(|port| port.number).collect();
    if some.is_empty() { all.iter().map(|port| port.number).collect() } else { some }
}

fn container_port(workload: &Look<'_>, target: &Target) -> Option<u16> {
    match target {
        Target::Number(number) => Some(*number),
        Target::Unknown => None,
        Target::Name(name) => {
            let ports = workload.find("pod.containers.*.ports.*");
            let named = ports.iter().find(|port| port.value.get("name").and_then(Value::as_str) == Some(name))?;
            scalar_text(named.value.get("containerPort")?)?.parse().ok()
        }
    }
}

/// Steps from one thing to the ports of a Service.
pub(super) fn pass_to(
    from: ResourceId,
    service: &Look<'_>,
    backend: Option<&str>,
    guarded: Truth,
    shown: &[Evidence],
    network: &mut Network,
) {
    for port in meant(service, backend) {
        let to = Node { resource: service.id, port };
        network.pass(Step { from: from.into(), to, truth: Truth::True, guarded, shown: shown.to_vec() });
    }
}
