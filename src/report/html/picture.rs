use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::neighborhood::{Blocks, is_drawn};
use crate::finding::{Finding, Severity};
use crate::graph::{Edge, EdgeKind, Graph, Resource, ResourceId};
use crate::report::masked;

/// Neighbors that a picture shows at once.
const MAX_NEAR: usize = 28;

/// Resources and how they are joined; `ui/picture.ts` draws it.
#[derive(Debug, Serialize)]
pub struct Picture {
    nodes: Vec<Node>,
    edges: Vec<Link>,
}

/// A picture, and the resource of each of its nodes by id.
#[derive(Debug)]
pub struct Drawn {
    /// What is drawn.
    pub picture: Picture,
    /// In the order of ids.
    pub resources: Vec<ResourceId>,
}

#[derive(Debug, Serialize)]
struct Node {
    id: usize,
    label: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
    role: Role,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<usize>,
}

#[derive(Debug, Serialize)]
struct Link {
    from: usize,
    to: usize,
    label: String,
    role: Role,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    Focus,
    Way,
    Near,
}

/// Draws the way to a finding, or what stands around its resource where none leads there. `all` are
/// the findings whose severities mark resources.
pub fn draw_finding(finding: &Finding, all: &[Finding], graph: &Graph) -> Option<Drawn> {
    let blocks = Blocks::of(graph);
    let at = |span| blocks.at(span, &finding.address);
    let way: Vec<Option<ResourceId>> = finding.path.iter().map(|step| at(step.span)).collect();
    let focus = at(finding.primary.span).or_else(|| way.iter().rev().find_map(|id| *id))?;
    Some(draw(focus, &way, &worst(all, &blocks), graph))
}

/// Draws the way to a resource, or what stands around it where that is empty.
pub fn draw_resource(focus: ResourceId, way: &[ResourceId], all: &[Finding], graph: &Graph) -> Drawn {
    let way: Vec<Option<ResourceId>> = way.iter().map(|id| Some(*id)).collect();
    draw(focus, &way, &worst(all, &Blocks::of(graph)), graph)
}

/// The worst that is found of each resource, what repeats or follows from something else left out.
fn worst(all: &[Finding], blocks: &Blocks) -> FxHashMap<ResourceId, Severity> {
    let mut worst = FxHashMap::default();
    for finding in all.iter().filter(|finding| finding.is_lead()) {
        if let Some(id) = blocks.at(finding.primary.span, &finding.address) {
            let known = worst.entry(id).or_insert(finding.severity);
            *known = finding.severity.max(*known);
        }
    }
    worst
}

fn draw(
    focus: ResourceId,
    way: &[Option<ResourceId>],
    worst: &FxHashMap<ResourceId, Severity>,
    graph: &Graph,
) -> Drawn {
    let mut steps: FxHashMap<ResourceId, Vec<usize>> = FxHashMap::default();
    let mut stations: Vec<ResourceId> = Vec::new();
    for (n, id) in (1..).zip(way) {
        let Some(id) = *id else { continue };
        if stations.last() != Some(&id) {
            stations.push(id);
        }
        steps.entry(id).or_default().push(n);
    }
    let mut ids = Vec::new();
    for id in stations.iter().copied().chain([focus]) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let n_stations = ids.len();
    let (mut links, mut linked) = (Vec::new(), FxHashSet::default());
    let index = |ids: &[ResourceId], id| ids.iter().position(|known| *known == id);
    for pair in stations.windows(2) {
        let [from, to] = [index(&ids, pair[0]), index(&ids, pair[1])];
        if let (Some(from), Some(to)) = (from, to) {
            let label = steps.get(&pair[1]).and_then(|steps| steps.first()).map_or_else(String::new, usize::to_string);
            linked.insert((from, to));
            links.push(Link { from, to, label, role: Role::Way });
        }
    }
    for edge in near(graph, focus) {
        let other = if edge.from == focus { edge.to } else { edge.from };
        if n_stations < 2 && ids.len() < n_stations + MAX_NEAR && index(&ids, other).is_none() {
            ids.push(other);
        }
        if let (Some(from), Some(to)) = (index(&ids, edge.from), index(&ids, edge.to))
            && linked.insert((from, to))
        {
            links.push(Link { from, to, label: edge.kind.name().to_owned(), role: Role::Near });
        }
    }
    let node = |(id, of): (usize, &ResourceId)| {
        let resource = graph.resource(*of);
        let role = match id {
            _ if *of == focus => Role::Focus,
            id if id < n_stations => Role::Way,
            _ => Role::Near,
        };
        let (severity, steps) = (worst.get(of).copied(), steps.get(of).cloned().unwrap_or_default());
        Node { id, label: label(resource), kind: resource.type_name.to_string(), severity, role, steps }
    };
    let nodes = ids.iter().enumerate().map(node).collect();
    Drawn { picture: Picture { nodes, edges: links }, resources: ids }
}

fn near(graph: &Graph, id: ResourceId) -> impl Iterator<Item = &Edge> {
    let edges = graph.outgoing(id).chain(graph.incoming(id));
    edges.filter(move |edge| {
        let other = if edge.from == id { edge.to } else { edge.from };
        edge.kind != EdgeKind::ConfiguredBy && other != id && is_drawn(graph.resource(other))
    })
}

/// `module.a.aws_s3_bucket.b[0]` is called `b[0]`, `Deployment/ai/llm` is called `llm`.
fn label(resource: &Resource) -> String {
    let (address, kind) = (resource.address.as_str(), resource.type_name.as_str());
    let object =
        address.strip_prefix(kind).filter(|rest| rest.starts_with('/')).and_then(|rest| rest.rsplit('/').next());
    let block = || address.rsplit_once(&format!("{kind}.")).map(|(_, name)| name);
    masked(object.or_else(block).unwrap_or(address))
}
