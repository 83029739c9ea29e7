//! ONE graph of all that the files declare.
//!
//! Takes the resources of each scope from the front ends, gives an immutable [`Graph`] with typed
//! edges, indexed by type and address; what did not change since the last one is shared ([`Part`]). It knows no provider and no kind: type names are text.
//! Start reading at [`Graph`].

mod adjacency;
mod build;
mod dump;
mod edge_kind;
mod part;
mod plain;
mod resource;
mod ways;

pub use build::Builder;
pub use dump::{Format, dump};
pub use edge_kind::EdgeKind;
pub use part::Part;
pub use resource::{Edge, EdgeId, Presence, Resource, ResourceId, ResourceKind, Scope};
pub use ways::{Way, WayStep, draw};

use ecow::EcoString;
use rustc_hash::FxHashMap;

use crate::value::{Ceiling, Path, Place, Pointer, Step};
use adjacency::Adjacency;
use std::sync::Arc;

/// Resources and edges, immutable. Ids are dense and follow the order of files and text.
#[derive(Debug, Default)]
pub struct Graph {
    resources: Vec<Arc<Resource>>,
    edges: Vec<Edge>,
    outgoing: Adjacency,
    incoming: Adjacency,
    by_type: FxHashMap<EcoString, Vec<ResourceId>>,
    /// By scope.
    scopes: Vec<Names>,
    ceilings: FxHashMap<(Scope, EcoString), Ceiling>,
}

/// The resources of a scope, which follow each other.
#[derive(Debug)]
struct Names {
    first: u32,
    /// Ids count from the first.
    by_address: Arc<FxHashMap<EcoString, ResourceId>>,
}

impl Graph {
    /// All resources, by id.
    pub fn resources(&self) -> &[Arc<Resource>] {
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

    /// Resources of a type or class in one scope, in the order of their ids.
    pub fn of_type_in(&self, scope: Scope, type_name: &str) -> &[ResourceId] {
        let first = |scope: usize| self.scopes.get(scope).map_or(u32::MAX, |names| names.first);
        let all = self.of_type(type_name);
        let start = all.partition_point(|id| id.0 < first(scope.0 as usize));
        let end = all.partition_point(|id| id.0 < first(scope.0 as usize + 1));
        &all[start..end]
    }

    /// Types and classes that occur, sorted.
    pub fn types(&self) -> Vec<&EcoString> {
        let mut types: Vec<_> = self.by_type.keys().collect();
        types.sort();
        types
    }

    /// The resource of that address in a scope.
    pub fn find(&self, scope: Scope, address: &str) -> Option<ResourceId> {
        let names = self.scopes.get(scope.0 as usize)?;
        names.by_address.get(address).map(|id| ResourceId(names.first + id.0))
    }

    /// Up to which version what is installed under a name may be in a scope.
    pub fn ceiling(&self, scope: Scope, name: &str) -> Ceiling {
        self.ceilings.get(&(scope, name.into())).cloned().unwrap_or_default()
    }

    /// Edges that leave a resource.
    pub fn outgoing(&self, id: ResourceId) -> impl Iterator<Item = &Edge> {
        self.outgoing.of(id).iter().map(|edge| &self.edges[edge.0 as usize])
    }

    /// Edges that enter a resource.
    pub fn incoming(&self, id: ResourceId) -> impl Iterator<Item = &Edge> {
        self.incoming.of(id).iter().map(|edge| &self.edges[edge.0 as usize])
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
