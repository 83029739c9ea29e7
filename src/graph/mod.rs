//! ONE graph of all that the files declare.
//!
//! Takes drafts of resources from the front ends, gives an immutable [`Graph`] with typed
//! edges, indexed by type and address. It knows no provider and no kind: type names are text.
//! Start reading at [`Graph`].

mod build;
mod dump;
mod edge_kind;
mod plain;
mod resource;
mod ways;

pub use build::Builder;
pub use dump::{Format, dump};
pub use edge_kind::EdgeKind;
pub use resource::{Edge, EdgeId, Presence, Resource, ResourceId, ResourceKind, Scope};
pub use ways::{Way, WayStep, draw};

use ecow::EcoString;
use rustc_hash::FxHashMap;

use crate::value::{Ceiling, Path, Place, Pointer, Step};
use std::sync::Arc;

/// Resources and edges, immutable. Ids are dense and follow the order of files and text.
#[derive(Debug, Default)]
pub struct Graph {
    resources: Vec<Resource>,
    edges: Vec<Edge>,
    outgoing: Vec<Vec<EdgeId>>,
    incoming: Vec<Vec<EdgeId>>,
    by_type: FxHashMap<EcoString, Vec<ResourceId>>,
    by_address: FxHashMap<(Scope, EcoString), ResourceId>,
    ceilings: FxHashMap<(Scope, EcoString), Ceiling>,
}

impl Graph {
    /// All resources, by id.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// All edges, by id.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The resource behind an id of this graph.
    pub fn resource(&self, id: ResourceId) -> &Resource {
        &self.resources[id.0 as usize]
    }

    /// Resources of a type or class, in the order of their ids.
    pub fn of_type(&self, type_name: &str) -> &[ResourceId] {
        self.by_type.get(type_name).map_or(&[], Vec::as_slice)
    }

    /// Types and classes that occur, sorted.
    pub fn types(&self) -> Vec<&EcoString> {
        let mut types: Vec<_> = self.by_type.keys().collect();
        types.sort();
        types
    }

    /// The resource of that address in a scope.
    pub fn find(&self, scope: Scope, address: &str) -> Option<ResourceId> {
        self.by_address.get(&(scope, address.into())).copied()
    }

    /// Up to which version what is installed under a name may be in a scope.
    pub fn ceiling(&self, scope: Scope, name: &str) -> Ceiling {
        self.ceilings.get(&(scope, name.into())).cloned().unwrap_or_default()
    }

    /// Edges that leave a resource.
    pub fn outgoing(&self, id: ResourceId) -> impl Iterator<Item = &Edge> {
        self.outgoing[id.0 as usize].iter().map(|edge| &self.edges[edge.0 as usize])
    }

    /// Edges that enter a resource.
    pub fn incoming(&self, id: ResourceId) -> impl Iterator<Item = &Edge> {
        self.incoming[id.0 as usize].iter().map(|edge| &self.edges[edge.0 as usize])
    }

    /// Where the value at `path` stands, or the nearest value above it that exists.
    ///
    /// Returns the place and whether the whole path exists. A value that stands outside of the
    /// resource (a local, a variable's default) gives the place at which the resource uses it.
    pub fn locate(&self, id: ResourceId, path: &Path) -> (Place, bool) {
        let resource = self.resource(id);
        let mut value = &resource.attributes;
        let mut found = Cursor::new(&value.origin.place, &resource.header);
        for (depth, step) in path.0.iter().enumerate() {
            let next = match step {
                Step::Key(key) => value.get(key),
                Step::Index(index) => value.as_list().and_then(|items| items.get(*index as usize)),
            };
            let Some(next) = next else {
                return (found.place(if depth == 0 { Some(&resource.header) } else { None }), false);
            };
            found.enter(step, &next.origin.place, resource);
            value = next;
        }
        (found.place(path.0.is_empty().then_some(&resource.header)), true)
    }
}

/// The last place of its own on a way down, and the steps taken since.
struct Cursor {
    place: Place,
    below: Vec<Step>,
}

impl Cursor {
    fn new(own: &Place, header: &Place) -> Self {
        let place = if matches!(own, Place::Above) { header } else { own };
        Self { place: place.clone(), below: Vec::new() }
    }

    fn enter(&mut self, step: &Step, own: &Place, resource: &Resource) {
        match own {
            Place::Above => self.below.push(step.clone()),
            Place::Span(span) if !resource.block.contains(*span) => {}
            own => {
                self.place = own.clone();
                self.below.clear();
            }
        }
    }

    fn place(&self, instead: Option<&Place>) -> Place {
        if let Some(place) = instead {
            return place.clone();
        }
        match &self.place {
            Place::Pointer(pointer) => {
                let path = pointer.path.join(&Path(self.below.clone()));
                Place::Pointer(Arc::new(Pointer { path, ..(**pointer).clone() }))
            }
            place => place.clone(),
        }
    }
}
