//! What follows from the whole graph about one resource, in a few words each.

use crate::facts::{Facts, Statement};
use crate::graph::ResourceId;
use crate::value::{Truth, Value};

/// A statement to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) title: String,
    /// The resources on the way that shows it, from outside in; empty where none leads there.
    pub(super) way: Vec<ResourceId>,
}

/// Which AI product a resource is, in which role, and whether the internet reaches it. Only what is
/// certain is told.
pub(super) fn of(facts: &Facts, id: ResourceId) -> Vec<Fact> {
    let certain = |name: &str| facts.of(name, id).iter().filter(|it| it.truth == Truth::True);
    let mut found: Vec<Fact> = certain("ai").filter_map(product).collect();
    let reached = certain("ai-endpoint").chain(certain("reach")).filter(|it| text(it, "zone") == Some("internet"));
    // The least guarded way is the one that matters, and the first of several.
    let worst = reached.min_by_key(|it| guarded(it).and_then(Value::as_bool) != Some(false));
    found.extend(worst.map(reach));
    found
}

fn product(statement: &Statement) -> Option<Fact> {
    let (name, role) = (text(statement, "name")?, text(statement, "role")?.replace('-', " "));
    Some(Fact { title: format!("AI workload: {name}, {role}"), way: Vec::new() })
}

fn reach(statement: &Statement) -> Fact {
    let way: Vec<ResourceId> = statement.trail.iter().map(|step| step.resource).collect();
    let hops =
        statement.value.get("hops").and_then(Value::as_number).map_or_else(|| way.len().to_string(), |n| n.to_string());
    let unit = if hops == "1" { "hop" } else { "hops" };
    let login = match guarded(statement).and_then(Value::as_bool) {
        Some(true) => ", past a login",
        Some(false) => ", past no login",
        None => "",
    };
    Fact { title: format!("reachable from the internet: {hops} {unit}{login}"), way }
}

fn guarded(statement: &Statement) -> Option<&Value> {
    ["front_authentication", "guarded"].iter().find_map(|key| statement.value.get(key))
}

fn text<'s>(statement: &'s Statement, key: &str) -> Option<&'s str> {
    statement.value.get(key).and_then(Value::as_str)
}
