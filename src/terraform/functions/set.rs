use super::signature::Param::{Any, Set};
use super::signature::{Function, items, list, unordered, wholly_known};
use crate::terraform::eval::{Fail, MAX_ELEMENTS};
use crate::terraform::types::{set_of, unify_values};
use crate::value::{Data, Value};

pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "setunion" => Function::new(&[Set], |_, a| union(a)).rest(Set).through(),
        "setintersection" => Function::new(&[Set], |_, a| keep(a, true)).rest(Set).through(),
        "setsubtract" => Function::new(&[Set, Set], |_, a| keep(a, false)).through(),
        "setproduct" => Function::new(&[Any, Any], |_, a| product(a)).rest(Any).through(),
        _ => return None,
    })
}

fn set(elements: Vec<Value>) -> Value {
    Data::Set(set_of(elements)).into()
}

/// The elements of all arguments in one type, argument by argument.
fn unified(args: &[Value]) -> Result<Vec<Vec<Value>>, Fail> {
    let sets = args.iter().map(unordered).collect::<Result<Vec<_>, _>>()?;
    let lengths: Vec<usize> = sets.iter().map(Vec::len).collect();
    let mut all = unify_values(sets.into_iter().flatten().collect())?.into_iter();
    Ok(lengths.into_iter().map(|n| all.by_ref().take(n).collect()).collect())
}

fn union(args: &[Value]) -> Result<Value, Fail> {
    Ok(set(unified(args)?.into_iter().flatten().collect()))
}

/// The elements of the first set that are, or are not, in all others.
fn keep(args: &[Value], wanted: bool) -> Result<Value, Fail> {
    args.iter().try_for_each(wholly_known)?;
    let mut sets = unified(args)?.into_iter();
    let first = sets.next().unwrap_or_default();
    let others: Vec<_> = sets.map(set_of).collect();
    let has = |value: &Value| others.iter().all(|other| other.contains(value));
    Ok(set(first.into_iter().filter(|value| has(value) == wanted).collect()))
}

/// All combinations; a set if all arguments are sets.
fn product(args: &[Value]) -> Result<Value, Fail> {
    let sets = args.iter().map(items).collect::<Result<Vec<_>, _>>()?;
    let total = sets.iter().try_fold(1_usize, |n, set| n.checked_mul(set.len()).filter(|&n| n <= MAX_ELEMENTS));
    if total.is_none() {
        return Err(Fail::limit("elements of a product"));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for set in &sets {
        let longer =
            |row: &Vec<Value>| set.iter().map(|item| [row.as_slice(), std::slice::from_ref(item)].concat()).collect();
        rows = rows.iter().flat_map(|row| -> Vec<Vec<Value>> { longer(row) }).collect();
    }
    let rows = unify_values(rows.into_iter().map(list).collect())?;
    let all_sets = args.iter().all(|arg| matches!(arg.data, Data::Set(_)));
    Ok(if all_sets { set(rows) } else { list(rows) })
}
