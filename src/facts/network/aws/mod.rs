//! Ways into AWS: load balancers, instances, containers, functions, gateways.

mod compute;
mod gateway;
mod group;
mod listener;
mod nodes;
mod subnet;

pub(super) use nodes::open_to_internet;
pub(super) use subnet::Subnets;

use super::Network;
use crate::facts::{Look, VALUES};
use crate::graph::Graph;

/// Adds what AWS resources let in and pass on.
pub(super) fn collect(graph: &Graph, subnets: &Subnets<'_>, network: &mut Network) {
    listener::collect(graph, subnets, network);
    compute::collect(graph, subnets, network);
    gateway::collect(graph, network);
}

/// Resources of some types that attributes below `via` lead to.
fn behind<'g>(look: &Look<'g>, via: &str, types: &[&str]) -> Vec<(crate::value::Path, Look<'g>)> {
    let is_below = |path: &crate::value::Path| {
        let names = path.0.iter().filter_map(|step| match step {
            crate::value::Step::Key(key) => Some(key.as_str()),
            crate::value::Step::Index(_) => None,
        });
        let wanted: Vec<&str> = via.split('.').filter(|part| !part.is_empty()).collect();
        names.take(wanted.len()).eq(wanted.iter().copied())
    };
    let edges = look.outgoing(VALUES).filter(|(edge, to)| is_below(&edge.via) && to.is_a(types));
    edges.map(|(edge, to)| (edge.via.clone(), to)).collect()
}

/// Resources of some types whose attribute `via` leads here.
fn ahead<'g>(look: &Look<'g>, via: &str, types: &[&str]) -> Vec<Look<'g>> {
    let mut found: Vec<Look<'g>> = look
        .incoming(VALUES)
        .filter(|(edge, from)| edge.via.to_string().starts_with(via) && from.is_a(types))
        .map(|(_, from)| from)
        .collect();
    found.sort_by_key(|look| look.id);
    found.dedup_by_key(|look| look.id);
    found
}
