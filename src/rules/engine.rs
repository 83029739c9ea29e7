use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::checks::check;
use super::compile::{Link, Matcher, Test};
use super::fix::Fix;
use super::repair::repair;
use super::schema::Direction;
use super::subject::{Subject, subject};
use super::{Match, Outcome, RuleSet, Stuck, Tally};
use crate::facts::{Evidence, Facts, Statement, Zone};
use crate::finding::Severity;
use crate::graph::{Edge, Graph, Presence, Resource, ResourceId};
use crate::query::{self, Base, Found, Frames, PathExpr, Slot, policy, scalar_text};
use crate::value::{Data, Partial, PartialSegment, Reason, Truth, Unknown, Value, Version};
use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

/// Asks every rule of every resource it targets, on all cores. The result follows the order of
/// resources, then of rules.
pub(super) fn run(rules: &RuleSet, graph: &Graph, facts: &Facts, tally: Tally) -> Outcome {
    let types: Vec<_> = graph.types().into_iter().collect();
    let compiled = rules.compiled_for(&types);
    let mut questions = Vec::new();
    for (rule, matchers) in &compiled {
        for matcher in *matchers {
            let subject = if tally == Tally::Judged { subject(&matcher.test) } else { None };
            questions.push(Question { rule: *rule, matcher, subject });
        }
    }
    let mut by_type: FxHashMap<&str, Vec<&Question<'_>>> = FxHashMap::default();
    for question in &questions {
        for target in &question.matcher.targets {
            by_type.entry(target).or_default().push(question);
        }
    }
    let ids: Vec<u32> = (0..u32::try_from(graph.resources().len()).unwrap_or(u32::MAX)).collect();
    let parts: Vec<Outcome> = ids
        .par_chunks(256)
        .map(|chunk| {
            let mut outcome = Outcome::default();
            for &id in chunk {
                one_resource(ResourceId(id), graph, facts, (&by_type, tally), &mut outcome);
            }
            outcome
        })
        .collect();
    let mut all = Outcome { n_rules: compiled.len(), ..Outcome::default() };
    for part in parts {
        all.matches.extend(part.matches);
        all.stuck.extend(part.stuck);
        all.judged.extend(part.judged);
    }
    all
}

/// A case of a rule that is asked of resources.
struct Question<'m> {
    rule: usize,
    matcher: &'m Matcher,
    /// What in it says which resources the case is about; looked for where judgments are counted.
    subject: Option<Subject<'m>>,
}

fn one_resource(
    id: ResourceId,
    graph: &Graph,
    facts: &Facts,
    (by_type, tally): (&FxHashMap<&str, Vec<&Question<'_>>>, Tally),
    outcome: &mut Outcome,
) {
    let resource = graph.resource(id);
    let of = |name: &str| by_type.get(name).map_or(&[][..], Vec::as_slice);
    let own = of(&resource.type_name);
    let class = resource.class.as_deref().map_or(&[][..], of);
    for Question { rule, matcher, subject } in own.iter().chain(class) {
        let asking = Asking::new(graph, facts, id);
        asking.ask(*rule, matcher, outcome);
        if tally == Tally::Judged && asking.is_about(matcher, subject.as_ref()) {
            outcome.judged.push((*rule, id));
        }
    }
}

/// One matcher asked of one resource.
pub(super) struct Asking<'g> {
    graph: &'g Graph,
    pub(super) facts: &'g Facts,
    pub(super) id: ResourceId,
    resource: &'g Resource,
    /// The first unknown that a question hung on.
    unknown: RefCell<Option<Arc<Unknown>>>,
    /// Joined resources that made the condition true.
    joined: RefCell<Vec<ResourceId>>,
    /// The way of a statement that made the condition true.
    trail: RefCell<Vec<Evidence>>,
}

