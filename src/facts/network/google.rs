//! Ways into Google Cloud: Cloud Run, functions, instances, load balancers.

use super::{Entry, Network, Step, Zone, is_world};
use crate::facts::{Evidence, Look, Seen, VALUES};
use crate::graph::Graph;
use crate::value::{Path, Truth, Value};

/// Services that callers are let into by Cloud IAM: the attribute or annotation that limits
/// where calls come from, its values that keep the internet out, and the resources that grant calling.
const SERVICES: &[(&str, &str, &[&str])] = &[
    (
        "google_cloud_run_v2_service",
        "ingress",
        &["google_cloud_run_v2_service_iam_member", "google_cloud_run_v2_service_iam_binding"],
    ),
    (
        "google_cloud_run_service",
        "metadata.annotations[\"run.googleapis.com/ingress\"]",
        &["google_cloud_run_service_iam_member", "google_cloud_run_service_iam_binding"],
    ),
    (
        "google_cloudfunctions_function",
        "ingress_settings",
        &["google_cloudfunctions_function_iam_member", "google_cloudfunctions_function_iam_binding"],
    ),
    (
        "google_cloudfunctions2_function",
        "service_config.ingress_settings",
        &[
            "google_cloudfunctions2_function_iam_member",
            "google_cloudfunctions2_function_iam_binding",
            "google_cloud_run_service_iam_member",
            "google_cloud_run_v2_service_iam_member",
        ],
    ),
];

/// Adds what Google Cloud resources let in and pass on.
pub(super) fn collect(graph: &Graph, network: &mut Network) {
    for (kind, ingress, grants) in SERVICES {
        for service in Look::all(graph, &[kind]) {
            invoked(&service, ingress, grants, network);
        }
    }
    for instance in Look::all(graph, &["google_compute_instance"]) {
        addressed(&instance, network);
    }
    balanced(graph, network);
}

fn invoked(service: &Look<'_>, ingress: &str, grants: &[&str], network: &mut Network) {
    let seen = service.scalar(ingress);
    let is_open = seen.passes("all", |text| {
        let text = text.to_ascii_lowercase();
        !text.contains("internal")
    });
    let (open_to_all, mut shown) = public_callers(service, grants);
    let says = if open_to_all == Truth::True { "lets everybody call it" } else { "asks callers for a Google identity" };
    if shown.is_empty() {
        shown.push(Evidence::new(service.id, seen.path(), says));
    }
    let name = "service with a public address".into();
    let (to, guarded) = (service.id.into(), !open_to_all);
    network.enter(Entry { to, zone: Zone::Internet, truth: is_open, guarded, name, shown });
}

/// Whether everybody may call, and the grant that says so.
fn public_callers(service: &Look<'_>, grants: &[&str]) -> (Truth, Vec<Evidence>) {
    let disabled = service.scalar("invoker_iam_disabled");
    if disabled.text() == Some("true") {
        return (Truth::True, vec![Evidence::new(service.id, disabled.path(), "asks no caller who it is")]);
    }
    let mut truth = Truth::False;
    for (_, grant) in service.incoming(VALUES).filter(|(_, from)| from.is_a(grants)) {
        for path in ["member", "members"] {
            for found in grant.find(path) {
                let answer = holds_everybody(&found.value);
                if answer == Truth::True {
                    return (answer, vec![Evidence::new(grant.id, found.path().clone(), "lets everybody call it")]);
                }
                truth = truth.max(answer);
            }
        }
    }
    (truth, Vec::new())
}

fn holds_everybody(value: &Value) -> Truth {
    if let Some(items) = value.as_list() {
        return items.iter().map(holds_everybody).max().unwrap_or(Truth::False);
    }
    match value.as_str() {
        Some(text) => ["allUsers", "allAuthenticatedUsers"].contains(&text).into(),
        None if value.is_null() => Truth::False,
        None => Truth::Unknown,
    }
}

/// An instance with an external address that a firewall rule of its network leads to.
fn addressed(instance: &Look<'_>, network: &mut Network) {
    let Some(address) = instance.find("network_interface.*.access_config.*").into_iter().next() else { return };
    let tags: Vec<String> = texts(instance, "tags");
    let mut best: Option<(Truth, Zone, Evidence)> = None;
    for (_, net) in
        instance.outgoing(VALUES).filter(|(_, to)| to.is_a(&["google_compute_network", "google_compute_subnetwork"]))
    {
        let nets: Vec<Look<'_>> = if net.is_a(&["google_compute_network"]) {
            vec![net]
        } else {
            net.outgoing(VALUES).map(|(_, to)| to).filter(|to| to.is_a(&["google_compute_network"])).collect()
        };
        for net in nets {
            let rules =
                net.incoming(VALUES).map(|(_, from)| from).filter(|from| from.is_a(&["google_compute_firewall"]));
            for rule in rules {
                let Some((truth, zone, shown)) = admitted(&rule, &tags) else { continue };
                if best.as_ref().is_none_or(|(t, z, _)| (truth, zone) > (*t, *z)) {
                    best = Some((truth, zone, shown));
                }
            }
        }
    }
    let Some((truth, zone, rule)) = best else { return };
    let says = "instance with a public address";
    let shown = vec![Evidence::new(instance.id, address.path().clone(), says), rule];
    network.enter(Entry { to: instance.id.into(), zone, truth, guarded: Truth::False, name: says.into(), shown });
}

