use ecow::EcoVec;

use super::kinds::PodPart;
use super::place::Placed;
use super::security;
use crate::value::{Data, Map, Reason, Value};

/// The lists of a pod spec that hold containers, and the role of those in them.
const CONTAINER_LISTS: &[(&str, &str)] =
    &[("containers", "container"), ("initContainers", "init"), ("ephemeralContainers", "ephemeral")];

/// The pod spec in normal form.
///
/// As in Kubernetes, except that `containers` holds the containers of all three lists, each
/// with its `role` (`container`, `init`, `ephemeral`, `model`) and its `effective` security
/// context, and that the pod's `labels` and `annotations` stand beside it.
pub(super) fn normal_form(part: &PodPart) -> Value {
    let spec = Placed::root(&part.spec);
    if part.spec.as_object().is_none() {
        return part.spec.clone();
    }
    let is_list = |key: &str| CONTAINER_LISTS.iter().any(|(list, _)| *list == key);
    let members = spec.members().into_iter().filter(|(key, _)| !is_list(key));
    let mut pod: Map = members.map(|(key, value)| (key.into(), value.value.clone())).collect();
    for key in ["labels", "annotations"] {
        if let Some(value) = part.metadata.as_ref().and_then(|metadata| Placed::root(metadata).get(key)) {
            pod.insert(key.into(), value.rooted());
        }
    }
    if let Some(containers) = containers(&spec) {
        pod.insert("containers".into(), containers);
    }
    Value::new(Data::Object(pod), spec.place)
}

fn containers(pod: &Placed<'_>) -> Option<Value> {
    let mut all = EcoVec::new();
    let mut place = None;
    for (list, role) in CONTAINER_LISTS {
        let Some(list) = pod.get(list) else { continue };
        place.get_or_insert_with(|| list.place.clone());
        if list.value.as_list().is_some() {
            all.extend(list.items().iter().map(|item| container(item, role, pod)));
        } else {
            all.push(list.rooted());
        }
    }
    for (_, model) in pod.members().into_iter().filter(|(key, value)| is_model(key, value)) {
        place.get_or_insert_with(|| model.place.clone());
        all.push(model_container(&model, pod));
    }
    Some(Value::new(Data::List(all), place?))
}

fn container(container: &Placed<'_>, role: &str, pod: &Placed<'_>) -> Value {
    let Some(map) = container.value.as_object() else { return container.rooted() };
    let mut map = map.clone();
    map.insert("role".into(), Value::string(role));
    map.insert("effective".into(), security::effective(container, pod));
    Value::new(Data::Object(map), container.place.clone())
}

/// The frameworks of `KServe`: `predictor.model`, and the older `predictor.sklearn` and so on.
fn is_model(key: &str, value: &Placed<'_>) -> bool {
    const MODELS: &[&str] = &[
        "model",
        "sklearn",
        "xgboost",
        "tensorflow",
        "pytorch",
        "triton",
        "onnx",
        "huggingface",
        "pmml",
        "lightgbm",
        "paddle",
        "alibi",
        "art",
    ];
    MODELS.contains(&key) && value.value.as_object().is_some()
}

/// A serving runtime gives the model's container what the service does not say.
fn model_container(model: &Placed<'_>, pod: &Placed<'_>) -> Value {
    let mut value = container(model, "model", pod);
    let Data::Object(map) = &mut value.data else { return value };
    for key in ["image", "securityContext", "resources", "livenessProbe", "readinessProbe"] {
        if map.get(key).is_none() {
            map.insert(key.into(), Value::unknown(Reason::Partial, None));
        }
    }
    if model.get("securityContext").is_none() {
        map.insert("effective".into(), Value::unknown(Reason::Partial, None));
    }
    value
}
