use super::guard;
use crate::facts::{Evidence, Look};
use crate::graph::EdgeKind;
use crate::query::scalar_text;
use crate::value::{Data, Truth, Value};

/// What is let in to a port of a workload.
#[derive(Clone, Debug)]
pub(super) struct Admission {
    /// Whether addresses outside of the cluster are.
    pub(super) from_outside: Truth,
    /// Whether pods of the cluster are, some of them.
    pub(super) from_cluster: Truth,
    /// Whether the mesh asks for a login.
    pub(super) guarded: Truth,
    /// What shows the login.
    pub(super) shown: Vec<Evidence>,
}

/// By the network policies and mesh policies that select the workload. One of which it is not known
/// whether it does leaves open what it would change.
pub(super) fn of(workload: &Look<'_>, port: Option<u16>) -> Admission {
    let mut is_selected = false;
    let (mut outside, mut cluster) = (Truth::False, Truth::False);
    let policies = workload.incoming(&[EdgeKind::Selects]).filter(|(_, policy)| policy.is_a(&["NetworkPolicy"]));
    for (_, policy) in policies.filter(|(_, policy)| is_about_ingress(policy)) {
        is_selected = true;
        let (from_outside, from_cluster) = let_in(&policy, port);
        (outside, cluster) = (outside.max(from_outside), cluster.max(from_cluster));
    }
    if !is_selected {
        (outside, cluster) = (Truth::True, Truth::True);
    }
    let possible = workload.incoming(&[EdgeKind::MaySelect]).map(|(_, policy)| policy);
    for policy in possible.filter(is_about_ingress) {
        let (from_outside, from_cluster) = let_in(&policy, port);
        // Among others a policy adds what it lets in; alone it cuts off the rest.
        let with = |known: Truth, admits: Truth| {
            if is_selected { known.max(admits.min(Truth::Unknown)) } else { known.min(admits.max(Truth::Unknown)) }
        };
        (outside, cluster) = (with(outside, from_outside), with(cluster, from_cluster));
    }
    let (guarded, shown) = guard::of_mesh(workload);
    Admission { from_outside: outside, from_cluster: cluster, guarded, shown }
}

/// What the rules of a policy let in from outside of the cluster, and from within.
fn let_in(policy: &Look<'_>, port: Option<u16>) -> (Truth, Truth) {
    let rules = policy.find("spec.ingress.*");
    let of_rule = |rule: &Value| {
        let covers = covers(rule, port);
        let (outside, cluster) = peers(rule);
        (covers.min(outside), covers.min(cluster))
    };
    rules
        .iter()
        .map(|rule| of_rule(&rule.value))
        .fold((Truth::False, Truth::False), |(outside, cluster), rule| (outside.max(rule.0), cluster.max(rule.1)))
}

/// Without `policyTypes` a policy is about what comes in.
fn is_about_ingress(policy: &Look<'_>) -> bool {
    let types = policy.find("spec.policyTypes.*");
    types.is_empty() || types.iter().any(|kind| kind.value.as_str() == Some("Ingress"))
}

fn covers(rule: &Value, port: Option<u16>) -> Truth {
    let Some(ports) = rule.get("ports").filter(|ports| !ports.is_null()) else { return Truth::True };
    let Some(port) = port else { return Truth::Unknown };
    let Some(items) = ports.as_list() else { return Truth::Unknown };
    if items.is_empty() {
        return Truth::True;
    }
    items.iter().map(|item| is_within(item, port)).max().unwrap_or(Truth::False)
}

fn is_within(item: &Value, port: u16) -> Truth {
    let number =
        |key| item.get(key).filter(|value: &&Value| !value.is_null()).map(|value| scalar_text(value)?.parse().ok());
    match (number("port"), number("endPort")) {
        (None, _) => Truth::True,
        (Some(None), _) | (_, Some(None)) => Truth::Unknown,
        (Some(Some(first)), last) => (first..=last.flatten().unwrap_or(first)).contains(&port).into(),
    }
}

/// Whether a rule lets in addresses outside of the cluster, and pods of the cluster.
fn peers(rule: &Value) -> (Truth, Truth) {
    let Some(from) = rule.get("from").filter(|from| !from.is_null()) else { return (Truth::True, Truth::True) };
    let Some(items) = from.as_list() else { return (Truth::Unknown, Truth::Unknown) };
    if items.is_empty() {
        return (Truth::True, Truth::True);
    }
    let (mut outside, mut cluster) = (Truth::False, Truth::False);
    for item in items {
        match item.get("ipBlock").and_then(|block| block.get("cidr")) {
            Some(cidr) => match &cidr.data {
                Data::String(text) if super::is_world(text.trim()) => (outside, cluster) = (Truth::True, Truth::True),
                Data::Unknown(_) => outside = outside.max(Truth::Unknown),
                _ => {}
            },
            None => cluster = Truth::True,
        }
    }
    (outside, cluster)
}
