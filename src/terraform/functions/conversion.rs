use ecow::eco_format;

use super::signature::Param::{Any, Nullable, Number as Num, Open, Text};
use super::signature::{Function, integer, text};
use crate::terraform::eval::{Fail, equal, first_unknown, mark_sensitive, unmark};
use crate::terraform::types::{Type, try_convert};
use crate::value::{Data, Truth, Value};

pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "tostring" => Function::new(&[Open], |_, a| try_convert(a[0].clone(), &Type::String)),
        "tonumber" => Function::new(&[Open], |_, a| try_convert(a[0].clone(), &Type::Number)),
        "tobool" => Function::new(&[Open], |_, a| try_convert(a[0].clone(), &Type::Bool)),
        "tolist" => Function::new(&[Open], |_, a| collection(a, Type::List)).through(),
        "toset" => Function::new(&[Open], |_, a| collection(a, Type::Set)).through(),
        "tomap" => Function::new(&[Open], |_, a| collection(a, Type::Map)).through(),
        "sensitive" => Function::new(&[Open], |_, a| Ok(mark_sensitive(a[0].clone()))).through(),
        "nonsensitive" => Function::new(&[Open], |_, a| Ok(unmark(a[0].clone()))).through(),
        "issensitive" => Function::new(&[Open], |_, a| sensitivity(&a[0])),
        "ephemeralasnull" => Function::new(&[Open], |_, a| Ok(a[0].clone())).through(),
        "type" => Function::new(&[Open], |_, _| Err(Fail::invalid("`type` is for the console only"))),
        "assumeequal" => {
            Function::new(&[Nullable, Nullable], |_, a| assume(equal(&a[0], &a[1]) != Truth::False, &a[0])).through()
        }
        "assumenotnull" => Function::new(&[Any], |_, a| Ok(a[0].clone())).through(),
        "assumelistlengthmin" | "assumemaplengthmin" => {
            Function::new(&[Any, Num], |_, a| sized(&a[0], integer(a, 1)?, i64::MAX)).through()
        }
        "assumelistlengthmax" | "assumemaplengthmax" => {
            Function::new(&[Any, Num], |_, a| sized(&a[0], 0, integer(a, 1)?)).through()
        }
        "assumesetlengthmin" => {
            Function::new(&[Any, Num], |_, a| sized(&as_set(a)?, integer(a, 1)?, i64::MAX)).through()
        }
        "assumesetlengthmax" => Function::new(&[Any, Num], |_, a| sized(&as_set(a)?, 0, integer(a, 1)?)).through(),
        "assumestringprefix" => Function::new(&[Text, Text], |_, a| assume(text(a, 0).starts_with(text(a, 1)), &a[0])),
        _ => return None,
    })
}

fn collection(args: &[Value], of: fn(Box<Type>) -> Type) -> Result<Value, Fail> {
    try_convert(args[0].clone(), &of(Box::new(Type::Any)))
}

/// A value that is not known may still turn out to be sensitive.
fn sensitivity(value: &Value) -> Result<Value, Fail> {
    if value.is_sensitive() {
        return Ok(Data::Bool(true).into());
    }
    match first_unknown(value) {
        Some(unknown) => Err(Fail::Unknown(unknown)),
        None => Ok(Data::Bool(false).into()),
    }
}

fn assume(holds: bool, value: &Value) -> Result<Value, Fail> {
    if holds { Ok(value.clone()) } else { Err(Fail::invalid("the assumption does not hold")) }
}

fn as_set(args: &[Value]) -> Result<Value, Fail> {
    collection(args, Type::Set)
}

fn sized(value: &Value, least: i64, most: i64) -> Result<Value, Fail> {
    let n = value.as_list().map(<[Value]>::len).or_else(|| value.as_object().map(crate::value::Map::len));
    let Some(n) = n.and_then(|n| i64::try_from(n).ok()) else {
        return Err(Fail::invalid("a collection is required"));
    };
    if (least..=most).contains(&n) {
        return Ok(value.clone());
    }
    Err(Fail::Invalid(eco_format!("the collection has {n} elements")))
}
