//! Edges between Kubernetes objects: what selects, routes to, mounts, runs as and grants what.
//!
//! Takes a graph builder that holds all objects and twins; adds edges. Names and labels are
//! looked up in indexes, nearest file first, never from one copy of a deployment to another.
//! It does not know how objects came to be. Start reading at [`link`], then `index.rs`.

mod index;
mod references;
mod select;
mod tree;

use crate::graph::{Builder, EdgeKind, ResourceId};
use crate::source::{Problem, SourceMap};
use crate::value::Path;
use index::Index;

/// An edge to be.
struct Draft {
    from: ResourceId,
    to: ResourceId,
    kind: EdgeKind,
    via: Path,
}

/// Adds the edges between all Kubernetes objects of the builder, Terraform's twins included.
///
/// Only objects of one scope are joined, and of several with the name that is looked for the
/// one nearest in the tree of files. Two folders or files that hold the same object (but for
/// namespaces and the like) are copies of one deployment; nothing is joined across copies, so that a whole
/// repository gives the edges that each deployment alone would give. An object without a
/// namespace is joined with one that has a namespace only if no other fits, or it is nearer. A
/// selector of all pods that names no namespace means those of its folder, or the nearest ones.
///
/// Returns a problem if the limit on comparisons kept it from following all; usually none.
pub fn link(builder: &mut Builder, sources: &SourceMap) -> Vec<Problem> {
    let index = Index::new(builder.graph(), sources);
    let mut drafts = Vec::new();
    references::collect(&index, &mut drafts);
    let problems = select::collect(&index, &mut drafts);
    for draft in drafts {
        builder.connect(draft.from, draft.to, draft.kind, draft.via);
    }
    problems
}
