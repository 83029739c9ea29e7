//! Values by address, for people with the way that each came, or for scripts.
//!
//! A value that is sensitive, that stands under a name for a secret, or that holds a credential is
//! written as `(sensitive)`.

use std::io::{self, Write};
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashSet;
use serde_json::{Map as JsonMap, Value as Json, json};

use super::{mask, masked, shown_path};
use crate::source::{SourceMap, Span};
use crate::value::{Data, Hop, HopKind, Number, Place, Reason, Value, is_credential, is_placeholder, names_secret};

/// What stands for a value that must not be shown.
const SENSITIVE: &str = "(sensitive)";
/// Most steps of a value's way that are shown.
const MAX_HOPS: usize = 64;

/// An address and its value, `None` where nothing is written there.
type Named = (EcoString, Option<Value>);

/// Writes `address = value`, and below it the lines by which the value came, its literal first.
///
/// # Errors
/// Those of the sink.
pub fn write_text(out: &mut dyn Write, values: &[Named], sources: &SourceMap) -> io::Result<()> {
    for (address, value) in values {
        writeln!(out, "{} = {}", for_terminal(address), for_terminal(&text(address, value.as_ref())))?;
        let Some(value) = value else { continue };
        for (place, what) in way(value, sources) {
            writeln!(out, "  {}  {}", for_terminal(&line(place, sources)), for_terminal(&what))?;
        }
    }
    Ok(())
}

/// A value as it is shown under its address: JSON, or in parentheses what there is instead.
pub fn text(address: &str, value: Option<&Value>) -> String {
    let entry = entry(address, value);
    match (entry.get("value"), entry.get("unknown"), entry.get("error")) {
        (Some(Json::String(text)), ..) if text == SENSITIVE => text.clone(),
        (Some(value), ..) => serde_json::to_string_pretty(value).unwrap_or_default(),
        (_, Some(reason), _) => format!("(unknown: {})", reason.as_str().unwrap_or_default()),
        (.., error) => format!("(error: {})", error.and_then(Json::as_str).unwrap_or_default()),
    }
}

/// The text without what steers a terminal; its lines stay.
fn for_terminal(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' { shown.push(c) } else { mask::push(&mut shown, c, false) }
    }
    shown
}

/// Writes one object: an address to `{"value": …}`, `{"unknown": reason}` or `{"error": message}`.
///
/// # Errors
/// Those of the sink.
pub fn write_json(out: &mut dyn Write, values: &[Named]) -> io::Result<()> {
    let all: JsonMap<String, Json> =
        values.iter().map(|(address, value)| (address.to_string(), entry(address, value.as_ref()))).collect();
    serde_json::to_writer_pretty(&mut *out, &all)?;
    out.write_all(b"\n")
}

fn entry(address: &str, value: Option<&Value>) -> Json {
    let Some(value) = value else { return json!({ "error": "not set in the code" }) };
    match value.as_unknown() {
        Some(unknown) if is_fault(&unknown.reason) => json!({ "error": unknown.reason.to_string() }),
        Some(unknown) => json!({ "unknown": unknown.reason.to_string() }),
        None => json!({ "value": shown(value, is_secret(address)) }),
    }
}

fn is_fault(reason: &Reason) -> bool {
    matches!(reason, Reason::Invalid(_) | Reason::Cycle(_) | Reason::Undeclared(_) | Reason::Limit(_))
}

/// The member that marks an unknown inside of a value.
const UNKNOWN: &str = "__unknown__";

fn shown(value: &Value, is_hidden: bool) -> Json {
    if value.is_sensitive() {
        return json!(SENSITIVE);
    }
    match &value.data {
        Data::Null => Json::Null,
        Data::Bool(value) => json!(value),
        Data::Number(Number::Int(number)) => json!(number),
        Data::Number(Number::Float(number)) => json!(number),
        Data::String(text) if is_hidden && !is_placeholder(text) || is_credential(text) => json!(SENSITIVE),
        Data::String(text) => json!(text.as_str()),
        Data::List(items) | Data::Set(items) => items.iter().map(|item| shown(item, is_hidden)).collect(),
        Data::Object(members) => {
            // Environment variables and the like: `{ name = "DB_PASSWORD", value = … }`.
            let is_named = members.get("name").and_then(Value::as_str).is_some_and(names_secret);
            let one = |(key, member): (&EcoString, &Value)| {
                (key.to_string(), shown(member, is_hidden || names_secret(key) || is_named && key == "value"))
            };
            Json::Object(members.iter().map(one).collect())
        }
        Data::Unknown(unknown) => json!({ UNKNOWN: unknown.reason.to_string() }),
    }
}

/// Whether the last name of an address is one for a secret.
fn is_secret(address: &str) -> bool {
    names_secret(address.rsplit(['.', ':']).next().unwrap_or(address))
}

/// A place and what is read there for each step, from the literal to the use.
pub fn way(value: &Value, sources: &SourceMap) -> Vec<(Span, String)> {
    let mut steps: Vec<(Span, String)> = Vec::new();
    let mut seen = FxHashSet::default();
    let mut open: Vec<&Arc<Hop>> = value.origin.hop.iter().collect();
    while let Some(hop) = open.pop() {
        if !seen.insert(Arc::as_ptr(hop)) || steps.len() > MAX_HOPS {
            continue;
        }
        if let (Some(what), Place::Span(span)) = (what(&hop.kind), &hop.place) {
            steps.push((*span, what));
        }
        open.extend(hop.next.iter().rev());
    }
    steps.reverse();
    if let Place::Span(span) = value.origin.place
        && steps.last().is_none_or(|(last, _)| line(*last, sources) != line(span, sources))
    {
        steps.push((span, "written here".to_owned()));
    }
    steps
}

fn what(kind: &HopKind) -> Option<String> {
    Some(match kind {
        HopKind::Default(name) => format!("default of var.{name}"),
        HopKind::Input(name) => format!("var.{name} is set"),
        HopKind::Argument(name) => format!("argument {name}"),
        HopKind::Local(name) => format!("local.{name}"),
        HopKind::Output(name) => format!("output {name}"),
        HopKind::Resource { address, attribute } if attribute.is_empty() => address.to_string(),
        HopKind::Resource { address, attribute } => format!("{address}.{attribute}"),
        HopKind::File(name) => format!("file {}", masked(name)),
        HopKind::Combined | HopKind::Encoded(_) | HopKind::Sensitive => return None,
    })
}

fn line(span: Span, sources: &SourceMap) -> String {
    let file = sources.file(span.file);
    format!("{}:{}", shown_path(&file.path), file.position(span.start).line)
}
