use std::collections::BTreeMap;

use ecow::{EcoString, EcoVec};

use super::environment::Env;
use super::eval::Evaluator;
use super::world::World;
use crate::source::Span;
use crate::syntax::hcl::{Block, Body, Expr, ExprKind, ObjectItem};
use crate::value::{Data, Map, Place, Reason, Value};

/// Meta-arguments and blocks of a resource that say nothing about the object itself.
pub(crate) const META: &[&str] =
    &["count", "for_each", "depends_on", "provider", "providers", "provisioner", "connection", "lifecycle"];

/// Deepest nesting of blocks that is evaluated.
const MAX_BLOCK_DEPTH: u32 = 32;

/// The value of a body: attributes, and nested blocks as lists of objects under their type.
///
/// `dynamic` blocks are expanded in place; where it is not known how many there are, an unknown
/// element stands in the list, so that the block counts neither as absent nor as there.
pub(crate) fn value(world: &World<'_>, env: &Env<'_, '_>, body: &Body, without: &[&str]) -> Value {
    let evaluator = Evaluator::new(env);
    let value = object(&evaluator, body, without, 0);
    world.problems.borrow_mut().extend(evaluator.into_problems());
    value
}

fn object(evaluator: &Evaluator<'_>, body: &Body, without: &[&str], depth: u32) -> Value {
    let mut members: Vec<(EcoString, Value)> = Vec::with_capacity(body.attributes.len() + body.blocks.len());
    let mut lists: BTreeMap<&EcoString, EcoVec<Value>> = BTreeMap::new();
    for attribute in body.attributes.iter().filter(|attribute| !without.contains(&attribute.name.name.as_str())) {
        match json_dynamics(&attribute.name.name, &attribute.value) {
            Some(dynamics) => json_lists(evaluator, dynamics, &mut lists, depth),
            None => members.push((attribute.name.name.clone(), evaluator.evaluate(&attribute.value))),
        }
    }
    for block in body.blocks.iter().filter(|block| !without.contains(&block.kind.name.as_str())) {
        match block.labels.first() {
            Some(label) if block.kind.name == "dynamic" => {
                dynamic(evaluator, block, lists.entry(&label.name).or_default(), depth);
            }
            _ => lists.entry(&block.kind.name).or_default().push(nested(evaluator, &block.body, block, depth)),
        }
    }
    with_lists(members, lists)
}

/// Members and repeated blocks as one object; of a JSON file, blocks of one type may come from both.
fn with_lists(mut members: Vec<(EcoString, Value)>, lists: BTreeMap<&EcoString, EcoVec<Value>>) -> Value {
    for (name, mut items) in lists {
        if let Some(at) = members.iter().position(|(known, _)| known == name) {
            let (_, written) = members.remove(at);
            let mut all = written.as_list().map_or_else(|| EcoVec::from([written.clone()].as_slice()), EcoVec::from);
            all.extend(items);
            items = all;
        }
        members.push((name.clone(), Data::List(items).into()));
    }
    Data::Object(members.into_iter().collect::<Map>()).into()
}

fn nested(evaluator: &Evaluator<'_>, body: &Body, block: &Block, depth: u32) -> Value {
    if depth >= MAX_BLOCK_DEPTH {
        return Value::unknown(Reason::Limit("nesting of blocks".into()), Some(block.header));
    }
    object(evaluator, body, &[], depth + 1).placed(Place::Span(block.span))
}

fn dynamic(evaluator: &Evaluator<'_>, block: &Block, items: &mut EcoVec<Value>, depth: u32) {
    let expr = |name| super::module::attribute(&block.body, name);
    let content = block.body.blocks.iter().find(|inner| inner.kind.name == "content");
    let (Some(for_each), Some(content)) = (expr("for_each"), content) else { return };
    let iterator = match expr("iterator").map(|expr| &expr.kind) {
        Some(ExprKind::Variable(name)) => name.clone(),
        _ => block.labels.first().map(|label| label.name.clone()).unwrap_or_default(),
    };
    repeat(evaluator, &iterator, for_each, block.span, items, &|evaluator| {
        nested(evaluator, &content.body, content, depth)
    });
}

