use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::json;

use super::plain::attributes;
use super::{Edge, EdgeKind, Graph, Presence, Resource, ResourceId, Scope};
use crate::source::{SourceMap, Span};
use crate::value::{Place, without_secrets};

/// How a graph is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines for people and snapshots.
    Text,
    /// Graphviz.
    Dot,
    /// Mermaid flowchart.
    Mermaid,
    /// One JSON object with `resources` and `edges`.
    Json,
}

/// Characters of an attribute's value that a line of text shows.
const MAX_VALUE: usize = 60;

/// Prints a graph whose spans point into `sources`; resources and edges in the order of their ids.
/// No secret is printed, whatever the format.
///
/// # Panics
/// If an edge leads out of the graph, which the builder does not make.
pub fn dump(graph: &Graph, sources: &SourceMap, format: Format) -> String {
    let mut text = String::new();
    let drawn = match format {
        Format::Text => write_text(&mut text, graph, sources),
        Format::Dot => write_dot(&mut text, graph, sources),
        Format::Mermaid => write_mermaid(&mut text, graph, sources),
        Format::Json => write_json(&mut text, graph, sources),
    };
    drawn.expect("writing to a string does not fail");
    text
}

/// Each resource with an id, in the order of the ids.
fn resources(graph: &Graph) -> impl Iterator<Item = (ResourceId, &Resource)> {
    (0..).map(ResourceId).zip(graph.resources().iter().map(|resource| &**resource))
}

/// Path and one-based line of a resource's first line.
pub(super) fn place(resource: &Resource, sources: &SourceMap) -> (String, u32) {
    let Span { file, start, .. } = match resource.header {
        Place::Span(span) => span,
        Place::Above | Place::Pointer(_) => resource.block,
    };
    place_in(Span { file, start, end: start }, sources)
}

pub(super) fn place_in(span: Span, sources: &SourceMap) -> (String, u32) {
    let Span { file, start, .. } = span;
    let Some(file) = sources.files().get(file.0 as usize) else { return (String::new(), 0) };
    let path = file.path.strip_prefix(".").unwrap_or(&file.path);
    (path.to_string_lossy().replace(char::is_control, "?"), file.position(start).line)
}

/// An address or path on one line; an instance key may hold anything.
pub(super) fn name(text: &str) -> String {
    without_secrets(text).replace(char::is_control, "?")
}

fn write_text(out: &mut String, graph: &Graph, sources: &SourceMap) -> std::fmt::Result {
    let is_divided = graph.resources().iter().any(|resource| resource.scope != Scope(0));
    let mut last_scope = None;
    for (id, resource) in resources(graph) {
        if is_divided && last_scope != Some(resource.scope) {
            writeln!(out, "scope {}\n", resource.scope.0)?;
            last_scope = Some(resource.scope);
        }
        let (path, line) = place(resource, sources);
        let class = resource.class.as_ref().map_or_else(String::new, |class| format!(", {class}"));
        let maybe = if resource.presence == Presence::Maybe { ", maybe" } else { "" };
        writeln!(out, "{} ({}{class}{maybe}) {path}:{line}", name(&resource.address), resource.type_name)?;
        for (key, value) in attributes(resource) {
            writeln!(out, "  {key} = {}", shortened(&value.to_string()))?;
        }
        for edge in graph.outgoing(id) {
            let to = name(&graph.resource(edge.to).address);
            let via = edge.via.to_string();
            let via = if via.is_empty() { via } else { format!("(via {})", name(&via)) };
            writeln!(out, "  -> {}{via} {to}", edge.kind.name())?;
        }
        out.push('\n');
    }
    let n_edges = graph.edges().len();
    writeln!(out, "{} resources, {n_edges} edges", graph.resources().len())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUE) {
        None => text.to_owned(),
        Some(_) => text.chars().take(MAX_VALUE - 3).chain("...".chars()).collect(),
    }
}

