use ecow::{EcoString, EcoVec, eco_format};
use serde_json::Value as Json;

use crate::terraform::eval::mark_sensitive;
use crate::value::{Data, Map, Reason, Value};

/// One node of a resource in the documents that describe it side by side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Node<'a> {
    /// What is known; an unknown member is not there at all, an unknown element is null.
    pub(super) known: Option<&'a Json>,
    /// `true` for what is known only after apply, an object or array with such a thing in it.
    pub(super) unknown: Option<&'a Json>,
    /// `true` for what must not be shown, likewise.
    pub(super) sensitive: Option<&'a Json>,
    /// What the configuration says of it.
    pub(super) set_by: SetBy<'a>,
}

/// Who sets a value, as far as the configuration of a plan tells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum SetBy<'a> {
    /// An expression, or a block of expressions.
    Code(&'a Json),
    /// One of these blocks; of which, is not known, as the plan of a set has them in another order.
    OneOf(&'a [Json]),
    /// No expression, in a configuration that is known.
    Nobody,
    /// There is no configuration, or none of the block around it: a dynamic block leaves no trace.
    #[default]
    Unclear,
}

impl<'a> SetBy<'a> {
    fn member(self, key: &str) -> Self {
        match self {
            Self::Code(json) if is_expression(json) => self,
            Self::Code(json) => json.get(key).map_or(Self::Nobody, Self::of),
            Self::OneOf(blocks) => match blocks.iter().find_map(|block| block.get(key)) {
                None => Self::Nobody,
                Some(json) if is_expression(json) || blocks.len() == 1 => Self::of(json),
                Some(_) => Self::Unclear,
            },
            Self::Nobody | Self::Unclear => Self::Unclear,
        }
    }

    /// What is said of each of `n_items` elements. Where there are more than there are blocks,
    /// some come from a dynamic block.
    fn elements(self, n_items: usize) -> Self {
        match self {
            Self::OneOf(blocks) if blocks.len() != n_items => Self::Unclear,
            Self::Nobody => Self::Unclear,
            known => known,
        }
    }

    fn of(json: &'a Json) -> Self {
        json.as_array().map_or(Self::Code(json), |blocks| Self::OneOf(blocks))
    }
}

impl<'a> Node<'a> {
    fn member(&self, key: &str) -> Self {
        let of = |json: Option<&'a Json>| json.and_then(|json| json.get(key));
        let set_by = self.set_by.member(key);
        Self { known: of(self.known), unknown: of(self.unknown), sensitive: of(self.sensitive), set_by }
    }

    fn element(&self, index: usize, set_by: SetBy<'a>) -> Self {
        let of = |json: Option<&'a Json>| json.and_then(|json| json.get(index));
        Self { known: of(self.known), unknown: of(self.unknown), sensitive: of(self.sensitive), set_by }
    }

    /// The value, named `name` in the reason of what is unknown.
    pub(super) fn value(&self, name: &EcoString) -> Value {
        let value = if self.unknown == Some(&Json::Bool(true)) {
            let reason = match self.set_by {
                SetBy::Code(_) | SetBy::OneOf(_) => Reason::KnownAfterApply(name.clone()),
                SetBy::Nobody => Reason::Unset(name.clone()),
                SetBy::Unclear => Reason::Computed(name.clone()),
            };
            Value::unknown(reason, None)
        } else {
            self.known_value(name)
        };
        if self.sensitive == Some(&Json::Bool(true)) { mark_sensitive(value) } else { value }
    }

    fn known_value(&self, name: &EcoString) -> Value {
        let is_object = |json: Option<&Json>| json.is_some_and(Json::is_object);
        let is_array = |json: Option<&Json>| json.is_some_and(Json::is_array);
        let is_nothing = self.known.is_none_or(Json::is_null) && self.unknown.is_some_and(holds_unknown);
        if is_object(self.known) || is_nothing && is_object(self.unknown) {
            return self.object(name);
        }
        if is_array(self.known) || is_nothing && is_array(self.unknown) {
            return self.list(name);
        }
        self.known.map_or_else(Value::default, |json| Value::from(json.clone()))
    }

    fn object(&self, name: &EcoString) -> Value {
        let known = self.known.and_then(Json::as_object).into_iter().flatten().map(|(key, _)| key);
        let unknown = self.unknown.and_then(Json::as_object).into_iter().flatten();
        let unknown = unknown.filter(|(_, json)| holds_unknown(json)).map(|(key, _)| key);
        let members = known.chain(unknown).map(|key| {
            let dot = if name.is_empty() { "" } else { "." };
            (EcoString::from(key.as_str()), self.member(key).value(&eco_format!("{name}{dot}{key}")))
        });
        Data::Object(members.collect::<Map>()).into()
    }

    fn list(&self, name: &EcoString) -> Value {
        let len = |json: Option<&Json>| json.and_then(Json::as_array).map_or(0, Vec::len);
        let n_items = if self.known.is_some_and(Json::is_array) { len(self.known) } else { len(self.unknown) };
        let set_by = self.set_by.elements(n_items);
        let items = (0..n_items).map(|index| self.element(index, set_by).value(&eco_format!("{name}[{index}]")));
        Data::List(items.collect::<EcoVec<_>>()).into()
    }
}

/// Whether a part of the configuration is one expression, and not a block of them.
pub(super) fn is_expression(json: &Json) -> bool {
    let has_references =
        json.get("references").and_then(Json::as_array).is_some_and(|all| all.iter().all(Json::is_string));
    has_references || json.get("constant_value").is_some() || json.as_object().is_some_and(serde_json::Map::is_empty)
}

/// Whether anything in a tree of marks is marked.
fn holds_unknown(json: &Json) -> bool {
    match json {
        Json::Bool(is_unknown) => *is_unknown,
        Json::Array(items) => items.iter().any(holds_unknown),
        Json::Object(members) => members.values().any(holds_unknown),
        _ => false,
    }
}
