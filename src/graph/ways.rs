use std::fmt::Write;

use serde_json::json;

use super::dump::{dot_text, mermaid_text, name, place, place_in};
use super::{Format, Graph, ResourceId};
use crate::source::{SourceMap, Span};

/// A way through the graph, such as that of an attacker from outside to a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// What it is, in words.
    pub title: String,
    /// Its steps in order.
    pub steps: Vec<WayStep>,
}

/// A step of a way: a value of a resource, and what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayStep {
    /// The resource.
    pub resource: ResourceId,
    /// Where the value stands; the resource's first line if that is not known.
    pub span: Option<Span>,
    /// What it does there, in words.
    pub says: String,
}

/// Prints ways through a graph whose spans point into `sources`; no secret is printed.
///
/// # Panics
/// If a step names a resource that the graph does not have.
pub fn draw(graph: &Graph, sources: &SourceMap, ways: &[Way], format: Format) -> String {
    let mut text = String::new();
    let drawn = match format {
        Format::Text => write_text(&mut text, graph, sources, ways),
        Format::Dot => write_dot(&mut text, graph, ways),
        Format::Mermaid => write_mermaid(&mut text, graph, ways),
        Format::Json => write_json(&mut text, graph, sources, ways),
    };
    drawn.expect("writing to a string does not fail");
    text
}

/// File and one-based line of a step.
fn place_of(graph: &Graph, step: &WayStep, sources: &SourceMap) -> (String, u32) {
    step.span.map_or_else(|| place(graph.resource(step.resource), sources), |span| place_in(span, sources))
}

fn write_text(out: &mut String, graph: &Graph, sources: &SourceMap, ways: &[Way]) -> std::fmt::Result {
    for way in ways {
        writeln!(out, "{}", name(&way.title))?;
        for (n, step) in (1..).zip(&way.steps) {
            let (file, line) = place_of(graph, step, sources);
            writeln!(out, "  {n}. {}  {file}:{line}", name(&graph.resource(step.resource).address))?;
            writeln!(out, "     {}", name(&step.says))?;
        }
        out.push('\n');
    }
    Ok(())
}

/// The resources of a way, each time another one is entered, with what leads there.
fn stations(way: &Way) -> Vec<(ResourceId, String)> {
    let mut stations: Vec<(ResourceId, String)> = Vec::new();
    for step in &way.steps {
        match stations.last_mut() {
            Some((last, says)) if *last == step.resource => *says = format!("{says}; {}", step.says),
            _ => stations.push((step.resource, step.says.clone())),
        }
    }
    stations
}

/// Every resource of the ways once, in the order in which they come.
fn nodes(ways: &[Way]) -> Vec<ResourceId> {
    let mut nodes = Vec::new();
    for step in ways.iter().flat_map(|way| &way.steps) {
        if !nodes.contains(&step.resource) {
            nodes.push(step.resource);
        }
    }
    nodes
}

fn write_dot(out: &mut String, graph: &Graph, ways: &[Way]) -> std::fmt::Result {
    writeln!(out, "digraph stanchion {{\n  rankdir=LR;\n  node [shape=box, fontname=\"monospace\"];")?;
    for id in nodes(ways) {
        writeln!(out, "  n{} [label={}];", id.0, dot_text(&graph.resource(id).address))?;
    }
    for (w, way) in ways.iter().enumerate() {
        writeln!(out, "  w{w} [shape=ellipse, label={}];", dot_text(&way.title))?;
        let mut from = format!("w{w}");
        for (id, says) in stations(way) {
            writeln!(out, "  {from} -> n{} [label={}];", id.0, dot_text(&says))?;
            from = format!("n{}", id.0);
        }
    }
    writeln!(out, "}}")
}

fn write_mermaid(out: &mut String, graph: &Graph, ways: &[Way]) -> std::fmt::Result {
    writeln!(out, "flowchart LR")?;
    for id in nodes(ways) {
        writeln!(out, "  n{}[{}]", id.0, mermaid_text(&graph.resource(id).address))?;
    }
    for (w, way) in ways.iter().enumerate() {
        writeln!(out, "  w{w}([{}])", mermaid_text(&way.title))?;
        let mut from = format!("w{w}");
        for (id, says) in stations(way) {
            writeln!(out, "  {from} -->|{}| n{}", mermaid_text(&says), id.0)?;
            from = format!("n{}", id.0);
        }
    }
    Ok(())
}

fn write_json(out: &mut String, graph: &Graph, sources: &SourceMap, ways: &[Way]) -> std::fmt::Result {
    let step = |step: &WayStep| {
        let (file, line) = place_of(graph, step, sources);
        let address = name(&graph.resource(step.resource).address);
        json!({ "address": address, "file": file, "line": line, "says": name(&step.says) })
    };
    let way = |way: &Way| json!({ "title": name(&way.title), "steps": way.steps.iter().map(step).collect::<Vec<_>>() });
    let document = json!({ "version": 1, "ways": ways.iter().map(way).collect::<Vec<_>>() });
    writeln!(out, "{document:#}")
}
