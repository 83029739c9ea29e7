use ecow::{EcoString, eco_format};

use super::schema::Condition;
use super::statement::Known;
use crate::facts::products::{Subject, is_on};
use crate::facts::{Evidence, Statement};
use crate::query::scalar_text;
use crate::value::{Path, Truth, Value};

/// The ways on which somebody reaches a product, and what else decides whether its weaknesses are
/// of use to them.
pub(super) struct Way<'a> {
    subject: Subject<'a>,
    /// Where the version stands.
    at: &'a Path,
    /// Ways to the product itself.
    own: Vec<&'a Statement>,
    /// Ways to whatever runs it, each with its port.
    all: &'a [Statement],
}

impl<'a> Way<'a> {
    /// `is_ai` says whether the product is one whose own login is known.
    pub(super) fn to(subject: Subject<'a>, at: &'a Path, product: &str, is_ai: bool, known: Known<'a>) -> Self {
        let id = subject.look.id;
        let all = known.reach.get(&id).map_or(&[][..], Vec::as_slice);
        let is_its = |statement: &&Statement| statement.value.get("product").and_then(Value::as_str) == Some(product);
        let own = if is_ai {
            known.endpoints.get(&id).into_iter().flatten().filter(is_its).collect()
        } else {
            all.iter().collect()
        };
        Self { subject, at, own, all }
    }

    /// The least guarded way that is certain.
    pub(super) fn worst(&self) -> Option<&'a Statement> {
        let certain = self.own.iter().filter(|statement| statement.truth == Truth::True);
        certain.min_by_key(|statement| front(statement).max(login(statement))).copied()
    }

    /// Whether all conditions hold.
    pub(super) fn is_usable(&self, conditions: &[Condition]) -> Truth {
        conditions.iter().map(|condition| self.holds(condition).0).min().unwrap_or(Truth::True)
    }

    /// Whether no setting rules the weakness out.
    pub(super) fn is_possible(&self, conditions: &[Condition]) -> bool {
        let mut settings = conditions.iter().filter(|condition| matches!(condition, Condition::On { .. }));
        settings.all(|condition| self.holds(condition).0 != Truth::False)
    }

    /// How each condition stands, and where that is decided.
    pub(super) fn evidence(&self, conditions: &[Condition]) -> Vec<Evidence> {
        let told = |condition: &Condition| {
            let (truth, at) = self.holds(condition);
            let says = match truth {
                Truth::True => "is so",
                Truth::False => "is not so here",
                Truth::Unknown => "is not known",
            };
            let at = at.unwrap_or_else(|| self.at.clone());
            Evidence::new(self.subject.look.id, at, eco_format!("{says}: {}", condition.words()))
        };
        conditions.iter().map(told).collect()
    }

    fn holds(&self, condition: &Condition) -> (Truth, Option<Path>) {
        match condition {
            Condition::Open(ports) => (self.reached(ports, |way| front(way).max(self.own_login())), None),
            Condition::Reached(ports) => (self.reached(ports, front), None),
            // What a chart makes of a value is not in the code.
            Condition::On { .. } if self.subject.container.is_none() => (Truth::Unknown, None),
            Condition::On { state, .. } => {
                let answer = is_on(state, self.subject);
                (answer.truth, answer.at)
            }
            Condition::Untold(_) => (Truth::Unknown, None),
        }
    }

    /// Whether somebody gets through on a way to one of the ports, or to any where none is named.
    fn reached(&self, ports: &[u16], guard: impl Fn(&Statement) -> Truth) -> Truth {
        let gets_through = |way: &Statement| way.truth.min(!guard(way));
        if ports.is_empty() {
            return self.own.iter().map(|way| gets_through(way)).max().unwrap_or(Truth::False);
        }
        let leads_there = |way: &Statement| match way.value.get("port").and_then(scalar_text) {
            None => Truth::Unknown,
            Some(port) => ports.iter().any(|wanted| *wanted.to_string() == *port).into(),
        };
        self.all.iter().map(|way| gets_through(way).min(leads_there(way))).max().unwrap_or(Truth::False)
    }

    /// Whether the product itself asks for a login.
    fn own_login(&self) -> Truth {
        self.own.iter().map(|way| login(way)).min().unwrap_or(Truth::False)
    }
}

/// From where a way leads, in words.
pub(super) fn from(way: &Statement) -> Option<EcoString> {
    way.value.get("from").and_then(scalar_text)
}

/// Whether a login stands in front.
fn front(way: &Statement) -> Truth {
    member(way, "guarded").max(member(way, "front_authentication"))
}

fn login(way: &Statement) -> Truth {
    member(way, "own_authentication")
}

fn member(way: &Statement, name: &str) -> Truth {
    match way.value.get(name) {
        None => Truth::False,
        Some(value) => value.as_bool().map_or(Truth::Unknown, Truth::from),
    }
}
