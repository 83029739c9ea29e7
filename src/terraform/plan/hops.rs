use std::sync::Arc;

use ecow::EcoString;
use serde_json::Value as Json;

use super::pairs;
use super::references::{References, Scope, Target};
use super::values::is_expression;
use crate::value::{Data, Hop, HopKind, Map, Place, Unknown, Value};

/// Gives values the history that the configuration tells: which resources their expressions read.
pub(super) struct Historian<'h, 'd> {
    pub(super) references: &'h References<'d>,
    pub(super) scope: Scope<'d>,
    /// What is known of a computed text, by its address and attribute.
    pub(super) partial_of: &'h dyn Fn(&Target) -> Option<Value>,
}

impl Historian<'_, '_> {
    /// Goes through a block: attributes by name, nested blocks by what they set.
    pub(super) fn block(&self, value: &mut Value, block: &serde_json::Map<String, Json>) {
        let Data::Object(members) = &mut value.data else { return };
        for (name, set_by) in block {
            if let Some(member) = members.get(name) {
                let mut member = member.clone();
                self.member(&mut member, set_by);
                members.insert(name.as_str().into(), member);
            }
        }
    }

    fn member(&self, value: &mut Value, set_by: &Json) {
        match set_by {
            Json::Object(_) if is_expression(set_by) => self.attribute(value, set_by),
            Json::Object(block) => match &mut value.data {
                Data::List(items) => items.make_mut().iter_mut().for_each(|item| self.block(item, block)),
                _ => self.block(value, block),
            },
            Json::Array(blocks) => self.blocks(value, blocks),
            _ => {}
        }
    }

    fn blocks(&self, value: &mut Value, blocks: &[Json]) {
        let Data::List(items) = &mut value.data else {
            for block in blocks {
                self.attribute(value, block);
            }
            return;
        };
        let constants: Vec<Value> = blocks.iter().map(constants).collect();
        let pairs = pairs::of(items, &constants);
        for (item, index) in items.make_mut().iter_mut().zip(pairs) {
            if let Some(Json::Object(block)) = index.and_then(|index| blocks.get(index)) {
                self.block(item, block);
            }
        }
    }

    fn attribute(&self, value: &mut Value, expression: &Json) {
        let targets = self.references.of_expression(expression, &self.scope);
        if let ([target], Data::Unknown(unknown)) = (&targets[..], &value.data)
            && unknown.partial.is_none()
            && let Some(known) = (self.partial_of)(target)
            && let Data::Unknown(more) = known.data
        {
            let partial = more.partial.clone();
            value.data = Data::Unknown(Arc::new(Unknown { partial, ..Unknown::clone(unknown) }));
        }
        let hops: Vec<Arc<Hop>> = targets.into_iter().map(hop).collect();
        value.origin.hop = combined(hops.into_iter().chain(value.origin.hop.take()).collect());
    }
}

fn hop((address, attribute): Target) -> Arc<Hop> {
    Arc::new(Hop { kind: HopKind::Resource { address, attribute }, place: Place::Above, next: Vec::new() })
}

/// Several histories as one.
pub(super) fn combined(mut hops: Vec<Arc<Hop>>) -> Option<Arc<Hop>> {
    match hops.len() {
        0 | 1 => hops.pop(),
        _ => Some(Arc::new(Hop { kind: HopKind::Combined, place: Place::Above, next: hops })),
    }
}

/// The constants of a block, by which its value is known again.
fn constants(block: &Json) -> Value {
    let members = block.as_object().into_iter().flatten();
    let constant = |(name, set_by): (&String, &Json)| {
        let constant = set_by.get("constant_value")?.clone();
        Some((EcoString::from(name.as_str()), Value::from(constant)))
    };
    Data::Object(members.filter_map(constant).collect::<Map>()).into()
}
