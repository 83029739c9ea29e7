use super::Outcome;
use super::places::Places;
use crate::facts::{Evidence, Facts, Statement};
use crate::graph::{EdgeKind, Graph, ResourceId, Way, WayStep};
use crate::value::Value;

/// The ways that lead to and from the resources of an address: who reaches them, as whom they act,
/// which data they keep and which weaknesses they are known to have; where nothing of that is known, what they are joined to. Empty where no
/// resource has the address.
pub fn ways(outcome: &Outcome, address: &str) -> Vec<Way> {
    let Outcome { sources, graph, facts, .. } = outcome;
    let teller = Teller { graph, facts, places: Places::new(sources) };
    let all = (0..).map(ResourceId).zip(graph.resources());
    let focused = all.filter(|(_, resource)| resource.address == address);
    focused.flat_map(|(id, _)| teller.of_resource(id)).collect()
}

struct Teller<'a> {
    graph: &'a Graph,
    facts: &'a Facts,
    places: Places<'a>,
}

impl Teller<'_> {
    fn of_resource(&self, id: ResourceId) -> Vec<Way> {
        let endpoints = self.facts.of("ai-endpoint", id);
        let reached = if endpoints.is_empty() { self.facts.of("reach", id) } else { endpoints };
        let identities = self.facts.of("identity", id).iter();
        let data = self.facts.of("ai-data", id).iter();
        let mut ways: Vec<Way> = reached.iter().map(|statement| self.way(reach(statement), statement)).collect();
        ways.extend(identities.map(|it| self.way(format!("acts as {}", text(it, "role")), it)));
        ways.extend(data.map(|it| self.way(format!("keeps data of {}", text(it, "by")), it)));
        let known = self.facts.of("ai-advisory", id).iter();
        ways.extend(known.map(|it| self.way(format!("has {}, {}", text(it, "weakness"), text(it, "outlook")), it)));
        ways.retain(|way| !way.steps.is_empty());
        if ways.is_empty() {
            ways.push(self.neighbors(id));
        }
        ways
    }

    fn way(&self, title: String, statement: &Statement) -> Way {
        let step = |step: &Evidence| WayStep {
            resource: step.resource,
            span: self.places.span(&self.graph.locate(step.resource, &step.at).0),
            says: step.says.to_string(),
        };
        Way { title, steps: statement.trail.iter().map(step).collect() }
    }

    /// What a resource is joined to, for one of which nothing else is known.
    fn neighbors(&self, id: ResourceId) -> Way {
        let own = WayStep { resource: id, span: None, says: "nobody is known to reach it".to_owned() };
        let edges = self.graph.outgoing(id).filter(|edge| edge.kind != EdgeKind::ConfiguredBy);
        let joined = edges.map(|edge| WayStep {
            resource: edge.to,
            span: None,
            says: format!("{} by `{}`", edge.kind.name(), edge.via),
        });
        Way { title: "what it is joined to".to_owned(), steps: std::iter::once(own).chain(joined).collect() }
    }
}

/// From where a resource is reached, and past what.
fn reach(statement: &Statement) -> String {
    let guard = ["front_authentication", "guarded"].iter().find_map(|key| statement.value.get(key));
    let login = match guard.and_then(Value::as_bool) {
        Some(true) => "past a login",
        Some(false) => "past no login",
        None => "it is not known whether past a login",
    };
    let maybe = if statement.truth.is_true() { "" } else { ", perhaps" };
    format!("from {}{maybe}, {login}", text(statement, "from"))
}

fn text(statement: &Statement, key: &str) -> String {
    statement.value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
