use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use crate::finding::Finding;
use crate::graph::{EdgeKind, Graph, Resource, ResourceId, ResourceKind};
use crate::report::locator::Locator;
use crate::report::masked;
use crate::source::{FileId, SourceMap, Span};
use crate::value::Place;

/// Resources that no finding is about and that are told all the same, because they are joined to one.
const MAX_NEIGHBORS: usize = 6000;
/// Neighbors of one resource.
const MAX_OF_ONE: usize = 60;

/// The resources that findings are about, those on the ways to them, and those joined to them.
#[derive(Default)]
pub(super) struct Neighborhood {
    pub(super) nodes: Vec<NodeData>,
    pub(super) edges: Vec<EdgeData>,
    blocks: Blocks,
    index_of: FxHashMap<ResourceId, usize>,
}

#[derive(Serialize)]
pub(super) struct NodeData {
    address: String,
    #[serde(rename = "type")]
    type_name: String,
    pub(super) file: usize,
    line: u32,
    /// How many neighbors are not told.
    #[serde(skip_serializing_if = "is_none")]
    more: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_none(n: &usize) -> bool {
    *n == 0
}

#[derive(Serialize)]
pub(super) struct EdgeData {
    from: usize,
    to: usize,
    kind: &'static str,
    via: String,
}

/// Blocks of files, and the resources that they declare.
#[derive(Default)]
pub(super) struct Blocks(FxHashMap<FileId, Vec<Block>>);

/// A block of a file, and a resource that it declares; instances share one.
struct Block {
    span: Span,
    resource: ResourceId,
    address: String,
}

impl Neighborhood {
    /// `findings` come in the order in which their neighbors are worth telling.
    pub(super) fn of(findings: &[&Finding], graph: &Graph, sources: &SourceMap) -> Self {
        let mut this = Self { blocks: Blocks::of(graph), ..Self::default() };
        let mut chosen = Vec::new();
        for finding in findings {
            let spans = std::iter::once(&finding.primary).chain(&finding.path).map(|label| label.span);
            chosen.extend(spans.filter_map(|span| this.blocks.at(span, &finding.address)));
        }
        let mut locator = Locator::new(sources);
        for id in &chosen {
            this.add(*id, graph, &mut locator);
        }
        let n_chosen = this.nodes.len();
        let mut told = FxHashSet::default();
        for id in chosen {
            if told.insert(id) {
                let near = neighbors(graph, id);
                let room = MAX_OF_ONE.min((n_chosen + MAX_NEIGHBORS).saturating_sub(this.nodes.len()));
                for other in near.iter().take(room) {
                    this.add(*other, graph, &mut locator);
                }
                let n_told = near.iter().filter(|other| this.index_of.contains_key(other)).count();
                this.nodes[this.index_of[&id]].more = near.len() - n_told;
            }
        }
        this.join(graph);
        this
    }

    /// The node of the resource whose block holds a span; of several instances, the one of that address.
    pub(super) fn node_at(&self, span: Span, address: &str) -> Option<usize> {
        self.index_of.get(&self.blocks.at(span, address)?).copied()
    }

    fn add(&mut self, id: ResourceId, graph: &Graph, locator: &mut Locator<'_>) {
        let next = self.nodes.len();
        let index = *self.index_of.entry(id).or_insert(next);
        if index == next {
            let resource = graph.resource(id);
            let span = if let Place::Span(span) = resource.header { span } else { resource.block };
            self.nodes.push(NodeData {
                address: masked(&resource.address),
                type_name: resource.type_name.to_string(),
                file: span.file.0 as usize,
                line: locator.at(span.file, span.start).line,
                more: 0,
            });
        }
    }

    /// The edges among the nodes, each pair and kind once.
    fn join(&mut self, graph: &Graph) {
        let mut told = FxHashSet::default();
        let edges = graph.edges().iter().filter(|edge| edge.kind != EdgeKind::ConfiguredBy && edge.from != edge.to);
        for edge in edges {
            if let (Some(&from), Some(&to)) = (self.index_of.get(&edge.from), self.index_of.get(&edge.to))
                && told.insert((from, to, edge.kind))
            {
                self.edges.push(EdgeData { from, to, kind: edge.kind.name(), via: masked(&edge.via.to_string()) });
            }
        }
    }
}

pub(super) fn is_drawn(resource: &Resource) -> bool {
    matches!(resource.kind, ResourceKind::Managed | ResourceKind::Data | ResourceKind::Object)
}

impl Blocks {
    /// Those of resources that are drawn.
    pub(super) fn of(graph: &Graph) -> Self {
        let mut blocks: FxHashMap<FileId, Vec<Block>> = FxHashMap::default();
        for (id, resource) in (0..).map(ResourceId).zip(graph.resources()).filter(|(_, resource)| is_drawn(resource)) {
            let block = Block { span: resource.block, resource: id, address: resource.address.to_string() };
            blocks.entry(resource.block.file).or_default().push(block);
        }
        #[expect(clippy::iter_over_hash_type, reason = "each list is sorted on its own")]
        for of_file in blocks.values_mut() {
            of_file.sort_by_key(|block| (block.span.start, block.span.end));
        }
        Self(blocks)
    }

    /// The resource whose block holds a span; of several instances, the one of that address.
    pub(super) fn at(&self, span: Span, address: &str) -> Option<ResourceId> {
        let blocks = self.0.get(&span.file)?;
        let end = blocks.partition_point(|block| block.span.start <= span.start);
        let start = blocks.get(end.checked_sub(1)?)?.span.start;
        let same = blocks.get(..end)?.iter().rev().take_while(|block| block.span.start == start);
        let holding: Vec<&Block> = same.filter(|block| block.span.contains(span)).collect();
        let own = holding.iter().find(|block| block.address == address).or(holding.last())?;
        Some(own.resource)
    }
}

/// Resources joined to one, in the order of their ids.
fn neighbors(graph: &Graph, id: ResourceId) -> Vec<ResourceId> {
    let outgoing = graph.outgoing(id).filter(|edge| edge.kind != EdgeKind::ConfiguredBy).map(|edge| edge.to);
    let incoming = graph.incoming(id).filter(|edge| edge.kind != EdgeKind::ConfiguredBy).map(|edge| edge.from);
    let is_wanted = |other: &ResourceId| *other != id && is_drawn(graph.resource(*other));
    let mut near: Vec<ResourceId> = outgoing.chain(incoming).filter(is_wanted).collect();
    near.sort();
    near.dedup();
    near
}
