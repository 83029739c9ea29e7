use std::sync::Arc;

use ecow::EcoString;

use crate::value::{Data, Hop, HopKind, Origin, Place, Value};

/// Most values that one combined value remembers.
const MAX_COMBINED: usize = 16;
/// Longest chain of hops in which a mark is looked for.
const MAX_CHAIN: u32 = 32;
/// Deepest nesting in which a container is searched for the history of its elements.
const MAX_SEARCH: u32 = 8;

/// An element taken out of `parent`, by attribute `name` if by one: it was read from whatever
/// the parent was read from, and stands where the element stands.
pub(crate) fn child(parent: &Value, element: &Value, name: Option<&EcoString>) -> Value {
    let hop = match (&parent.origin.hop, &element.origin.hop) {
        (None, own) => own.clone(),
        (Some(above), own) => Some(step(above, own.as_ref(), &element.origin.place, name)),
    };
    Value { data: element.data.clone(), origin: Origin { place: element.origin.place.clone(), hop } }
}

fn step(above: &Arc<Hop>, own: Option<&Arc<Hop>>, place: &Place, name: Option<&EcoString>) -> Arc<Hop> {
    let is_resource = |hop: &Arc<Hop>| matches!(hop.kind, HopKind::Resource { .. });
    if let Some(own) = own
        && (Arc::ptr_eq(own, above) || is_resource(above) && is_resource(own))
    {
        return Arc::clone(own);
    }
    let kind = match (&above.kind, name) {
        (HopKind::Resource { address, attribute }, Some(name)) if attribute.is_empty() => {
            HopKind::Resource { address: address.clone(), attribute: name.clone() }
        }
        (kind, _) => kind.clone(),
    };
    let nowhere = matches!(place, Place::Above);
    if own.is_none() && nowhere && kind == above.kind {
        return Arc::clone(above);
    }
    let place = if nowhere { above.place.clone() } else { place.clone() };
    let next = own.map_or_else(|| above.next.clone(), |own| vec![Arc::clone(own)]);
    Arc::new(Hop { kind, place, next })
}

/// The history of a value made of several: that of the only one with a history, or one hop that
/// names all. Elements of containers count too.
pub(crate) fn combined<'v>(values: impl IntoIterator<Item = &'v Value>) -> Option<Arc<Hop>> {
    let mut hops: Vec<Arc<Hop>> = Vec::new();
    for value in values {
        collect(value, &mut hops, 0);
    }
    match hops.len() {
        0 | 1 => hops.pop(),
        _ => Some(Arc::new(Hop { kind: HopKind::Combined, place: Place::Above, next: hops })),
    }
}

fn collect(value: &Value, hops: &mut Vec<Arc<Hop>>, depth: u32) {
    if hops.len() >= MAX_COMBINED || depth > MAX_SEARCH {
        return;
    }
    if let Some(hop) = &value.origin.hop {
        if hop.kind == HopKind::Combined {
            hop.next.iter().for_each(|hop| add(hop, hops));
        } else {
            add(hop, hops);
        }
    }
    match &value.data {
        Data::List(items) | Data::Set(items) => items.iter().for_each(|item| collect(item, hops, depth + 1)),
        Data::Object(map) => map.iter().for_each(|(_, item)| collect(item, hops, depth + 1)),
        _ => {}
    }
}

fn add(hop: &Arc<Hop>, hops: &mut Vec<Arc<Hop>>) {
    if hops.len() < MAX_COMBINED && !hops.iter().any(|known| Arc::ptr_eq(known, hop)) {
        hops.push(Arc::clone(hop));
    }
}

/// Marks a value as sensitive.
pub(crate) fn mark_sensitive(mut value: Value) -> Value {
    let next = value.origin.hop.take().into_iter().collect();
    value.origin.hop = Some(Arc::new(Hop { kind: HopKind::Sensitive, place: value.origin.place.clone(), next }));
    value
}

fn is_marked(hop: &Hop, depth: u32) -> bool {
    hop.kind == HopKind::Sensitive || depth < MAX_CHAIN && hop.next.iter().any(|next| is_marked(next, depth + 1))
}

/// Removes the mark, also where it came from a value that this one was made of.
pub(crate) fn unmark(mut value: Value) -> Value {
    if value.is_sensitive() {
        let mut hops = value.origin.hop.as_ref().map_or_else(Vec::new, |hop| unmarked(hop, 0));
        value.origin.hop = match hops.len() {
            0 | 1 => hops.pop(),
            _ => Some(Arc::new(Hop { kind: HopKind::Combined, place: Place::Above, next: hops })),
        };
    }
    value
}

fn unmarked(hop: &Arc<Hop>, depth: u32) -> Vec<Arc<Hop>> {
    if !is_marked(hop, depth) {
        return vec![Arc::clone(hop)];
    }
    let next: Vec<_> = hop.next.iter().flat_map(|next| unmarked(next, depth + 1)).collect();
    if hop.kind == HopKind::Sensitive {
        return next;
    }
    vec![Arc::new(Hop { kind: hop.kind.clone(), place: hop.place.clone(), next })]
}
