use super::recognize::Ai;
use crate::facts::network::{Reached, Route};
use crate::facts::statement::{answer, number};
use crate::facts::{Evidence, Look, Statement, Statements};
use crate::graph::{Graph, ResourceId};
use crate::query::scalar_text;
use crate::value::{Data, Path, Truth, Value};

/// The fact `ai-endpoint`: each AI product that somebody reaches, with the members of `ai` and
/// those of `reach`, `guarded` being called `front_authentication`. Its trail leads from outside
/// to the product's own settings, and on to what the product may do (`onward`).
pub(crate) fn endpoints(
    graph: &Graph,
    all: &[Ai],
    reached: &Reached,
    onward: &dyn Fn(ResourceId) -> Vec<Evidence>,
) -> Statements {
    let mut endpoints = Statements::default();
    for ai in all {
        let look = Look::at(graph, ai.resource);
        let routes = reached.routes(ai.resource).into_iter().filter(|route| leads_to(look, ai, route));
        let statements = worst(routes).into_iter().map(|route| statement(ai, route, onward(ai.resource)));
        let found: Vec<Statement> = statements.collect();
        if !found.is_empty() {
            endpoints.entry(ai.resource).or_default().extend(found);
        }
    }
    endpoints
}

/// Of the ways to several ports of one product the worst that is certain, and the worst of the
/// others if that is less guarded or from farther away.
fn worst(routes: impl Iterator<Item = Route>) -> Vec<Route> {
    let (certain, open): (Vec<Route>, Vec<Route>) = routes.partition(|route| route.truth == Truth::True);
    let pick = |routes: Vec<Route>| {
        routes.into_iter().min_by_key(|route| (route.guarded, std::cmp::Reverse(route.zone), route.trail.len()))
    };
    let certain = pick(certain);
    let open = pick(open).filter(|open| {
        certain.as_ref().is_none_or(|certain| open.guarded < certain.guarded || open.zone > certain.zone)
    });
    certain.into_iter().chain(open).collect()
}

/// Whether the port at the end of a way is one of the product's.
fn leads_to(look: Look<'_>, ai: &Ai, route: &Route) -> bool {
    let (Some(port), Some(container)) = (route.port, &ai.container) else { return true };
    let ports = declared(look);
    let owners: Vec<&Path> = ports.iter().filter(|(number, _)| *number == port).map(|(_, owner)| owner).collect();
    if !owners.is_empty() {
        return owners.contains(&container);
    }
    ai.product.ports.contains(&port) || containers(look) == 1
}

/// The ports that containers declare, and the containers.
fn declared(look: Look<'_>) -> Vec<(u16, Path)> {
    let mut found = Vec::new();
    for port in look.find("pod.containers.*.ports.*") {
        let number = port.value.get("containerPort").and_then(scalar_text).and_then(|text| text.parse().ok());
        let Some(number) = number else { continue };
        let mut owner = port.path().clone();
        owner.0.truncate(owner.0.len().saturating_sub(2));
        found.push((number, owner));
    }
    found
}

/// How many containers run all the time.
fn containers(look: Look<'_>) -> usize {
    let is_main = |value: &Value| !matches!(value.get("role").and_then(Value::as_str), Some("init" | "ephemeral"));
    look.find("pod.containers.*").iter().filter(|container| is_main(&container.value)).count()
}

fn statement(ai: &Ai, route: Route, onward: Vec<Evidence>) -> Statement {
    let mut statement = ai.statement();
    let hops = route.trail.len();
    let members = [
        ("zone", Some(Value::string(route.zone.name()))),
        ("from", Some(Value::string(route.zone.words()))),
        ("entry", Some(Value::string(route.entry))),
        ("front_authentication", Some(answer(route.guarded, "whether a login stands in the way"))),
        ("hops", Some(number(hops))),
        ("port", route.port.map(|port| number(usize::from(port)))),
    ];
    if let Data::Object(map) = &mut statement.value.data {
        for (key, value) in members {
            if let Some(value) = value {
                map.insert(key.into(), value);
            }
        }
    }
    statement.truth = route.truth;
    statement.at = ai.login.1.at.clone();
    let mut trail = route.trail;
    trail.append(&mut statement.trail);
    trail.extend(onward);
    Statement { trail, ..statement }
}
