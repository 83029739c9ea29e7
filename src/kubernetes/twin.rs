use crate::graph::{Presence, Resource, ResourceKind};
use crate::syntax::yaml;
use crate::value::{Data, Map, Value};

use super::camel;
use super::object::{normalize, set_member};
use super::place::Placed;
use crate::source::FileId;

/// Rewrites a Terraform resource that stands for a Kubernetes object into the normal form of
/// [`objects`](super::objects): the kind as its type, the manifest as its attributes.
///
/// `None` if it stands for no object, or its manifest is not known; the resource is then as it
/// was. Else the resources of further pods, as for a Ray cluster. Address, name, scope and provider
/// stay Terraform's, and every value keeps its own place in the HCL.
pub fn adopt(resource: &mut Resource) -> Option<Vec<Resource>> {
    if !is_twin(resource) {
        return None;
    }
    let twin = Twin::of(resource)?;
    resource.type_name = twin.manifest.get("kind")?.as_str()?.into();
    let provider = resource.attributes.get("provider").cloned();
    resource.attributes = twin.manifest;
    if let Some(provider) = provider {
        set_member(&mut resource.attributes, "provider", provider);
    }
    if twin.is_patch {
        resource.presence = Presence::Partial;
    }
    let manifest = resource.attributes.clone();
    Some(normalize(resource, &Placed::root(&manifest)))
}

/// Whether a resource may stand for a Kubernetes object, by its type.
pub fn is_twin(resource: &Resource) -> bool {
    let name = resource.type_name.as_str();
    resource.kind == ResourceKind::Managed && (name.starts_with("kubernetes_") || name == "kubectl_manifest")
}

struct Twin {
    manifest: Value,
    is_patch: bool,
}

impl Twin {
    fn of(resource: &Resource) -> Option<Self> {
        let whole = |manifest: Value| Self { manifest, is_patch: false };
        match resource.type_name.as_str() {
            "kubernetes_manifest" => resource.attributes.get("manifest").cloned().map(whole),
            "kubectl_manifest" => from_text(resource.attributes.get("yaml_body")?).map(whole),
            other => Self::typed(base_name(other.strip_prefix("kubernetes_")?), &resource.attributes),
        }
    }

    fn typed(base: &str, attributes: &Value) -> Option<Self> {
        if let "annotations" | "labels" | "env" = base {
            return Self::patch(attributes);
        }
        let (_, kind, api_version) = KINDS.iter().find(|(name, ..)| *name == base)?;
        let mut manifest = camel::manifest(attributes);
        rename(&mut manifest, kind);
        set_member(&mut manifest, "kind", Value::string(*kind));
        set_member(&mut manifest, "apiVersion", Value::string(*api_version));
        let is_patch = base.ends_with("_data") || base == "node_taint";
        Some(Self { manifest, is_patch })
    }

    /// `kubernetes_labels` and the like change an object that exists already.
    fn patch(attributes: &Value) -> Option<Self> {
        let manifest = camel::manifest(attributes);
        manifest.get("kind")?.as_str()?;
        Some(Self { manifest, is_patch: true })
    }
}

fn from_text(text: &Value) -> Option<Value> {
    let document = yaml::parse(text.as_str()?, FileId(0)).tree.into_iter().next()?;
    Some(Value { data: document.value.data, origin: text.origin.clone() })
}

/// The type name without its version: `config_map_v1_data` is `config_map_data`.
fn base_name(name: &str) -> &str {
    let is_version =
        |part: &str| part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    match name {
        "config_map_v1_data" => "config_map_data",
        "secret_v1_data" => "secret_data",
        _ => match name.rsplit_once('_') {
            Some((base, version)) if is_version(version) => base,
            _ => name,
        },
    }
}

/// What the provider calls otherwise than Kubernetes does.
fn rename(manifest: &mut Value, kind: &str) {
    let Data::Object(map) = &mut manifest.data else { return };
    match kind {
        // The provider encodes what it is given as text, which is what `stringData` means.
        "Secret" => *map = renamed(map, &[("data", "stringData"), ("dataWo", "stringData"), ("binaryData", "data")]),
        "StorageClass" => *map = renamed(map, &[("storageProvisioner", "provisioner")]),
        "PersistentVolume" => {
            let Some(spec) = map.get("spec").cloned() else { return };
            map.insert("spec".into(), unnested(&spec, "persistentVolumeSource"));
        }
        _ => {}
    }
}

