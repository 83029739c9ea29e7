use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::graph::{Resource, ResourceKind};
use crate::report::{holds_secret, masked, values};
use crate::source::{FileKind, SourceMap};
use crate::value::{Data, Hop, HopKind, Path, Place, Step, Value, names_secret};

/// What stands for a value that must not be shown.
const SENSITIVE: &str = "(sensitive)";
/// Longer values are cut.
const MAX_LINES: usize = 24;
const MAX_CHARS: usize = 1200;

/// A value of a resource as it may be shown: nothing of it where it is, comes from or is named like
/// a secret.
pub(super) fn shown(value: &Value, path: &Path, resource: &Resource, sources: &SourceMap) -> String {
    if is_secret(value, path, resource, sources) {
        return SENSITIVE.to_owned();
    }
    let name = path.0.iter().rev().find_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Index(_) => None,
    });
    let text = values::text(name.unwrap_or(""), Some(value));
    let mut shown: String = text.lines().take(MAX_LINES).map(masked).collect::<Vec<_>>().join("\n");
    let is_cut = text.lines().count() > MAX_LINES || shown.chars().count() > MAX_CHARS;
    if is_cut {
        shown = shown.chars().take(MAX_CHARS).chain(" …".chars()).collect();
    }
    shown
}

/// The same in a few characters of one line; `None` where it is not known, or longer.
pub(super) fn in_short(value: &Value, path: &Path, resource: &Resource, sources: &SourceMap) -> Option<String> {
    const MAX: usize = 60;
    let is_scalar = matches!(value.data, Data::Bool(_) | Data::Number(_) | Data::String(_));
    let shown = is_scalar.then(|| shown(value, path, resource, sources))?;
    (shown.chars().count() <= MAX && !shown.contains('\n')).then_some(shown)
}

fn is_secret(value: &Value, path: &Path, resource: &Resource, sources: &SourceMap) -> bool {
    let is_key =
        |step: Option<&Step>, names: &[&str]| matches!(step, Some(Step::Key(key)) if names.contains(&key.as_str()));
    let of_secret = resource.type_name.starts_with("kubernetes_secret") || resource.type_name == "Secret";
    let is_data = is_key(path.0.first(), &["data", "binary_data", "stringData", "data_wo", "binary_data_wo"]);
    let of_variable = resource.kind == ResourceKind::Variable
        && is_key(path.0.first(), &["default"])
        && (names_secret(&resource.name)
            || resource.attributes.get("sensitive").is_some_and(|it| it.as_bool() != Some(false)));
    let of_output = resource.kind == ResourceKind::Output
        && resource.attributes.get("sensitive").is_some_and(|it| it.as_bool() != Some(false));
    of_secret && is_data || of_variable || of_output || value.is_sensitive() || is_read_from_secret(value, sources)
}

/// Whether the text of a value is read from something that is named like a secret, or from text that
/// a report would hide.
fn is_read_from_secret(value: &Value, sources: &SourceMap) -> bool {
    if !matches!(value.data, Data::String(_)) {
        return false;
    }
    let mut seen = FxHashSet::default();
    let mut open: Vec<&Arc<Hop>> = value.origin.hop.iter().collect();
    let mut places = vec![&value.origin.place];
    while let Some(hop) = open.pop() {
        if seen.insert(Arc::as_ptr(hop)) {
            if is_named_secret(&hop.kind) {
                return true;
            }
            places.push(&hop.place);
            open.extend(&hop.next);
        }
    }
    places.into_iter().any(|place| {
        let Place::Span(span) = place else { return false };
        let file = sources.file(span.file);
        file.kind != FileKind::Config && holds_secret(file, span.range())
    })
}

fn is_named_secret(kind: &HopKind) -> bool {
    let name = match kind {
        HopKind::Default(name)
        | HopKind::Input(name)
        | HopKind::Argument(name)
        | HopKind::Local(name)
        | HopKind::Output(name) => name,
        HopKind::Resource { attribute, .. } => attribute,
        HopKind::Sensitive => return true,
        HopKind::File(_) | HopKind::Combined | HopKind::Encoded(_) => return false,
    };
    names_secret(name.rsplit('.').next().unwrap_or(name))
}
