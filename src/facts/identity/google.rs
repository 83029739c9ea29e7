use rustc_hash::FxHashMap;

use super::rights::{Right, Rights};
use super::{Acting, VALUES, by_attribute, only};
use crate::facts::{Evidence, Look, Seen};
use crate::graph::{Graph, ResourceId};

/// Grants of a role on a project, folder or organization.
const GRANTS: &[&str] = &[
    "google_project_iam_member",
    "google_project_iam_binding",
    "google_folder_iam_member",
    "google_folder_iam_binding",
    "google_organization_iam_member",
    "google_organization_iam_binding",
];

/// Roles and what they give on a whole project.
const ROLES: &[(&str, &[Right])] = &[
    ("roles/owner", &[Right::Admin]),
    ("roles/editor", &[Right::Admin]),
    ("roles/iam.securityAdmin", &[Right::Escalates]),
    ("roles/resourcemanager.projectIamAdmin", &[Right::Escalates]),
    ("roles/iam.serviceAccountTokenCreator", &[Right::Escalates]),
    ("roles/iam.serviceAccountKeyAdmin", &[Right::Escalates]),
    ("roles/aiplatform.admin", &[Right::InvokesModels]),
    ("roles/aiplatform.user", &[Right::InvokesModels]),
    ("roles/secretmanager.admin", &[Right::ReadsSecrets]),
    ("roles/secretmanager.secretAccessor", &[Right::ReadsSecrets]),
    ("roles/storage.admin", &[Right::AllBuckets]),
    ("roles/storage.objectAdmin", &[Right::AllBuckets]),
];

/// What names a service account without acting as it.
const NO_ACTORS: &[&str] =
    &["google_service_account_key", "google_service_account_iam_member", "google_service_account_iam_binding"];

pub(super) fn collect(graph: &Graph, all: &mut Vec<Acting>) {
    for account in Look::all(graph, &["google_service_account"]) {
        let rights = rights(&account);
        for (edge, actor) in account.incoming(VALUES) {
            let kind = actor.resource().type_name.as_str();
            if !kind.starts_with("google_") || kind.contains("_iam_") || NO_ACTORS.contains(&kind) {
                continue;
            }
            let address = account.resource().address.to_string();
            let way = vec![Evidence::new(actor.id, edge.via.clone(), format!("acts as `{address}`"))];
            let (at, rights) = (edge.via.clone(), rights.clone());
            all.push(Acting { actor: actor.id, at, kind: "google", role: address, way, rights });
        }
    }
}

fn rights(account: &Look<'_>) -> Rights {
    let mut rights = Rights::default();
    for (_, grant) in account.incoming(VALUES).filter(|(_, from)| from.is_a(GRANTS)) {
        let role = grant.scalar("role");
        for (_, given) in ROLES.iter().filter(|(name, _)| role.text() == Some(name)) {
            for right in *given {
                let truth = crate::value::Truth::True;
                rights.add(*right, truth, Evidence::new(grant.id, role.path(), right.says()));
            }
        }
    }
    rights
}

/// Google service accounts by the name in their address.
pub(super) struct Accounts(FxHashMap<String, Vec<ResourceId>>);

impl Accounts {
    pub(super) fn of(graph: &Graph) -> Self {
        Self(by_attribute(graph, "google_service_account", "account_id"))
    }

    /// The account that a Kubernetes service account's annotation names.
    pub(super) fn behind(&self, object: &Look<'_>) -> Option<(Evidence, ResourceId, Rights)> {
        let seen = object.scalar("metadata.annotations[\"iam.gke.io/gcp-service-account\"]");
        if seen == Seen::Absent {
            return None;
        }
        let mut edges = object.outgoing(VALUES).filter(|(_, to)| to.is_a(&["google_service_account"]));
        let referred = edges.next().map(|(_, to)| to.id);
        let account = referred.or_else(|| only(&self.0, seen.text()?.split('@').next()?))?;
        let look = Look::at(object.graph, account);
        let says = format!("acts as `{}`", look.resource().address);
        Some((Evidence::new(object.id, seen.path(), says), account, rights(&look)))
    }
}
