use std::sync::LazyLock;

use super::schema::{Managed, State};
use super::switch::{self, Subject};
use crate::facts::statement::{answer, object};
use crate::facts::{Evidence, Look, Statement};
use crate::graph::{Graph, ResourceId};
use crate::value::{Path, Truth, Value};

/// The AI services of clouds that are packed into the binary.
fn embedded() -> &'static [Managed] {
    static MANAGED: LazyLock<Vec<Managed>> = LazyLock::new(|| {
        let packed = include_bytes!(concat!(env!("OUT_DIR"), "/managed.bin"));
        postcard::from_bytes(packed).expect("packed by this build")
    });
    &MANAGED
}

/// The fact `ai` of the AI services that a cloud runs. They are no endpoints of ours: who reaches
/// them is the cloud's to say, and it asks callers for an identity or a key.
pub(crate) fn managed(graph: &Graph) -> impl Iterator<Item = (ResourceId, Statement)> {
    let of_type = |managed: &'static Managed| {
        let all = Look::all(graph, &[&managed.type_name]).into_iter();
        all.filter_map(move |look| Some((look.id, statement(look, managed)?)))
    };
    embedded().iter().flat_map(of_type)
}

fn statement(look: Look<'_>, managed: &'static Managed) -> Option<Statement> {
    let subject = Subject { look, container: None, release: None };
    let only = managed.only.as_ref().map_or(Truth::True, |only| switch::holds(only, subject).truth);
    if only == Truth::False {
        return None;
    }
    let closed = State { default: true, on: Vec::new(), off: Vec::new(), except: None };
    let login = switch::is_on(managed.authentication.as_ref().unwrap_or(&closed), subject);
    let text = |text: &str| Some(Value::string(text));
    let value = object([
        ("product", text(&managed.type_name)),
        ("name", text(&managed.name)),
        ("role", text(managed.role.name())),
        ("by", text("type")),
        ("own_authentication", Some(answer(login.truth, "whether it asks its callers for a login"))),
    ]);
    let at = Path::default();
    let trail = vec![Evidence::new(look.id, at.clone(), format!("is {}", managed.name))];
    Some(Statement { truth: only, value, at, trail })
}
