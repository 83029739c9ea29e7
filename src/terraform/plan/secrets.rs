use ecow::{EcoString, eco_format};
use rustc_hash::FxHashSet;
use serde_json::Value as Json;

use super::Plan;
use super::document::{Document, Module, State, StateModule};
use crate::terraform::eval::mark_sensitive;
use crate::value::{Data, HopKind, Reason, Value};

/// Marks as sensitive what a tree of marks says.
pub(super) fn marked(mut value: Value, marks: &Json) -> Value {
    match (&mut value.data, marks) {
        (_, Json::Bool(true)) => return mark_sensitive(value),
        (Data::Object(members), Json::Object(marks)) => {
            for (key, mark) in marks {
                if let Some(member) = members.get(key) {
                    let member = marked(member.clone(), mark);
                    members.insert(key.as_str().into(), member);
                }
            }
        }
        (Data::List(items), Json::Array(marks)) if marks.iter().any(holds_mark) => {
            for (item, mark) in items.make_mut().iter_mut().zip(marks) {
                *item = marked(std::mem::take(item), mark);
            }
        }
        _ => {}
    }
    value
}

/// Replaces sensitive texts that do not stand in the code by unknowns: a password that was given
/// from outside is no literal, and what is not there cannot be shown.
pub(super) fn withheld(mut value: Value, name: &EcoString, is_marked: bool, in_code: &FxHashSet<&str>) -> Value {
    let is_own = value.origin.hop.as_ref().is_some_and(|hop| hop.kind == HopKind::Sensitive);
    let is_marked = is_marked || is_own;
    match &mut value.data {
        Data::String(text) if is_marked && !text.is_empty() && !in_code.contains(text.as_str()) => {
            let unknown = Value::unknown(Reason::Withheld(name.clone()), None);
            value.data = unknown.data;
        }
        Data::Object(members) => {
            let each = |(key, member): (&EcoString, &Value)| {
                (key.clone(), withheld(member.clone(), &eco_format!("{name}.{key}"), is_marked, in_code))
            };
            *members = members.iter().map(each).collect();
        }
        Data::List(items) => {
            for (index, item) in items.make_mut().iter_mut().enumerate() {
                *item = withheld(std::mem::take(item), &eco_format!("{name}[{index}]"), is_marked, in_code);
            }
        }
        _ => {}
    }
    value
}

/// All texts that the configuration writes out: constants and the defaults of variables.
pub(super) fn texts_in_code(document: &Document) -> FxHashSet<&str> {
    let mut found = FxHashSet::default();
    if let Some(configuration) = &document.configuration {
        in_module(&configuration.root_module, &mut found);
    }
    found
}

fn in_module<'d>(module: &'d Module, found: &mut FxHashSet<&'d str>) {
    module.variables.values().for_each(|variable| texts(&variable.default, found));
    let blocks = module.resources.iter().map(|resource| &resource.expressions);
    for block in blocks.chain(module.calls.values().map(|call| &call.expressions)) {
        block.values().for_each(|expression| constants(expression, found));
    }
    module.calls.values().filter_map(|call| call.module.as_ref()).for_each(|child| in_module(child, found));
}

fn constants<'d>(expression: &'d Json, found: &mut FxHashSet<&'d str>) {
    match expression {
        Json::Object(members) => match members.get("constant_value") {
            Some(constant) => texts(constant, found),
            None => members.values().for_each(|member| constants(member, found)),
        },
        Json::Array(items) => items.iter().for_each(|item| constants(item, found)),
        _ => {}
    }
}

fn holds_mark(marks: &Json) -> bool {
    match marks {
        Json::Bool(is_marked) => *is_marked,
        Json::Array(items) => items.iter().any(holds_mark),
        Json::Object(members) => members.values().any(holds_mark),
        _ => false,
    }
}

/// The text with every value that the plan marks as sensitive replaced by `*`, wherever it stands;
/// all offsets stay. Terraform writes such values out in JSON, so nothing may show the text as it is.
pub fn without_secrets(text: &str, plan: &Plan) -> String {
    let secrets = secrets(&plan.0);
    if secrets.is_empty() {
        return text.to_owned();
    }
    let mut hidden = text.as_bytes().to_vec();
    for token in strings(text) {
        let Some(content) = text.get(token.start + 1..token.end.saturating_sub(1)) else { continue };
        let is_secret = if content.contains('\\') {
            serde_json::from_str::<String>(text.get(token.clone()).unwrap_or(""))
                .is_ok_and(|text| secrets.contains(text.as_str()))
        } else {
            secrets.contains(content)
        };
        if is_secret {
            hidden[token.start + 1..token.end - 1].fill(b'*');
        }
    }
    String::from_utf8(hidden).unwrap_or_default()
}

/// The strings of a JSON text that are no keys, quotes included.
fn strings(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + bytes.get(at..)?.iter().position(|byte| *byte == b'"')?;
            let mut end = start + 1;
            while *bytes.get(end)? != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            at = end + 1;
            let next = bytes.get(at..)?.iter().find(|byte| !byte.is_ascii_whitespace());
            if next != Some(&b':') {
                return Some(start..at);
            }
        }
    })
}

fn secrets(document: &Document) -> FxHashSet<&str> {
    let mut found = FxHashSet::default();
    let prior = document.prior_state.as_ref().and_then(|prior| prior.values.as_ref());
    for state in [document.planned_values.as_ref(), document.values.as_ref(), prior].into_iter().flatten() {
        of_state(state, &mut found);
    }
    for change in &document.resource_changes {
        collect(&change.change.before, &change.change.before_sensitive, &mut found);
        collect(&change.change.after, &change.change.after_sensitive, &mut found);
    }
    if let Some(configuration) = &document.configuration {
        for (name, variable) in configuration.root_module.variables.iter().filter(|(_, variable)| variable.sensitive) {
            texts(&variable.default, &mut found);
            document.variables.get(name).into_iter().for_each(|given| texts(&given.value, &mut found));
        }
    }
    found
}

fn of_state<'d>(state: &'d State, found: &mut FxHashSet<&'d str>) {
    state.outputs.values().filter(|output| output.sensitive).for_each(|output| texts(&output.value, found));
    of_module(&state.root_module, found);
}

fn of_module<'d>(module: &'d StateModule, found: &mut FxHashSet<&'d str>) {
    for resource in &module.resources {
        if let Some(values) = &resource.values {
            collect(values, &resource.sensitive_values, found);
        }
    }
    module.child_modules.iter().for_each(|child| of_module(child, found));
}

fn collect<'d>(value: &'d Json, marks: &Json, found: &mut FxHashSet<&'d str>) {
    match (value, marks) {
        (value, Json::Bool(true)) => texts(value, found),
        (Json::Object(members), Json::Object(marks)) => {
            for (key, mark) in marks {
                members.get(key).into_iter().for_each(|member| collect(member, mark, found));
            }
        }
        (Json::Array(items), Json::Array(marks)) => {
            items.iter().zip(marks).for_each(|(item, mark)| collect(item, mark, found));
        }
        _ => {}
    }
}

/// All texts in a value; an empty one hides nothing.
fn texts<'d>(value: &'d Json, found: &mut FxHashSet<&'d str>) {
    match value {
        Json::String(text) if !text.is_empty() => {
            found.insert(text);
        }
        Json::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Json::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}
