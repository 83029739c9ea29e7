use std::collections::BTreeMap;

use ecow::{EcoString, EcoVec, eco_format};

use super::{Field, Type, kind_name, to_bool, to_number, to_text, unify_values};
use crate::terraform::eval::{Fail, settled};
use crate::value::{Data, Map, Reason, Value};

/// Converts by Terraform's rules; what does not fit becomes an unknown that says why.
///
/// Null stays null and unknown stays unknown, at every depth; defaults of optional attributes
/// fill what is absent or null; attributes that an object type does not name are dropped.
pub(crate) fn convert(value: Value, to: &Type) -> Value {
    let origin = value.origin.clone();
    match try_convert(value, to) {
        Ok(value) => value,
        Err(Fail::Invalid(why)) => Value { data: Value::unknown(Reason::Invalid(why), None).data, origin },
        Err(Fail::Unknown(unknown)) => Value { data: Data::Unknown(unknown), origin },
        Err(Fail::Undecided(reason)) => Value { data: Value::unknown(reason, None).data, origin },
        Err(Fail::Limit(what)) => Value { data: Value::unknown(Reason::Limit(what), None).data, origin },
    }
}

/// Converts like [`convert`].
///
/// # Errors
/// [`Fail::Invalid`] if the value, or something in it, does not fit.
pub(crate) fn try_convert(value: Value, to: &Type) -> Result<Value, Fail> {
    if matches!(value.data, Data::Null | Data::Unknown(_)) {
        return Ok(value);
    }
    let data = match to {
        Type::Any => return Ok(value),
        Type::String => Data::String(to_text(&value)?),
        Type::Number => Data::Number(to_number(&value)?),
        Type::Bool => Data::Bool(to_bool(&value)?),
        Type::List(element) => Data::List(elements(&value, element, "list")?.into_iter().collect()),
        Type::Set(element) => Data::Set(set_of(elements(&value, element, "set")?)),
        Type::Map(element) => map(&value, element)?,
        Type::Tuple(types) => tuple(&value, types)?,
        Type::Object(fields) => object(&value, fields)?,
    };
    Ok(Value { data, origin: value.origin })
}

/// A set's elements: sorted, each known one once.
pub(crate) fn set_of(mut items: Vec<Value>) -> EcoVec<Value> {
    items.sort_by(super::unify::order);
    items.dedup_by(|b, a| a == b && a.is_wholly_known());
    items.into_iter().collect()
}

fn elements(value: &Value, element: &Type, name: &str) -> Result<Vec<Value>, Fail> {
    let Some(items) = value.as_list() else {
        return Err(Fail::Invalid(eco_format!("a {name} is required, this is {}", kind_name(value))));
    };
    if name == "list" {
        settled(value)?;
    }
    unified(items.iter().cloned(), element)
}

fn unified(items: impl Iterator<Item = Value>, element: &Type) -> Result<Vec<Value>, Fail> {
    if *element == Type::Any {
        return unify_values(items.collect());
    }
    items.map(|item| try_convert(item, element)).collect()
}

fn map(value: &Value, element: &Type) -> Result<Data, Fail> {
    let Some(members) = value.as_object() else {
        return Err(Fail::Invalid(eco_format!("a map is required, this is {}", kind_name(value))));
    };
    let values = unified(members.iter().map(|(_, v)| v.clone()), element)?;
    let keys = members.iter().map(|(key, _)| key.clone());
    Ok(Data::Object(keys.zip(values).collect()))
}

fn tuple(value: &Value, types: &[Type]) -> Result<Data, Fail> {
    match &value.data {
        Data::List(items) if items.len() == types.len() => {
            let items: Result<EcoVec<_>, _> = items.iter().zip(types).map(|(v, t)| try_convert(v.clone(), t)).collect();
            Ok(Data::List(items?))
        }
        _ => Err(Fail::Invalid(eco_format!("a tuple of {} elements is required", types.len()))),
    }
}

fn object(value: &Value, fields: &BTreeMap<EcoString, Field>) -> Result<Data, Fail> {
    let Some(members) = value.as_object() else {
        return Err(Fail::Invalid(eco_format!("an object is required, this is {}", kind_name(value))));
    };
    let converted: Result<Map, Fail> =
        fields.iter().map(|(name, field)| Ok((name.clone(), attribute(members.get(name), name, field)?))).collect();
    Ok(Data::Object(converted?))
}

fn attribute(given: Option<&Value>, name: &EcoString, field: &Field) -> Result<Value, Fail> {
    let value = match (given, &field.optional) {
        (Some(value), Some(default)) if value.is_null() => default.clone(),
        (Some(value), _) => value.clone(),
        (None, Some(default)) => default.clone(),
        (None, None) => return Err(Fail::Invalid(eco_format!("attribute `{name}` is required"))),
    };
    try_convert(value, &field.of).map_err(|fail| match fail {
        Fail::Invalid(why) => Fail::Invalid(eco_format!("attribute `{name}`: {why}")),
        other => other,
    })
}
