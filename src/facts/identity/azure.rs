use super::rights::{Right, Rights};
use super::{Acting, VALUES};
use crate::facts::{Evidence, Look, Seen};
use crate::graph::{Edge, Graph};
use crate::value::{Path, Truth};

const IDENTITY: &[&str] = &["azurerm_user_assigned_identity"];

/// Roles and what they give.
const ROLES: &[(&str, &[Right])] = &[
    ("Owner", &[Right::Admin]),
    ("Contributor", &[Right::Admin]),
    ("User Access Administrator", &[Right::Escalates]),
    ("Role Based Access Control Administrator", &[Right::Escalates]),
    ("Cognitive Services OpenAI User", &[Right::InvokesModels]),
    ("Cognitive Services OpenAI Contributor", &[Right::InvokesModels]),
    ("Cognitive Services Contributor", &[Right::InvokesModels]),
    ("Azure AI Developer", &[Right::InvokesModels]),
    ("Key Vault Administrator", &[Right::ReadsSecrets]),
    ("Key Vault Secrets User", &[Right::ReadsSecrets]),
    ("Storage Blob Data Owner", &[Right::AllBuckets]),
    ("Storage Blob Data Contributor", &[Right::AllBuckets]),
];

/// A role that is given to a principal.
pub(super) struct Grant<'g> {
    principal: Look<'g>,
    /// The role's name.
    pub(super) role: String,
    pub(super) shown: Evidence,
    pub(super) rights: Rights,
}

/// A role assignment names its principal: what has an identity of its own, or an identity that
/// others use.
pub(super) fn collect(graph: &Graph, all: &mut Vec<Acting>) {
    for grant in Look::all(graph, &["azurerm_role_assignment"]).iter().flat_map(grants) {
        let Grant { principal, role, shown, rights } = grant;
        if principal.is_a(IDENTITY) {
            let users = principal.incoming(VALUES).filter(|(via, _)| via.via.to_string().starts_with("identity"));
            for (via, actor) in users {
                let says = format!("acts as `{}`", principal.resource().address);
                let way = vec![Evidence::new(actor.id, via.via.clone(), says), shown.clone()];
                let (at, role, rights) = (via.via.clone(), role.clone(), rights.clone());
                all.push(Acting { actor: actor.id, at, kind: "azure", role, way, rights });
            }
        } else {
            let at = Path::default().key("identity");
            all.push(Acting { actor: principal.id, at, kind: "azure", role, way: vec![shown], rights });
        }
    }
}

/// What a role assignment gives. A right over one resource group or resource is no right over
/// everything.
fn grants<'g>(assignment: &Look<'g>) -> Vec<Grant<'g>> {
    let role = assignment.scalar("role_definition_name");
    let Some((name, given)) = ROLES.iter().find(|(known, _)| role.text() == Some(known)) else { return Vec::new() };
    let is_wide = is_wide(assignment);
    let mut rights = Rights::default();
    for right in given.iter().filter(|right| is_wide || matches!(right, Right::InvokesModels)) {
        rights.add(*right, Truth::True, Evidence::new(assignment.id, role.path(), right.says()));
    }
    let principals = assignment.outgoing(VALUES).filter(|(edge, _)| edge.via.to_string() == "principal_id");
    let grant = |(edge, principal): (&Edge, Look<'g>)| {
        let says = format!("gives `{}` the role {name}", principal.resource().address);
        let shown = Evidence::new(assignment.id, edge.via.clone(), says);
        Grant { principal, role: (*name).to_owned(), shown, rights: rights.clone() }
    };
    principals.map(grant).collect()
}

/// Identities that trust Kubernetes service accounts, by the subject of the credential.
pub(super) struct Federated<'g>(Vec<(String, Look<'g>, Look<'g>)>);

impl<'g> Federated<'g> {
    pub(super) fn of(graph: &'g Graph) -> Self {
        let credentials = Look::all(graph, &["azurerm_federated_identity_credential"]).into_iter();
        Self(
            credentials
                .filter_map(|credential| {
                    let subject = credential.scalar("subject").text()?.to_owned();
                    let mut owners = credential.outgoing(VALUES).map(|(_, to)| to).filter(|to| to.is_a(IDENTITY));
                    Some((subject, credential, owners.next()?))
                })
                .collect(),
        )
    }

    /// The identity that a service account's pods act as, and what shows it: the one that its
    /// annotation comes from, or the one whose credential names the account. Its annotation is
    /// needed in either case.
    fn behind(&self, account: &Look<'g>) -> Option<(Vec<Evidence>, Look<'g>)> {
        let seen = account.scalar("metadata.annotations[\"azure.workload.identity/client-id\"]");
        if seen == Seen::Absent {
            return None;
        }
        let says = |identity: &Look<'_>| format!("acts as `{}`", identity.resource().address);
        let mut named = account.outgoing(VALUES).filter(|(edge, to)| edge.via == seen.path() && to.is_a(IDENTITY));
        if let Some((_, identity)) = named.next() {
            return Some((vec![Evidence::new(account.id, seen.path(), says(&identity))], identity));
        }
        let mut meant = self.0.iter().filter(|(subject, ..)| is_subject(subject, account));
        let (_, credential, identity) = meant.next()?;
        let is_other = identity.scalar("client_id").text().is_some_and(|own| seen.text().is_some_and(|id| id != own));
        if is_other || meant.any(|(_, _, other)| other.id != identity.id) {
            return None;
        }
        let at = Path::default().key("subject");
        let trusts = Evidence::new(credential.id, at, format!("`{}` trusts it", identity.resource().address));
        Some((vec![Evidence::new(account.id, seen.path(), says(identity)), trusts], *identity))
    }

    /// The roles of the identity behind a service account, each with the way from the account.
    pub(super) fn grants(&self, account: &Look<'g>) -> Vec<(Vec<Evidence>, Grant<'g>)> {
        let Some((way, identity)) = self.behind(account) else { return Vec::new() };
        let assignments = identity.incoming(VALUES).map(|(_, from)| from);
        let assignments = assignments.filter(|from| from.is_a(&["azurerm_role_assignment"]));
        let given = assignments.flat_map(|assignment| grants(&assignment));
        given.filter(|grant| grant.principal.id == identity.id).map(|grant| (way.clone(), grant)).collect()
    }
}

/// Whether the subject `system:serviceaccount:NAMESPACE:NAME` is an account.
fn is_subject(subject: &str, account: &Look<'_>) -> bool {
    let Some((namespace, name)) = subject.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    let own_name = account.scalar("metadata.name");
    let own_namespace = account.scalar("metadata.namespace");
    own_name.text() == Some(name) && own_namespace.text().is_none_or(|own| own == namespace)
}

/// Whether the pods of a workload ask for the token that stands for an identity.
pub(super) fn asks_for_token(workload: &Look<'_>) -> bool {
    workload.scalar("pod.labels[\"azure.workload.identity/use\"]").text() == Some("true")
}

/// Whether the scope is a subscription or management group.
fn is_wide(assignment: &Look<'_>) -> bool {
    let by_reference = assignment.outgoing(VALUES).any(|(edge, to)| {
        edge.via.to_string() == "scope"
            && to.is_a(&[
                "data.azurerm_subscription",
                "azurerm_subscription",
                "azurerm_management_group",
                "data.azurerm_management_group",
            ])
    });
    let text = assignment.scalar("scope");
    let is_subscription =
        |scope: &str| scope.starts_with("/subscriptions/") && scope.trim_end_matches('/').matches('/').count() == 2;
    by_reference || text.text().is_some_and(is_subscription)
}
