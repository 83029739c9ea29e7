use super::{Network, Opening, WORKLOAD, Zone, admission, named};
use crate::facts::network::{Entry, Node};
use crate::facts::{Evidence, Look};
use crate::graph::Graph;
use crate::query::scalar_text;
use crate::value::{Path, Truth};

/// Ways into a pod that need no Service.
pub(super) fn collect(graph: &Graph, network: &mut Network) {
    for workload in Look::all(graph, &[WORKLOAD]) {
        node_ports(&workload, network);
        tunnels(&workload, network);
        served(&workload, network);
        ray(&workload, network);
    }
}

/// Ports of the node that lead into the pod.
fn node_ports(workload: &Look<'_>, network: &mut Network) {
    let on_host = workload.scalar("pod.hostNetwork");
    let is_on_host = on_host.text() == Some("true");
    for port in workload.find("pod.containers.*.ports.*") {
        let number = |key| port.value.get(key).and_then(scalar_text).and_then(|text| text.parse::<u16>().ok());
        let has_host_port = number("hostPort").is_some_and(|port| port > 0);
        let Some(inner) = number("containerPort").filter(|_| is_on_host || has_host_port) else { continue };
        let (at, says) = if has_host_port {
            (port.path().key("hostPort"), format!("port {inner} is open on the node"))
        } else {
            (on_host.path(), format!("shares the node's network, with port {inner} open"))
        };
        // A network policy does not hold for pods in the node's network.
        let admitted = if is_on_host { Truth::True } else { admission::of(workload, Some(inner)).from_outside };
        network.enter(Entry {
            to: Node { resource: workload.id, port: Some(inner) },
            zone: Zone::Private,
            truth: admitted,
            guarded: Truth::False,
            name: "a port of the node".into(),
            shown: vec![Evidence::new(workload.id, at, says)],
        });
    }
}

/// Repositories of images that open a tunnel to a public host name.
const TUNNELS: &[&str] = &["cloudflare/cloudflared", "ngrok/ngrok", "localxpose/localxpose", "inlets/inlets-pro"];

fn tunnels(workload: &Look<'_>, network: &mut Network) {
    for image in workload.find("pod.containers.*.image") {
        let Some(text) = image.value.as_str() else { continue };
        if !TUNNELS.iter().any(|tunnel| text.contains(tunnel)) {
            continue;
        }
        network.enter(Entry {
            to: workload.id.into(),
            zone: Zone::Internet,
            truth: Truth::True,
            guarded: Truth::Unknown,
            name: "a tunnel".into(),
            shown: vec![Evidence::new(workload.id, image.path().clone(), "opens a tunnel to a public host name")],
        });
    }
}

/// Labels that keep a served model inside the cluster.
const VISIBILITY: &[&str] = &["networking.kserve.io/visibility", "networking.knative.dev/visibility"];

/// How `KServe` runs a model.
const MODE: &str = "metadata.annotations[\"serving.kserve.io/deploymentMode\"]";

/// Knative and `KServe` give a service a host name at the cluster's ingress gateway. Who reaches
/// that gateway is not in the object, so that only its private side is certain. What `ModelMesh`
/// serves has no host of its own: callers name the model at one Service for all of them.
fn served(workload: &Look<'_>, network: &mut Network) {
    let group = workload.scalar("apiVersion");
    let is_served = |group: &str| group.starts_with("serving.kserve.io/") || group.starts_with("serving.knative.dev/");
    if !workload.is_a(&["InferenceService", "Service"]) || !group.text().is_some_and(is_served) {
        return;
    }
    let label = |name: &&str| workload.scalar(&format!("metadata.labels[\"{name}\"]")).is_one_of(&["cluster-local"]);
    let is_local = VISIBILITY.iter().map(label).max().unwrap_or(Truth::False);
    let is_shared = workload.scalar(MODE).is_one_of(&["ModelMesh"]);
    let admitted = admission::of(workload, None);
    let mut shown = vec![Evidence::new(workload.id, Path::default(), "is given a host name at the cluster's gateway")];
    shown.extend(admitted.shown);
    network.enter(Entry {
        to: workload.id.into(),
        zone: Zone::Private,
        truth: (!is_local).min(!is_shared).min(admitted.from_cluster),
        guarded: admitted.guarded,
        name: "the cluster's gateway".into(),
        shown,
    });
}

/// The Service and Ingress that the operator makes for the head of a Ray cluster.
fn ray(workload: &Look<'_>, network: &mut Network) {
    const PORTS: &[u16] = &[8265, 10001];
    if !workload.is_a(&["RayCluster", "RayService", "RayJob"]) {
        return;
    }
    for prefix in ["spec", "spec.rayClusterConfig", "spec.rayClusterSpec"] {
        let kind = workload.scalar(&format!("{prefix}.headGroupSpec.serviceType"));
        let opening = match kind.text() {
            Some("LoadBalancer") => Opening::new(
                Zone::Internet,
                kind.path(),
                format!("{} asks for a public load balancer", named(workload)),
            ),
            Some("NodePort") => {
                Opening::new(Zone::Private, kind.path(), format!("{} is open on every node", named(workload)))
            }
            _ => {
                let ingress = workload.scalar(&format!("{prefix}.headGroupSpec.enableIngress"));
                if ingress.text() != Some("true") {
                    continue;
                }
                Opening::new(Zone::Internet, ingress.path(), format!("{} asks for an Ingress", named(workload)))
            }
        };
        for port in PORTS {
            let admitted = admission::of(workload, Some(*port));
            let to = Node { resource: workload.id, port: Some(*port) };
            let opening = Opening {
                truth: opening.truth.min(admitted.from_outside),
                says: opening.says.clone(),
                at: opening.at.clone(),
                more: opening.more.clone(),
                ..opening
            };
            network.enter(opening.into_entry(to, workload.id, admitted.guarded, admitted.shown));
        }
    }
}
