//! As whom something acts, and what that identity may do.
//!
//! An actor is what runs code or answers callers: a workload, a function, a notebook, an agent.
//! Its identity is followed to the grants in the code; what is granted elsewhere is not seen, so
//! that a right is told only where the code gives it.

mod aws;
mod azure;
mod cluster;
mod google;
mod rights;

use rustc_hash::FxHashMap;

use super::{Evidence, Look, Statement, Statements, VALUES};
use crate::graph::{Graph, ResourceId};
use crate::value::{Path, Truth, Value};
use rights::Rights;

/// An actor and one of its identities.
struct Acting {
    actor: ResourceId,
    /// The value in the actor that names the identity.
    at: Path,
    /// `aws`, `google`, `azure` or `kubernetes`.
    kind: &'static str,
    /// The identity's address or name.
    role: String,
    /// From the actor to the identity.
    way: Vec<Evidence>,
    rights: Rights,
}

/// The fact `identity`: `kind`, `role`, and whether it is `admin`, `escalates` its own rights,
/// `invokes_models`, `reads_secrets` or reads and writes `all_buckets`.
pub(super) fn statements(graph: &Graph) -> Statements {
    let mut all = Vec::new();
    let roles = aws::Roles::of(graph);
    aws::collect(graph, &roles, &mut all);
    google::collect(graph, &mut all);
    azure::collect(graph, &mut all);
    cluster::collect(graph, &roles, &mut all);
    let mut statements = Statements::default();
    for acting in all {
        statements.entry(acting.actor).or_default().push(statement(acting));
    }
    statements
}

fn statement(acting: Acting) -> Statement {
    let Acting { at, kind, role, way, rights, .. } = acting;
    let mut trail = way;
    trail.extend(rights.shown());
    let mut members: Vec<(ecow::EcoString, Value)> =
        vec![("kind".into(), Value::string(kind)), ("role".into(), Value::string(role))];
    members.extend(rights.members());
    let value = crate::value::Data::Object(members.into_iter().collect()).into();
    Statement { truth: Truth::True, value, at, trail }
}

/// The way to the grants of the identity that may do most; empty where none may do much.
pub(super) fn strongest(statements: &Statements, actor: ResourceId) -> Vec<Evidence> {
    let of_actor = statements.get(&actor).map_or(&[][..], Vec::as_slice);
    let n_rights = |statement: &Statement| rights::count(&statement.value);
    let best = of_actor.iter().filter(|statement| n_rights(statement) > 0).max_by_key(|statement| n_rights(statement));
    best.map_or_else(Vec::new, |statement| statement.trail.clone())
}

/// Objects by a text that others may name them with.
type ByName = FxHashMap<String, Vec<ResourceId>>;

/// The only object of a name; `None` where there is none or more than one.
fn only(names: &ByName, name: &str) -> Option<ResourceId> {
    match names.get(name).map(Vec::as_slice) {
        Some([one]) => Some(*one),
        _ => None,
    }
}

fn by_attribute(graph: &Graph, kind: &str, attribute: &str) -> ByName {
    let mut names = ByName::default();
    for look in Look::all(graph, &[kind]) {
        if let Some(name) = look.scalar(attribute).text() {
            names.entry(name.to_owned()).or_default().push(look.id);
        }
    }
    names
}
