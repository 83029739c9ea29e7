use super::{Network, WORKLOAD, service};
use crate::facts::network::{Node, Step};
use crate::facts::{Evidence, Look};
use crate::graph::Graph;
use crate::query::scalar_text;
use crate::value::{Path, Truth};

/// Parts of the names of images that sign callers in and pass them on.
const PROXIES: &[&str] = &["oauth2-proxy", "oauth2_proxy", "oauth-proxy", "pomerium/", "gatekeeper", "kube-rbac-proxy"];
/// Options and variables that name what is behind the proxy.
const UPSTREAMS: &[&str] =
    &["--upstream", "-upstream", "OAUTH2_PROXY_UPSTREAMS", "--upstream-url", "PROXY_UPSTREAM_URL"];
/// Options that let everybody pass.
const OPEN_ROUTES: &[&str] =
    &["--skip-auth-route", "--skip-auth-regex", "-skip-auth-regex", "OAUTH2_PROXY_SKIP_AUTH_ROUTES"];

/// Steps through proxies that ask for a login: in front of a Service, or of a neighbor in the pod.
pub(super) fn collect(graph: &Graph, network: &mut Network) {
    for workload in Look::all(graph, &[WORKLOAD]) {
        for image in workload.find("pod.containers.*.image") {
            let Some(name) = image.value.as_str() else { continue };
            if !PROXIES.iter().any(|proxy| name.contains(proxy)) {
                continue;
            }
            let mut container = image.path().clone();
            container.0.pop();
            behind(&workload, &container, network);
        }
    }
}

/// A setting of a container: an option or variable, its value, and where it stands.
struct Setting {
    name: String,
    value: String,
    at: Path,
}

fn settings(workload: &Look<'_>, container: &Path) -> Vec<Setting> {
    let Some(value) = workload.resource().attributes.at(container) else { return Vec::new() };
    let mut found = Vec::new();
    for list in ["args", "command"] {
        let items = value.get(list).and_then(crate::value::Value::as_list).unwrap_or(&[]);
        for (index, item) in items.iter().enumerate() {
            let Some(text) = scalar_text(item) else { continue };
            let at = container.key(list).index(index);
            if let Some((name, value)) = text.split_once('=') {
                found.push(Setting { name: name.to_owned(), value: value.to_owned(), at });
            } else {
                let next = items.get(index + 1).and_then(scalar_text).unwrap_or_default();
                found.push(Setting { name: text.to_string(), value: next.to_string(), at });
            }
        }
    }
    let variables = value.get("env").and_then(crate::value::Value::as_list).unwrap_or(&[]);
    for (index, variable) in variables.iter().enumerate() {
        let text = |key| variable.get(key).and_then(scalar_text).unwrap_or_default().to_string();
        found.push(Setting { name: text("name"), value: text("value"), at: container.key("env").index(index) });
    }
    found
}

fn behind(workload: &Look<'_>, container: &Path, network: &mut Network) {
    let settings = settings(workload, container);
    let named =
        |names: &[&str]| settings.iter().filter(|setting| names.contains(&setting.name.as_str())).collect::<Vec<_>>();
    let is_open = named(OPEN_ROUTES)
        .iter()
        .any(|setting| matches!(setting.value.as_str(), ".*" | "^.*" | "/" | "^/" | "^/.*" | "/.*"));
    let (guarded, says) = if is_open {
        (Truth::False, "is a login proxy that lets every path pass")
    } else {
        (Truth::True, "signs callers in")
    };
    for upstream in named(UPSTREAMS) {
        for (host, port) in upstream.value.split(',').filter_map(host_and_port) {
            let shown = [Evidence::new(workload.id, upstream.at.clone(), says)];
            if ["localhost", "127.0.0.1", "[::1]"].contains(&host) {
                for own in own_ports(workload, container) {
                    let from = Node { resource: workload.id, port: Some(own) };
                    let to = Node { resource: workload.id, port: Some(port) };
                    network.pass(Step { from, to, truth: Truth::True, guarded, shown: shown.to_vec() });
                }
            } else if let Some(behind) = service_named(workload, host) {
                service::pass_to(workload.id, &behind, Some(&port.to_string()), guarded, &shown, network);
            }
        }
    }
}

/// The ports that the proxy's own container declares.
fn own_ports(workload: &Look<'_>, container: &Path) -> Vec<u16> {
    let value = workload.resource().attributes.at(container);
    let ports = value.and_then(|value| value.get("ports")?.as_list()).unwrap_or(&[]);
    let declared: Vec<u16> =
        ports.iter().filter_map(|port| scalar_text(port.get("containerPort")?)?.parse().ok()).collect();
    if declared.is_empty() { vec![4180, 8443] } else { declared }
}

fn host_and_port(url: &str) -> Option<(&str, u16)> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let host = rest.split('/').next()?;
    match host.rsplit_once(':') {
        Some((host, port)) => Some((host, port.parse().ok()?)),
        None => Some((host, if scheme == "https" { 443 } else { 80 })),
    }
}

fn service_named<'g>(workload: &Look<'g>, host: &str) -> Option<Look<'g>> {
    let mut parts = host.split('.');
    let (name, namespace) = (parts.next()?, parts.next());
    let scope = workload.resource().scope;
    let own = workload.scalar("metadata.namespace");
    Look::all(workload.graph, &["Service"]).into_iter().find(|service| {
        let resource = service.resource();
        let theirs = service.scalar("metadata.namespace");
        let is_meant = match (namespace, theirs.text()) {
            (Some(namespace), Some(theirs)) => namespace == theirs,
            _ => own.text().is_none() || theirs.text().is_none() || own.text() == theirs.text(),
        };
        resource.scope == scope && resource.name == name && is_meant
    })
}
