use std::collections::BTreeMap;

use lsp_types::{InlayHint, InlayHintKind, InlayHintLabel, Range};

use super::values;
use super::view::View;
use crate::graph::Resource;
use crate::source::{FileId, FileKind, Span};
use crate::value::{Data, Path, Place, Step, Value};

/// Hints of one answer.
const MAX_HINTS: usize = 2000;

/// Behind each expression that reads something, what it comes to, where that is known, short and the
/// same in all instances.
pub(super) fn hints(view: &View<'_>, file: FileId, range: Range) -> Vec<InlayHint> {
    if view.source(file).kind != FileKind::Terraform {
        return Vec::new();
    }
    let (start, end) = (view.offset(file, range.start), view.offset(file, range.end));
    let mut found: BTreeMap<Span, Option<String>> = BTreeMap::new();
    let own =
        view.outcome.graph.resources().iter().filter(|resource| {
            resource.block.file == file && resource.block.start <= end && start <= resource.block.end
        });
    for resource in own {
        collect(view, resource, &resource.attributes, &mut Vec::new(), &mut found);
    }
    let in_range = found.into_iter().filter(|(span, _)| start <= span.end && span.start <= end);
    let hints = in_range.filter_map(|(span, text)| {
        let at = view.range(file, span.start..span.end);
        // What goes over several lines would be read as the value of the last.
        (at.start.line == at.end.line).then_some(())?;
        Some(InlayHint {
            position: at.end,
            label: InlayHintLabel::String(format!("= {}", text?)),
            kind: Some(InlayHintKind::TYPE),
            text_edits: None,
            tooltip: None,
            padding_left: Some(true),
            padding_right: None,
            data: None,
        })
    });
    hints.take(MAX_HINTS).collect()
}

fn collect(
    view: &View<'_>,
    resource: &Resource,
    value: &Value,
    steps: &mut Vec<Step>,
    found: &mut BTreeMap<Span, Option<String>>,
) {
    if let Place::Span(span) = value.origin.place
        && resource.block.contains(span)
        && value.origin.hop.is_some()
    {
        let text = values::in_short(value, &Path(steps.clone()), resource, &view.outcome.sources);
        let known = found.entry(span).or_insert_with(|| text.clone());
        if *known != text {
            *known = None;
        }
        return;
    }
    let mut enter = |step: Step, inner: &Value| {
        steps.push(step);
        collect(view, resource, inner, steps, found);
        steps.pop();
    };
    match &value.data {
        Data::Object(members) => members.iter().for_each(|(key, inner)| enter(Step::Key(key.clone()), inner)),
        Data::List(items) | Data::Set(items) => {
            (0..).zip(items.iter()).for_each(|(index, inner)| enter(Step::Index(index), inner));
        }
        _ => {}
    }
}