/// Resources by scope and file, the way pictures are divided.
fn clusters<'a>(graph: &'a Graph, sources: &SourceMap) -> BTreeMap<(Scope, String), Vec<(ResourceId, &'a Resource)>> {
    let mut clusters = BTreeMap::<_, Vec<_>>::new();
    for (id, resource) in resources(graph) {
        clusters.entry((resource.scope, place(resource, sources).0)).or_default().push((id, resource));
    }
    clusters
}

/// Edges that a picture shows: all but those to providers, which nearly every resource has.
fn drawn(graph: &Graph) -> impl Iterator<Item = &Edge> {
    graph.edges().iter().filter(|edge| edge.kind != EdgeKind::ConfiguredBy)
}

/// A text in quotes, as Graphviz reads it.
pub(super) fn dot_text(text: &str) -> String {
    format!("\"{}\"", name(text).replace('\\', "\\\\").replace('"', "\\\""))
}

/// A text in quotes, as Mermaid reads it: entities by number; `#` starts one and comes first.
pub(super) fn mermaid_text(text: &str) -> String {
    let text = name(text).replace('#', "#35;").replace('&', "#38;").replace('"', "#34;");
    format!("\"{}\"", text.replace('<', "#60;").replace('>', "#62;").replace('`', "#96;"))
}

fn write_dot(out: &mut String, graph: &Graph, sources: &SourceMap) -> std::fmt::Result {
    let quoted = dot_text;
    writeln!(out, "digraph stanchion {{\n  rankdir=LR;\n  node [shape=box, fontname=\"monospace\"];")?;
    for (n, ((_, file), members)) in clusters(graph, sources).iter().enumerate() {
        writeln!(out, "  subgraph cluster_{n} {{\n    label={};", quoted(file))?;
        for (id, resource) in members {
            let style = if resource.presence == Presence::Maybe { ", style=dashed" } else { "" };
            writeln!(out, "    n{} [label={}{style}];", id.0, quoted(&resource.address))?;
        }
        writeln!(out, "  }}")?;
    }
    for edge in drawn(graph) {
        writeln!(out, "  n{} -> n{} [label=\"{}\"];", edge.from.0, edge.to.0, edge.kind.name())?;
    }
    writeln!(out, "}}")
}

fn write_mermaid(out: &mut String, graph: &Graph, sources: &SourceMap) -> std::fmt::Result {
    let quoted = mermaid_text;
    writeln!(out, "flowchart LR")?;
    for (n, ((_, file), members)) in clusters(graph, sources).iter().enumerate() {
        writeln!(out, "  subgraph f{n}[{}]", quoted(file))?;
        for (id, resource) in members {
            writeln!(out, "    n{}[{}]", id.0, quoted(&resource.address))?;
        }
        writeln!(out, "  end")?;
    }
    for edge in drawn(graph) {
        writeln!(out, "  n{} -->|{}| n{}", edge.from.0, edge.kind.name(), edge.to.0)?;
    }
    Ok(())
}

fn write_json(out: &mut String, graph: &Graph, sources: &SourceMap) -> std::fmt::Result {
    let resource = |(id, resource): (ResourceId, &Resource)| {
        let (file, line) = place(resource, sources);
        json!({
            "id": id.0,
            "address": name(&resource.address),
            "type": resource.type_name.as_str(),
            "class": resource.class.as_deref(),
            "name": name(&resource.name),
            "scope": resource.scope.0,
            "certain": resource.presence == Presence::Certain,
            "file": file,
            "line": line,
            "attributes": attributes(resource).into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<serde_json::Map<_, _>>(),
        })
    };
    let edges = graph.edges().iter().map(|edge| {
        json!({ "from": edge.from.0, "to": edge.to.0, "kind": edge.kind.name(), "via": name(&edge.via.to_string()) })
    });
    let document = json!({
        "version": 1,
        "resources": resources(graph).map(resource).collect::<Vec<_>>(),
        "edges": edges.collect::<Vec<_>>(),
    });
    writeln!(out, "{document:#}")
}
