use std::collections::BTreeMap;

use ecow::{EcoString, EcoVec};

use super::environment::Env;
use super::eval::Evaluator;
use super::world::World;
use crate::syntax::hcl::{Block, Body};
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
    for attribute in body.attributes.iter().filter(|attribute| !without.contains(&attribute.name.name.as_str())) {
        members.push((attribute.name.name.clone(), evaluator.evaluate(&attribute.value)));
    }
    let mut lists: BTreeMap<&EcoString, EcoVec<Value>> = BTreeMap::new();
    for block in body.blocks.iter().filter(|block| !without.contains(&block.kind.name.as_str())) {
        match block.labels.first() {
            Some(label) if block.kind.name == "dynamic" => {
                dynamic(evaluator, block, lists.entry(&label.name).or_default(), depth);
            }
            _ => lists.entry(&block.kind.name).or_default().push(nested(evaluator, &block.body, block, depth)),
        }
    }
    members.extend(lists.into_iter().map(|(name, items)| (name.clone(), Data::List(items).into())));
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
        Some(crate::syntax::hcl::ExprKind::Variable(name)) => name.clone(),
        _ => block.labels.first().map(|label| label.name.clone()).unwrap_or_default(),
    };
    let collection = evaluator.evaluate(for_each);
    let one = |key: Value, value: Value| {
        let members = [("key".into(), key), ("value".into(), value)];
        let each = Data::Object(members.into_iter().collect()).into();
        evaluator.with_local(&iterator, each, |evaluator| nested(evaluator, &content.body, content, depth))
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
            maybe.origin.place = Place::Span(block.span);
            maybe.origin.hop.clone_from(&collection.origin.hop);
            items.push(maybe);
        }
    }
}
