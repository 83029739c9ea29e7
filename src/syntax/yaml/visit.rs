use std::cell::Cell;
use std::fmt;

use ecow::{EcoString, EcoVec};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::MAX_EXTRA_VALUES;
use super::problems::TOO_MANY_VALUES;
use crate::value::{Data, Map, Number, Reason, Value};

/// How plain words are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavor {
    Yaml,
    Json,
}

/// Reads one file's documents into values, both formats by the same visitor.
pub(super) struct Reader<'t> {
    text: &'t str,
    flavor: Flavor,
    /// How many more values the file may hold.
    budget: Cell<usize>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, flavor: Flavor) -> Self {
        Self { text, flavor, budget: Cell::new(text.len() + MAX_EXTRA_VALUES) }
    }

    /// Reads one document, `slice` being a part of the reader's text.
    pub(super) fn yaml(&self, slice: &str) -> Result<Value, serde_yaml::Error> {
        AsValue(self).deserialize(serde_yaml::Deserializer::from_str(slice))
    }

    pub(super) fn json(&self, slice: &str) -> Result<Value, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(slice);
        let value = AsValue(self).deserialize(&mut deserializer)?;
        deserializer.end().map(|()| value)
    }

    fn spend<E: Error>(&self) -> Result<(), E> {
        let left = self.budget.get().checked_sub(1).ok_or_else(|| E::custom(TOO_MANY_VALUES))?;
        self.budget.set(left);
        Ok(())
    }

    /// Whether a scalar that was borrowed from the text stands there without quotes.
    fn is_plain(&self, borrowed: &str) -> bool {
        let start = borrowed.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr());
        let before = self.text.as_bytes().get(start.wrapping_sub(1));
        self.flavor == Flavor::Yaml && !matches!(before, Some(b'"' | b'\''))
    }

    fn borrowed(&self, text: &str) -> Data {
        let is_candidate = match text.as_bytes() {
            [b'0', rest @ ..] | [b'+' | b'-', b'0', rest @ ..] => is_octal(rest),
            bytes => is_word_bool(bytes).is_some() || is_template(text),
        };
        if is_candidate && self.is_plain(text) { plain(text) } else { quoted(text) }
    }
}

/// The key of a mapping entry.
enum Key {
    Text(EcoString),
    Merge,
    /// A mapping or list as a key; `{{ x }}` reads as a mapping with a mapping as its key.
    Complex,
}

fn plain(text: &str) -> Data {
    if let Some(value) = is_word_bool(text.as_bytes()) {
        return Data::Bool(value);
    }
    if is_template(text) {
        return Value::unknown(Reason::Placeholder, None).data;
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    match i64::from_str_radix(digits, 8) {
        Ok(value) => Data::Number(Number::Int(sign * value)),
        Err(_) => Data::String(text.into()),
    }
}

fn quoted(text: &str) -> Data {
    let whole = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    if whole.is_some_and(|inner| !inner.contains("{{")) {
        return Value::unknown(Reason::Placeholder, None).data;
    }
    Data::String(text.into())
}

fn is_octal(digits: &[u8]) -> bool {
    !digits.is_empty() && digits.iter().all(|digit| matches!(digit, b'0'..=b'7'))
}

fn is_template(text: &str) -> bool {
    text.contains('{') && text.find("{{").is_some_and(|start| text.rfind("}}").is_some_and(|end| start < end))
}

/// The words of YAML 1.1 that Kubernetes still takes as bools; `y` and `n` are left as text,
/// they are more often names.
fn is_word_bool(text: &[u8]) -> Option<bool> {
    match text {
        b"yes" | b"Yes" | b"YES" | b"on" | b"On" | b"ON" => Some(true),
        b"no" | b"No" | b"NO" | b"off" | b"Off" | b"OFF" => Some(false),
        _ => None,
    }
}

#[derive(Clone, Copy)]
struct AsValue<'r>(&'r Reader<'r>);

impl<'de> DeserializeSeed<'de> for AsValue<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.spend()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AsValue<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Data::Bool(value).into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Data::Number(Number::Int(value)).into())
    }

    #[expect(clippy::cast_precision_loss, reason = "whole numbers above 64 bits are rounded to doubles")]
    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        let number = i64::try_from(value).map_or_else(|_| Number::from_f64(value as f64), Number::Int);
        Ok(Data::Number(number).into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.visit_i128(i128::from(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "whole numbers above 64 bits are rounded to doubles")]
    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(Data::Number(Number::from_f64(value as f64)).into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Data::Number(Number::from_f64(value)).into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(quoted(text).into())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value, E> {
        Ok(self.0.borrowed(text).into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::default())
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = EcoVec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Data::List(list).into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let (mut members, mut merges, mut n_complex) = (Vec::new(), Vec::new(), 0);
        while let Some(key) = entries.next_key_seed(AsKey(self.0))? {
            let value = entries.next_value_seed(self)?;
            match key {
                Key::Text(key) => members.push((key, value)),
                Key::Merge => merges.push(value),
                Key::Complex => n_complex += 1,
            }
        }
        if n_complex > 0 && members.is_empty() && merges.is_empty() {
            return Ok(Value::unknown(Reason::Placeholder, None));
        }
        Ok(Data::Object(merged(&merges, members)).into())
    }

    /// A tag, which is ignored.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Value, A::Error> {
        let (IgnoredAny, content) = tagged.variant()?;
        content.newtype_variant_seed(self)
    }
}