impl<'g> Asking<'g> {
    fn new(graph: &'g Graph, facts: &'g Facts, id: ResourceId) -> Self {
        let resource = graph.resource(id);
        Self {
            graph,
            facts,
            id,
            resource,
            unknown: RefCell::default(),
            joined: RefCell::default(),
            trail: RefCell::default(),
        }
    }

    fn ask(&self, rule: usize, matcher: &Matcher, outcome: &mut Outcome) {
        let root = Frames { value: &self.resource.attributes, outer: None };
        if let Some(about) = &matcher.about {
            for statement in self.facts.of(about, self.id) {
                self.ask_statement(rule, matcher, &root, statement, outcome);
            }
            return;
        }
        let Some(each) = &matcher.each else {
            return self.ask_element(rule, matcher, &root, None, outcome);
        };
        for found in query::elements(&root, each) {
            let frame = Frames { value: &found.value, outer: Some(&root) };
            self.ask_element(rule, matcher, &frame, Some(&found), outcome);
        }
    }

    fn ask_statement(
        &self,
        rule: usize,
        matcher: &Matcher,
        root: &Frames<'_>,
        statement: &Statement,
        outcome: &mut Outcome,
    ) {
        self.unknown.take();
        self.joined.take();
        self.trail.take();
        let frame = Frames { value: &statement.value, outer: Some(root) };
        let truth = self.test(&matcher.test, &frame).min(statement.truth);
        if truth == Truth::False {
            return;
        }
        let (place, _) = self.graph.locate(self.id, &statement.at);
        if truth == Truth::Unknown {
            outcome.stuck.push(Stuck { rule, resource: self.id, place, unknown: self.unknown.take() });
            return;
        }
        let at = self.resource.attributes.at(&statement.at);
        let mut trail = statement.trail.clone();
        trail.extend(self.trail.take());
        outcome.matches.push(Match {
            rule,
            resource: self.id,
            element: Some(statement.at.clone()),
            severity: self.severity(matcher),
            place,
            message: matcher.message.render(self.resource, &frame, at),
            joined: self.joined.take(),
            trail,
            repair: None,
            origin: at.and_then(|value| value.origin.hop.clone()),
        });
    }

    /// The severity of a match, by the zone from which the resource is reached if the rule asks.
    fn severity(&self, matcher: &Matcher) -> Severity {
        match self.facts.zone(self.id).filter(|_| matcher.weighs_exposure) {
            Some(Zone::Internet) => matcher.severity.raised(),
            Some(Zone::Private) => matcher.severity.lowered(),
            None => matcher.severity,
        }
    }

    /// Whether some statement of a fact holds and meets the test; the way of the first that does
    /// is noted.
    fn fact(&self, name: &str, test: Option<&Test>, frame: &Frames<'_>) -> Truth {
        let mut truth = Truth::False;
        for statement in self.facts.of(name, self.id) {
            let frame = Frames { value: &statement.value, outer: Some(frame) };
            let answer = test.map_or(Truth::True, |test| self.test(test, &frame)).min(statement.truth);
            if answer == Truth::Unknown {
                self.note(&statement.value);
            }
            truth = truth.max(answer);
            if truth == Truth::True {
                self.trail.borrow_mut().extend(statement.trail.iter().cloned());
                break;
            }
        }
        truth
    }

    fn ask_element(
        &self,
        rule: usize,
        matcher: &Matcher,
        frame: &Frames<'_>,
        element: Option<&Found>,
        outcome: &mut Outcome,
    ) {
        self.unknown.take();
        self.joined.take();
        self.trail.take();
        let truth = self.test(&matcher.test, frame);
        if truth == Truth::False {
            return;
        }
        let (place, shown) = query::place(self.graph, self.id, element, frame, &matcher.at);
        if truth == Truth::True {
            let message = matcher.message.render(self.resource, frame, shown.as_ref());
            let joined = self.joined.take();
            let origin = shown.and_then(|value| value.origin.hop);
            let element = element.map(|found| found.path().clone());
            let fix = matcher.fix.as_ref().filter(|fix| self.can_be_made(fix, frame));
            let repair = fix.and_then(|fix| repair(fix, &self.resource.attributes, element.as_ref()));
            let severity = self.severity(matcher);
            let trail = self.trail.take();
            let resource = self.id;
            outcome.matches.push(Match {
                rule,
                resource,
                element,
                severity,
                place,
                message,
                joined,
                trail,
                origin,
                repair,
            });
        } else {
            let unknown = self.unknown.take();
            outcome.stuck.push(Stuck { rule, resource: self.id, place, unknown });
        }
    }

