//! Derived statements about the graph that many rules share.
//!
//! Takes the graph; gives [`Facts`], each a pure function of the graph.
//! It does not know rules or findings.
//! Start reading at [`Facts::holds`].

mod names;

pub use names::NAMES;

use crate::graph::{EdgeKind, Graph, ResourceId};
use crate::value::{Data, Hop, HopKind, Reason, Truth, Value};

/// Facts about one graph.
#[derive(Debug)]
pub struct Facts {
    selected_by_network_policy: Vec<bool>,
}

impl Facts {
    /// Derives all facts, in time linear in the edges.
    pub fn derive(graph: &Graph) -> Self {
        Self { selected_by_network_policy: selected_by_network_policy(graph) }
    }

    /// Whether the fact of that name, one of [`NAMES`], holds for a resource.
    pub fn holds(&self, name: &str, id: ResourceId) -> Truth {
        match name {
            "selected-by-network-policy" => Truth::from(self.selected_by_network_policy[id.0 as usize]),
            _ => Truth::Unknown,
        }
    }

    /// Whether an attribute hides which resource it joins: it is unknown, and not because it is
    /// an attribute of a resource that is in the graph.
    pub fn hides_target(value: &Value) -> bool {
        match &value.data {
            Data::Unknown(unknown) => {
                let is_resource = value.origin.hop.as_deref().is_some_and(comes_from_resource);
                !is_resource && unknown.reason != Reason::Cardinality && !value.is_unset()
            }
            Data::List(items) | Data::Set(items) => items.iter().any(Self::hides_target),
            _ => false,
        }
    }
}

fn comes_from_resource(hop: &Hop) -> bool {
    matches!(hop.kind, HopKind::Resource { .. }) || hop.next.iter().any(|next| comes_from_resource(next))
}

fn selected_by_network_policy(graph: &Graph) -> Vec<bool> {
    let mut selected = vec![false; graph.resources().len()];
    for &policy in graph.of_type("NetworkPolicy") {
        for edge in graph.outgoing(policy).filter(|edge| edge.kind == EdgeKind::Selects) {
            selected[edge.to.0 as usize] = true;
        }
    }
    selected
}
