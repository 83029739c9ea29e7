use std::sync::Arc;

use ecow::EcoString;

use super::hops::combined;
use super::pairs;
use crate::graph::Resource;
use crate::value::{Data, Hop, HopKind, Place, Pointer, Reason, Step, Unknown, Value};

/// Gives a planned resource the places and the history of the block in the source that it comes from.
pub(super) fn onto_source(planned: &mut Resource, source: &Resource) {
    planned.block = source.block;
    planned.header = source.header.clone();
    overlay(&mut planned.attributes, &source.attributes);
}

/// Gives what the document does not place by itself a place: unknown attributes, which stand
/// nowhere in it, and what will be renamed and found by another path later.
pub(super) fn onto_document(planned: &mut Resource) {
    let is_renamed = planned.type_name.starts_with("kubernetes_");
    let Place::Pointer(root) = planned.attributes.origin.place.clone() else { return };
    if is_renamed {
        pin(&mut planned.attributes, &root);
    }
    let header = planned.header.clone();
    let Data::Object(members) = &mut planned.attributes.data else { return };
    let unknown: Vec<_> = members.iter().filter(|(_, member)| member.as_unknown().is_some()).collect();
    let placed: Vec<_> =
        unknown.into_iter().map(|(key, value)| (key.clone(), value.clone().placed(header.clone()))).collect();
    for (key, value) in placed {
        members.insert(key, value);
    }
}

/// Gives each value below `value` its own place in the document.
fn pin(value: &mut Value, at: &Arc<Pointer>) {
    let inner = |step: Step| Arc::new(Pointer { path: at.path.with(step), ..(**at).clone() });
    match &mut value.data {
        Data::Object(members) => {
            for (key, member) in members.clone().iter() {
                let mut member = member.clone();
                pin(&mut member, &inner(Step::Key(key.clone())));
                members.insert(key.clone(), member);
            }
        }
        Data::List(items) => {
            for (index, item) in (0..).zip(items.make_mut()) {
                pin(item, &inner(Step::Index(index)));
            }
        }
        _ => {}
    }
    value.origin.place = Place::Pointer(Arc::clone(at));
}

/// Values stay as planned; where the source has a value at the same path, its origin is added.
fn overlay(planned: &mut Value, source: &Value) {
    planned.origin.place = source.origin.place.clone();
    let is_withheld = |unknown: &Arc<Unknown>| matches!(unknown.reason, Reason::Withheld(_));
    if planned.as_unknown().is_some_and(is_withheld) && source.as_str().is_some() {
        planned.data = source.data.clone();
    }
    let structure = structure_of(source);
    if let Data::Unknown(unknown) = &planned.data {
        planned.data = Data::Unknown(Arc::new(learned(unknown, source, structure)));
    } else if let (Some(structure), Data::String(text)) = (structure, &planned.data)
        && let Ok(json) = serde_json::from_str::<serde_json::Value>(text)
        && (json.is_object() || json.is_array())
    {
        let mut encoded = Value::from(json);
        overlay(&mut encoded, &structure);
        let next = source.origin.hop.iter().chain(&planned.origin.hop).cloned().collect();
        let kind = HopKind::Encoded(encoded);
        planned.origin.hop = Some(Arc::new(Hop { kind, place: Place::Above, next }));
        return;
    }
    let hops = source.origin.hop.iter().chain(&planned.origin.hop).cloned().collect();
    planned.origin.hop = combined(hops);
    below(planned, source);
}

fn below(planned: &mut Value, source: &Value) {
    match (&mut planned.data, &source.data) {
        (Data::Object(members), Data::Object(others)) => {
            for (key, other) in others.iter() {
                if let Some(member) = members.get(key) {
                    let mut member = member.clone();
                    overlay(&mut member, other);
                    members.insert(key.clone(), member);
                }
            }
            let is_absent = |(key, member): &(&EcoString, &Value)| member.is_unset() && others.get(key).is_none();
            if members.iter().any(|member| is_absent(&member)) {
                let kept = members.iter().filter(|member| !is_absent(member));
                *members = kept.map(|(key, member)| (EcoString::clone(key), member.clone())).collect();
            }
        }
        (Data::List(items), Data::List(others) | Data::Set(others)) => {
            let pairs = pairs::of(items, others);
            for (item, index) in items.make_mut().iter_mut().zip(pairs) {
                if let Some(other) = index.and_then(|index| others.get(index)) {
                    overlay(item, other);
                }
            }
        }
        _ => {}
    }
}

/// What the source adds to an unknown: whether it is set at all, and what it will encode.
fn learned(unknown: &Unknown, source: &Value, structure: Option<Value>) -> Unknown {
    let reason = match &unknown.reason {
        Reason::Computed(_) | Reason::Unset(_) if is_of_unknown_number(source) => Reason::Cardinality,
        Reason::Computed(what) | Reason::Unset(what) if !source.is_null() => Reason::KnownAfterApply(what.clone()),
        reason => reason.clone(),
    };
    let theirs = source.as_unknown().and_then(|unknown| unknown.partial.clone());
    let theirs = structure.map(crate::value::Partial::Encoded).or(theirs);
    Unknown { reason, span: unknown.span, partial: unknown.partial.clone().or(theirs) }
}

/// Whether nothing is known of some blocks, not even that there is one.
fn is_of_unknown_number(source: &Value) -> bool {
    let is_unknown = |value: &Value| value.as_unknown().is_some_and(|unknown| unknown.reason == Reason::Cardinality);
    is_unknown(source) || source.as_list().is_some_and(|items| !items.is_empty() && items.iter().all(is_unknown))
}

/// The value that a text encodes, where it was built by encoding.
fn structure_of(value: &Value) -> Option<Value> {
    fn encoded(hop: &Hop) -> Option<&Value> {
        match (&hop.kind, &hop.next[..]) {
            (HopKind::Encoded(value), _) => Some(value),
            (_, [next]) => encoded(next),
            _ => None,
        }
    }
    let known = value.origin.hop.as_deref().and_then(encoded);
    known.or_else(|| value.as_unknown().and_then(|unknown| unknown.structure())).cloned()
}