fn renamed(map: &Map, names: &[(&str, &str)]) -> Map {
    let name = |key: &ecow::EcoString| {
        names.iter().find(|(from, _)| key == from).map_or_else(|| key.clone(), |(_, to)| (*to).into())
    };
    map.iter().map(|(key, value)| (name(key), value.clone())).collect()
}

/// An object whose member of that name is replaced by its own members.
fn unnested(object: &Value, key: &str) -> Value {
    let Data::Object(map) = &object.data else { return object.clone() };
    let inner = map.get(key).and_then(Value::as_object).into_iter().flat_map(Map::iter);
    let others = map.iter().filter(|(name, _)| *name != key);
    let members = others.chain(inner).map(|(key, value)| (key.clone(), value.clone()));
    Value { data: Data::Object(members.collect()), origin: object.origin.clone() }
}

/// Terraform type without `kubernetes_` and version; kind; API version.
const KINDS: &[(&str, &str, &str)] = &[
    ("api_service", "APIService", "apiregistration.k8s.io/v1"),
    ("certificate_signing_request", "CertificateSigningRequest", "certificates.k8s.io/v1"),
    ("cluster_role", "ClusterRole", "rbac.authorization.k8s.io/v1"),
    ("cluster_role_binding", "ClusterRoleBinding", "rbac.authorization.k8s.io/v1"),
    ("config_map", "ConfigMap", "v1"),
    ("config_map_data", "ConfigMap", "v1"),
    ("cron_job", "CronJob", "batch/v1"),
    ("csi_driver", "CSIDriver", "storage.k8s.io/v1"),
    ("daemon_set", "DaemonSet", "apps/v1"),
    ("daemonset", "DaemonSet", "apps/v1"),
    ("default_service_account", "ServiceAccount", "v1"),
    ("deployment", "Deployment", "apps/v1"),
    ("endpoint_slice", "EndpointSlice", "discovery.k8s.io/v1"),
    ("endpoints", "Endpoints", "v1"),
    ("horizontal_pod_autoscaler", "HorizontalPodAutoscaler", "autoscaling/v2"),
    ("ingress", "Ingress", "networking.k8s.io/v1"),
    ("ingress_class", "IngressClass", "networking.k8s.io/v1"),
    ("job", "Job", "batch/v1"),
    ("limit_range", "LimitRange", "v1"),
    ("mutating_webhook_configuration", "MutatingWebhookConfiguration", "admissionregistration.k8s.io/v1"),
    ("namespace", "Namespace", "v1"),
    ("network_policy", "NetworkPolicy", "networking.k8s.io/v1"),
    ("node_taint", "Node", "v1"),
    ("persistent_volume", "PersistentVolume", "v1"),
    ("persistent_volume_claim", "PersistentVolumeClaim", "v1"),
    ("pod", "Pod", "v1"),
    ("pod_disruption_budget", "PodDisruptionBudget", "policy/v1"),
    ("pod_security_policy", "PodSecurityPolicy", "policy/v1beta1"),
    ("priority_class", "PriorityClass", "scheduling.k8s.io/v1"),
    ("replication_controller", "ReplicationController", "v1"),
    ("resource_quota", "ResourceQuota", "v1"),
    ("role", "Role", "rbac.authorization.k8s.io/v1"),
    ("role_binding", "RoleBinding", "rbac.authorization.k8s.io/v1"),
    ("runtime_class", "RuntimeClass", "node.k8s.io/v1"),
    ("secret", "Secret", "v1"),
    ("secret_data", "Secret", "v1"),
    ("service", "Service", "v1"),
    ("service_account", "ServiceAccount", "v1"),
    ("stateful_set", "StatefulSet", "apps/v1"),
    ("storage_class", "StorageClass", "storage.k8s.io/v1"),
    ("token_request", "TokenRequest", "authentication.k8s.io/v1"),
    ("validating_webhook_configuration", "ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"),
];
