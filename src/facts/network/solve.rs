use std::collections::{BTreeMap, VecDeque};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Entry, Network, Node, Step, Zone};
use crate::facts::statement::{answer, number, object};
use crate::facts::{Evidence, Statement, Statements};
use crate::graph::ResourceId;
use crate::value::{Path, Truth, Value};

/// A place reached from a zone by a way of this quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct State {
    node: Node,
    zone: Zone,
    /// True or unknown.
    truth: Truth,
    guarded: Truth,
}

/// How a state was first reached: by an entry, or from another state by a step.
#[derive(Clone, Copy, Debug)]
enum Cause {
    Entry(usize),
    Step(State, usize),
}

/// One way to a place.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// Where it begins.
    pub(crate) zone: Zone,
    /// What kind of entry it begins at.
    pub(crate) entry: ecow::EcoString,
    /// Whether it exists; never false.
    pub(crate) truth: Truth,
    /// Whether a login stands in it.
    pub(crate) guarded: Truth,
    /// The port it ends at, where that is known.
    pub(crate) port: Option<u16>,
    /// Its steps, from outside in.
    pub(crate) trail: Vec<Evidence>,
}

/// All places that are reached, and how.
#[derive(Debug)]
pub(crate) struct Reached {
    entries: Vec<Entry>,
    steps: Vec<Step>,
    causes: FxHashMap<State, Cause>,
    /// The states of each resource, sorted.
    by_resource: BTreeMap<ResourceId, Vec<State>>,
}

impl Reached {
    pub(super) fn new(network: Network) -> Self {
        let Network { entries, steps } = network;
        let mut leaving: FxHashMap<Node, Vec<usize>> = FxHashMap::default();
        for (index, step) in steps.iter().enumerate() {
            leaving.entry(step.from).or_default().push(index);
        }
        let mut causes: FxHashMap<State, Cause> = FxHashMap::default();
        let mut by_resource: BTreeMap<ResourceId, Vec<State>> = BTreeMap::new();
        let mut open = VecDeque::new();
        let mut reach = |state: State, cause, open: &mut VecDeque<State>| {
            causes.entry(state).or_insert_with(|| {
                open.push_back(state);
                by_resource.entry(state.node.resource).or_default().push(state);
                cause
            });
        };
        for (index, entry) in entries.iter().enumerate() {
            let Entry { to, zone, truth, guarded, .. } = *entry;
            reach(State { node: to, zone, truth, guarded }, Cause::Entry(index), &mut open);
        }
        while let Some(state) = open.pop_front() {
            let anywhere = Node { port: None, ..state.node };
            let own = leaving.get(&state.node);
            let any = leaving.get(&anywhere).filter(|_| state.node.port.is_some());
            for &index in own.into_iter().chain(any).flatten() {
                let step = &steps[index];
                let truth = state.truth.min(step.truth);
                let next = State { node: step.to, truth, guarded: state.guarded.max(step.guarded), ..state };
                reach(next, Cause::Step(state, index), &mut open);
            }
        }
        for states in by_resource.values_mut() {
            states.sort_unstable();
        }
        Self { entries, steps, causes, by_resource }
    }

    /// The ways to a resource, the worst first: for each port and zone the least guarded one that
    /// exists for certain, and a less guarded one of which that is not known.
    pub(crate) fn routes(&self, id: ResourceId) -> Vec<Route> {
        let states = self.by_resource.get(&id).map_or(&[][..], Vec::as_slice);
        let mut worst: Vec<State> = Vec::new();
        let mut ordered: Vec<State> = states.to_vec();
        ordered.sort_by_key(|state| {
            (state.node.port, std::cmp::Reverse(state.zone), std::cmp::Reverse(state.truth), state.guarded)
        });
        for state in ordered {
            let is_beaten = worst.iter().any(|kept| {
                kept.node == state.node
                    && kept.zone >= state.zone
                    && kept.truth >= state.truth
                    && kept.guarded <= state.guarded
            });
            if !is_beaten {
                worst.push(state);
            }
        }
        worst.into_iter().map(|state| self.route(state)).collect()
    }

