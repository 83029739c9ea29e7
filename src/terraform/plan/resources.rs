use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Map, Value as Json};

use super::File;
use super::document::{Change, Document, StateModule, StateResource};
use super::hops::{Historian, combined};
use super::references::{References, Target};
use super::secrets;
use super::values::{Node, SetBy};
use crate::graph::{Presence, Resource, ResourceKind, Scope};
use crate::source::Span;
use crate::terraform::policy_document;
use crate::value::{Data, Hop, HopKind, Path, Place, Pointer, Value};

/// Most resources of one document.
const MAX_RESOURCES: usize = 200_000;

/// A resource of the document, and the way to it.
struct Entry<'d> {
    resource: &'d StateResource,
    way: Path,
}

/// All resources of a plan that will exist, in the order of the document, without places.
///
/// Below the root of its attributes a resource has no places of its own: it is found by way of
/// the document, unless [`super::merge`] gives it the places of its source.
pub(super) fn all(file: &File) -> Vec<Resource> {
    let document = &file.plan.0;
    let entries = entries(document);
    let changes = document.resource_changes.iter().filter(|change| change.deposed.is_none());
    let changes: FxHashMap<&str, &Change> = changes.map(|change| (change.address.as_str(), &change.change)).collect();
    let references = References::new(document, entries.iter().map(|entry| entry.resource.address.as_str()));
    let in_code = secrets::texts_in_code(document);
    let change_of = |entry: &Entry<'_>| changes.get(entry.resource.address.as_str()).copied();
    let mut resources: Vec<Resource> =
        entries.iter().map(|entry| one(file, entry, change_of(entry), &references, &in_code)).collect();
    let documents = policy_documents(&resources);
    let partial_of = |target: &Target| documents.get(target).cloned();
    let ids = ids(&resources);
    for (resource, entry) in resources.iter_mut().zip(&entries) {
        if let Some((configured, scope)) = references.configured(&resource.address) {
            let historian = Historian { references: &references, scope, partial_of: &partial_of };
            historian.block(&mut resource.attributes, &configured.expressions);
        } else {
            join_by_id(&mut resource.attributes, &ids, &entry.resource.depends_on);
        }
    }
    resources
}

/// Resources of the state that will be, and data sources that were read before.
fn entries(document: &Document) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    if let Some((key, state)) = document.state() {
        let root = Path::default().key(key).key("root_module");
        module(&state.root_module, &root, &mut entries);
    }
    let n_planned = entries.len();
    if let Some(state) = document.prior_state.as_ref().and_then(|prior| prior.values.as_ref()) {
        let root = Path::default().key("prior_state").key("values").key("root_module");
        module(&state.root_module, &root, &mut entries);
        let known: FxHashSet<&str> =
            entries.iter().take(n_planned).map(|entry| entry.resource.address.as_str()).collect();
        let is_new = |resource: &StateResource| resource.mode == "data" && !known.contains(resource.address.as_str());
        let mut index = 0;
        entries.retain(|entry| {
            index += 1;
            index <= n_planned || is_new(entry.resource)
        });
    }
    entries.retain(|entry| matches!(entry.resource.mode.as_str(), "managed" | "data"));
    entries.truncate(MAX_RESOURCES);
    entries
}

fn module<'d>(module: &'d StateModule, way: &Path, entries: &mut Vec<Entry<'d>>) {
    for (index, resource) in module.resources.iter().enumerate().filter(|(_, r)| r.deposed_key.is_none()) {
        entries.push(Entry { resource, way: way.key("resources").index(index) });
    }
    for (index, child) in module.child_modules.iter().enumerate() {
        self::module(child, &way.key("child_modules").index(index), entries);
    }
}

