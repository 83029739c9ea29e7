use super::{EdgeId, ResourceId};

/// The edges at one of their ends, by resource, each in the order of their ids.
#[derive(Debug, Default)]
pub(super) struct Adjacency {
    /// Where the edges of a resource begin; one more than resources.
    starts: Vec<u32>,
    edges: Vec<EdgeId>,
}

impl Adjacency {
    /// Sorts edges by their ends, which come in the order of edge ids.
    ///
    /// # Panics
    /// With 2^32 edges, more than memory holds.
    pub(super) fn new(n_resources: usize, ends: impl Iterator<Item = ResourceId> + Clone) -> Self {
        let mut starts = vec![0_u32; n_resources + 1];
        let mut n_edges = 0;
        for end in ends.clone() {
            starts[end.0 as usize + 1] += 1;
            n_edges += 1;
        }
        assert!(u32::try_from(n_edges).is_ok(), "fewer than 2^32 edges");
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut edges = vec![EdgeId(0); n_edges];
        let mut next = starts.clone();
        for (id, end) in (0..).map(EdgeId).zip(ends) {
            let at = &mut next[end.0 as usize];
            edges[*at as usize] = id;
            *at += 1;
        }
        Self { starts, edges }
    }

    /// The edges at a resource.
    pub(super) fn of(&self, id: ResourceId) -> &[EdgeId] {
        let index = id.0 as usize;
        &self.edges[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}
