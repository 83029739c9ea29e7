use rustc_hash::FxHashMap;

use super::rights::{Right, Rights};
use super::{Acting, ByName, VALUES, by_attribute, only};
use crate::facts::{Evidence, Look};
use crate::graph::{Graph, ResourceId};
use crate::query::{self, PathExpr, policy};
use crate::value::{Path, Truth, Value};

/// What acts as a role, and the attribute that names it.
const ACTORS: &[(&str, &str)] = &[
    ("aws_lambda_function", "role"),
    ("aws_ecs_task_definition", "task_role_arn"),
    ("aws_instance", "iam_instance_profile"),
    ("aws_launch_template", "iam_instance_profile"),
    ("aws_sagemaker_notebook_instance", "role_arn"),
    ("aws_sagemaker_domain", "default_user_settings"),
    ("aws_sagemaker_user_profile", "user_settings"),
    ("aws_sagemaker_model", "execution_role_arn"),
    ("aws_sagemaker_mlflow_tracking_server", "role_arn"),
    ("aws_sagemaker_pipeline", "role_arn"),
    ("aws_bedrockagent_agent", "agent_resource_role_arn"),
    ("aws_bedrockagent_knowledge_base", "role_arn"),
    ("aws_bedrockagent_flow", "execution_role_arn"),
    ("aws_bedrockagentcore_agent_runtime", "role_arn"),
    ("aws_bedrockagentcore_gateway", "role_arn"),
    ("aws_bedrockagentcore_code_interpreter", "execution_role_arn"),
    ("aws_bedrockagentcore_browser", "execution_role_arn"),
    ("aws_apprunner_service", "instance_configuration"),
    ("aws_glue_job", "role_arn"),
    ("aws_sfn_state_machine", "role_arn"),
    ("aws_codebuild_project", "service_role"),
    ("aws_eks_pod_identity_association", "role_arn"),
];

/// Roles of the graph, by address and by name.
pub(super) struct Roles {
    by_name: ByName,
    rights: FxHashMap<ResourceId, Rights>,
}

impl Roles {
    pub(super) fn of(graph: &Graph) -> Self {
        let mut rights = FxHashMap::default();
        for role in Look::all(graph, &["aws_iam_role"]) {
            rights.insert(role.id, of_role(&role));
        }
        Self { by_name: by_attribute(graph, "aws_iam_role", "name"), rights }
    }

    pub(super) fn rights(&self, role: ResourceId) -> Rights {
        self.rights.get(&role).cloned().unwrap_or_default()
    }

    /// The role that an ARN names, if the graph has just one of that name.
    pub(super) fn named(&self, arn: &str) -> Option<ResourceId> {
        let (_, name) = arn.split_once(":role/")?;
        only(&self.by_name, name.rsplit('/').next().unwrap_or(name))
    }
}

pub(super) fn collect(graph: &Graph, roles: &Roles, all: &mut Vec<Acting>) {
    for (kind, attribute) in ACTORS {
        for actor in Look::all(graph, &[kind]) {
            for (via, role) in roles_behind(&actor, attribute, roles) {
                let look = Look::at(graph, role);
                let says = format!("acts as `{}`", look.resource().address);
                let way = vec![Evidence::new(actor.id, via.clone(), says)];
                let role = look.resource().address.to_string();
                all.push(Acting { actor: actor.id, at: via, kind: "aws", role, way, rights: roles.rights(look.id) });
            }
        }
    }
}