    fn route(&self, state: State) -> Route {
        let mut steps: Vec<&[Evidence]> = Vec::new();
        let mut at = state;
        let entry = loop {
            match self.causes[&at] {
                Cause::Entry(index) => break &self.entries[index],
                Cause::Step(from, index) => {
                    steps.push(&self.steps[index].shown);
                    at = from;
                }
            }
        };
        let shown = std::iter::once(&entry.shown[..]).chain(steps.into_iter().rev());
        let mut trail: Vec<Evidence> = shown.flatten().cloned().collect();
        let mut seen = FxHashSet::default();
        trail.retain(|evidence| seen.insert((evidence.resource, evidence.at.to_string(), evidence.says.clone())));
        let State { zone, truth, guarded, node } = state;
        Route { zone, entry: entry.name.clone(), truth, guarded, port: node.port, trail }
    }

    /// For each resource the farthest zone from which it is reached for certain.
    pub(crate) fn zones(&self) -> FxHashMap<ResourceId, Zone> {
        let farthest = |states: &Vec<State>| {
            states.iter().filter(|state| state.truth == Truth::True).map(|state| state.zone).max()
        };
        self.by_resource.iter().filter_map(|(id, states)| Some((*id, farthest(states)?))).collect()
    }

    /// The fact `reach`: for each way to a resource the `zone` it begins in, the `entry` in words,
    /// whether it is `guarded` by a login, the number of `hops`, and the `port` where known.
    pub(crate) fn statements(&self) -> Statements {
        let statement = |route: Route| Statement {
            truth: route.truth,
            value: object([
                ("zone", Some(Value::string(route.zone.name()))),
                ("from", Some(Value::string(route.zone.words()))),
                ("entry", Some(Value::string(route.entry))),
                ("guarded", Some(answer(route.guarded, "whether a login stands in the way"))),
                ("hops", Some(number(route.trail.len()))),
                ("port", route.port.map(|port| number(usize::from(port)))),
            ]),
            at: Path::default(),
            trail: route.trail,
        };
        let of = |&id: &ResourceId| (id, self.routes(id).into_iter().map(statement).collect());
        self.by_resource.keys().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: u32) -> Node {
        ResourceId(id).into()
    }

    fn entry(to: u32, zone: Zone, truth: Truth) -> Entry {
        let shown = vec![Evidence::new(ResourceId(to), Path::default(), "enters")];
        Entry { to: node(to), zone, truth, guarded: Truth::False, name: "entry".into(), shown }
    }

    fn step(from: u32, to: u32, guarded: Truth) -> Step {
        let shown = vec![Evidence::new(ResourceId(from), Path::default(), ecow::eco_format!("to {to}"))];
        Step { from: node(from), to: node(to), truth: Truth::True, guarded, shown }
    }

    fn routes(network: Network, id: u32) -> Vec<String> {
        let show = |route: Route| {
            let ways: Vec<String> = route.trail.iter().map(|step| step.resource.0.to_string()).collect();
            format!("{} {:?} {:?} {}", route.zone.name(), route.truth, route.guarded, ways.join(">"))
        };
        network.solve().routes(ResourceId(id)).into_iter().map(show).collect()
    }

    #[test]
    fn the_unguarded_way_is_kept_though_it_is_longer() {
        let entries = vec![entry(0, Zone::Internet, Truth::True)];
        let steps =
            vec![step(0, 3, Truth::True), step(0, 1, Truth::False), step(1, 2, Truth::False), step(2, 3, Truth::False)];
        assert_eq!(routes(Network { entries, steps }, 3), ["internet True False 0>0>1>2"]);
    }

    #[test]
    fn an_uncertain_open_way_stands_beside_a_certain_guarded_one() {
        let entries = vec![entry(0, Zone::Internet, Truth::True), entry(1, Zone::Internet, Truth::Unknown)];
        let steps = vec![step(0, 2, Truth::True), step(1, 2, Truth::False)];
        assert_eq!(routes(Network { entries, steps }, 2), ["internet True True 0>0", "internet Unknown False 1>1"]);
    }

    #[test]
    fn a_private_way_is_told_only_where_none_from_the_internet_is_as_open() {
        let entries = vec![entry(0, Zone::Internet, Truth::True), entry(1, Zone::Private, Truth::True)];
        let steps = vec![step(0, 2, Truth::False), step(1, 2, Truth::False)];
        assert_eq!(routes(Network { entries, steps }, 2), ["internet True False 0>0"]);
    }

    #[test]
    fn circles_end() {
        let entries = vec![entry(0, Zone::Internet, Truth::True)];
        let steps = vec![step(0, 1, Truth::False), step(1, 0, Truth::False)];
        assert_eq!(routes(Network { entries, steps }, 1).len(), 1);
    }
}
