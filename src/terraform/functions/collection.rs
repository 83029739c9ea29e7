use std::sync::Arc;

use ecow::{EcoVec, eco_format};
use unicode_segmentation::UnicodeSegmentation;

use super::signature::Param::{Any, List, Number as Num, Open, Texts};
use super::signature::{Function, int, integer, items, list, number, unordered, wholly_known};
use crate::terraform::eval::{Fail, MAX_ELEMENTS, child, equal, settled};
use crate::terraform::types::{kind_name, to_bool, to_number, unify_values};
use crate::value::{Data, Number, Partial, PartialSegment, Truth, Unknown, Value};

pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "length" => Function::new(&[Any], |_, a| length(&a[0])),
        "concat" => Function::new(&[], |_, a| concat(a)).rest(Any).through(),
        "element" => Function::new(&[Any, Num], |_, a| element(a)).through(),
        "flatten" => Function::new(&[Any], |_, a| flatten(&a[0])).through(),
        "contains" => Function::new(&[Any, Any], |_, a| contains(a)),
        "distinct" => Function::new(&[List], |_, a| distinct(&a[0])).through(),
        "compact" => Function::new(&[Texts], |_, a| compact(&a[0])).through(),
        "reverse" => Function::new(&[Any], |_, a| Ok(list(items(&a[0])?.into_iter().rev()))).through(),
        "sort" => Function::new(&[Texts], |_, a| sort(&a[0])).through(),
        "slice" => Function::new(&[Any, Num, Num], |_, a| slice(a)).through(),
        "chunklist" => Function::new(&[List, Num], |_, a| chunk(a)).through(),
        "coalesce" => Function::new(&[Open], |_, a| coalesce(a)).rest(Open).through(),
        "coalescelist" => Function::new(&[Any], |_, a| coalesce_list(a)).rest(Any).through(),
        "one" => Function::new(&[Any], |_, a| one(&a[0])).through(),
        "index" => Function::new(&[Any, Any], |_, a| index(a)),
        "range" => Function::new(&[Num], |_, a| range(a)).optional(&[Num, Num]),
        "sum" => Function::new(&[Any], |_, a| sum(&a[0])),
        "alltrue" => Function::new(&[Any], |_, a| all_true(&a[0])),
        "anytrue" => Function::new(&[Any], |_, a| any_true(&a[0])),
        "matchkeys" => Function::new(&[List, List, List], |_, a| match_keys(a)).through(),
        _ => return None,
    })
}

/// Known for a list with unknown elements; not for a set, whose elements may coincide.
fn length(value: &Value) -> Result<Value, Fail> {
    match &value.data {
        Data::String(text) => Ok(int(text.graphemes(true).count())),
        Data::List(items) => Ok(int(items.len())),
        Data::Set(items) => settled(value).map(|()| int(items.len())),
        Data::Object(map) => Ok(int(map.len())),
        _ => Err(Fail::invalid("a collection or a string is required")),
    }
}

fn concat(args: &[Value]) -> Result<Value, Fail> {
    let mut all = EcoVec::new();
    for arg in args {
        let Data::List(_) = arg.data else {
            return Err(Fail::Invalid(eco_format!("a list is required, this is {}", kind_name(arg))));
        };
        all.extend(items(arg)?);
        if all.len() > MAX_ELEMENTS {
            return Err(Fail::limit("elements of a list"));
        }
    }
    Ok(list(all))
}

fn element(args: &[Value]) -> Result<Value, Fail> {
    let index = integer(args, 1)?;
    let Data::List(items) = &args[0].data else {
        return Err(Fail::Invalid(eco_format!("a list is required, this is {}", kind_name(&args[0]))));
    };
    let wrapped = i64::try_from(items.len()).ok().filter(|&n| n > 0).map(|n| index.rem_euclid(n));
    let wrapped = wrapped.and_then(|i| usize::try_from(i).ok());
    let Some(item) = wrapped.and_then(|i| items.get(i)) else {
        return Err(Fail::invalid("`element` of an empty list"));
    };
    Ok(child(&args[0], item, None))
}

