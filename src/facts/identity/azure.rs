use super::rights::{Right, Rights};
use super::{Acting, VALUES};
use crate::facts::{Evidence, Look};
use crate::graph::Graph;
use crate::value::Truth;

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

/// A role assignment names its principal: what has an identity of its own, or an identity that
/// others use. A right over one resource group or resource is no right over everything.
pub(super) fn collect(graph: &Graph, all: &mut Vec<Acting>) {
    for assignment in Look::all(graph, &["azurerm_role_assignment"]) {
        let role = assignment.scalar("role_definition_name");
        let Some(name) = role.text() else { continue };
        let Some((_, given)) = ROLES.iter().find(|(known, _)| *known == name) else { continue };
        let is_wide = is_wide(&assignment);
        let mut rights = Rights::default();
        for right in *given {
            let needs_width = !matches!(right, Right::InvokesModels);
            if is_wide || !needs_width {
                rights.add(*right, Truth::True, Evidence::new(assignment.id, role.path(), right.says()));
            }
        }
        for (edge, principal) in assignment.outgoing(VALUES).filter(|(edge, _)| edge.via.to_string() == "principal_id")
        {
            let says = format!("gives `{}` the role {name}", principal.resource().address);
            let grant = Evidence::new(assignment.id, edge.via.clone(), says);
            if principal.is_a(&["azurerm_user_assigned_identity"]) {
                for (via, actor) in
                    principal.incoming(VALUES).filter(|(via, _)| via.via.to_string().starts_with("identity"))
                {
                    let says = format!("acts as `{}`", principal.resource().address);
                    let way = vec![Evidence::new(actor.id, via.via.clone(), says), grant.clone()];
                    let (at, rights) = (via.via.clone(), rights.clone());
                    all.push(Acting { actor: actor.id, at, kind: "azure", role: name.to_owned(), way, rights });
                }
            } else {
                let at = crate::value::Path::default().key("identity");
                let rights = rights.clone();
                all.push(Acting {
                    actor: principal.id,
                    at,
                    kind: "azure",
                    role: name.to_owned(),
                    way: vec![grant],
                    rights,
                });
            }
        }
    }
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
