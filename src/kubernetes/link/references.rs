use super::Draft;
use super::index::{Index, Object};
use crate::graph::EdgeKind::{self, Grants, Mounts, Owns, References, RoutesTo, RunsAs, Selects};
use crate::graph::ResourceId;
use crate::kubernetes::WORKLOAD;
use crate::value::{Path, Value};

/// A reference by name: in which kinds (a kind, the class `workload`, or `*`), where, to what,
/// and the edge it makes. `[]` stands for every element.
struct Reference {
    from: &'static str,
    path: &'static str,
    to: Target,
    edge: EdgeKind,
}

/// What a name stands for.
enum Target {
    /// An object of that kind.
    Kind(&'static str),
    /// An object whose kind stands beside the name; the text is for where none does.
    BesideOr(&'static str),
    /// A service's host name: `name`, `name.namespace`, `name.namespace.svc…`.
    Host,
}

const fn to(from: &'static str, path: &'static str, kind: &'static str, edge: EdgeKind) -> Reference {
    Reference { from, path, to: Target::Kind(kind), edge }
}

const fn beside(from: &'static str, path: &'static str, kind: &'static str, edge: EdgeKind) -> Reference {
    Reference { from, path, to: Target::BesideOr(kind), edge }
}

const fn host(from: &'static str, path: &'static str) -> Reference {
    Reference { from, path, to: Target::Host, edge: RoutesTo }
}

const REFERENCES: &[Reference] = &[
    to("*", "metadata.namespace", "Namespace", References),
    to(WORKLOAD, "pod.serviceAccountName", "ServiceAccount", RunsAs),
    to(WORKLOAD, "pod.serviceAccount", "ServiceAccount", RunsAs),
    to(WORKLOAD, "pod.volumes[].configMap.name", "ConfigMap", Mounts),
    to(WORKLOAD, "pod.volumes[].secret.secretName", "Secret", Mounts),
    to(WORKLOAD, "pod.volumes[].persistentVolumeClaim.claimName", "PersistentVolumeClaim", Mounts),
    to(WORKLOAD, "pod.volumes[].projected.sources[].configMap.name", "ConfigMap", Mounts),
    to(WORKLOAD, "pod.volumes[].projected.sources[].secret.name", "Secret", Mounts),
    to(WORKLOAD, "pod.containers[].envFrom[].configMapRef.name", "ConfigMap", Mounts),
    to(WORKLOAD, "pod.containers[].envFrom[].secretRef.name", "Secret", Mounts),
    to(WORKLOAD, "pod.containers[].env[].valueFrom.configMapKeyRef.name", "ConfigMap", Mounts),
    to(WORKLOAD, "pod.containers[].env[].valueFrom.secretKeyRef.name", "Secret", Mounts),
    to(WORKLOAD, "pod.imagePullSecrets[].name", "Secret", References),
    to(WORKLOAD, "pod.priorityClassName", "PriorityClass", References),
    to(WORKLOAD, "pod.runtimeClassName", "RuntimeClass", References),
    to(WORKLOAD, "pod.volumes[].csi.volumeAttributes.secretProviderClass", "SecretProviderClass", Mounts),
    to("StatefulSet", "spec.serviceName", "Service", References),
    to("StatefulSet", "spec.volumeClaimTemplates[].spec.storageClassName", "StorageClass", References),
    to("InferenceService", "spec.predictor.model.runtime", "ServingRuntime", References),
    to("InferenceService", "spec.predictor.model.runtime", "ClusterServingRuntime", References),
    to("Ingress", "spec.tls[].secretName", "Secret", References),
    to("Ingress", "spec.ingressClassName", "IngressClass", References),
    to("Ingress", "spec.rules[].http.paths[].backend.service.name", "Service", RoutesTo),
    to("Ingress", "spec.rules[].http.paths[].backend.serviceName", "Service", RoutesTo),
    to("Ingress", "spec.defaultBackend.service.name", "Service", RoutesTo),
    to("Ingress", "spec.backend.serviceName", "Service", RoutesTo),
    beside("HTTPRoute", "spec.rules[].backendRefs[].name", "Service", RoutesTo),
    beside("GRPCRoute", "spec.rules[].backendRefs[].name", "Service", RoutesTo),
    beside("TCPRoute", "spec.rules[].backendRefs[].name", "Service", RoutesTo),
    beside("TLSRoute", "spec.rules[].backendRefs[].name", "Service", RoutesTo),
    beside("UDPRoute", "spec.rules[].backendRefs[].name", "Service", RoutesTo),
    beside("HTTPRoute", "spec.parentRefs[].name", "Gateway", References),
    beside("GRPCRoute", "spec.parentRefs[].name", "Gateway", References),
    beside("TCPRoute", "spec.parentRefs[].name", "Gateway", References),
    beside("TLSRoute", "spec.parentRefs[].name", "Gateway", References),
    beside("UDPRoute", "spec.parentRefs[].name", "Gateway", References),
    to("Gateway", "spec.gatewayClassName", "GatewayClass", References),
    beside("Gateway", "spec.listeners[].tls.certificateRefs[].name", "Secret", References),
    beside("Route", "spec.to.name", "Service", RoutesTo),
    host("VirtualService", "spec.http[].route[].destination.host"),
    host("VirtualService", "spec.tcp[].route[].destination.host"),
    host("VirtualService", "spec.tls[].route[].destination.host"),
    to("APIService", "spec.service.name", "Service", RoutesTo),
    to("ValidatingWebhookConfiguration", "webhooks[].clientConfig.service.name", "Service", RoutesTo),
    to("MutatingWebhookConfiguration", "webhooks[].clientConfig.service.name", "Service", RoutesTo),
    beside("RoleBinding", "roleRef.name", "Role", Grants),
    beside("ClusterRoleBinding", "roleRef.name", "ClusterRole", Grants),
    beside("RoleBinding", "subjects[].name", "ServiceAccount", Grants),
    beside("ClusterRoleBinding", "subjects[].name", "ServiceAccount", Grants),
    beside("HorizontalPodAutoscaler", "spec.scaleTargetRef.name", "Deployment", Selects),
    beside("ScaledObject", "spec.scaleTargetRef.name", "Deployment", Selects),
    beside("VerticalPodAutoscaler", "spec.targetRef.name", "Deployment", Selects),
    to("PersistentVolumeClaim", "spec.volumeName", "PersistentVolume", References),
    to("PersistentVolumeClaim", "spec.storageClassName", "StorageClass", References),
    to("PersistentVolume", "spec.storageClassName", "StorageClass", References),
    to("ServiceAccount", "secrets[].name", "Secret", References),
    to("ServiceAccount", "imagePullSecrets[].name", "Secret", References),
];

/// Edges from names, and from owners to what they make.
pub(super) fn collect(index: &Index<'_>, drafts: &mut Vec<Draft>) {
    for object in &index.objects {
        let resource = object.resource;
        let applies = |from: &str| from == "*" || from == resource.type_name || Some(from) == resource.class.as_deref();
        for reference in REFERENCES.iter().filter(|reference| applies(reference.from)) {
            follow(index, object, reference, drafts);
        }
        owned(index, object, drafts);
    }
}

fn follow(index: &Index<'_>, object: &Object<'_>, reference: &Reference, drafts: &mut Vec<Draft>) {
    let steps: Vec<&str> = reference.path.split('.').collect();
    visit(&object.resource.attributes, &steps, &Path::default(), None, &mut |via, parent, name| {
        let beside = |key| parent.and_then(|parent| parent.get(key)).and_then(Value::as_str);
        let (kind, name, namespace) = match reference.to {
            Target::Kind(kind) => (kind, name, beside("namespace")),
            Target::BesideOr(kind) => (beside("kind").unwrap_or(kind), name, beside("namespace")),
            Target::Host => {
                let mut parts = name.split('.');
                ("Service", parts.next().unwrap_or(name), parts.next())
            }
        };
        for to in index.named(object, kind, namespace.or(object.namespace), name) {
            drafts.push(Draft { from: object.id, to, kind: reference.edge, via: via.clone() });
        }
    });
}

/// Calls `found` with the way to, the parent of, and every known text behind the steps.
fn visit<'v>(
    value: &'v Value,
    steps: &[&str],
    way: &Path,
    parent: Option<&'v Value>,
    found: &mut impl FnMut(&Path, Option<&'v Value>, &'v str),
) {
    let Some((step, rest)) = steps.split_first() else {
        if let Some(text) = value.as_str() {
            found(way, parent, text);
        }
        return;
    };
    let (key, is_each) = step.strip_suffix("[]").map_or((*step, false), |key| (key, true));
    let Some(member) = value.get(key) else { return };
    let way = way.key(key);
    if is_each {
        for (i, item) in member.as_list().unwrap_or(&[]).iter().enumerate() {
            visit(item, rest, &way.index(i), Some(member), found);
        }
    } else {
        visit(member, rest, &way, Some(value), found);
    }
}

/// The main pod of an object owns its further ones; an owner reference names the owner.
fn owned(index: &Index<'_>, object: &Object<'_>, drafts: &mut Vec<Draft>) {
    let resource = object.resource;
    let mut own = |from, to| drafts.push(Draft { from, to, kind: Owns, via: Path::default() });
    if resource.type_name.contains('#') {
        // The parts of an object follow it.
        let before = (0..object.id.0).rev().map(ResourceId);
        let main = before.into_iter().find(|id| !index.graph.resource(*id).type_name.contains('#'));
        if let Some(main) = main.filter(|id| index.graph.resource(*id).block == resource.block) {
            own(main, object.id);
        }
    }
    let owners = resource.attributes.get("metadata").and_then(|metadata| metadata.get("ownerReferences"));
    for owner in owners.and_then(Value::as_list).unwrap_or(&[]) {
        let text = |key| owner.get(key).and_then(Value::as_str);
        if let (Some(kind), Some(name)) = (text("kind"), text("name")) {
            index.named(object, kind, object.namespace, name).into_iter().for_each(|from| own(from, object.id));
        }
    }
}