fn flatten(value: &Value) -> Result<Value, Fail> {
    let mut flat = Vec::new();
    flatten_into(value, &mut flat, 0)?;
    Ok(list(flat))
}

/// An unknown element may be a list of any length, so it makes the whole unknown; unless it is
/// certainly a text.
fn flatten_into(value: &Value, flat: &mut Vec<Value>, depth: u32) -> Result<(), Fail> {
    if depth > 64 || flat.len() > MAX_ELEMENTS {
        return Err(Fail::limit("elements of a list"));
    }
    for item in items(value)? {
        match &item.data {
            Data::List(_) | Data::Set(_) => flatten_into(&item, flat, depth + 1)?,
            Data::Unknown(unknown) if unknown.partial.is_none() => return Err(unknown.into()),
            _ => flat.push(item),
        }
    }
    Ok(())
}

fn contains(args: &[Value]) -> Result<Value, Fail> {
    let mut found = Truth::False;
    for item in unordered(&args[0])? {
        found = found | equal(&item, &args[1]);
    }
    match found {
        Truth::Unknown => {
            wholly_known(&args[0])?;
            wholly_known(&args[1])?;
            Ok(Data::Bool(false).into())
        }
        decided => Ok(Data::Bool(decided.is_true()).into()),
    }
}

fn distinct(value: &Value) -> Result<Value, Fail> {
    wholly_known(value)?;
    let mut seen: Vec<Value> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for item in items(value)? {
        let is_new = match item.as_str() {
            Some(text) => known.insert(ecow::EcoString::from(text)),
            None => !seen.contains(&item),
        };
        if is_new {
            seen.push(item);
        }
    }
    Ok(list(seen))
}

fn compact(value: &Value) -> Result<Value, Fail> {
    wholly_known(value)?;
    Ok(list(items(value)?.into_iter().filter(|item| item.as_str().is_some_and(|text| !text.is_empty()))))
}

/// With one unknown element, which could come anywhere, every element is unknown.
fn sort(value: &Value) -> Result<Value, Fail> {
    let mut all = items(value)?;
    if let Some(unknown) = all.iter().find(|item| item.as_unknown().is_some()) {
        return Ok(list(vec![some_text(unknown); all.len()]));
    }
    if all.iter().any(Value::is_null) {
        return Err(Fail::invalid("a list to sort holds null"));
    }
    all.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Ok(list(all))
}

/// A text that is unknown in whole.
fn some_text(unknown: &Value) -> Value {
    let Data::Unknown(why) = &unknown.data else { return unknown.clone() };
    let partial = Some(Partial::Template(vec![PartialSegment::Unknown(unknown.clone())]));
    let text = Unknown { reason: why.reason.clone(), span: why.span, partial };
    Value { data: Data::Unknown(Arc::new(text)), origin: unknown.origin.clone() }
}

fn slice(args: &[Value]) -> Result<Value, Fail> {
    let Data::List(_) = args[0].data else { return Err(Fail::invalid("`slice` takes a list")) };
    let all = items(&args[0])?;
    let bound = |i: usize| integer(args, i).map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let (start, end) = (bound(1)?, bound(2)?);
    match all.get(start..end) {
        Some(part) => Ok(list(part.iter().cloned())),
        None => Err(Fail::Invalid(eco_format!("the bounds must be in order and at most {}", all.len()))),
    }
}

fn chunk(args: &[Value]) -> Result<Value, Fail> {
    let all = items(&args[0])?;
    match usize::try_from(integer(args, 1)?) {
        Err(_) => Err(Fail::invalid("the size must not be negative")),
        Ok(0) if all.is_empty() => Ok(list([])),
        Ok(0) => Ok(list([list(all)])),
        Ok(size) => Ok(list(all.chunks(size).map(|part| list(part.iter().cloned())))),
    }
}

/// The first argument that is neither null nor an empty text.
fn coalesce(args: &[Value]) -> Result<Value, Fail> {
    let unified = unify_values(args.to_vec()).map_err(|_| Fail::invalid("all arguments must have the same type"))?;
    for value in unified {
        match &value.data {
            Data::Unknown(unknown) => return Err(unknown.into()),
            Data::Null => {}
            Data::String(text) if text.is_empty() => {}
            _ => return Ok(value),
        }
    }
    Err(Fail::invalid("no argument is set"))
}

