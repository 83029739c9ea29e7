use std::cmp::Ordering;
use std::collections::BTreeMap;

use ecow::EcoString;

use super::{Field, Type, try_convert};
use crate::terraform::eval::Fail;
use crate::value::{Data, Value};

/// The type of a value, read off its data: lists are tuples, maps are objects.
pub(crate) fn type_of(value: &Value) -> Type {
    match &value.data {
        Data::Null | Data::Unknown(_) => Type::Any,
        Data::Bool(_) => Type::Bool,
        Data::Number(_) => Type::Number,
        Data::String(_) => Type::String,
        Data::List(items) => Type::Tuple(items.iter().map(type_of).collect()),
        Data::Set(items) => Type::Set(Box::new(unify_all(items.iter().map(type_of)).unwrap_or(Type::Any))),
        Data::Object(map) => Type::Object(map.iter().map(|(k, v)| (k.clone(), Field::required(type_of(v)))).collect()),
    }
}

/// Converts all values to the one type that fits all.
///
/// # Errors
/// [`Fail::Invalid`] if there is none.
pub(crate) fn unify_values(values: Vec<Value>) -> Result<Vec<Value>, Fail> {
    if is_uniform(&values) {
        return Ok(values);
    }
    let Some(to) = unify_all(values.iter().map(type_of)) else {
        return Err(Fail::invalid("all elements must have the same type"));
    };
    values.into_iter().map(|value| try_convert(value, &to)).collect()
}

/// Whether all values are of one primitive type, which is the common case.
fn is_uniform(values: &[Value]) -> bool {
    let mut kinds = values.iter().map(|v| match v.data {
        Data::Null | Data::Unknown(_) => 0,
        Data::String(_) => 1,
        Data::Number(_) => 2,
        Data::Bool(_) => 3,
        _ => u8::MAX,
    });
    let Some(first) = kinds.clone().find(|&k| k != 0) else { return true };
    first != u8::MAX && kinds.all(|k| k == 0 || k == first)
}

/// The type that all convert to, `None` if there is none.
fn unify_all(types: impl Iterator<Item = Type>) -> Option<Type> {
    let mut all: Vec<Type> = types.collect();
    // A number and a bool have no type in common but that of a string beside them.
    all.sort_by_key(|t| *t != Type::String);
    let mut types = all.into_iter();
    let first = types.next().unwrap_or(Type::Any);
    types.try_fold(first, |a, b| unify(&a, &b))
}

/// The type that both convert to, `None` if there is none.
pub(crate) fn unify(a: &Type, b: &Type) -> Option<Type> {
    if a == b {
        return Some(a.clone());
    }
    match (a, b) {
        (Type::Any, other) | (other, Type::Any) => Some(other.clone()),
        (Type::String, Type::Number | Type::Bool) | (Type::Number | Type::Bool, Type::String) => Some(Type::String),
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            a.iter().zip(b).map(|(a, b)| unify(a, b)).collect::<Option<_>>().map(Type::Tuple)
        }
        (Type::Tuple(_) | Type::List(_), Type::Tuple(_) | Type::List(_)) => {
            unify_all(elements_of(a).chain(elements_of(b))).map(|t| Type::List(Box::new(t)))
        }
        (Type::Tuple(_) | Type::List(_) | Type::Set(_), Type::Tuple(_) | Type::List(_) | Type::Set(_)) => {
            unify_all(elements_of(a).chain(elements_of(b))).map(|t| Type::Set(Box::new(t)))
        }
        (Type::Object(a), Type::Object(b)) if a.keys().eq(b.keys()) => unify_fields(a, b).map(Type::Object),
        (Type::Object(_) | Type::Map(_), Type::Object(_) | Type::Map(_)) => {
            unify_all(elements_of(a).chain(elements_of(b))).map(|t| Type::Map(Box::new(t)))
        }
        _ => None,
    }
}

/// The types of the elements of a collection type.
fn elements_of(of: &Type) -> impl Iterator<Item = Type> {
    let elements: Vec<Type> = match of {
        Type::List(element) | Type::Set(element) | Type::Map(element) => vec![(**element).clone()],
        Type::Tuple(types) => types.clone(),
        Type::Object(fields) => fields.values().map(|field| field.of.clone()).collect(),
        _ => Vec::new(),
    };
    elements.into_iter()
}

fn unify_fields(a: &BTreeMap<EcoString, Field>, b: &BTreeMap<EcoString, Field>) -> Option<BTreeMap<EcoString, Field>> {
    let pairs = a.iter().zip(b.values());
    pairs.map(|((name, a), b)| Some((name.clone(), Field::required(unify(&a.of, &b.of)?)))).collect()
}

/// A total order on values, by kind and then by content; nulls come last but for
/// unknowns, which are equal.
pub(super) fn order(a: &Value, b: &Value) -> Ordering {
    match (&a.data, &b.data) {
        (Data::Bool(a), Data::Bool(b)) => a.cmp(b),
        (Data::Number(a), Data::Number(b)) => a.cmp(b),
        (Data::String(a), Data::String(b)) => a.cmp(b),
        (Data::List(a) | Data::Set(a), Data::List(b) | Data::Set(b)) => sequence(a.iter(), b.iter()),
        (Data::Object(a), Data::Object(b)) => a
            .iter()
            .map(|m| m.0)
            .cmp(b.iter().map(|m| m.0))
            .then_with(|| sequence(a.iter().map(|m| m.1), b.iter().map(|m| m.1))),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn sequence<'v>(mut a: impl Iterator<Item = &'v Value>, mut b: impl Iterator<Item = &'v Value>) -> Ordering {
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match order(a, b) {
                Ordering::Equal => {}
                decided => return decided,
            },
        }
    }
}

fn rank(value: &Value) -> u8 {
    match value.data {
        Data::Null => 6,
        Data::Bool(_) => 1,
        Data::Number(_) => 2,
        Data::String(_) => 3,
        Data::List(_) | Data::Set(_) => 4,
        Data::Object(_) => 5,
        Data::Unknown(_) => 7,
    }
}
