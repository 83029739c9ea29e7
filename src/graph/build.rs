use ecow::EcoString;
use rustc_hash::FxHashSet;

use super::{Adjacency, Edge, EdgeKind, Graph, Names, Part, ResourceId, Scope};
use crate::value::{Ceiling, Path};

/// Collects parts and the edges that come later; [`Builder::build`] freezes them.
#[derive(Debug, Default)]
pub struct Builder {
    graph: Graph,
    /// Edges of the parts, which are in the order of the resources that they leave.
    n_own: usize,
    seen: FxHashSet<(ResourceId, ResourceId, EdgeKind, Path)>,
    /// Resources of which the parts' edges were seen.
    is_seen: FxHashSet<ResourceId>,
}

impl Builder {
    /// The scope that the next part is to have: parts follow each other in the order of scopes.
    ///
    /// # Panics
    /// With 2^32 scopes, more than memory holds.
    pub fn next_scope(&self) -> Scope {
        Scope(u32::try_from(self.graph.scopes.len()).expect("fewer than 2^32 scopes"))
    }

    /// Adds all of a part, before any edge between resources of several.
    ///
    /// # Panics
    /// With 2^32 resources, more than memory holds.
    pub fn add(&mut self, part: &Part) {
        debug_assert_eq!(part.scope, self.next_scope(), "parts follow each other");
        debug_assert_eq!(self.n_own, self.graph.edges.len(), "parts come before edges");
        let graph = &mut self.graph;
        let first = u32::try_from(graph.resources.len()).expect("fewer than 2^32 resources");
        let here = |id: &ResourceId| ResourceId(first + id.0);
        graph.resources.extend(part.resources.iter().cloned());
        for (name, ids) in &part.by_type {
            match graph.by_type.get_mut(name) {
                Some(all) => all.extend(ids.iter().map(here)),
                None => _ = graph.by_type.insert(name.clone(), ids.iter().map(here).collect()),
            }
        }
        let here = |edge: &Edge| Edge { from: here(&edge.from), to: here(&edge.to), ..edge.clone() };
        graph.edges.extend(part.edges.iter().map(here));
        graph.scopes.push(Names { first, by_address: part.by_address.clone() });
        self.n_own = graph.edges.len();
    }

    /// Says up to which version what is installed under a name may be in a scope.
    pub fn limit(&mut self, scope: Scope, name: EcoString, ceiling: Ceiling) {
        self.graph.ceilings.insert((scope, name), ceiling);
    }

    /// Adds an edge; repeated ones count once.
    pub fn connect(&mut self, from: ResourceId, to: ResourceId, kind: EdgeKind, via: Path) {
        if self.is_seen.insert(from) {
            let own = &self.graph.edges[..self.n_own];
            let start = own.partition_point(|edge| edge.from < from);
            let own = own[start..].iter().take_while(|edge| edge.from == from);
            self.seen.extend(own.map(|edge| (from, edge.to, edge.kind, edge.via.clone())));
        }
        if self.seen.insert((from, to, kind, via.clone())) {
            self.graph.edges.push(Edge { from, to, kind, via });
        }
    }

    /// What was added so far, for looking up resources; its edges can be followed once it is built.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Freezes the graph.
    pub fn build(self) -> Graph {
        let mut graph = self.graph;
        let n = graph.resources.len();
        graph.outgoing = Adjacency::new(n, graph.edges.iter().map(|edge| edge.from));
        graph.incoming = Adjacency::new(n, graph.edges.iter().map(|edge| edge.to));
        graph
    }
}