/// Members with those of merge keys below them: explicit ones win, then earlier merges.
fn merged(merges: &[Value], members: Vec<(EcoString, Value)>) -> Map {
    if merges.is_empty() {
        return members.into_iter().collect();
    }
    let mut sources = Vec::new();
    for merge in merges {
        match &merge.data {
            Data::Object(map) => sources.push(map),
            Data::List(items) => sources.extend(items.iter().filter_map(Value::as_object)),
            _ => {}
        }
    }
    let inherited = sources.into_iter().rev().flat_map(|map| map.iter().map(|(k, v)| (k.clone(), v.clone())));
    inherited.chain(members).collect()
}

/// The text that a mapping key stands for, as [`super::parse`] reads it; `None` for a key that
/// is a mapping or a list.
pub(super) fn key_text(raw: &str) -> Option<EcoString> {
    let reader = Reader::new(raw, Flavor::Yaml);
    match AsKey(&reader).deserialize(serde_yaml::Deserializer::from_str(raw)).ok()? {
        Key::Text(text) => Some(text),
        Key::Merge => Some("<<".into()),
        Key::Complex => None,
    }
}

#[derive(Clone, Copy)]
struct AsKey<'r>(&'r Reader<'r>);

impl<'de> DeserializeSeed<'de> for AsKey<'_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AsKey<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Key, E> {
        Ok(Key::Text(if value { "true" } else { "false" }.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Key, E> {
        Ok(Key::Text(ecow::eco_format!("{value}")))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Key, E> {
        Ok(Key::Text(ecow::eco_format!("{value}")))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Key, E> {
        Ok(Key::Text(ecow::eco_format!("{value}")))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Key, E> {
        Ok(Key::Text(ecow::eco_format!("{value}")))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Key, E> {
        Ok(Key::Text(ecow::eco_format!("{value}")))
    }

    fn visit_unit<E>(self) -> Result<Key, E> {
        Ok(Key::Text("null".into()))
    }

    fn visit_none<E: Error>(self) -> Result<Key, E> {
        self.visit_unit()
    }

    fn visit_str<E>(self, text: &str) -> Result<Key, E> {
        Ok(Key::Text(text.into()))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key, E> {
        Ok(if text == "<<" && self.0.is_plain(text) { Key::Merge } else { Key::Text(text.into()) })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Key, A::Error> {
        while items.next_element_seed(AsValue(self.0))?.is_some() {}
        Ok(Key::Complex)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Key, A::Error> {
        while entries.next_key_seed(self)?.is_some() {
            entries.next_value_seed(AsValue(self.0))?;
        }
        Ok(Key::Complex)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Key, A::Error> {
        let (IgnoredAny, content) = tagged.variant()?;
        content.newtype_variant_seed(self)
    }
}
