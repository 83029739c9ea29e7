use std::fmt;

use ecow::{EcoString, EcoVec};
use rustc_hash::FxHashSet;

use super::{Hop, HopKind, Number, Origin, Path, Place, Reason, Step, Unknown};
use crate::source::Span;
use std::sync::Arc;

/// A value with its origin. Cloning is cheap; equality looks at the data alone.
///
/// *Absent* is not a value: it is the lack of one, [`Value::get`] giving `None`.
#[derive(Clone, Default)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Where it stands and whence it came.
    pub origin: Origin,
}

/// What a value is.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Data {
    /// Written as null, which Terraform takes as "not set".
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(EcoString),
    /// A list or tuple; repeated blocks and single nested blocks are lists of objects too.
    List(EcoVec<Value>),
    /// A set: sorted, without repeats.
    Set(EcoVec<Value>),
    /// A map or object.
    Object(Map),
    /// Not decided by the files.
    Unknown(Arc<Unknown>),
}

impl Value {
    /// A value at a place.
    pub fn new(data: Data, place: Place) -> Self {
        Self { data, origin: Origin { place, hop: None } }
    }

    /// An unknown value, named at `span`.
    pub fn unknown(reason: Reason, span: Option<Span>) -> Self {
        let place = span.map_or(Place::Above, Place::Span);
        Self::new(Data::Unknown(Arc::new(Unknown { reason, span, partial: None })), place)
    }

    /// Text without a place.
    pub fn string(text: impl Into<EcoString>) -> Self {
        Data::String(text.into()).into()
    }

    /// The member of an object; `None` if absent or this is no object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.get(key)
    }

    /// The value at a path; `None` if absent.
    pub fn at(&self, path: &Path) -> Option<&Self> {
        path.0.iter().try_fold(self, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.as_list()?.get(*index as usize),
        })
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Data::String(text) = &self.data { Some(text) } else { None }
    }

    /// The truth value, if it is a bool.
    pub fn as_bool(&self) -> Option<bool> {
        if let Data::Bool(value) = self.data { Some(value) } else { None }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<Number> {
        if let Data::Number(number) = self.data { Some(number) } else { None }
    }

    /// The elements, if it is a list, tuple or set.
    pub fn as_list(&self) -> Option<&[Self]> {
        match &self.data {
            Data::List(items) | Data::Set(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if it is a map or object.
    pub fn as_object(&self) -> Option<&Map> {
        if let Data::Object(map) = &self.data { Some(map) } else { None }
    }

    /// Why it is unknown, if it is.
    pub fn as_unknown(&self) -> Option<&Arc<Unknown>> {
        if let Data::Unknown(unknown) = &self.data { Some(unknown) } else { None }
    }

    /// Whether it is an attribute of a plan that no expression sets.
    pub fn is_unset(&self) -> bool {
        self.as_unknown().is_some_and(|unknown| matches!(unknown.reason, Reason::Unset(_)))
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        self.data == Data::Null
    }

    /// Whether it, or a value it was made of, is marked as sensitive: its text must not be shown.
    pub fn is_sensitive(&self) -> bool {
        let mut open: Vec<&Arc<Hop>> = self.origin.hop.iter().collect();
        let mut seen = FxHashSet::default();
        while let Some(hop) = open.pop() {
            if hop.kind == HopKind::Sensitive {
                return true;
            }
            if seen.insert(Arc::as_ptr(hop)) {
                open.extend(&hop.next);
            }
        }
        false
    }

    /// Whether neither it nor anything in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match &self.data {
            Data::Unknown(_) => false,
            Data::List(items) | Data::Set(items) => items.iter().all(Self::is_wholly_known),
            Data::Object(map) => map.iter().all(|(_, value)| value.is_wholly_known()),
            _ => true,
        }
    }

    /// The same data at another place, its history kept.
    #[must_use]
    pub fn placed(mut self, place: Place) -> Self {
        self.origin.place = place;
        self
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self { data, origin: Origin::default() }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

impl Eq for Value {}

/// Writes the data as compact JSON; unknowns as `<unknown: reason>`.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.data)
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::String(text) => write!(f, "{:?}", text.as_str()),
            Self::List(items) | Self::Set(items) => f.debug_list().entries(items).finish(),
            Self::Object(map) => f.debug_map().entries(map.iter()).finish(),
            Self::Unknown(unknown) => write!(f, "<unknown: {}>", unknown.reason),
        }
    }
}

/// Members sorted by key: small, cheap to clone, found by binary search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map(EcoVec<(EcoString, Value)>);

impl Map {
    /// The member of that name.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let index = self.0.binary_search_by(|(k, _)| k.as_str().cmp(key)).ok()?;
        Some(&self.0[index].1)
    }

    /// Sets a member, replacing one of the same name.
    pub fn insert(&mut self, key: EcoString, value: Value) {
        match self.0.binary_search_by(|(k, _)| k.cmp(&key)) {
            Ok(index) => self.0.make_mut()[index].1 = value,
            Err(index) => self.0.insert(index, (key, value)),
        }
    }

    /// Members in the order of their keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&EcoString, &Value)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Of members with the same name the last one counts.
impl FromIterator<(EcoString, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (EcoString, Value)>>(members: I) -> Self {
        let mut all: Vec<_> = members.into_iter().collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all.reverse();
        all.dedup_by(|later, earlier| later.0 == earlier.0);
        all.reverse();
        Self(all.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_member_of_a_name_counts() {
        let map: Map =
            [("b", "1"), ("a", "2"), ("b", "3")].map(|(k, v)| (k.into(), Value::string(v))).into_iter().collect();
        assert_eq!(format!("{:?}", Data::Object(map)), r#"{"a": "2", "b": "3"}"#);
    }

    #[test]
    fn value_is_six_words() {
        assert!(size_of::<Value>() <= 48, "{}", size_of::<Value>());
    }
}
