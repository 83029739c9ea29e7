use ecow::{EcoString, eco_format};

use super::WORKLOAD;
use super::kinds::{self, PodPart};
use super::place::Placed;
use super::pod;
use crate::graph::{Presence, Resource, ResourceKind, Scope};
use crate::source::Span;
use crate::syntax::yaml::Document;
use crate::value::{Data, Map, Value};

/// The Kubernetes objects of a document, in its order; none if it is something else.
///
/// A `List` gives its items. An object with several pod templates (a Ray cluster, a model
/// service with a transformer) keeps the first under `pod`; every further one is a resource of
/// its own with the type `Kind#part` and the address `Kind/namespace/name#part`.
/// `presence` is [`Presence::Partial`] for files that a kustomization names as patches.
pub fn objects(document: &Document, scope: Scope, presence: Presence) -> Vec<Resource> {
    objects_in(&document.value, document.span, scope, presence)
}

/// The objects that a value holds, `block` being the text it was read from.
pub fn objects_in(value: &Value, block: Span, scope: Scope, presence: Presence) -> Vec<Resource> {
    let mut found = Vec::new();
    let frame = Frame { block, scope, presence };
    frame.flatten(&Placed::root(value), &mut found);
    found
}

/// What all objects of a document have in common.
struct Frame {
    block: Span,
    scope: Scope,
    presence: Presence,
}

impl Frame {
    fn flatten(&self, value: &Placed<'_>, found: &mut Vec<Resource>) {
        let text = |key| value.value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(_), Some(kind)) = (text("apiVersion"), text("kind")) else { return };
        match value.get("items") {
            Some(items) if kind.ends_with("List") && items.value.as_list().is_some() => {
                items.items().iter().for_each(|item| self.flatten(item, found));
            }
            _ => self.object(value, kind, found),
        }
    }

    fn object(&self, manifest: &Placed<'_>, kind: &str, found: &mut Vec<Resource>) {
        let header = manifest.get("kind").map_or_else(|| manifest.place.clone(), |kind| kind.place);
        let name = name(manifest.value);
        let address = address(kind, manifest.value, &name);
        let mut main = Resource {
            kind: ResourceKind::Object,
            type_name: kind.into(),
            class: None,
            name,
            address,
            scope: self.scope,
            presence: self.presence,
            attributes: manifest.rooted(),
            block: self.block,
            header,
        };
        let parts = normalize(&mut main, manifest);
        found.push(main);
        found.extend(parts);
    }
}

/// Puts the pod of a workload under `pod`; gives the resources of further pods.
pub(super) fn normalize(main: &mut Resource, manifest: &Placed<'_>) -> Vec<Resource> {
    let mut parts = kinds::pods(manifest).into_iter();
    let Some(first) = parts.next() else { return Vec::new() };
    let further = parts.map(|part| of_part(main, manifest, &part)).collect();
    main.class = Some(WORKLOAD.into());
    set_member(&mut main.attributes, "pod", pod::normal_form(&first));
    further
}

fn of_part(main: &Resource, manifest: &Placed<'_>, part: &PodPart) -> Resource {
    let kept = ["apiVersion", "kind", "metadata"];
    let mut members: Map = kept.into_iter().filter_map(|key| Some((key.into(), manifest.get(key)?.rooted()))).collect();
    members.insert("pod".into(), pod::normal_form(part));
    let name = part.name.split('[').next().unwrap_or_default();
    Resource {
        type_name: eco_format!("{}#{name}", main.type_name),
        class: Some(WORKLOAD.into()),
        address: eco_format!("{}#{}", main.address, part.name),
        attributes: Value::new(Data::Object(members), part.spec.origin.place.clone()),
        header: part.spec.origin.place.clone(),
        ..main.clone()
    }
}

/// Sets a member of an object, at the same place.
pub(super) fn set_member(object: &mut Value, key: &str, member: Value) {
    if let Data::Object(map) = &mut object.data {
        map.insert(key.into(), member);
    }
}

/// `Kind/namespace/name`, without the namespace where none is written.
fn address(kind: &str, manifest: &Value, name: &str) -> EcoString {
    match manifest.get("metadata").and_then(|metadata| metadata.get("namespace")) {
        Some(namespace) if !namespace.is_null() => eco_format!("{kind}/{}/{name}", namespace.as_str().unwrap_or("?")),
        _ => eco_format!("{kind}/{name}"),
    }
}

/// The object's name, `prefix*` for a generated one, `?` for one that is not known.
fn name(manifest: &Value) -> EcoString {
    let metadata = manifest.get("metadata");
    let member = |key| metadata.and_then(|metadata| metadata.get(key)).filter(|value| !value.is_null());
    match (member("name"), member("generateName").and_then(Value::as_str)) {
        (Some(name), _) => name.as_str().unwrap_or("?").into(),
        (None, Some(prefix)) => eco_format!("{prefix}*"),
        (None, None) => "?".into(),
    }
}