fn coalesce_list(args: &[Value]) -> Result<Value, Fail> {
    for value in args {
        if !items(value)?.is_empty() {
            return Ok(value.clone());
        }
    }
    Err(Fail::invalid("all lists are empty"))
}

fn one(value: &Value) -> Result<Value, Fail> {
    match items(value)?.as_slice() {
        [] => Ok(Data::Null.into()),
        [item] => Ok(item.clone()),
        _ => Err(Fail::invalid("`one` takes at most one element")),
    }
}

fn index(args: &[Value]) -> Result<Value, Fail> {
    let all = items(&args[0])?;
    for (i, item) in all.iter().enumerate() {
        match equal(item, &args[1]) {
            Truth::True => return Ok(int(i)),
            Truth::False => {}
            Truth::Unknown => {
                wholly_known(item)?;
                wholly_known(&args[1])?;
            }
        }
    }
    Err(Fail::invalid("the list does not hold that element"))
}

fn range(args: &[Value]) -> Result<Value, Fail> {
    let (start, limit) =
        if args.len() == 1 { (Number::Int(0), number(args, 0)) } else { (number(args, 0), number(args, 1)) };
    let down = limit < start;
    let step = if args.len() == 3 { number(args, 2) } else { Number::Int(if down { -1 } else { 1 }) };
    if step == Number::Int(0) || (start != limit && (step < Number::Int(0)) != down) {
        return Err(Fail::invalid("the step must lead from the start to the limit"));
    }
    let mut all = Vec::new();
    let mut at = start;
    while if down { at > limit } else { at < limit } {
        if all.len() >= 1024 {
            return Err(Fail::invalid("`range` gives at most 1024 numbers"));
        }
        all.push(Data::Number(at).into());
        at = plus(at, step);
    }
    Ok(list(all))
}

fn plus(a: Number, b: Number) -> Number {
    let whole = a.as_i64().zip(b.as_i64()).and_then(|(a, b)| a.checked_add(b));
    whole.map_or_else(|| Number::from_f64(a.as_f64() + b.as_f64()), Number::Int)
}

fn sum(value: &Value) -> Result<Value, Fail> {
    wholly_known(value)?;
    let all = items(value)?;
    if all.is_empty() {
        return Err(Fail::invalid("`sum` of an empty list"));
    }
    let total = all.iter().map(to_number).try_fold(Number::Int(0), |total, item| Ok::<_, Fail>(plus(total, item?)))?;
    Ok(Data::Number(total).into())
}

fn all_true(value: &Value) -> Result<Value, Fail> {
    quantify(value, Truth::True, |all, item| all & item)
}

fn any_true(value: &Value) -> Result<Value, Fail> {
    quantify(value, Truth::False, |any, item| any | item)
}

fn quantify(value: &Value, start: Truth, step: fn(Truth, Truth) -> Truth) -> Result<Value, Fail> {
    let mut total = start;
    for item in unordered(value)? {
        let truth = match (&item.data, to_bool(&item)) {
            (Data::Null, _) => Truth::False,
            (_, Ok(truth)) => truth.into(),
            (_, Err(Fail::Unknown(_))) => Truth::Unknown,
            (_, Err(fail)) => return Err(fail),
        };
        total = step(total, truth);
    }
    if total == Truth::Unknown {
        wholly_known(value)?;
    }
    Ok(Data::Bool(total.is_true()).into())
}

/// The values whose keys are in the search set.
fn match_keys(args: &[Value]) -> Result<Value, Fail> {
    let (values, keys, wanted) = (items(&args[0])?, items(&args[1])?, items(&args[2])?);
    if values.len() != keys.len() {
        return Err(Fail::invalid("there must be as many keys as values"));
    }
    wholly_known(&args[1])?;
    wholly_known(&args[2])?;
    let is_wanted = |key: &Value| wanted.iter().any(|w| equal(key, w).is_true());
    Ok(list(values.into_iter().zip(&keys).filter(|(_, key)| is_wanted(key)).map(|(value, _)| value)))
}
