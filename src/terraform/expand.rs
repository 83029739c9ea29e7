use ecow::{EcoString, eco_format};

use super::environment::Env;
use super::module::attribute;
use super::types;
use super::world::World;
use crate::source::Problem;
use crate::syntax::hcl::Block;
use crate::value::{Data, Number, Reason, Value};

/// Most instances of one block; the rest is reported.
pub(crate) const MAX_INSTANCES: usize = 1_000;

/// What `count.index`, `each.key` and `each.value` are in one instance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repetition {
    pub(crate) index: Option<Value>,
    pub(crate) key: Option<Value>,
    pub(crate) value: Option<Value>,
}

/// The instances of a block.
#[derive(Clone, Debug)]
pub(crate) enum Instances<T> {
    /// Neither `count` nor `for_each`.
    Single(T),
    /// `count`, in order.
    Count(Vec<T>),
    /// `for_each`, by key.
    Each(Vec<(EcoString, T)>),
    /// How many there are is not known: one stands for all, if it could be evaluated.
    Unknown(Option<T>),
}

impl<T> Instances<T> {
    /// The same shape with other content; `make` takes the address suffix, such as `[0]`.
    pub(crate) fn map<U>(self, mut make: impl FnMut(&str, T) -> U) -> Instances<U> {
        match self {
            Self::Single(one) => Instances::Single(make("", one)),
            Self::Count(all) => Instances::Count(
                all.into_iter().enumerate().map(|(index, one)| make(&eco_format!("[{index}]"), one)).collect(),
            ),
            Self::Each(all) => Instances::Each(
                all.into_iter().map(|(key, one)| (key.clone(), make(&eco_format!("[{key:?}]"), one))).collect(),
            ),
            Self::Unknown(one) => Instances::Unknown(one.map(|one| make("", one))),
        }
    }

    /// All instances with their address suffixes.
    pub(crate) fn with_suffixes(&self) -> Vec<(EcoString, &T)> {
        match self {
            Self::Single(one) => vec![(EcoString::new(), one)],
            Self::Count(all) => all.iter().enumerate().map(|(index, one)| (eco_format!("[{index}]"), one)).collect(),
            Self::Each(all) => all.iter().map(|(key, one)| (eco_format!("[{key:?}]"), one)).collect(),
            Self::Unknown(one) => one.iter().map(|one| (EcoString::new(), one)).collect(),
        }
    }

    /// The instance of a block that is not repeated.
    pub(crate) fn only(&self) -> Option<&T> {
        if let Self::Single(one) = self { Some(one) } else { None }
    }

    /// An object, a list or map of objects, or `unknown()`.
    pub(crate) fn each_value(&self, each: impl Fn(&T) -> Value, unknown: impl FnOnce() -> Value) -> Value {
        match self {
            Self::Single(one) => each(one),
            Self::Count(all) => Data::List(all.iter().map(each).collect()).into(),
            Self::Each(all) => Data::Object(all.iter().map(|(key, one)| (key.clone(), each(one))).collect()).into(),
            Self::Unknown(_) => unknown(),
        }
    }
}

impl Instances<Value> {
    /// As an expression sees it.
    pub(crate) fn value(&self, unknown: impl FnOnce() -> Value) -> Value {
        self.each_value(Value::clone, unknown)
    }
}

/// Evaluates `count` or `for_each` of a block.
pub(crate) fn expand(world: &World<'_>, env: &Env<'_, '_>, block: &Block) -> Instances<Repetition> {
    if let Some(expr) = attribute(&block.body, "count") {
        let value = env.evaluate(expr);
        if let Some(n) = types::to_number(&value).ok().and_then(Number::as_i64) {
            return Instances::Count(counted(world, block, n, &value));
        }
        let index = Value::unknown(Reason::Cardinality, Some(expr.span));
        return Instances::Unknown(Some(Repetition { index: Some(index), ..Repetition::default() }));
    }
    let Some(expr) = attribute(&block.body, "for_each") else { return Instances::Single(Repetition::default()) };
    let value = env.evaluate(expr);
    let mut all: Vec<(EcoString, Repetition)> = match &value.data {
        Data::Object(map) => map.iter().map(|(key, item)| (key.clone(), each(key, item.clone()))).collect(),
        Data::Set(items) | Data::List(items) => {
            let keys: Option<Vec<EcoString>> = items.iter().map(|item| types::to_text(item).ok()).collect();
            let Some(keys) = keys else { return unknown_each(&value) };
            let pairs = keys.into_iter().zip(items.iter());
            pairs.map(|(key, item)| (key.clone(), each(&key, item.clone()))).collect()
        }
        _ => return unknown_each(&value),
    };
    limit(world, block, all.len());
    all.truncate(MAX_INSTANCES);
    Instances::Each(all)
}

fn counted(world: &World<'_>, block: &Block, n: i64, value: &Value) -> Vec<Repetition> {
    let n = usize::try_from(n).unwrap_or(0);
    limit(world, block, n);
    let index = |index: usize| Value {
        data: Data::Number(Number::Int(i64::try_from(index).unwrap_or(i64::MAX))),
        origin: value.origin.clone(),
    };
    (0..n.min(MAX_INSTANCES)).map(|i| Repetition { index: Some(index(i)), ..Repetition::default() }).collect()
}

fn each(key: &EcoString, value: Value) -> Repetition {
    let key = Value { data: Data::String(key.clone()), origin: value.origin.clone() };
    Repetition { index: None, key: Some(key), value: Some(value) }
}

/// One instance that stands for any number; what it reads of `each` is unknown.
fn unknown_each(value: &Value) -> Instances<Repetition> {
    let unknown = || {
        let mut unknown = match &value.data {
            Data::Unknown(_) => value.clone(),
            _ => Value::unknown(Reason::Cardinality, None),
        };
        unknown.origin = value.origin.clone();
        unknown
    };
    Instances::Unknown(Some(Repetition { index: None, key: Some(unknown()), value: Some(unknown()) }))
}

fn limit(world: &World<'_>, block: &Block, n: usize) {
    if n > MAX_INSTANCES {
        let message = format!("{n} instances, only the first {MAX_INSTANCES} are analyzed");
        world.problems.borrow_mut().push(Problem::new(block.header, message));
    }
}
