use std::sync::Arc;

use ecow::{EcoString, EcoVec, eco_format};

use super::eval::first_unknown;
use super::policy_json;
use crate::value::{Data, Hop, HopKind, Partial, Reason, Unknown, Value, read_json};

/// Gives an `aws_iam_policy_document` its `json` and `minified_json`, with the
/// statements it encodes, those of its source and override documents included.
pub(crate) fn with_json(mut document: Value, address: &EcoString) -> Value {
    let mut statements: EcoVec<Value> = EcoVec::new();
    for name in ["source_json", "source_policy_documents"] {
        statements.extend(document.get(name).into_iter().flat_map(documents).flat_map(|d| statements_of(&d)));
    }
    statements.extend(document.get("statement").and_then(Value::as_list).unwrap_or_default().iter().cloned());
    for name in ["override_json", "override_policy_documents"] {
        let overriding = document.get(name).into_iter().flat_map(documents).flat_map(|d| statements_of(&d));
        for statement in overriding.collect::<Vec<_>>() {
            replace(&mut statements, statement);
        }
    }
    let members = [("statement".into(), Data::List(statements).into())];
    let structure = Value { data: Data::Object(members.into_iter().collect()), origin: document.origin.clone() };
    let json = json(&document, structure, address);
    let mut minified = json.clone();
    if let Some(text) = json.as_str().and_then(policy_json::minified) {
        minified.data = Data::String(text);
    }
    if let Data::Object(map) = &mut document.data {
        map.insert("json".into(), json);
        map.insert("minified_json".into(), minified);
    }
    document
}

/// The text where all of it is known; its parts keep their places either way.
fn json(document: &Value, structure: Value, address: &EcoString) -> Value {
    let kind = HopKind::Encoded(structure.clone());
    let mut json = if let Some(text) = policy_json::text(document) {
        Value::string(text)
    } else {
        let (reason, span) = first_unknown(document).map_or_else(
            || (Reason::DataSource(eco_format!("{address}.json")), None),
            |unknown| (unknown.reason.clone(), unknown.span),
        );
        Data::Unknown(Arc::new(Unknown { reason, span, partial: Some(Partial::Encoded(structure)) })).into()
    };
    json.origin.hop = Some(Arc::new(Hop { kind, place: document.origin.place.clone(), next: Vec::new() }));
    json
}

fn documents(value: &Value) -> Vec<Value> {
    match &value.data {
        Data::Null => Vec::new(),
        Data::List(items) | Data::Set(items) => items.iter().filter(|item| !item.is_null()).cloned().collect(),
        _ => vec![value.clone()],
    }
}

/// The statements of a document, or one unknown statement for a document that is not known.
fn statements_of(document: &Value) -> Vec<Value> {
    let structure = match (&document.data, document.origin.hop.as_deref()) {
        (Data::Unknown(unknown), _) => unknown.structure().cloned(),
        (Data::String(text), hop) => match hop.map(|hop| &hop.kind) {
            Some(HopKind::Encoded(value)) => Some(value.clone()),
            _ => read_json(text),
        },
        _ => None,
    };
    let Some(structure) = structure else { return vec![document.clone()] };
    let found = structure.get("statement").or_else(|| structure.get("Statement"));
    match found.map(|found| (found, found.as_list())) {
        Some((_, Some(items))) => items.to_vec(),
        Some((one, None)) => vec![one.clone()],
        None => Vec::new(),
    }
}

/// A statement of an override document replaces the one with its `sid`.
fn replace(statements: &mut EcoVec<Value>, by: Value) {
    let sid =
        |value: &Value| value.get("sid").or_else(|| value.get("Sid")).and_then(|sid| sid.as_str().map(EcoString::from));
    let wanted = sid(&by).filter(|sid| !sid.is_empty());
    let known = wanted.and_then(|wanted| statements.iter().position(|known| sid(known).as_ref() == Some(&wanted)));
    match known {
        Some(index) => statements.make_mut()[index] = by,
        None => statements.push(by),
    }
}
