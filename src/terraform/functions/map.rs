use std::collections::BTreeMap;

use ecow::{EcoString, eco_format};

use super::signature::Param::{Any, Nullable, Open, Text, Texts};
use super::signature::{Function, items, list, members, text, wholly_known};
use crate::terraform::eval::{Fail, MAX_ELEMENTS};
use crate::terraform::types::{to_text, unify_values};
use crate::value::{Data, Value};

pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "merge" => Function::new(&[], |_, a| merge(a)).rest(Nullable).through(),
        "lookup" => Function::new(&[Any, Text], |_, a| lookup(a)).optional(&[Open]).through(),
        "keys" => {
            Function::new(&[Any], |_, a| Ok(list(members(&a[0])?.into_iter().map(|(key, _)| Value::string(key)))))
        }
        "values" => Function::new(&[Any], |_, a| Ok(list(members(&a[0])?.into_iter().map(|(_, v)| v)))).through(),
        "zipmap" => Function::new(&[Texts, Any], |_, a| zipmap(a)).through(),
        "transpose" => Function::new(&[Any], |_, a| transpose(&a[0])),
        // Terraform 0.15 removed these two; configurations of that age still call them.
        "list" => Function::new(&[], |_, a| unify_values(a.to_vec()).map(list)).rest(Open).through(),
        "map" => Function::new(&[], |_, a| pairs(a)).rest(Open).through(),
        _ => return None,
    })
}

/// Later members win; null arguments count as empty.
fn merge(args: &[Value]) -> Result<Value, Fail> {
    let mut all = Vec::new();
    for arg in args.iter().filter(|arg| !arg.is_null()) {
        all.extend(members(arg)?);
        if all.len() > MAX_ELEMENTS {
            return Err(Fail::limit("elements of a map"));
        }
    }
    Ok(Data::Object(all.into_iter().collect()).into())
}

fn lookup(args: &[Value]) -> Result<Value, Fail> {
    let Data::Object(map) = &args[0].data else { return Err(Fail::invalid("`lookup` takes a map")) };
    let name = EcoString::from(text(args, 1));
    match (map.get(&name), args.get(2)) {
        (Some(member), _) => Ok(crate::terraform::eval::child(&args[0], member, Some(&name))),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(Fail::Invalid(eco_format!("the map has no member {:?}", name.as_str()))),
    }
}

fn pairs(args: &[Value]) -> Result<Value, Fail> {
    if !args.len().is_multiple_of(2) {
        return Err(Fail::invalid("`map` takes keys and values in turn"));
    }
    let pairs = args.chunks_exact(2).map(|pair| Ok((to_text(&pair[0])?, pair[1].clone())));
    Ok(Data::Object(pairs.collect::<Result<_, Fail>>()?).into())
}

fn zipmap(args: &[Value]) -> Result<Value, Fail> {
    let (keys, values) = (items(&args[0])?, items(&args[1])?);
    if keys.len() != values.len() {
        return Err(Fail::invalid("there must be as many keys as values"));
    }
    let pairs: Result<Vec<_>, Fail> = keys.iter().zip(values).map(|(key, value)| Ok((to_text(key)?, value))).collect();
    Ok(Data::Object(pairs?.into_iter().collect()).into())
}

fn transpose(value: &Value) -> Result<Value, Fail> {
    wholly_known(value)?;
    let mut turned: BTreeMap<EcoString, Vec<Value>> = BTreeMap::new();
    for (key, names) in members(value)? {
        for name in items(&names)? {
            turned.entry(to_text(&name)?).or_default().push(Value::string(key.clone()));
        }
    }
    let lists = turned.into_iter().map(|(name, keys)| (name, list(keys)));
    Ok(Data::Object(lists.collect()).into())
}
