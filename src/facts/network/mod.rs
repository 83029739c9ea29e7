//! Who can reach what over the network, and past which login.
//!
//! Each provider's file reads the graph and adds entries (where traffic comes in) and steps (from
//! where to where it is passed on); one search then finds the ways. A way is certain or not, and
//! guarded by a login or not; of several the least guarded is kept, and the shortest of those.

mod aws;
mod azure;
mod google;
mod kubernetes;
mod solve;

pub(super) use solve::{Reached, Route};

use ecow::EcoString;

use super::Evidence;
use crate::graph::{Graph, ResourceId};
use crate::value::Truth;

/// Where traffic arrives: a resource, and a port of it where that is known to matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Node {
    /// The resource.
    pub(crate) resource: ResourceId,
    /// One of its ports; `None` for any.
    pub(crate) port: Option<u16>,
}

impl From<ResourceId> for Node {
    fn from(resource: ResourceId) -> Self {
        Self { resource, port: None }
    }
}

/// From how far away traffic comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Zone {
    /// From a private network: a company's, a VPC's, a node's.
    Private,
    /// From everywhere.
    Internet,
}

impl Zone {
    /// With its article: `the internet`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Private => "the private network",
            Self::Internet => "the internet",
        }
    }

    /// The lowercase name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Internet => "internet",
        }
    }
}

/// A place where traffic comes in from outside of the graph.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Where it arrives.
    pub(crate) to: Node,
    /// Where it comes from.
    pub(crate) zone: Zone,
    /// Whether it does.
    pub(crate) truth: Truth,
    /// Whether it has passed a login by then.
    pub(crate) guarded: Truth,
    /// What kind of entry it is, in words: `Service of type LoadBalancer`.
    pub(crate) name: EcoString,
    /// What shows it, the decisive value first.
    pub(crate) shown: Vec<Evidence>,
}

/// Traffic passed on from one place to another.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// From where; without a port whatever arrives is passed on.
    pub(crate) from: Node,
    /// To where.
    pub(crate) to: Node,
    /// Whether it is.
    pub(crate) truth: Truth,
    /// Whether it asks for a login on the way.
    pub(crate) guarded: Truth,
    /// What shows it, in order.
    pub(crate) shown: Vec<Evidence>,
}

/// Whether an address range holds every address, or half of them.
fn is_world(range: &str) -> bool {
    range.ends_with("/0") || range.ends_with("/1")
}

/// All entries and steps of a graph.
#[derive(Debug, Default)]
pub(crate) struct Network {
    entries: Vec<Entry>,
    steps: Vec<Step>,
}

impl Network {
    /// Reads the graph.
    pub(super) fn of(graph: &Graph) -> Self {
        let mut network = Self::default();
        let subnets = aws::Subnets::of(graph);
        aws::collect(graph, &subnets, &mut network);
        azure::collect(graph, &mut network);
        google::collect(graph, &mut network);
        kubernetes::collect(graph, &subnets, &mut network);
        network
    }

    pub(crate) fn enter(&mut self, entry: Entry) {
        if entry.truth != Truth::False {
            self.entries.push(entry);
        }
    }

    pub(crate) fn pass(&mut self, step: Step) {
        if step.truth != Truth::False {
            self.steps.push(step);
        }
    }

    /// Finds the ways, in time linear in the entries and steps.
    pub(super) fn solve(self) -> Reached {
        Reached::new(self)
    }
}