/// Roles that an attribute leads to, directly or by an instance profile, or that it names by ARN.
fn roles_behind(actor: &Look<'_>, attribute: &str, roles: &Roles) -> Vec<(Path, ResourceId)> {
    let mut found = Vec::new();
    for (edge, to) in actor.outgoing(VALUES).filter(|(edge, _)| edge.via.to_string().starts_with(attribute)) {
        if to.is_a(&["aws_iam_role"]) {
            found.push((edge.via.clone(), to.id));
        } else if to.is_a(&["aws_iam_instance_profile"]) {
            let behind = to.outgoing(VALUES).filter(|(_, role)| role.is_a(&["aws_iam_role"]));
            found.extend(behind.map(|(_, role)| (edge.via.clone(), role.id)));
        }
    }
    if found.is_empty() {
        let seen = actor.scalar(attribute);
        found.extend(seen.text().and_then(|arn| roles.named(arn)).map(|role| (seen.path(), role)));
    }
    found.sort();
    found.dedup_by(|a, b| a.1 == b.1);
    found
}

/// Policies of AWS by the end of their ARN, and what they give.
const MANAGED: &[(&str, &[Right])] = &[
    ("/AdministratorAccess", &[Right::Admin]),
    ("/PowerUserAccess", &[Right::ReadsSecrets, Right::AllBuckets, Right::InvokesModels]),
    ("/IAMFullAccess", &[Right::Escalates]),
    ("/AmazonS3FullAccess", &[Right::AllBuckets]),
    ("/AmazonSageMakerFullAccess", &[Right::InvokesModels]),
    ("/AmazonBedrockFullAccess", &[Right::InvokesModels]),
    ("/SecretsManagerReadWrite", &[Right::ReadsSecrets]),
];

fn of_role(role: &Look<'_>) -> Rights {
    let mut rights = Rights::default();
    for found in role.find("managed_policy_arns.*") {
        managed(&found.value, role.id, found.path(), &mut rights);
    }
    for found in role.find("inline_policy.*.policy") {
        document(&found.value, role.id, found.path(), &mut rights);
    }
    for (_, grant) in role.incoming(VALUES) {
        if grant.is_a(&["aws_iam_role_policy"]) {
            let at = Path::default().key("policy");
            if let Some(value) = grant.resource().attributes.get("policy") {
                document(value, grant.id, &at, &mut rights);
            }
        } else if grant.is_a(&["aws_iam_role_policy_attachment", "aws_iam_policy_attachment"]) {
            let at = Path::default().key("policy_arn");
            if let Some(value) = grant.resource().attributes.get("policy_arn") {
                managed(value, grant.id, &at, &mut rights);
            }
            for (_, attached) in grant.outgoing(VALUES).filter(|(_, to)| to.is_a(&["aws_iam_policy"])) {
                if let Some(value) = attached.resource().attributes.get("policy") {
                    document(value, attached.id, &Path::default().key("policy"), &mut rights);
                }
            }
        } else if grant.is_a(&["aws_iam_role_policy_attachments_exclusive"]) {
            for found in grant.find("policy_arns.*") {
                managed(&found.value, grant.id, found.path(), &mut rights);
            }
        }
    }
    rights
}

fn managed(value: &Value, holder: ResourceId, at: &Path, rights: &mut Rights) {
    let end = match value.as_str() {
        Some(text) => text.to_owned(),
        // `arn:${partition}:iam::aws:policy/Name`: the end is known.
        None => match value.as_unknown().and_then(|unknown| unknown.known_end()) {
            Some(end) => end.to_string(),
            None => return,
        },
    };
    for (_, given) in MANAGED.iter().filter(|(name, _)| end.ends_with(name)) {
        for right in *given {
            rights.add(*right, Truth::True, Evidence::new(holder, at.clone(), right.says()));
        }
    }
}

/// Actions that give a right; where the last member is true, only on every resource.
const ACTIONS: &[(Right, &[&str], bool)] = &[
    (Right::Admin, &["*:*"], true),
    (
        Right::Escalates,
        &[
            "iam:createpolicyversion",
            "iam:setdefaultpolicyversion",
            "iam:attachrolepolicy",
            "iam:attachuserpolicy",
            "iam:putrolepolicy",
            "iam:putuserpolicy",
            "iam:updateassumerolepolicy",
            "iam:createaccesskey",
        ],
        true,
    ),
    (
        Right::InvokesModels,
        &[
            "bedrock:invokemodel",
            "bedrock:invokemodelwithresponsestream",
            "bedrock:invokeagent",
            "bedrock:converse",
            "bedrock:retrieveandgenerate",
            "sagemaker:invokeendpoint",
            "bedrock-agentcore:invokeagentruntime",
        ],
        false,
    ),
    (Right::ReadsSecrets, &["secretsmanager:getsecretvalue"], true),
    (Right::AllBuckets, &["s3:getobject", "s3:putobject"], true),
];