    /// The attributes of the resource that is asked about.
    pub(super) fn attributes(&self) -> &Value {
        &self.resource.attributes
    }

    fn can_be_made(&self, fix: &Fix, frame: &Frames<'_>) -> bool {
        fix.when.as_ref().is_none_or(|test| self.test(test, frame) == Truth::True)
    }

    pub(super) fn test(&self, test: &Test, frame: &Frames<'_>) -> Truth {
        match test {
            Test::All(tests) => self.fold(tests, frame, Truth::False, Truth::min),
            Test::Any(tests) => self.fold(tests, frame, Truth::True, Truth::max),
            Test::Not(inner) => !self.test(inner, frame),
            Test::Value { path, default, checks } => self.any_slot(frame, path, &mut |slot| {
                checks.iter().map(|c| check(c, slot, default.as_ref(), frame)).min().unwrap_or(Truth::True)
            }),
            Test::Some { path, test } => self.any_element(frame, path, &mut |element| {
                self.test(test, &Frames { value: element, outer: Some(frame) })
            }),
            Test::Every { path, test } => !self.any_element(frame, path, &mut |element| {
                !self.test(test, &Frames { value: element, outer: Some(frame) })
            }),
            Test::Linked(link) => self.linked(link, frame),
            Test::Exists { types, test } => self.exists(types, test.as_deref()),
            Test::Ports { from, to, protocol, cover } => self.ports(frame, from, to, protocol.as_ref(), cover),
            Test::Fact { name, test } => self.fact(name, test.as_deref(), frame),
            Test::ProviderVersion { name, below } => self.provider_version(name, below),
        }
    }

    fn fold(&self, tests: &[Test], frame: &Frames<'_>, last: Truth, join: fn(Truth, Truth) -> Truth) -> Truth {
        let mut truth = !last;
        for test in tests {
            truth = join(truth, self.test(test, frame));
            if truth == last {
                break;
            }
        }
        truth
    }

    fn note(&self, value: &Value) {
        if let Some(unknown) = first_unknown(value) {
            self.unknown.borrow_mut().get_or_insert_with(|| unknown.clone());
        }
    }

