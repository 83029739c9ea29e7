//! Type constraints and the conversions between types.
//!
//! Takes a constraint as it is written (`list(object({ name = string }))`); gives [`Type`],
//! to which values convert by Terraform's rules. A list and a tuple, a map and an object are
//! one kind of data here: a value's own type is read off its elements. It knows no scope.
//! Start reading at [`convert()`].

mod convert;
mod parse;
mod primitive;
mod unify;

#[cfg(test)]
mod tests;

pub(crate) use convert::{convert, set_of, try_convert};
pub(crate) use parse::parse;
pub(crate) use primitive::{kind_name, to_bool, to_number, to_text};
pub(crate) use unify::{type_of, unify, unify_values};

use std::collections::BTreeMap;

use ecow::EcoString;

use crate::value::Value;

/// What a value may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// Anything; inside a collection, any one type for all elements.
    Any,
    /// `string`
    String,
    /// `number`
    Number,
    /// `bool`
    Bool,
    /// `list(T)`
    List(Box<Self>),
    /// `set(T)`
    Set(Box<Self>),
    /// `map(T)`
    Map(Box<Self>),
    /// `tuple([T, …])`
    Tuple(Vec<Self>),
    /// `object({ name = T, … })`
    Object(BTreeMap<EcoString, Field>),
}

/// One attribute of an object type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its type.
    pub(crate) of: Type,
    /// `Some` for `optional(T, default)`; the default is null where none is written.
    pub(crate) optional: Option<Value>,
}

impl Field {
    /// An attribute that must be there.
    pub(crate) fn required(of: Type) -> Self {
        Self { of, optional: None }
    }
}
