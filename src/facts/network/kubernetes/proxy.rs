use super::{Network, WORKLOAD, service};
use crate::facts::network::{Node, Step};
use crate::facts::products::{Container, Set, containers, setting, settings};
use crate::facts::{Evidence, Look};
use crate::graph::Graph;
use crate::value::Truth;

/// Parts of the names of images that sign callers in and pass them on.
const PROXIES: &[&str] = &["oauth2-proxy", "oauth2_proxy", "oauth-proxy", "pomerium/", "gatekeeper", "kube-rbac-proxy"];
/// Options and variables that name what is behind the proxy.
const UPSTREAMS: &[(&str, &str)] = &[("upstream", "OAUTH2_PROXY_UPSTREAMS"), ("upstream-url", "PROXY_UPSTREAM_URL")];
/// Options and variables that let callers pass by the paths that they ask for.
const SKIPS: &[(&str, &str)] =
    &[("skip-auth-route", "OAUTH2_PROXY_SKIP_AUTH_ROUTES"), ("skip-auth-regex", "OAUTH2_PROXY_SKIP_AUTH_REGEX")];
/// Paths that are every path.
const EVERY_PATH: &[&str] = &[".*", "^.*", "/", "^/", "^/.*", "/.*"];
/// Where proxies listen whose container declares no port.
const USUAL_PORTS: &[u16] = &[4180, 8443];

/// Steps through proxies that ask for a login: in front of a Service, or of a neighbor in the pod.
pub(super) fn collect(graph: &Graph, network: &mut Network) {
    for workload in Look::all(graph, &[WORKLOAD]) {
        for container in containers(&workload) {
            let image = container.image.as_ref().and_then(|(image, _)| image.as_str());
            if image.is_some_and(|image| PROXIES.iter().any(|proxy| image.contains(proxy))) {
                behind(&workload, &container, network);
            }
        }
    }
}

fn behind(workload: &Look<'_>, container: &Container, network: &mut Network) {
    let of = |names: &[(&str, &str)]| -> Vec<Set> {
        let options = names.iter().flat_map(|(option, _)| settings(option, container));
        let variables = names.iter().map(|(_, variable)| setting(variable, *workload, container));
        // That a whole map which is not in the code may bring a variable is no reason for doubt.
        options.chain(variables.filter(|set| !matches!(set, Set::Maybe(_)))).collect()
    };
    let guarded = of(SKIPS).iter().map(asks).min().unwrap_or(Truth::True);
    let says = match guarded {
        Truth::False => "is a login proxy that lets every path pass",
        Truth::Unknown => "is a login proxy that may let every path pass",
        Truth::True => "signs callers in",
    };
    for upstream in of(UPSTREAMS) {
        let Set::To(urls, at) = upstream else { continue };
        for (host, port) in urls.split(',').filter_map(host_and_port) {
            let shown = [Evidence::new(workload.id, at.clone(), says)];
            if ["localhost", "127.0.0.1", "[::1]"].contains(&host) {
                let own = if container.ports.is_empty() { USUAL_PORTS } else { &container.ports };
                for own in own {
                    let from = Node { resource: workload.id, port: Some(*own) };
                    let to = Node { resource: workload.id, port: Some(port) };
                    network.pass(Step { from, to, truth: Truth::True, guarded, shown: shown.to_vec() });
                }
            } else if let Some(behind) = service_named(workload, host) {
                service::pass_to(workload.id, &behind, Some(&port.to_string()), guarded, &shown, network);
            }
        }
    }
}

/// Whether callers are asked for a login in spite of a setting that lets some paths pass.
fn asks(skip: &Set) -> Truth {
    match skip {
        Set::To(paths, _) if paths.split(',').any(|path| EVERY_PATH.contains(&path.trim())) => Truth::False,
        Set::To(..) | Set::No => Truth::True,
        Set::Hidden(_) | Set::Maybe(_) => Truth::Unknown,
    }
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
