use super::Outcome;
use crate::facts::{Evidence, Facts, Statement};
use crate::graph::{EdgeKind, Graph, ResourceId, Way, WayStep};
use crate::value::{Path, Value};

/// The ways that lead to and from the resources of an address: who reaches them, as whom they act,
/// and which data they keep; where nothing of that is known, what they are joined to. Empty where no
/// resource has the address.
pub fn ways(outcome: &Outcome, address: &str) -> Vec<Way> {
    let graph = &outcome.graph;
    let facts = Facts::derive(graph);
    let all = (0..).map(ResourceId).zip(graph.resources());
    let focused = all.filter(|(_, resource)| resource.address == address);
    focused.flat_map(|(id, _)| of_resource(graph, &facts, id)).collect()
}

fn of_resource(graph: &Graph, facts: &Facts, id: ResourceId) -> Vec<Way> {
    let endpoints = facts.of("ai-endpoint", id);
    let reached = if endpoints.is_empty() { facts.of("reach", id) } else { endpoints };
    let mut ways: Vec<Way> = reached.iter().map(reach).collect();
    ways.extend(facts.of("identity", id).iter().map(|statement| {
        let role = text(statement, "role");
        way(format!("acts as {role}"), &statement.trail)
    }));
    ways.extend(
        facts
            .of("ai-data", id)
            .iter()
            .map(|statement| way(format!("keeps data of {}", text(statement, "by")), &statement.trail)),
    );
    ways.retain(|way| !way.steps.is_empty());
    if ways.is_empty() {
        ways.push(neighbors(graph, id));
    }
    ways
}

fn reach(statement: &Statement) -> Way {
    let guard = ["front_authentication", "guarded"].iter().find_map(|key| statement.value.get(key));
    let login = match guard.and_then(Value::as_bool) {
        Some(true) => "past a login",
        Some(false) => "past no login",
        None => "it is not known whether past a login",
    };
    let maybe = if statement.truth.is_true() { "" } else { ", perhaps" };
    way(format!("from {}{maybe}, {login}", text(statement, "from")), &statement.trail)
}

fn text(statement: &Statement, key: &str) -> String {
    statement.value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn way(title: String, trail: &[Evidence]) -> Way {
    let step = |step: &Evidence| WayStep { resource: step.resource, at: step.at.clone(), says: step.says.to_string() };
    Way { title, steps: trail.iter().map(step).collect() }
}

/// What a resource is joined to, for one of which nothing else is known.
fn neighbors(graph: &Graph, id: ResourceId) -> Way {
    let own = WayStep { resource: id, at: Path::default(), says: "nobody is known to reach it".to_owned() };
    let joined = graph.outgoing(id).filter(|edge| edge.kind != EdgeKind::ConfiguredBy).map(|edge| WayStep {
        resource: edge.to,
        at: Path::default(),
        says: format!("{} by `{}`", edge.kind.name(), edge.via),
    });
    Way { title: "what it is joined to".to_owned(), steps: std::iter::once(own).chain(joined).collect() }
}
