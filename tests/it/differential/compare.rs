use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use stanchion::value::{Data, Reason, Value};

/// How alike values must be.
#[derive(Clone, Copy, PartialEq)]
enum Rigor {
    /// Equal, types included.
    Exact,
    /// A provider's schema converts, sorts and completes what is written.
    Schema,
}

/// Compares a plan's outputs and managed resources with ours. Gives the number of values that
/// were compared, and a line for each difference.
pub(super) fn plan(plan: &Json, ours: &BTreeMap<String, Value>) -> (usize, Vec<String>) {
    let mut n_values = 0;
    let mut differences = Vec::new();
    for (name, change) in plan["output_changes"].as_object().into_iter().flatten() {
        let theirs = marked(&change["after"], &change["after_unknown"]);
        n_values += 1;
        match ours.get(&format!("output.{name}")) {
            Some(own) => compare(own, &theirs, Rigor::Exact, &format!("output.{name}"), &mut differences),
            None => differences.push(format!("output.{name}: missing")),
        }
    }
    let changes = plan["resource_changes"].as_array().into_iter().flatten();
    let planned: BTreeMap<&str, &Json> = changes
        .filter(|change| change["mode"] == "managed")
        .map(|change| (change["address"].as_str().unwrap(), change))
        .collect();
    let is_managed = |address: &str| {
        let own = own_name(address);
        !["local.", "output.", "var.", "data."].iter().any(|start| own.starts_with(start))
    };
    for address in ours.keys().filter(|address| is_managed(address) && !planned.contains_key(address.as_str())) {
        differences.push(format!("{address}: terraform plans no such instance"));
    }
    for (address, change) in planned {
        let theirs = marked(&change["change"]["after"], &change["change"]["after_unknown"]);
        let rigor = if change["type"] == "terraform_data" { Rigor::Exact } else { Rigor::Schema };
        let Some(own) = ours.get(address) else {
            differences.push(format!("{address}: missing"));
            continue;
        };
        for (name, value) in own.as_object().into_iter().flat_map(stanchion::value::Map::iter) {
            n_values += 1;
            compare(value, &theirs[name.as_str()], rigor, &format!("{address}.{name}"), &mut differences);
        }
    }
    (n_values, differences)
}

/// The address without the modules before it.
fn own_name(mut address: &str) -> &str {
    while let Some(rest) = address.strip_prefix("module.") {
        let end = rest.find("].").map(|at| at + 2).filter(|_| rest.find('[') < rest.find('.'));
        address = rest.get(end.unwrap_or_else(|| rest.find('.').map_or(rest.len(), |at| at + 1))..).unwrap();
    }
    address
}

/// Puts a mark in every place that is unknown.
fn marked(after: &Json, unknown: &Json) -> Json {
    match unknown {
        Json::Bool(true) => json!({"__unknown__": true}),
        Json::Array(flags) => {
            let items = flags.iter().enumerate().map(|(i, flag)| marked(&after[i], flag));
            let n_items = after.as_array().map_or(0, Vec::len);
            items.chain((flags.len()..n_items).map(|i| after[i].clone())).collect()
        }
        Json::Object(flags) => {
            let mut all = after.as_object().cloned().unwrap_or_default();
            for (name, flag) in flags {
                all.insert(name.clone(), marked(&after[name], flag));
            }
            Json::Object(all)
        }
        _ => after.clone(),
    }
}

fn compare(own: &Value, theirs: &Json, rigor: Rigor, place: &str, differences: &mut Vec<String>) {
    if is_same(own, theirs, rigor) {
        return;
    }
    let n_before = differences.len();
    if let (Data::Object(members), Json::Object(theirs)) = (&own.data, theirs) {
        for (key, own) in members.iter().filter(|(key, _)| theirs.contains_key(key.as_str())) {
            compare(own, &theirs[key.as_str()], rigor, &format!("{place}.{key}"), differences);
        }
    }
    if differences.len() == n_before {
        differences.push(format!("{place}:\n  ours   {own:?}\n  theirs {theirs}"));
    }
}

fn is_same(own: &Value, theirs: &Json, rigor: Rigor) -> bool {
    if rigor == Rigor::Schema && own.as_list().is_some_and(<[Value]>::is_empty) && !theirs.is_array() {
        return true;
    }
    // A truth that holds whichever way the unknown goes, such as `unknown && false`, is decided
    // by later versions of Terraform and by us, and left unknown by others.
    if theirs.get("__unknown__").is_some() {
        return own.as_unknown().is_some() || is_of_unknown_number(own) || own.as_bool().is_some();
    }
    match (&own.data, theirs) {
        (Data::Null, theirs) => rigor == Rigor::Schema || theirs.is_null(),
        (Data::Bool(own), Json::Bool(theirs)) => own == theirs,
        (Data::Number(own), Json::Number(theirs)) => {
            let theirs = theirs.as_f64().unwrap();
            (own.as_f64() - theirs).abs() <= theirs.abs() * 1e-12
        }
        (Data::String(own), Json::String(theirs)) => {
            own.as_str() == theirs || rigor == Rigor::Schema && is_same_document(own, theirs)
        }
        (Data::List(items), Json::Array(theirs)) if rigor == Rigor::Exact => {
            items.len() == theirs.len() && items.iter().zip(theirs).all(|(own, theirs)| is_same(own, theirs, rigor))
        }
        (Data::List(items) | Data::Set(items), Json::Array(theirs)) => {
            items.len() == theirs.len() && is_permutation(items, theirs, rigor)
        }
        (Data::Object(members), Json::Object(theirs)) => {
            let is_complete = rigor == Rigor::Schema || members.len() == theirs.len();
            is_complete && members.iter().all(|(k, own)| theirs.get(k.as_str()).is_some_and(|t| is_same(own, t, rigor)))
        }
        (Data::Bool(_) | Data::Number(_), Json::String(theirs)) => {
            rigor == Rigor::Schema && format!("{own:?}") == *theirs
        }
        (Data::String(own), Json::Bool(_) | Json::Number(_)) => {
            rigor == Rigor::Schema && *own == theirs.to_string().as_str()
        }
        _ => false,
    }
}

fn is_permutation(items: &[Value], theirs: &[Json], rigor: Rigor) -> bool {
    let mut left: Vec<&Json> = theirs.iter().collect();
    items.iter().all(|own| {
        let found = left.iter().position(|theirs| is_same(own, theirs, rigor));
        found.map(|index| left.remove(index)).is_some()
    })
}

fn is_same_document(own: &str, theirs: &str) -> bool {
    let parsed = |text| serde_json::from_str::<Json>(text).ok();
    parsed(own).is_some_and(|own| Some(own) == parsed(theirs))
}

/// Blocks of which it is not known how many there are.
fn is_of_unknown_number(own: &Value) -> bool {
    let is_mark = |item: &Value| item.as_unknown().is_some_and(|unknown| unknown.reason == Reason::Cardinality);
    own.as_list().is_some_and(|items| items.iter().any(is_mark))
}