/// The dynamic blocks of a body in a JSON file, where they look like an attribute: an object from
/// block types to one dynamic block or a list of them.
fn json_dynamics<'b>(name: &str, value: &'b Expr) -> Option<&'b [ObjectItem]> {
    match &value.kind {
        ExprKind::Object(items) if name == "dynamic" => Some(items),
        _ => None,
    }
}

fn json_lists<'b>(
    evaluator: &Evaluator<'_>,
    dynamics: &'b [ObjectItem],
    lists: &mut BTreeMap<&'b EcoString, EcoVec<Value>>,
    depth: u32,
) {
    for item in dynamics {
        let ExprKind::String(name) = &item.key.kind else { continue };
        let items = lists.entry(name).or_default();
        for block in one_or_many(&item.value) {
            let (Some(for_each), Some(content)) = (member(block, "for_each"), member(block, "content")) else {
                continue;
            };
            let iterator = match member(block, "iterator").map(|expr| &expr.kind) {
                Some(ExprKind::String(name)) => name,
                _ => name,
            };
            let Some(content) = one_or_many(content).first() else { continue };
            repeat(evaluator, iterator, for_each, block.span, items, &|evaluator| {
                json_block(evaluator, content, depth)
            });
        }
    }
}

/// The content of a dynamic block, which may hold others.
fn json_block(evaluator: &Evaluator<'_>, content: &Expr, depth: u32) -> Value {
    let ExprKind::Object(items) = &content.kind else { return evaluator.evaluate(content) };
    if depth >= MAX_BLOCK_DEPTH {
        return Value::unknown(Reason::Limit("nesting of blocks".into()), Some(content.span));
    }
    let mut members = Vec::new();
    let mut lists = BTreeMap::new();
    for item in items {
        let ExprKind::String(name) = &item.key.kind else { continue };
        match json_dynamics(name, &item.value) {
            Some(dynamics) => json_lists(evaluator, dynamics, &mut lists, depth + 1),
            None => members.push((name.clone(), evaluator.evaluate(&item.value))),
        }
    }
    with_lists(members, lists).placed(Place::Span(content.span))
}

fn one_or_many(expr: &Expr) -> &[Expr] {
    match &expr.kind {
        ExprKind::Tuple(items) => items,
        _ => std::slice::from_ref(expr),
    }
}

fn member<'b>(object: &'b Expr, name: &str) -> Option<&'b Expr> {
    let ExprKind::Object(items) = &object.kind else { return None };
    let is_meant = |item: &&ObjectItem| matches!(&item.key.kind, ExprKind::String(key) if key == name);
    items.iter().find(is_meant).map(|item| &item.value)
}

/// Adds `content` once for each element of a collection; where that is not known, an unknown.
fn repeat(
    evaluator: &Evaluator<'_>,
    iterator: &EcoString,
    for_each: &Expr,
    span: Span,
    items: &mut EcoVec<Value>,
    content: &dyn Fn(&Evaluator<'_>) -> Value,
) {
    let collection = evaluator.evaluate(for_each);
    let one = |key: Value, value: Value| {
        let members = [("key".into(), key), ("value".into(), value)];
        let each = Data::Object(members.into_iter().collect()).into();
        evaluator.with_local(iterator, each, |evaluator| content(evaluator))
    };
    match &collection.data {
        Data::Object(map) => {
            for (key, value) in map.iter().take(super::expand::MAX_INSTANCES) {
                items.push(one(Value::string(key.clone()), value.clone()));
            }
        }
        Data::List(values) | Data::Set(values) => {
            let is_set = matches!(collection.data, Data::Set(_));
            for (index, value) in values.iter().enumerate().take(super::expand::MAX_INSTANCES) {
                let index = i64::try_from(index).unwrap_or(i64::MAX);
                let key = if is_set { value.clone() } else { Data::Number(index.into()).into() };
                items.push(one(key, value.clone()));
            }
        }
        Data::Null => {}
        _ => {
            let mut maybe = Value::unknown(Reason::Cardinality, Some(for_each.span));
            maybe.origin.place = Place::Span(span);
            maybe.origin.hop.clone_from(&collection.origin.hop);
            items.push(maybe);
        }
    }
}
