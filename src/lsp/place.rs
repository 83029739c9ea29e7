use crate::analysis::Outcome;
use crate::graph::{Resource, ResourceId, ResourceKind};
use crate::source::{FileId, Span};
use crate::syntax::hcl::{Attribute, Body, Expr, ExprKind};
use crate::value::{Data, Path, Place, Step, Value};

/// The resources that are declared around a place, innermost first; instances of one block in their
/// order, then the objects that a Terraform resource stands for.
pub(super) fn resources(outcome: &Outcome, file: FileId, offset: u32) -> Vec<(ResourceId, &Resource)> {
    let all = (0..).map(ResourceId).zip(outcome.graph.resources().iter().map(AsRef::as_ref));
    let holds = |block: Span| block.file == file && block.start <= offset && offset <= block.end;
    let mut found: Vec<(ResourceId, &Resource)> = all.filter(|(_, resource)| holds(resource.block)).collect();
    found.sort_by_key(|(id, it)| (it.block.end - it.block.start, it.kind == ResourceKind::Object, *id));
    found
}

/// Those of [`resources`] that the innermost block declares.
pub(super) fn innermost(outcome: &Outcome, file: FileId, offset: u32) -> Vec<(ResourceId, &Resource)> {
    let mut found = resources(outcome, file, offset);
    let block = found.first().map(|(_, resource)| resource.block);
    found.retain(|(_, resource)| Some(resource.block) == block);
    found
}

/// The attribute or member of an object whose name or value is at a place, innermost.
pub(super) fn named_at(body: &Body, offset: u32) -> Option<(&str, &Expr)> {
    let holds = |span: Span| span.start <= offset && offset <= span.end;
    if let Some(block) = body.blocks.iter().find(|block| holds(block.span)) {
        return named_at(&block.body, offset);
    }
    let Attribute { name, value, .. } = body.attributes.iter().find(|attribute| holds(attribute.span))?;
    let mut found = (name.name.as_str(), value);
    if holds(name.span) {
        return Some(found);
    }
    while let ExprKind::Object(items) = &found.1.kind {
        let item = items.iter().find(|item| holds(item.key.span) || holds(item.value.span));
        let Some((item, ExprKind::String(key))) = item.map(|item| (item, &item.key.kind)) else { break };
        found = (key, &item.value);
        if holds(item.key.span) {
            break;
        }
    }
    Some(found)
}

/// The value in a resource that stands for an expression, and the way to it.
pub(super) fn value_of(value: &Value, expr: Span) -> Option<(Path, &Value)> {
    let mut steps = Vec::new();
    let value = search(value, expr, &mut steps)?;
    Some((Path(steps), value))
}

fn search<'v>(value: &'v Value, expr: Span, steps: &mut Vec<Step>) -> Option<&'v Value> {
    match value.origin.place {
        Place::Span(span) if span == expr => return Some(value),
        // What a place holds lies within it.
        Place::Span(span) if span.file == expr.file && !span.contains(expr) => return None,
        _ => {}
    }
    let mut enter = |step: Step, inner: &'v Value| {
        steps.push(step);
        let found = search(inner, expr, steps);
        if found.is_none() {
            steps.pop();
        }
        found
    };
    match &value.data {
        Data::Object(members) => members.iter().find_map(|(key, inner)| enter(Step::Key(key.clone()), inner)),
        Data::List(items) | Data::Set(items) => {
            let mut indexed = (0..).zip(items.iter());
            indexed.find_map(|(index, inner)| enter(Step::Index(index), inner))
        }
        _ => None,
    }
}
