use super::container;
use super::recognize::Ai;
use crate::facts::network::{Reached, Route};
use crate::facts::statement::{answer, number};
use crate::facts::{Evidence, Look, Statement, Statements};
use crate::graph::{Graph, ResourceId};
use crate::value::{Data, Truth, Value};

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

/// Whether a way ends at the product. Where no port says so, traffic comes to the only container,
/// or to those that declare a port.
fn leads_to(look: Look<'_>, ai: &Ai, route: &Route) -> bool {
    let Some(own) = ai.container else { return true };
    let containers = container::all(&look);
    let own = &containers[own].ports;
    let declares = |port: u16| containers.iter().any(|container| container.ports.contains(&port));
    match route.port {
        None if look.resource().class.is_some() => true,
        None => containers.len() == 1 || !own.is_empty(),
        Some(port) if declares(port) => own.contains(&port),
        Some(port) => containers.len() == 1 || ai.product.ports.contains(&port),
    }
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