fn admitted(rule: &Look<'_>, tags: &[String]) -> Option<(Truth, Zone, Evidence)> {
    let is_ingress = rule.scalar("direction").passes("INGRESS", |text| text.eq_ignore_ascii_case("ingress"));
    let allows = rule.holds_some("allow");
    let is_on = !rule.is_on("disabled", false);
    let wanted = texts(rule, "target_tags");
    if !wanted.is_empty() && !wanted.iter().any(|tag| tags.contains(tag)) {
        return None;
    }
    let truth = is_ingress.min(allows).min(is_on);
    let ranges = texts(rule, "source_ranges");
    let at = Path::default().key("source_ranges");
    let is_open = ranges.iter().any(|range| is_world(range));
    let (zone, says) = if is_open {
        (Zone::Internet, "the firewall lets everybody in")
    } else {
        (Zone::Private, "the firewall lets only some addresses in")
    };
    (truth != Truth::False).then(|| (truth, zone, Evidence::new(rule.id, at, says)))
}

fn texts(look: &Look<'_>, path: &str) -> Vec<String> {
    look.find(&format!("{path}.*")).iter().filter_map(|found| found.value.as_str().map(str::to_owned)).collect()
}

/// Parts of a load balancer that pass everything on.
const CHAIN: &[&str] = &[
    "google_compute_target_http_proxy",
    "google_compute_target_https_proxy",
    "google_compute_region_target_http_proxy",
    "google_compute_region_target_https_proxy",
    "google_compute_url_map",
    "google_compute_region_url_map",
    "google_compute_region_network_endpoint_group",
    "google_compute_instance_group",
];

/// Forwarding rule, proxy, URL map, backend service, group, service.
fn balanced(graph: &Graph, network: &mut Network) {
    for rule in Look::all(graph, &["google_compute_global_forwarding_rule", "google_compute_forwarding_rule"]) {
        let scheme = rule.scalar("load_balancing_scheme");
        let (zone, truth) = match scheme.passes("EXTERNAL", |text| text.starts_with("EXTERNAL")) {
            Truth::True => (Zone::Internet, Truth::True),
            Truth::Unknown => (Zone::Internet, Truth::Unknown),
            Truth::False => (Zone::Private, Truth::True),
        };
        let says = if zone == Zone::Internet { "public load balancer" } else { "internal load balancer" };
        let shown = vec![Evidence::new(rule.id, scheme.path(), says)];
        network.enter(Entry { to: rule.id.into(), zone, truth, guarded: Truth::False, name: says.into(), shown });
        pass_all(&rule, network, &Seen::Absent);
    }
    for link in Look::all(graph, CHAIN) {
        pass_all(&link, network, &Seen::Absent);
    }
    for backend in Look::all(graph, &["google_compute_backend_service", "google_compute_region_backend_service"]) {
        let iap = backend.find("iap.*").into_iter().next();
        let login = match iap {
            Some(found) if found.value.get("enabled").and_then(Value::as_bool) != Some(false) => {
                Seen::Text("iap".into(), found.path().clone())
            }
            _ => Seen::Absent,
        };
        pass_all(&backend, network, &login);
    }
}

/// Steps to all that a part of a load balancer leads to.
fn pass_all(from: &Look<'_>, network: &mut Network, login: &Seen) {
    const TARGETS: &[&str] = &[
        "google_compute_target_http_proxy",
        "google_compute_target_https_proxy",
        "google_compute_region_target_http_proxy",
        "google_compute_region_target_https_proxy",
        "google_compute_url_map",
        "google_compute_region_url_map",
        "google_compute_backend_service",
        "google_compute_region_backend_service",
        "google_compute_region_network_endpoint_group",
        "google_compute_instance_group",
        "google_compute_instance",
        "google_cloud_run_v2_service",
        "google_cloud_run_service",
        "google_cloudfunctions_function",
        "google_cloudfunctions2_function",
    ];
    let guarded = Truth::from(*login != Seen::Absent);
    for (edge, to) in from.outgoing(VALUES).filter(|(_, to)| to.is_a(TARGETS)) {
        let mut shown = vec![Evidence::new(from.id, edge.via.clone(), "passes on to it")];
        if guarded == Truth::True {
            shown.insert(0, Evidence::new(from.id, login.path(), "signs callers in by Identity-Aware Proxy"));
        }
        network.pass(Step { from: from.id.into(), to: to.id.into(), truth: Truth::True, guarded, shown });
    }
}
