//! Derived statements about the graph that many rules share.
//!
//! Takes the graph; gives [`Facts`], each a pure function of the graph: what is an AI product,
//! who can reach it, as whom it acts, which data it reads. A statement keeps the way that shows
//! it, resource by resource. It does not know rules or findings.
//! Start reading at [`Facts`], then `network/mod.rs`.

mod advisories;
mod data;
mod identity;
mod look;
mod names;
mod network;
mod products;
mod statement;

pub use advisories::{Advisories, Mistake, read as read_advisories, schema as advisory};
pub(crate) use look::{Look, Seen, VALUES};
pub use names::NAMES;
pub use network::Zone;
pub use products::schema;
pub use statement::{Evidence, Statement};

use rustc_hash::FxHashMap;

use crate::graph::{EdgeKind, Graph, Presence, ResourceId};
use crate::value::{Data, Hop, HopKind, Path, Reason, Truth, Value};

/// How many AI products are recognized by what runs.
pub fn n_products() -> usize {
    products::Catalog::embedded().products.len()
}

/// Statements of one kind, by resource.
pub(crate) type Statements = FxHashMap<ResourceId, Vec<Statement>>;

/// Facts about one graph.
#[derive(Debug, Default)]
pub struct Facts {
    by_name: FxHashMap<&'static str, Statements>,
    zones: FxHashMap<ResourceId, Zone>,
}

impl Facts {
    /// Derives all facts, in time linear in the edges.
    pub fn derive(graph: &Graph, advisories: &Advisories) -> Self {
        let catalog = products::Catalog::embedded();
        let mut network = network::Network::of(graph);
        products::open(graph, catalog, &mut network);
        let reached = network.solve();
        let all = products::recognize(graph, catalog);
        let mut ai = Statements::default();
        for found in &all {
            ai.entry(found.resource).or_default().push(found.statement());
        }
        for (id, statement) in products::managed(graph) {
            ai.entry(id).or_default().push(statement);
        }
        let mut facts = Self { zones: reached.zones(), ..Self::default() };
        facts.by_name.insert("ai", ai);
        let identities = identity::statements(graph);
        let onward = |actor| identity::strongest(&identities, actor);
        let endpoints = products::endpoints(graph, &all, &reached, &onward);
        let reach = reached.statements();
        let known = advisories::Known { catalog, advisories, endpoints: &endpoints, reach: &reach };
        facts.by_name.insert("ai-advisory", advisories::statements(graph, known));
        facts.by_name.insert("ai-endpoint", endpoints);
        facts.by_name.insert("ai-data", data::statements(graph, &all));
        facts.by_name.insert("identity", identities);
        facts.by_name.insert("reach", reach);
        facts.by_name.insert("selected-by-network-policy", selected_by_network_policy(graph));
        facts
    }

    /// What the fact of that name, one of [`NAMES`], says of a resource.
    pub fn of(&self, name: &str, id: ResourceId) -> &[Statement] {
        self.by_name.get(name).and_then(|statements| statements.get(&id)).map_or(&[], Vec::as_slice)
    }

    /// From how far away a resource is reached for certain; `None` where no way is known.
    pub fn zone(&self, id: ResourceId) -> Option<Zone> {
        self.zones.get(&id).copied()
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

/// A policy that exists and selects a workload, or one of which that is not known.
fn selected_by_network_policy(graph: &Graph) -> Statements {
    let mut selected = Statements::default();
    for policy in Look::all(graph, &["NetworkPolicy"]) {
        let address = &policy.resource().address;
        for (edge, workload) in policy.outgoing(&[EdgeKind::Selects, EdgeKind::MaySelect]) {
            let open = match edge.kind {
                EdgeKind::MaySelect => Some(ecow::eco_format!("whether `{address}` selects its pods")),
                _ if policy.resource().presence == Presence::Maybe => {
                    Some(ecow::eco_format!("whether `{address}` exists"))
                }
                _ => None,
            };
            let trail = vec![Evidence::new(policy.id, edge.via.clone(), "selects its pods")];
            let (truth, value) = match open {
                Some(open) => (Truth::Unknown, Value::unknown(Reason::Open(open), None)),
                None => (Truth::True, statement::object([])),
            };
            let known = selected.entry(workload.id).or_default();
            if known.iter().all(|known| known.truth < truth) {
                *known = vec![Statement { truth, value, at: Path::default(), trail }];
            }
        }
    }
    selected
}
