use std::collections::BTreeMap;
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::{Edge, Resource, ResourceId, Scope};

/// All resources of one scope, and the edges among them, indexed; ids count from its first resource.
/// Many graphs may share one.
#[derive(Debug)]
pub struct Part {
    pub(super) scope: Scope,
    pub(super) resources: Vec<Arc<Resource>>,
    /// By the resource they leave.
    pub(super) edges: Vec<Edge>,
    pub(super) by_type: BTreeMap<EcoString, Vec<ResourceId>>,
    pub(super) by_address: Arc<FxHashMap<EcoString, ResourceId>>,
}

impl Part {
    /// Indexes resources, which all are of that scope. Of two with one address [`Part::find`] gives
    /// the first.
    ///
    /// # Panics
    /// With 2^32 resources, more than memory holds.
    pub fn new(scope: Scope, resources: Vec<Arc<Resource>>) -> Self {
        let mut by_type: BTreeMap<EcoString, Vec<ResourceId>> = BTreeMap::new();
        let mut by_address = FxHashMap::default();
        by_address.reserve(resources.len());
        for (index, resource) in resources.iter().enumerate() {
            debug_assert_eq!(resource.scope, scope, "a part is one scope");
            let id = ResourceId(u32::try_from(index).expect("fewer than 2^32 resources"));
            for name in std::iter::once(&resource.type_name).chain(&resource.class) {
                match by_type.get_mut(name) {
                    Some(ids) => ids.push(id),
                    None => _ = by_type.insert(name.clone(), vec![id]),
                }
            }
            by_address.entry(resource.address.clone()).or_insert(id);
        }
        Self { scope, resources, edges: Vec::new(), by_type, by_address: Arc::new(by_address) }
    }

    /// Adds edges, which are in the order of the resources that they leave; each is there once.
    #[must_use]
    pub fn with_edges(mut self, edges: Vec<Edge>) -> Self {
        debug_assert!(edges.is_sorted_by_key(|edge| edge.from), "edges follow their resources");
        self.edges = edges;
        self
    }

    /// The scope of all its resources.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The resources, by id.
    pub fn resources(&self) -> &[Arc<Resource>] {
        &self.resources
    }

    /// The resource behind an id of this part.
    pub fn resource(&self, id: ResourceId) -> &Resource {
        &self.resources[id.0 as usize]
    }

    /// The resource of that address.
    pub fn find(&self, address: &str) -> Option<ResourceId> {
        self.by_address.get(address).copied()
    }
}
