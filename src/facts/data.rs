use super::products::Ai;
use super::statement::object;
use super::{Evidence, Look, Statement, Statements, VALUES};
use crate::graph::{Graph, ResourceId};
use crate::query::scalar_text;
use crate::value::{Data, Path, Truth, Value};
use rustc_hash::FxHashMap;

/// What an attribute of an AI resource keeps in a store.
const USES: &[(&str, &str, &str)] = &[
    ("aws_sagemaker_model", "container", "model"),
    ("aws_sagemaker_model", "primary_container", "model"),
    ("aws_sagemaker_mlflow_tracking_server", "artifact_store_uri", "artifacts"),
    ("aws_sagemaker_endpoint_configuration", "data_capture_config", "prompt-logs"),
    ("aws_sagemaker_endpoint_configuration", "async_inference_config", "prompt-logs"),
    ("aws_sagemaker_feature_group", "offline_store_config", "training"),
    ("aws_bedrock_custom_model", "training_data_config", "training"),
    ("aws_bedrock_custom_model", "validation_data_config", "training"),
    ("aws_bedrock_custom_model", "output_data_config", "model"),
    ("aws_bedrockagent_data_source", "data_source_configuration", "retrieval"),
    ("aws_bedrock_model_invocation_logging_configuration", "logging_config", "prompt-logs"),
    ("aws_bedrockagentcore_agent_runtime", "agent_runtime_artifact", "model"),
    ("aws_kendra_data_source", "configuration", "retrieval"),
    ("google_vertex_ai_index", "metadata", "retrieval"),
    ("google_vertex_ai_endpoint", "predict_request_response_logging_config", "prompt-logs"),
    ("google_vertex_ai_reasoning_engine", "spec", "model"),
    ("google_discovery_engine_data_store", "document_processing_config", "retrieval"),
    ("azurerm_machine_learning_workspace", "storage_account_id", "training"),
    ("azurerm_ai_foundry", "storage_account_id", "training"),
    ("azurerm_machine_learning_datastore_blobstorage", "storage_container_id", "training"),
];

/// Stores, and the attribute that others name them by.
const STORES: &[(&str, &str)] = &[
    ("aws_s3_bucket", "bucket"),
    ("google_storage_bucket", "name"),
    ("azurerm_storage_account", "name"),
    ("azurerm_storage_container", "name"),
    ("aws_cloudwatch_log_group", "name"),
];

/// Schemes of addresses that begin with the name of a store.
const SCHEMES: &[(&str, &str)] = &[("s3://", "aws_s3_bucket"), ("gs://", "google_storage_bucket")];

/// The fact `ai-data`, of stores: `use` (`model`, `training`, `retrieval`, `artifacts`,
/// `prompt-logs`) and `by`, the address of what keeps it there.
pub(super) fn statements(graph: &Graph, ai: &[Ai]) -> Statements {
    let names = Names::of(graph);
    let mut found = Vec::new();
    for (kind, attribute, purpose) in USES {
        for look in Look::all(graph, &[kind]) {
            let at = Path::default().key(*attribute);
            of_value(&look, &at, purpose, &names, &mut found);
        }
    }
    let mut workloads: Vec<ResourceId> = ai.iter().map(|ai| ai.resource).collect();
    workloads.dedup();
    for id in workloads {
        let look = Look::at(graph, id);
        for path in ["pod", "spec"] {
            of_value(&look, &Path::default().key(path), "model", &names, &mut found);
        }
    }
    let mut statements = Statements::default();
    for Kept { store, purpose, shown } in found {
        let by = graph.resource(shown.resource).address.clone();
        let value = object([("use", Some(Value::string(purpose))), ("by", Some(Value::string(by)))]);
        let of_store = statements.entry(store).or_default();
        if !of_store.iter().any(|known| known.value == value) {
            of_store.push(Statement { truth: Truth::True, value, at: Path::default(), trail: vec![shown] });
        }
    }
    statements
}

struct Kept {
    store: ResourceId,
    purpose: &'static str,
    shown: Evidence,
}

/// Stores by their literal names; names that two of them have stand for none.
struct Names(FxHashMap<(&'static str, String), Option<ResourceId>>);

impl Names {
    fn of(graph: &Graph) -> Self {
        let mut names = FxHashMap::default();
        for (kind, attribute) in STORES {
            for look in Look::all(graph, &[kind]) {
                if let Some(name) = look.scalar(attribute).text() {
                    names.entry((*kind, name.to_owned())).and_modify(|id| *id = None).or_insert(Some(look.id));
                }
            }
        }
        Self(names)
    }

    /// The store that an address such as `s3://bucket/key` names.
    fn behind(&self, address: &str) -> Option<ResourceId> {
        SCHEMES.iter().find_map(|(scheme, kind)| {
            let name = address.strip_prefix(scheme)?.split('/').next()?;
            *self.0.get(&(*kind, name.to_owned()))?
        })
    }
}

/// Stores that a value, or what is below it, refers to or names.
fn of_value(look: &Look<'_>, at: &Path, purpose: &'static str, names: &Names, found: &mut Vec<Kept>) {
    let is_store = |to: &Look<'_>| STORES.iter().any(|(kind, _)| to.is_a(&[kind]));
    let keep = |store: ResourceId, at: Path| {
        let says = format!("keeps {} in `{}`", words(purpose), look.graph.resource(store).address);
        Kept { store, purpose, shown: Evidence::new(look.id, at, says) }
    };
    for (edge, to) in look.outgoing(VALUES).filter(|(edge, to)| edge.via.is_within(at) && is_store(to)) {
        found.push(keep(to.id, edge.via.clone()));
    }
    if let Some(value) = look.resource().attributes.at(at) {
        addresses(value, at, &mut |address, at| {
            if let Some(store) = names.behind(address) {
                found.push(keep(store, at.clone()));
            }
        });
    }
}

fn words(purpose: &str) -> &'static str {
    match purpose {
        "model" => "its model",
        "training" => "training data",
        "retrieval" => "what it retrieves",
        "artifacts" => "its artifacts",
        _ => "prompts and answers",
    }
}

/// Every text below a value that may be the address of a store.
fn addresses(value: &Value, at: &Path, visit: &mut dyn FnMut(&str, &Path)) {
    match &value.data {
        Data::List(items) | Data::Set(items) => {
            items.iter().enumerate().for_each(|(index, item)| addresses(item, &at.index(index), visit));
        }
        Data::Object(map) => map.iter().for_each(|(key, member)| addresses(member, &at.key(key.clone()), visit)),
        _ => {
            if let Some(text) = scalar_text(value) {
                for word in text.split(|c: char| c.is_whitespace() || c == '=' || c == '"' || c == '\'') {
                    visit(word, at);
                }
            }
        }
    }
}