    fn any_slot(&self, frame: &Frames<'_>, path: &PathExpr, ask: &mut dyn FnMut(&Slot<'_>) -> Truth) -> Truth {
        let mut truth = Truth::False;
        let is_partial = self.resource.presence == Presence::Partial;
        frame.visit(path, &mut |slot| {
            let slot = match slot {
                Slot::Absent if is_partial => Slot::Value(Cow::Owned(Value::unknown(Reason::Partial, None))),
                slot => slot,
            };
            let answer = ask(&slot);
            if let (Truth::Unknown, Slot::Value(value)) = (answer, &slot) {
                self.note(value);
            }
            truth = truth.max(answer);
            truth == Truth::True
        });
        truth
    }

    /// Elements of the lists at a path; an unknown list is one unknown element.
    pub(super) fn any_element(
        &self,
        frame: &Frames<'_>,
        path: &PathExpr,
        ask: &mut dyn FnMut(&Value) -> Truth,
    ) -> Truth {
        self.any_slot(frame, path, &mut |slot| match slot {
            Slot::Absent => Truth::False,
            Slot::Value(value) => match &value.data {
                Data::Null => Truth::False,
                Data::List(items) | Data::Set(items) => {
                    let mut truth = Truth::False;
                    for item in items {
                        truth = truth.max(ask(item));
                        if truth == Truth::True {
                            break;
                        }
                    }
                    truth
                }
                Data::Unknown(_) => ask(value).min(Truth::Unknown),
                _ => ask(value),
            },
        })
    }

    /// Whether a joined resource exists. What may still turn out to be joined is unknown: a
    /// candidate whose attribute is not known, or an own attribute that leads out of the graph.
    fn linked(&self, link: &Link, frame: &Frames<'_>) -> Truth {
        let mut truth = Truth::False;
        let mut is_joined = false;
        let is_out = link.direction == Direction::Out;
        let neighbors: Vec<&Edge> =
            if is_out { self.graph.outgoing(self.id).collect() } else { self.graph.incoming(self.id).collect() };
        for edge in neighbors {
            let other = if is_out { edge.to } else { edge.from };
            if !link.edges.contains(&edge.kind) || !via_fits(edge, link) || !self.is_of(other, &link.types) {
                continue;
            }
            is_joined = true;
            let (answer, further) = self.ask_other(other, link.test.as_deref());
            let answer = if is_out { answer } else { self.if_there(other, answer) };
            truth = truth.max(answer);
            if truth == Truth::True {
                let mut joined = self.joined.borrow_mut();
                joined.push(other);
                joined.extend(further);
                return truth;
            }
        }
        truth.max(if is_out { self.leads_out(link, frame, is_joined) } else { self.loose_ends(link) })
    }

    /// What a test says of another resource, and those that are joined to it in turn.
    fn ask_other(&self, other: ResourceId, test: Option<&Test>) -> (Truth, Vec<ResourceId>) {
        let resource = self.graph.resource(other);
        let Some(test) = test else { return (Truth::True, Vec::new()) };
        let asking = Asking::new(self.graph, self.facts, other);
        let truth = asking.test(test, &Frames { value: &resource.attributes, outer: None });
        if let Some(unknown) = asking.unknown.take() {
            self.unknown.borrow_mut().get_or_insert(unknown);
        }
        (truth, asking.joined.take())
    }

    /// What holds of a resource is not certain where it is not known whether the resource exists.
    /// (One that is referred to exists, or the reference would be an error.)
    fn if_there(&self, other: ResourceId, answer: Truth) -> Truth {
        let resource = self.graph.resource(other);
        if answer != Truth::True || resource.presence != Presence::Maybe {
            return answer;
        }
        self.note(&Value::unknown(Reason::Cardinality, Some(resource.block)));
        Truth::Unknown
    }

    fn is_of(&self, id: ResourceId, types: &[String]) -> bool {
        let resource = self.graph.resource(id);
        types.iter().any(|t| *t == *resource.type_name || resource.class.as_deref() == Some(t))
    }

    /// An own attribute that is set and joins nothing here leads to something we cannot see.
    fn leads_out(&self, link: &Link, frame: &Frames<'_>, is_joined: bool) -> Truth {
        let Some(via) = link.via.as_deref().filter(|_| !is_joined) else { return Truth::False };
        let Ok(path) = via.parse::<PathExpr>() else { return Truth::False };
        let root = frame.base(Base::Resource);
        let mut truth = Truth::False;
        query::visit(root, &path.steps, &mut |slot| {
            if let Slot::Value(value) = slot
                && !value.is_null()
                && !value.is_unset()
                && !value.as_list().is_some_and(<[Value]>::is_empty)
                && !is_document(&value)
            {
                self.note(&value);
                truth = Truth::Unknown;
            }
            truth == Truth::Unknown
        });
        truth
    }

    /// Candidates of the wanted type, in the same scope, of which it is not known what they join.
    fn loose_ends(&self, link: &Link) -> Truth {
        let Some(via) = link.via.as_deref() else { return Truth::False };
        for other in link.types.iter().flat_map(|t| self.graph.of_type_in(self.resource.scope, t)) {
            let other = self.graph.resource(*other);
            if let Some(value) = other.attributes.get(via)
                && Facts::hides_target(value)
            {
                self.note(value);
                return Truth::Unknown;
            }
        }
        Truth::False
    }

    fn exists(&self, types: &[String], test: Option<&Test>) -> Truth {
        let mut truth = Truth::False;
        for id in types.iter().flat_map(|t| self.graph.of_type_in(self.resource.scope, t)) {
            truth = truth.max(self.if_there(*id, self.ask_other(*id, test).0));
            if truth == Truth::True {
                break;
            }
        }
        truth
    }

    fn provider_version(&self, name: &str, below: &Version) -> Truth {
        let truth = self.graph.ceiling(self.resource.scope, name).is_below(below);
        if truth == Truth::Unknown {
            let reason = Reason::Invalid(ecow::eco_format!("the version constraint of the provider `{name}`"));
            self.note(&Value::unknown(reason, None));
        }
        truth
    }

    fn ports(
        &self,
        frame: &Frames<'_>,
        from: &PathExpr,
        to: &PathExpr,
        protocol: Option<&PathExpr>,
        cover: &[i64],
    ) -> Truth {
        let bound = |path: &PathExpr| match frame.first(path) {
            Slot::Absent => Ok(None),
            Slot::Value(value) => match &value.data {
                Data::Null => Ok(None),
                Data::Unknown(_) => {
                    self.note(&value);
                    Err(Truth::Unknown)
                }
                _ => Ok(scalar_text(&value).and_then(|text| text.parse::<i64>().ok())),
            },
        };
        if let Some(Slot::Value(value)) = protocol.map(|path| frame.first(path)) {
            match scalar_text(&value) {
                Some(text) if ["-1", "all", "any", "*"].contains(&text.to_lowercase().as_str()) => return Truth::True,
                None if value.as_unknown().is_some() => {
                    self.note(&value);
                    return Truth::Unknown;
                }
                _ => {}
            }
        }
        match (bound(from), bound(to)) {
            (Ok(from), Ok(to)) => {
                let (from, to) = (from.unwrap_or(0), to.unwrap_or(65535));
                let (from, to) =
                    if from == -1 || (from, to) == (0, 0) && cover.is_empty() { (0, 65535) } else { (from, to) };
                Truth::from(match cover {
                    [] => from <= 0 && to >= 65535,
                    ports => ports.iter().any(|port| (from..=to).contains(port)),
                })
            }
            _ => Truth::Unknown,
        }
    }
}

