//! Ways into pods: Services, Ingresses, Gateway API and mesh routes, ports of the node, tunnels.
//!
//! A Service is a node per port; a workload is a node per container port, so that a login in front
//! of one container does not count for its neighbor.

mod admission;
mod gateway;
mod guard;
mod ingress;
mod pod;
mod proxy;
mod service;

use super::aws::Subnets;
use super::{Entry, Network, Zone, is_world};
use crate::facts::{Evidence, Look, Seen};
use crate::graph::{Graph, ResourceId};
use crate::value::{Path, Truth};

/// The class of everything that runs pods.
pub(super) const WORKLOAD: &str = "workload";

/// Adds what Kubernetes objects let in and pass on.
pub(super) fn collect(graph: &Graph, subnets: &Subnets<'_>, network: &mut Network) {
    service::collect(graph, subnets, network);
    ingress::collect(graph, network);
    gateway::collect(graph, network);
    pod::collect(graph, network);
    proxy::collect(graph, network);
}

/// From where an entry is open, and what says so.
struct Opening {
    zone: Zone,
    truth: Truth,
    at: Path,
    says: String,
    /// What else shows it.
    more: Vec<Evidence>,
}

impl Opening {
    fn new(zone: Zone, at: Path, says: impl Into<String>) -> Self {
        Self { zone, truth: Truth::True, at, says: says.into(), more: Vec::new() }
    }

    /// The same entry with only some source addresses let in: those who are let in are known.
    fn limited_to(self, ranges: &Seen) -> Self {
        match ranges {
            Seen::Text(text, at) if !text.split(',').any(|range| is_world(range.trim())) => {
                Self { zone: Zone::Private, at: at.clone(), says: format!("{}, for {text} only", self.says), ..self }
            }
            Seen::Absent | Seen::Text(..) => self,
            Seen::Unknown(_) => Self { truth: Truth::Unknown, ..self },
        }
    }

    /// What shows it, itself first.
    fn shown(&self, id: ResourceId) -> Vec<Evidence> {
        let mut shown = vec![Evidence::new(id, self.at.clone(), self.says.as_str())];
        shown.extend(self.more.iter().cloned());
        shown
    }

    fn into_entry(self, to: super::Node, id: ResourceId, guarded: Truth, more: Vec<Evidence>) -> Entry {
        let mut shown = self.shown(id);
        shown.extend(more);
        let Self { zone, truth, says, .. } = self;
        Entry { to, zone, truth, guarded, name: says.into(), shown }
    }
}

/// An annotation of an object.
fn annotation(object: &Look<'_>, name: &str) -> Seen {
    object.scalar(&format!("metadata.annotations[\"{name}\"]"))
}

/// What the object is called in words: its kind, and its name in backticks.
fn named(object: &Look<'_>) -> String {
    let resource = object.resource();
    format!("{} `{}`", resource.type_name, resource.name)
}
