use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::attachments::{ATTACHMENTS, Attachment};
use crate::graph::{Builder, EdgeKind, ResourceId, ResourceKind, Scope};
use crate::value::{Data, Hop, HopKind, Path, Step, Value};

/// Adds an edge for each value of a resource that was read from another resource, and joins
/// parts to the whole that they name, by reference or by an equal literal name.
pub fn connect(builder: &mut Builder, ids: &[ResourceId]) {
    let names = Names::new(builder, ids);
    for &id in ids {
        let resource = builder.graph().resource(id);
        let scope = resource.scope;
        let mut found = Vec::new();
        references(&resource.attributes, &mut Path::default(), &mut found);
        let attachments = Names::attachments(&resource.type_name);
        let literals: Vec<(ResourceId, Path)> = attachments
            .iter()
            .filter_map(|row| {
                let name = resource.attributes.get(row.via)?.as_str()?;
                Some((names.find(scope, row.parent, name)?, Path::default().key(row.via)))
            })
            .collect();
        for (address, via) in found {
            if let Some(to) = builder.graph().find(scope, &address).filter(|to| *to != id) {
                let first = match via.0.first() {
                    Some(Step::Key(key)) => key.clone(),
                    _ => EcoString::new(),
                };
                let target = builder.graph().resource(to);
                let is_part = attachments.iter().any(|row| row.via == first && row.parent == target.type_name);
                let kind = match target.kind {
                    ResourceKind::Provider => EdgeKind::ConfiguredBy,
                    _ if is_part => EdgeKind::AttachesTo,
                    _ => EdgeKind::References,
                };
                builder.connect(id, to, kind, via);
            }
        }
        for (to, via) in literals {
            builder.connect(id, to, EdgeKind::AttachesTo, via);
        }
    }
}

/// Wholes by scope, type and literal name.
struct Names(FxHashMap<(Scope, EcoString, EcoString), ResourceId>);

impl Names {
    fn new(builder: &Builder, ids: &[ResourceId]) -> Self {
        let mut names = FxHashMap::default();
        let parents: FxHashMap<&str, &[&str]> =
            ATTACHMENTS.iter().filter(|row| !row.keys.is_empty()).map(|row| (row.parent, row.keys)).collect();
        for &id in ids {
            let resource = builder.graph().resource(id);
            for key in parents.get(resource.type_name.as_str()).into_iter().copied().flatten() {
                if let Some(Data::String(name)) = resource.attributes.get(key).map(|value| &value.data) {
                    names.entry((resource.scope, resource.type_name.clone(), name.clone())).or_insert(id);
                }
            }
        }
        Self(names)
    }

    fn find(&self, scope: Scope, parent: &str, name: &str) -> Option<ResourceId> {
        self.0.get(&(scope, parent.into(), name.into())).copied()
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
