use ecow::{EcoString, EcoVec, eco_format};

use super::kinds::PodPart;
use super::place::Placed;
use crate::value::{Data, Map, Reason, Value};

/// Spark: the driver and the executors, each a container described by its role in the object.
pub(super) fn spark(manifest: &Placed<'_>) -> Vec<PodPart> {
    let nested = manifest.at(&["spec", "template"]).filter(|template| template.value.get("driver").is_some());
    let Some(app) = nested.or_else(|| manifest.get("spec")) else { return Vec::new() };
    let part = |role: &str| {
        let pod = app.get(role)?;
        let template = pod.get("template");
        let base = template.as_ref().and_then(|template| template.get("spec"));
        let mut spec = members(base.as_ref());
        for (from, to) in SPARK_POD {
            take(&mut spec, &pod, from, to);
        }
        take(&mut spec, &app, "volumes", "volumes");
        let mut main: Map =
            SPARK_CONTAINER.iter().filter_map(|key| Some(((*key).into(), pod.get(key)?.rooted()))).collect();
        take(&mut main, &app, "image", "image");
        main.insert("name".into(), Value::string(eco_format!("spark-kubernetes-{role}")));
        let sidecars = pod.get("sidecars").map(|list| list.items()).unwrap_or_default();
        let own = base.and_then(|base| base.get("containers")).map(|list| list.items()).unwrap_or_default();
        let main = Value::new(Data::Object(main), pod.place.clone());
        let others = own.iter().chain(&sidecars).map(Placed::rooted);
        Some(made(role.into(), &pod, spec, std::iter::once(main).chain(others)))
    };
    ["driver", "executor"].into_iter().filter_map(part).collect()
}

/// A pod template for Spark, whose container Spark completes when it submits a job; any other pod
/// as it is.
pub(super) fn completed_by_spark(mut part: PodPart) -> PodPart {
    let is_spark = |container: &Value| {
        container.get("name").and_then(Value::as_str).is_some_and(|name| name.starts_with("spark-kubernetes-"))
    };
    let has_context = part.spec.get("securityContext").is_some();
    if let Data::Object(pod) = &mut part.spec.data
        && let Some(containers) = pod.get("containers")
        && let Some(items) = containers.as_list().filter(|items| items.iter().any(is_spark))
    {
        let complete = |item: &Value| if is_spark(item) { completed(item.clone(), has_context) } else { item.clone() };
        let list = Data::List(items.iter().map(complete).collect());
        let origin = containers.origin.clone();
        pod.insert("containers".into(), Value { data: list, origin });
    }
    part
}

/// What a role of Spark says of its pod, and the pod's name for it.
const SPARK_POD: &[(&str, &str)] = &[
    ("serviceAccount", "serviceAccountName"),
    ("podSecurityContext", "securityContext"),
    ("hostNetwork", "hostNetwork"),
    ("shareProcessNamespace", "shareProcessNamespace"),
    ("initContainers", "initContainers"),
    ("nodeSelector", "nodeSelector"),
    ("tolerations", "tolerations"),
];
/// What a role of Spark says of its container.
const SPARK_CONTAINER: &[&str] = &["image", "env", "envFrom", "volumeMounts", "securityContext", "lifecycle", "ports"];

/// Argo Workflows: every template that runs containers is a pod, with what the workflow says of
/// all of them.
pub(super) fn argo(manifest: &Placed<'_>) -> Vec<PodPart> {
    let Some(spec) = manifest.at(&["spec", "workflowSpec"]).or_else(|| manifest.get("spec")) else { return Vec::new() };
    let templates = spec.get("templates").map(|list| list.items()).unwrap_or_default();
    let part = |(index, template): (usize, &Placed<'_>)| {
        let single = ["container", "script"].into_iter().find_map(|key| template.get(key));
        let several = template.at(&["containerSet", "containers"]).map(|list| list.items()).unwrap_or_default();
        let mains: Vec<_> = single.into_iter().chain(several).collect();
        if mains.is_empty() {
            return None;
        }
        let mut pod = Map::default();
        for key in ARGO_POD {
            take(&mut pod, template, key, key);
            take(&mut pod, &spec, key, key);
        }
        let sidecars = template.get("sidecars").map(|list| list.items()).unwrap_or_default();
        Some(made(eco_format!("template[{index}]"), template, pod, mains.iter().chain(&sidecars).map(Placed::rooted)))
    };
    templates.iter().enumerate().filter_map(part).collect()
}

/// What a template, or else the whole workflow, says of its pod.
const ARGO_POD: &[&str] = &[
    "serviceAccountName",
    "automountServiceAccountToken",
    "securityContext",
    "hostNetwork",
    "volumes",
    "initContainers",
    "imagePullSecrets",
    "nodeSelector",
    "tolerations",
];

fn made(name: EcoString, at: &Placed<'_>, mut pod: Map, containers: impl Iterator<Item = Value>) -> PodPart {
    let has_context = pod.get("securityContext").is_some();
    let completed: EcoVec<Value> = containers.map(|container| completed(container, has_context)).collect();
    pod.insert("containers".into(), Data::List(completed).into());
    let metadata = at.get("metadata").or_else(|| Some(at.clone())).map(|metadata| metadata.rooted());
    PodPart { name, metadata, spec: Value::new(Data::Object(pod), at.place.clone()) }
}

/// A container with unknowns for what its operator may add; a security context of the pod is taken
/// to hold for its containers.
fn completed(mut container: Value, has_context: bool) -> Value {
    let Data::Object(map) = &mut container.data else { return container };
    for key in ["image", "resources", "securityContext"] {
        let is_open = map.get(key).is_none_or(Value::is_null) && !(has_context && key == "securityContext");
        if is_open {
            map.insert(key.into(), Value::unknown(Reason::Partial, None));
        }
    }
    container
}

fn members(object: Option<&Placed<'_>>) -> Map {
    let members = object.into_iter().flat_map(Placed::members);
    members.map(|(key, value)| (key.into(), value.rooted())).collect()
}

/// Puts a member of another object where there is none yet.
fn take(into: &mut Map, from: &Placed<'_>, key: &str, name: &str) {
    if into.get(name).is_none()
        && let Some(value) = from.get(key)
    {
        into.insert(name.into(), value.rooted());
    }
}
