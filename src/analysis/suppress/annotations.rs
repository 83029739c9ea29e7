use super::Cover;
use super::marker::{ALL, Marker, Reach};
use crate::analysis::places::Places;
use crate::graph::{Graph, Resource, ResourceId, ResourceKind};
use crate::source::Span;
use crate::value::{Path, Value};

/// Our own annotation; its value is what follows `stanchion:allow` in a comment.
const OWN: &str = "stanchion.dev/allow";
const CHECKOV: &str = "checkov.io/skip";
const KUBE_LINTER: &str = "ignore-check.kube-linter.io/";
const KUBE_LINTER_ALL: &str = "kube-linter.io/ignore-all";

/// Ways to annotations: the object's own, and those of the pods that it makes.
const WAYS: &[&[&str]] =
    &[&["metadata"], &["spec", "template", "metadata"], &["spec", "jobTemplate", "spec", "template", "metadata"]];

/// Suppressions in the annotations of objects.
pub(super) fn read(graph: &Graph, places: &Places<'_>) -> Vec<(Marker, Span, Cover)> {
    let mut found = Vec::new();
    for (id, resource) in (0..).map(ResourceId).zip(graph.resources()) {
        if resource.kind == ResourceKind::Object {
            of_object(id, resource, graph, places, &mut found);
        }
    }
    found
}

fn of_object(
    id: ResourceId,
    resource: &Resource,
    graph: &Graph,
    places: &Places<'_>,
    found: &mut Vec<(Marker, Span, Cover)>,
) {
    for way in WAYS {
        let metadata = way.iter().try_fold(&resource.attributes, |value, key| value.get(key));
        let Some(members) = metadata.and_then(|value| value.get("annotations")).and_then(Value::as_object) else {
            continue;
        };
        for (name, value) in members.iter() {
            let Some(marker) = value.as_str().and_then(|text| marker(name, text)) else { continue };
            let path =
                way.iter().fold(Path::default(), |path, key| path.key(*key)).key("annotations").key(name.as_str());
            let place = graph.locate(id, &path).0;
            let span = places.span(&place).or_else(|| places.span(&resource.header));
            found.extend(span.map(|span| (marker, span, Cover::Resource(id))));
        }
    }
}

fn marker(name: &str, value: &str) -> Option<Marker> {
    if name == OWN {
        return Some(Marker::own(Reach::Statement, value));
    }
    if name == KUBE_LINTER_ALL {
        return Some(Marker::kube_linter(ALL, value));
    }
    if let Some(check) = name.strip_prefix(KUBE_LINTER) {
        return Some(Marker::kube_linter(check, value));
    }
    let number = name.strip_prefix(CHECKOV)?;
    number.chars().all(|c| c.is_ascii_digit()).then(|| Marker::checkov(Reach::Statement, value))
}