fn one(
    file: &File,
    entry: &Entry<'_>,
    change: Option<&Change>,
    references: &References<'_>,
    in_code: &FxHashSet<&str>,
) -> Resource {
    let planned = entry.resource;
    let is_data = planned.mode == "data";
    let address = EcoString::from(planned.address.as_str());
    let configured = references.configured(&address).map(|(configured, _)| &configured.expressions);
    let mut attributes = secrets::withheld(attributes(planned, change, configured), &address, false, in_code);
    let type_name = if is_data { eco_format!("data.{}", planned.kind) } else { planned.kind.as_str().into() };
    let has_json = attributes.get("json").is_some_and(|json| json.as_str().is_some());
    if type_name == "data.aws_iam_policy_document" && !has_json {
        attributes = policy_document::with_json(attributes, &address);
    }
    let pointer = |key| Place::Pointer(Arc::new(Pointer { file: file.id, document: 0, path: entry.way.key(key) }));
    let place = if planned.values.is_some() { pointer("values") } else { pointer("address") };
    Resource {
        kind: if is_data { ResourceKind::Data } else { ResourceKind::Managed },
        type_name,
        class: None,
        name: planned.name.as_str().into(),
        address,
        scope: Scope(0),
        presence: Presence::Certain,
        attributes: attributes.placed(place),
        block: Span::new(file.id, 0, file.n_bytes),
        header: pointer("address"),
    }
}

/// The attributes of one resource, what is unknown named by its address and path.
fn attributes(planned: &StateResource, change: Option<&Change>, configured: Option<&Map<String, Json>>) -> Value {
    let set_by = configured.map(|expressions| Json::Object(expressions.clone()));
    let nothing = Json::Object(Map::new());
    let is_object = |json: &&Json| json.is_object();
    let node = Node {
        known: Some(planned.values.as_ref().filter(is_object).unwrap_or(&nothing)),
        unknown: change.map(|change| &change.after_unknown).filter(is_object),
        sensitive: Some(&planned.sensitive_values).filter(is_object),
        set_by: set_by.as_ref().map_or(SetBy::Unclear, |block| SetBy::OneOf(std::slice::from_ref(block))),
    };
    let own = node.value(&planned.address.as_str().into());
    match change.map(|change| &change.after_sensitive).filter(is_object) {
        Some(after) => secrets::marked(own, after),
        None => own,
    }
}

/// What is known of the text of policy documents that depend on other resources.
fn policy_documents(resources: &[Resource]) -> FxHashMap<Target, Value> {
    let documents = resources.iter().filter(|resource| resource.type_name == "data.aws_iam_policy_document");
    let text = |resource: &Resource| {
        let json = resource.attributes.get("json").filter(|json| json.as_unknown().is_some())?.clone();
        Some((resource.address.clone(), json))
    };
    let texts = documents.filter_map(text);
    texts
        .flat_map(|(address, json)| {
            ["json", "minified_json"].map(|name| ((address.clone(), name.into()), json.clone()))
        })
        .collect()
}

/// Resources by what the cloud calls them, the only trace of a reference that a state has.
fn ids(resources: &[Resource]) -> FxHashMap<EcoString, Vec<Target>> {
    let mut ids: FxHashMap<EcoString, Vec<Target>> = FxHashMap::default();
    for resource in resources {
        for name in ["id", "arn"] {
            if let Some(Data::String(id)) = resource.attributes.get(name).map(|value| &value.data) {
                ids.entry(id.clone()).or_default().push((resource.address.clone(), name.into()));
            }
        }
    }
    ids
}

/// Gives an attribute the history of having been read from a resource it depends on, where it is
/// equal to the id of that one.
fn join_by_id(attributes: &mut Value, ids: &FxHashMap<EcoString, Vec<Target>>, depends_on: &[String]) {
    let Data::Object(members) = &attributes.data else { return };
    let mut joined = members.clone();
    for (name, member) in members.iter() {
        let Data::String(text) = &member.data else { continue };
        let targets = ids.get(text).into_iter().flatten();
        let targets = targets.filter(|(address, _)| depends_on.iter().any(|on| *on == super::address::block(address)));
        let hops = targets.map(|(address, attribute)| {
            let kind = HopKind::Resource { address: address.clone(), attribute: attribute.clone() };
            Arc::new(Hop { kind, place: Place::Above, next: Vec::new() })
        });
        let mut member = member.clone();
        member.origin.hop = combined(hops.chain(member.origin.hop.take()).collect());
        joined.insert(name.clone(), member);
    }
    attributes.data = Data::Object(joined);
}