/// Whether a value is a whole document, which names no resource.
fn is_document(value: &Value) -> bool {
    let is_prose = |text: &str| text.contains(|c: char| c.is_whitespace() || c == '{');
    policy::structure(value).is_some()
        || match &value.data {
            Data::String(text) => is_prose(text),
            Data::Object(_) => true,
            Data::Unknown(unknown) => match &unknown.partial {
                Some(Partial::Template(pieces)) => {
                    pieces.iter().any(|piece| matches!(piece, PartialSegment::Known(text) if is_prose(text)))
                }
                _ => false,
            },
            _ => false,
        }
}

fn via_fits(edge: &Edge, link: &Link) -> bool {
    link.via.as_deref().is_none_or(|via| {
        let text = edge.via.to_string();
        let names = text.split(['.', '[']).filter(|name| !name.ends_with(']'));
        via.split('.').zip(names).all(|(wanted, name)| wanted == name)
    })
}

fn first_unknown(value: &Value) -> Option<&Arc<Unknown>> {
    match &value.data {
        Data::Unknown(unknown) => Some(unknown),
        Data::List(items) | Data::Set(items) => items.iter().find_map(first_unknown),
        Data::Object(map) => map.iter().find_map(|(_, member)| first_unknown(member)),
        _ => None,
    }
}
