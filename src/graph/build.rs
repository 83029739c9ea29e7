use ecow::EcoString;
use rustc_hash::FxHashSet;

use super::{Edge, EdgeId, EdgeKind, Graph, Resource, ResourceId, Scope};
use crate::value::{Ceiling, Path};

/// Collects resources and edges; [`Builder::build`] freezes them.
#[derive(Debug, Default)]
pub struct Builder {
    graph: Graph,
    seen: FxHashSet<(ResourceId, ResourceId, EdgeKind, Path)>,
    n_scopes: u32,
}

impl Builder {
    /// A world of names that nothing is in yet.
    pub fn new_scope(&mut self) -> Scope {
        self.n_scopes += 1;
        Scope(self.n_scopes - 1)
    }

    /// Adds a resource. Of two with one address in one scope, [`Graph::find`] gives the first.
    ///
    /// # Panics
    /// With 2^32 resources, more than memory holds.
    pub fn add(&mut self, resource: Resource) -> ResourceId {
        let graph = &mut self.graph;
        let id = ResourceId(u32::try_from(graph.resources.len()).expect("fewer than 2^32 resources"));
        graph.by_type.entry(resource.type_name.clone()).or_default().push(id);
        if let Some(class) = &resource.class {
            graph.by_type.entry(class.clone()).or_default().push(id);
        }
        graph.by_address.entry((resource.scope, resource.address.clone())).or_insert(id);
        graph.resources.push(resource);
        graph.outgoing.push(Vec::new());
        graph.incoming.push(Vec::new());
        id
    }

    /// Says up to which version what is installed under a name may be in a scope.
    pub fn limit(&mut self, scope: Scope, name: EcoString, ceiling: Ceiling) {
        self.graph.ceilings.insert((scope, name), ceiling);
    }

    /// Adds an edge; repeated ones count once.
    ///
    /// # Panics
    /// With 2^32 edges, more than memory holds.
    pub fn connect(&mut self, from: ResourceId, to: ResourceId, kind: EdgeKind, via: Path) {
        if !self.seen.insert((from, to, kind, via.clone())) {
            return;
        }
        let id = EdgeId(u32::try_from(self.graph.edges.len()).expect("fewer than 2^32 edges"));
        self.graph.edges.push(Edge { from, to, kind, via });
        self.graph.outgoing[from.0 as usize].push(id);
        self.graph.incoming[to.0 as usize].push(id);
    }

    /// What was added so far, for looking up references.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Freezes the graph.
    pub fn build(self) -> Graph {
        self.graph
    }
}