fn document(value: &Value, holder: ResourceId, at: &Path, rights: &mut Rights) {
    let document = policy::normalize(value);
    let statements = document.get("statements").and_then(Value::as_list).unwrap_or(&[]);
    for statement in statements {
        if statement.get("effect").and_then(Value::as_str) != Some("Allow") {
            continue;
        }
        let is_conditional = statement.get("conditions").and_then(Value::as_list).is_some_and(|list| !list.is_empty());
        let everywhere = any(statement.get("resources"), &|text| text == "*" || text == "arn:aws:s3:::*");
        for (right, actions, on_all) in ACTIONS {
            let covered = if *right == Right::Admin {
                any(statement.get("actions"), &|text| text == "*" || text == "*:*")
            } else if *right == Right::AllBuckets {
                let covers = |action: &str| any(statement.get("actions"), &|text| policy::covers(text, action));
                actions.iter().map(|action| covers(action)).min().unwrap_or(Truth::False)
            } else {
                any(statement.get("actions"), &|text| actions.iter().any(|action| policy::covers(text, action)))
            };
            let truth = if *on_all { covered.min(everywhere) } else { covered };
            let truth = if is_conditional { truth.min(Truth::Unknown) } else { truth };
            if truth != Truth::False {
                rights.add(*right, truth, Evidence::new(holder, at.clone(), right.says()));
            }
        }
    }
}

/// Whether some text of a list, in lower case, passes; an unknown one may.
fn any(list: Option<&Value>, test: &dyn Fn(&str) -> bool) -> Truth {
    let Some(list) = list else { return Truth::False };
    match list.as_list() {
        Some(items) => items.iter().map(|item| any(Some(item), test)).max().unwrap_or(Truth::False),
        None => match list.as_str() {
            Some(found) => test(&found.to_lowercase()).into(),
            None if list.is_null() => Truth::False,
            None => Truth::Unknown,
        },
    }
}

/// The role behind a service account: by its annotation, or by an association of the cluster.
pub(super) fn of_service_account(account: &Look<'_>, roles: &Roles) -> Option<(Evidence, ResourceId)> {
    let annotation: PathExpr = "metadata.annotations[\"eks.amazonaws.com/role-arn\"]".parse().expect("a path in code");
    for found in query::find(&account.resource().attributes, &annotation) {
        let mut edges = account
            .outgoing(VALUES)
            .filter(|(edge, to)| edge.via.is_within(found.path()) && to.is_a(&["aws_iam_role"]));
        let role = edges.next().map(|(_, role)| role.id).or_else(|| roles.named(found.value.as_str()?));
        if let Some(role) = role {
            let says = format!("acts as `{}`", account.graph.resource(role).address);
            return Some((Evidence::new(account.id, found.path().clone(), says), role));
        }
    }
    let namespace = account.scalar("metadata.namespace");
    let name = account.resource().name.as_str();
    let associations = Look::all(account.graph, &["aws_eks_pod_identity_association"]).into_iter();
    let mut meant = associations.filter(|association| {
        association.scalar("service_account").text() == Some(name)
            && association
                .scalar("namespace")
                .text()
                .is_some_and(|theirs| namespace.text().is_none_or(|own| own == theirs))
    });
    let association = meant.next()?;
    let (via, role) = roles_behind(&association, "role_arn", roles).into_iter().next()?;
    let says = format!("gives `{name}` the role `{}`", account.graph.resource(role).address);
    Some((Evidence::new(association.id, via, says), role))
}
