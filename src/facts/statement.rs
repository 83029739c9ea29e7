use ecow::EcoString;

use crate::graph::ResourceId;
use crate::value::{Data, Number, Path, Reason, Truth, Value};

/// One derived statement about a resource.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Whether it is so; never false.
    pub truth: Truth,
    /// What it says, as an object that conditions read.
    pub value: Value,
    /// The value in the resource itself that decides it; the empty path for the whole.
    pub at: Path,
    /// The way that shows it, in the order in which an attacker or a value takes it.
    pub trail: Vec<Evidence>,
}

/// A place in a resource, and what it does there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The resource.
    pub resource: ResourceId,
    /// The value in it; the empty path for its header.
    pub at: Path,
    /// What it does, a few words without a full stop: `passes port 80 on to it`.
    pub says: EcoString,
}

impl Evidence {
    /// Evidence at a path.
    pub fn new(resource: ResourceId, at: Path, says: impl Into<EcoString>) -> Self {
        Self { resource, at, says: says.into() }
    }
}

/// An object of members; those that are `None` are left out.
pub(super) fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    Data::Object(members.into_iter().filter_map(|(key, value)| Some((key.into(), value?))).collect()).into()
}

/// A truth as a value: a bool, or an unknown about `what`, such as `whether a login stands in front`.
pub(super) fn answer(truth: Truth, what: &str) -> Value {
    match truth {
        Truth::True => Data::Bool(true).into(),
        Truth::False => Data::Bool(false).into(),
        Truth::Unknown => Value::unknown(Reason::Open(what.into()), None),
    }
}

/// A count as a value.
pub(super) fn number(n: usize) -> Value {
    Data::Number(Number::Int(i64::try_from(n).unwrap_or(i64::MAX))).into()
}
