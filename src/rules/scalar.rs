use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A value in a rule file.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(untagged))]
pub enum Scalar {
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
        }
    }
}

/// The binary form of [`Scalar`], which cannot look ahead.
#[derive(Serialize, Deserialize)]
enum PackedScalar {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

impl Serialize for Scalar {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return match self {
                Self::Bool(value) => serializer.serialize_bool(*value),
                Self::Int(value) => serializer.serialize_i64(*value),
                Self::Float(value) => serializer.serialize_f64(*value),
                Self::Text(value) => serializer.serialize_str(value),
            };
        }
        let packed = match self.clone() {
            Self::Bool(value) => PackedScalar::Bool(value),
            Self::Int(value) => PackedScalar::Int(value),
            Self::Float(value) => PackedScalar::Float(value),
            Self::Text(value) => PackedScalar::Text(value),
        };
        packed.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_any(ScalarVisitor);
        }
        Ok(match PackedScalar::deserialize(deserializer)? {
            PackedScalar::Bool(value) => Self::Bool(value),
            PackedScalar::Int(value) => Self::Int(value),
            PackedScalar::Float(value) => Self::Float(value),
            PackedScalar::Text(value) => Self::Text(value),
        })
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, true or false")
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Int(value))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Scalar, E> {
        i64::try_from(value).map(Scalar::Int).map_err(|_| E::custom("number too large"))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar::Float(value))
    }
    fn visit_str<E: de::Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }
}

/// A value in a fix, written out as it is to stand in the code.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(untagged))]
pub enum Literal {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    List(Vec<Literal>),
    /// A map, block or mapping.
    Map(BTreeMap<String, Literal>),
}

/// Written as `value`, `[a, b]`, `{ name: value }`.
impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(scalar) => scalar.fmt(f),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Map(members) => {
                let members: Vec<_> = members.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                write!(f, "{{ {} }}", members.join(", "))
            }
        }
    }
}

/// The binary form of [`Literal`], which cannot look ahead.
#[derive(Serialize, Deserialize)]
enum PackedLiteral {
    Scalar(Scalar),
    List(Vec<Literal>),
    Map(BTreeMap<String, Literal>),
}

impl Serialize for Literal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return match self {
                Self::Scalar(scalar) => scalar.serialize(serializer),
                Self::List(items) => items.serialize(serializer),
                Self::Map(members) => members.serialize(serializer),
            };
        }
        let packed = match self.clone() {
            Self::Scalar(scalar) => PackedLiteral::Scalar(scalar),
            Self::List(items) => PackedLiteral::List(items),
            Self::Map(members) => PackedLiteral::Map(members),
        };
        packed.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_any(LiteralVisitor);
        }
        Ok(match PackedLiteral::deserialize(deserializer)? {
            PackedLiteral::Scalar(scalar) => Self::Scalar(scalar),
            PackedLiteral::List(items) => Self::List(items),
            PackedLiteral::Map(members) => Self::Map(members),
        })
    }
}

struct LiteralVisitor;

impl<'de> Visitor<'de> for LiteralVisitor {
    type Value = Literal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, true, false, a list or a map")
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Literal, E> {
        ScalarVisitor.visit_bool(value).map(Literal::Scalar)
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Literal, E> {
        ScalarVisitor.visit_i64(value).map(Literal::Scalar)
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Literal, E> {
        ScalarVisitor.visit_u64(value).map(Literal::Scalar)
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Literal, E> {
        ScalarVisitor.visit_f64(value).map(Literal::Scalar)
    }
    fn visit_str<E: de::Error>(self, value: &str) -> Result<Literal, E> {
        ScalarVisitor.visit_str(value).map(Literal::Scalar)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Literal, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(items)).map(Literal::List)
    }
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Literal, A::Error> {
        BTreeMap::deserialize(MapAccessDeserializer::new(members)).map(Literal::Map)
    }
}

/// One value, or a list of them.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(transparent))]
pub struct Many<T>(#[cfg_attr(test, schemars(with = "OneOrList<T>"))] pub Vec<T>);

#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its shape is used, for the JSON schema")]
enum OneOrList<T> {
    One(T),
    List(Vec<T>),
}

/// One text, or a list.
pub type OneOrMany = Many<String>;
/// One value, or a list.
pub type Scalars = Many<Scalar>;
/// One number, or a list.
pub type Numbers = Many<i64>;

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> std::ops::Deref for Many<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Serialize> Serialize for Many<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(ManyVisitor(std::marker::PhantomData))
        } else {
            Vec::deserialize(deserializer).map(Self)
        }
    }
}

struct ManyVisitor<T>(std::marker::PhantomData<T>);

impl<T> ManyVisitor<T> {
    fn one<'de, E: de::Error>(value: impl de::IntoDeserializer<'de, E>) -> Result<Many<T>, E>
    where
        T: Deserialize<'de>,
    {
        T::deserialize(value.into_deserializer()).map(|one| Many(vec![one]))
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ManyVisitor<T> {
    type Value = Many<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one value or a list of values")
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Many<T>, E> {
        Self::one(value)
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Many<T>, E> {
        Self::one(value)
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Many<T>, E> {
        Self::one(value)
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Many<T>, E> {
        Self::one(value)
    }
    fn visit_str<E: de::Error>(self, value: &str) -> Result<Many<T>, E> {
        Self::one(value)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Many<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Many(all))
    }
}
