use super::Acting;
use super::aws::{self, Roles};
use super::azure;
use super::google::Accounts;
use super::rights::{Right, Rights};
use crate::facts::{Evidence, Look, Seen};
use crate::graph::{EdgeKind, Graph};
use crate::value::{Path, Truth, Value};

/// Workloads act as their service account: in the cluster, and in the cloud where it is joined to
/// an identity there.
pub(super) fn collect(graph: &Graph, roles: &Roles, all: &mut Vec<Acting>) {
    let accounts = Accounts::of(graph);
    let federated = azure::Federated::of(graph);
    for workload in Look::all(graph, &["workload"]) {
        for (edge, account) in workload.outgoing(&[EdgeKind::RunsAs]) {
            let says = format!("runs as `{}`", account.resource().address);
            let first = Evidence::new(workload.id, edge.via.clone(), says);
            let acting = |kind, role: String, more: Vec<Evidence>, rights| Acting {
                actor: workload.id,
                at: edge.via.clone(),
                kind,
                role,
                way: std::iter::once(first.clone()).chain(more).collect(),
                rights,
            };
            if let Some((shown, role)) = aws::of_service_account(&account, roles) {
                let name = graph.resource(role).address.to_string();
                all.push(acting("aws", name, vec![shown], roles.rights(role)));
            }
            if let Some((shown, google, rights)) = accounts.behind(&account) {
                let name = graph.resource(google).address.to_string();
                all.push(acting("google", name, vec![shown], rights));
            }
            if azure::asks_for_token(&workload) {
                for (mut way, grant) in federated.grants(&account) {
                    way.push(grant.shown);
                    all.push(acting("azure", grant.role, way, grant.rights));
                }
            }
            if is_mounted(&workload, &account) {
                let rights = in_cluster(&account);
                all.push(acting("kubernetes", account.resource().address.to_string(), Vec::new(), rights));
            }
        }
    }
}

/// Whether the token of the account is given to the pod: the pod's own word counts first.
fn is_mounted(workload: &Look<'_>, account: &Look<'_>) -> bool {
    match workload.scalar("pod.automountServiceAccountToken") {
        Seen::Text(text, _) => text == "true",
        _ => account.scalar("automountServiceAccountToken").text() != Some("false"),
    }
}

fn in_cluster(account: &Look<'_>) -> Rights {
    let mut rights = Rights::default();
    for (_, binding) in account.incoming(&[EdgeKind::Grants]) {
        let role = binding.scalar("roleRef.name");
        if role.text() == Some("cluster-admin") {
            rights.add(Right::Admin, Truth::True, Evidence::new(binding.id, role.path(), Right::Admin.says()));
        }
        let granted = binding.outgoing(&[EdgeKind::Grants]).filter(|(_, to)| to.is_a(&["Role", "ClusterRole"]));
        for (_, role) in granted {
            for rule in role.find("rules.*") {
                of_rule(&rule.value, &role, rule.path(), &mut rights);
            }
        }
    }
    rights
}

fn of_rule(granted: &Value, role: &Look<'_>, at: &Path, rights: &mut Rights) {
    let has = |key: &str, wanted: &[&str]| {
        let items = granted.get(key).and_then(Value::as_list).unwrap_or(&[]);
        items.iter().filter_map(Value::as_str).any(|text| text == "*" || wanted.contains(&text))
    };
    let is_every = |key: &str| has(key, &[]);
    let shown = |right: Right| Evidence::new(role.id, at.clone(), right.says());
    let is_limited = granted.get("resourceNames").and_then(Value::as_list).is_some_and(|names| !names.is_empty());
    if is_limited {
        return;
    }
    if is_every("verbs") && is_every("resources") {
        rights.add(Right::Admin, Truth::True, shown(Right::Admin));
    }
    if has("resources", &["secrets"]) && has("verbs", &["get", "list", "watch"]) {
        rights.add(Right::ReadsSecrets, Truth::True, shown(Right::ReadsSecrets));
    }
    let is_about_roles = has("resources", &["roles", "clusterroles", "rolebindings", "clusterrolebindings"]);
    let is_about_people = has("resources", &["users", "groups", "serviceaccounts"]);
    let makes_pods = has("resources", &["pods/exec"]) && has("verbs", &["create", "get"]);
    if (is_about_roles && has("verbs", &["escalate", "bind"]))
        || (is_about_people && has("verbs", &["impersonate"]))
        || makes_pods
    {
        rights.add(Right::Escalates, Truth::True, shown(Right::Escalates));
    }
}
