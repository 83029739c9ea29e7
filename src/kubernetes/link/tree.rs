use std::cell::RefCell;
use std::path::{Component, Path};

use rustc_hash::FxHashMap;

/// Index of a folder or file in its tree.
pub(super) type NodeId = usize;

/// Folders and files. Nodes are numbered so that what lies below one is a range of numbers.
#[derive(Debug, Default)]
pub(super) struct FileTree {
    /// The node above, its own number at the top.
    parent: Vec<NodeId>,
    depth: Vec<u32>,
    /// Disjoint sets of nodes that are copies of each other.
    copy_of: RefCell<Vec<NodeId>>,
}

impl FileTree {
    /// A tree of the paths, with the node of each, in the same order.
    pub(super) fn new<'p>(paths: impl Iterator<Item = &'p Path>) -> (Self, Vec<NodeId>) {
        let mut tree = Self { parent: vec![0], depth: vec![0], copy_of: RefCell::default() };
        let mut children: FxHashMap<(NodeId, Component<'p>), NodeId> = FxHashMap::default();
        let mut leaf_of = Vec::new();
        for path in paths {
            let mut node = 0;
            for part in path.components() {
                let next = tree.parent.len();
                let child = *children.entry((node, part)).or_insert(next);
                if child == next {
                    tree.parent.push(node);
                    tree.depth.push(tree.depth[node] + 1);
                }
                node = child;
            }
            leaf_of.push(node);
        }
        tree.copy_of = RefCell::new((0..tree.parent.len()).collect());
        (tree, leaf_of)
    }

    /// How many levels lie above both nodes: the nearer they are, the more.
    pub(super) fn closeness(&self, a: NodeId, b: NodeId) -> u32 {
        match self.branches(a, b) {
            Some((a, _)) => self.depth[a] - 1,
            None => self.depth[a].min(self.depth[b]),
        }
    }

    /// Whether two files lie side by side.
    pub(super) fn are_in_one_folder(&self, a: NodeId, b: NodeId) -> bool {
        self.parent[a] == self.parent[b]
    }

    /// Declares the branches in which two nodes lie to be copies of one deployment.
    pub(super) fn mark_copies(&self, a: NodeId, b: NodeId) {
        if let Some((a, b)) = self.branches(a, b) {
            let (a, b) = (self.first_copy(a), self.first_copy(b));
            self.copy_of.borrow_mut()[a.max(b)] = a.min(b);
        }
    }

    /// Whether the way from one node to the other leads from a copy into another.
    pub(super) fn is_across_copies(&self, a: NodeId, b: NodeId) -> bool {
        self.branches(a, b).is_some_and(|(a, b)| self.first_copy(a) == self.first_copy(b))
    }

    /// The two nodes below the nearest common folder that lead to `a` and `b`; `None` where
    /// one node lies below the other.
    fn branches(&self, mut a: NodeId, mut b: NodeId) -> Option<(NodeId, NodeId)> {
        if a == b {
            return None;
        }
        while self.depth[a] > self.depth[b] {
            a = self.parent[a];
        }
        while self.depth[b] > self.depth[a] {
            b = self.parent[b];
        }
        while a != b && self.parent[a] != self.parent[b] {
            (a, b) = (self.parent[a], self.parent[b]);
        }
        (a != b).then_some((a, b))
    }

    fn first_copy(&self, node: NodeId) -> NodeId {
        let mut copy_of = self.copy_of.borrow_mut();
        let mut at = node;
        while copy_of[at] != at {
            copy_of[at] = copy_of[copy_of[at]];
            at = copy_of[at];
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_branches_of_one_folder() {
        let paths = ["a/dev/x.yaml", "a/prod/x.yaml", "a/base/y.yaml", "a/dev/sub/z.yaml"].map(Path::new);
        let (tree, at) = FileTree::new(paths.into_iter());
        tree.mark_copies(at[0], at[1]);
        assert!(tree.is_across_copies(at[1], at[3]));
        assert!(!tree.is_across_copies(at[0], at[3]));
        assert!(!tree.is_across_copies(at[0], at[2]));
        assert!(tree.closeness(at[0], at[3]) > tree.closeness(at[0], at[2]));
        assert!(tree.closeness(at[0], at[0]) > tree.closeness(at[0], at[3]));
    }
}
