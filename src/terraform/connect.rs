use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::attachments::{ATTACHMENTS, Attachment};
use crate::graph::{Edge, EdgeKind, Part, Resource, ResourceId, ResourceKind};
use crate::value::{Data, Hop, HopKind, Path, Step, Value};

/// An edge for each value of a resource that was read from another resource of the root module; and
/// from parts to the whole that they name, by reference or by an equal literal name.
pub fn edges(part: &Part) -> Vec<Edge> {
    let names = Names::new(part);
    let mut edges = Vec::new();
    for (from, resource) in (0..).map(ResourceId).zip(part.resources()) {
        let start = edges.len();
        let mut seen = FxHashSet::default();
        of_resource(part, &names, from, resource, &mut |to, kind, via| {
            if seen.insert((to, kind, via.clone())) {
                edges.push(Edge { from, to, kind, via });
            }
        });
        debug_assert_eq!(seen.len(), edges.len() - start);
    }
    edges
}

fn of_resource(
    part: &Part,
    names: &Names,
    from: ResourceId,
    resource: &Resource,
    connect: &mut impl FnMut(ResourceId, EdgeKind, Path),
) {
    let mut found = Vec::new();
    references(&resource.attributes, &mut Path::default(), &mut found);
    let attachments = Names::attachments(&resource.type_name);
    for (address, via) in found {
        if let Some(to) = part.find(&address).filter(|to| *to != from) {
            let first = match via.0.first() {
                Some(Step::Key(key)) => key.clone(),
                _ => EcoString::new(),
            };
            let target = part.resource(to);
            let is_part = attachments.iter().any(|row| row.via == first && row.parent == target.type_name);
            let kind = match target.kind {
                ResourceKind::Provider => EdgeKind::ConfiguredBy,
                _ if is_part => EdgeKind::AttachesTo,
                _ => EdgeKind::References,
            };
            connect(to, kind, via);
        }
    }
    for row in attachments {
        let name = resource.attributes.get(row.via).and_then(Value::as_str);
        if let Some(to) = name.and_then(|name| names.find(row.parent, name)) {
            connect(to, EdgeKind::AttachesTo, Path::default().key(row.via));
        }
    }
}

/// Wholes by type and literal name.
struct Names(FxHashMap<(EcoString, EcoString), ResourceId>);

impl Names {
    fn new(part: &Part) -> Self {
        let mut names = FxHashMap::default();
        let parents: FxHashMap<&str, &[&str]> =
            ATTACHMENTS.iter().filter(|row| !row.keys.is_empty()).map(|row| (row.parent, row.keys)).collect();
        for (id, resource) in (0..).map(ResourceId).zip(part.resources()) {
            for key in parents.get(resource.type_name.as_str()).into_iter().copied().flatten() {
                if let Some(Data::String(name)) = resource.attributes.get(key).map(|value| &value.data) {
                    names.entry((resource.type_name.clone(), name.clone())).or_insert(id);
                }
            }
        }
        Self(names)
    }

    fn find(&self, parent: &str, name: &str) -> Option<ResourceId> {
        self.0.get(&(parent.into(), name.into())).copied()
    }

    fn attachments(child: &str) -> Vec<&'static Attachment> {
        ATTACHMENTS.iter().filter(|row| row.child == child).collect()
    }
}

/// The resources that a value and all below it were read from, with the path of each.
fn references(value: &Value, path: &mut Path, found: &mut Vec<(EcoString, Path)>) {
    if let Some(hop) = &value.origin.hop
        && !path.0.is_empty()
    {
        let mut seen = FxHashSet::default();
        let mut addresses = Vec::new();
        nearest(hop, &mut seen, &mut addresses);
        found.extend(addresses.into_iter().map(|address| (address, path.clone())));
    }
    match &value.data {
        Data::List(items) | Data::Set(items) => {
            for (index, item) in items.iter().enumerate() {
                path.0.push(Step::Index(u32::try_from(index).unwrap_or(u32::MAX)));
                references(item, path, found);
                path.0.pop();
            }
        }
        Data::Object(map) => {
            for (key, member) in map.iter() {
                path.0.push(Step::Key(key.clone()));
                references(member, path, found);
                path.0.pop();
            }
        }
        _ => {}
    }
}

/// The first resource on each way back from a value.
fn nearest(hop: &Arc<Hop>, seen: &mut FxHashSet<*const Hop>, found: &mut Vec<EcoString>) {
    if !seen.insert(Arc::as_ptr(hop)) {
        return;
    }
    match &hop.kind {
        HopKind::Resource { address, .. } => {
            if !found.contains(address) {
                found.push(address.clone());
            }
        }
        _ => hop.next.iter().for_each(|next| nearest(next, seen, found)),
    }
}
