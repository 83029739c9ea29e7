use super::Network;
use crate::graph::Graph;

/// Adds what Kubernetes objects let in and pass on.
pub(super) fn collect(_graph: &Graph, _network: &mut Network) {}
