use std::path::Path as FilePath;

use ecow::EcoString;

use crate::analysis::Outcome;
use crate::graph::{Resource, ResourceId};
use crate::source::{FileId, FileKind, Span};
use crate::syntax::hcl::{self, Body, Expr, ExprKind, Segment, StepKind, Traversal};
use crate::value::{Data, Path, Place, Step, Value};

/// Names that a module does not declare.
const OTHER_ROOTS: &[&str] = &["each", "count", "self", "path", "terraform"];

/// A name in an expression: `aws_s3_bucket.logs.id`, indexes left out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) span: Span,
    pub(super) parts: Vec<EcoString>,
}

impl Reference {
    pub(super) fn text(&self) -> String {
        self.parts.join(".")
    }
}

/// All references in a file, in the order of the text.
pub(super) fn of(body: &Body) -> Vec<Reference> {
    let mut found = Vec::new();
    in_body(body, &mut found);
    found.sort_by_key(|reference| reference.span.start);
    found
}

fn in_body(body: &Body, found: &mut Vec<Reference>) {
    body.attributes.iter().for_each(|attribute| in_expr(&attribute.value, found));
    body.blocks.iter().for_each(|block| in_body(&block.body, found));
}

fn in_expr(expr: &Expr, found: &mut Vec<Reference>) {
    let mut go = |inner: &Expr| in_expr(inner, found);
    match &expr.kind {
        ExprKind::Template(segments) => in_segments(segments, found),
        ExprKind::Tuple(items) => items.iter().for_each(go),
        ExprKind::Object(items) => items.iter().for_each(|item| {
            go(&item.key);
            go(&item.value);
        }),
        ExprKind::Traversal(traversal) => in_traversal(traversal, found),
        ExprKind::Call(call) => call.args.iter().for_each(go),
        ExprKind::Conditional(it) => [&it.condition, &it.then, &it.otherwise].into_iter().for_each(go),
        ExprKind::Unary(_, inner) => go(inner),
        ExprKind::Binary(it) => [&it.left, &it.right].into_iter().for_each(go),
        ExprKind::For(it) => {
            [Some(&it.collection), it.key_expr.as_ref(), Some(&it.value_expr), it.condition.as_ref()]
                .into_iter()
                .flatten()
                .for_each(go);
        }
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Variable(_)
        | ExprKind::Invalid(_) => {}
    }
}

fn in_segments(segments: &[Segment], found: &mut Vec<Reference>) {
    for segment in segments {
        match segment {
            Segment::Literal(_) => {}
            Segment::Interpolation(expr) => in_expr(expr, found),
            Segment::If { condition, then, otherwise } => {
                in_expr(condition, found);
                in_segments(then, found);
                in_segments(otherwise, found);
            }
            Segment::For { collection, body, .. } => {
                in_expr(collection, found);
                in_segments(body, found);
            }
        }
    }
}

fn in_traversal(traversal: &Traversal, found: &mut Vec<Reference>) {
    for step in &traversal.steps {
        if let StepKind::Index(key) = &step.kind {
            in_expr(key, found);
        }
    }
    let ExprKind::Variable(root) = &traversal.root.kind else { return in_expr(&traversal.root, found) };
    if OTHER_ROOTS.contains(&root.as_str()) {
        return;
    }
    let mut reference = Reference { span: traversal.root.span, parts: vec![root.clone()] };
    let n_names = if root == "data" { 3 } else { 2 };
    for step in &traversal.steps {
        match &step.kind {
            StepKind::Attr(name) => {
                reference.parts.push(name.clone());
                reference.span = reference.span.to(step.span);
            }
            // Behind a resource's name the index chooses an instance.
            StepKind::Index(_) if reference.parts.len() == n_names => {}
            _ => break,
        }
    }
    if reference.parts.len() >= n_names {
        found.push(reference);
    }
}

/// The instances of what a reference in a file names, and the attributes that it reads of them;
/// `None` for a local value, which is no resource.
pub(super) fn targets<'r>(
    outcome: &Outcome,
    file: FileId,
    reference: &'r Reference,
) -> Option<(Vec<ResourceId>, &'r [EcoString])> {
    let parts = &reference.parts;
    let (type_name, name, rest) = match (parts.first()?.as_str(), &parts[..]) {
        ("local", _) => return None,
        ("data", [_, of, name, rest @ ..]) => (ecow::eco_format!("data.{of}"), name, rest),
        ("module", [_, name, rest @ ..]) => ("module".into(), name, rest),
        ("var", [_, name, rest @ ..]) => ("variable".into(), name, rest),
        (_, [of, name, rest @ ..]) => (of.clone(), name, rest),
        _ => return None,
    };
    let folder = folder(outcome, file)?;
    let same = outcome.graph.of_type(&type_name).iter().copied().filter(|id| {
        let resource = outcome.graph.resource(*id);
        resource.name == *name && self::folder(outcome, resource.block.file) == Some(folder)
    });
    Some((same.collect(), rest))
}

/// Where a local value of a file's module is defined.
pub(super) fn local(outcome: &Outcome, file: FileId, name: &str) -> Option<Span> {
    let folder = folder(outcome, file)?;
    let files = outcome.sources.files().iter().filter(|it| it.kind == FileKind::Terraform);
    let mut own = files.filter(|it| it.path.parent() == Some(folder));
    own.find_map(|file| {
        let body = hcl::parse(&file.text, file.id).tree;
        let locals = body.blocks.iter().filter(|block| block.kind.name == "locals");
        let mut attributes = locals.flat_map(|block| &block.body.attributes);
        attributes.find(|attribute| attribute.name.name == name).map(|attribute| attribute.name.span)
    })
}

/// Values of a variable or local value, as resources of its module use them by nothing but its name.
pub(super) fn known_by_use<'a>(
    outcome: &'a Outcome,
    file: FileId,
    reference: &Reference,
) -> Vec<(&'a Resource, Path, &'a Value)> {
    let name = Path(reference.parts.last().map(|name| Step::Key(name.clone())).into_iter().collect());
    let text = reference.text();
    let Some(folder) = folder(outcome, file) else { return Vec::new() };
    let mut found = Vec::new();
    for resource in outcome.graph.resources() {
        if self::folder(outcome, resource.block.file) == Some(folder) {
            let mut values = Vec::new();
            uses(&resource.attributes, &text, outcome, &mut values);
            found.extend(values.into_iter().map(|value| (resource.as_ref(), name.clone(), value)));
        }
    }
    found
}

fn uses<'v>(value: &'v Value, text: &str, outcome: &Outcome, found: &mut Vec<&'v Value>) {
    if let Place::Span(span) = value.origin.place
        && outcome.sources.text(span) == text
    {
        found.push(value);
        return;
    }
    match &value.data {
        Data::Object(members) => members.iter().for_each(|(_, inner)| uses(inner, text, outcome, found)),
        Data::List(items) | Data::Set(items) => items.iter().for_each(|inner| uses(inner, text, outcome, found)),
        _ => {}
    }
}

fn folder(outcome: &Outcome, file: FileId) -> Option<&FilePath> {
    outcome.sources.files().get(file.0 as usize)?.path.parent()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(expr: &str) -> Vec<String> {
        let text = format!("a = {expr}\n");
        let body = hcl::parse(&text, FileId(0)).tree;
        let shown = |it: Reference| format!("{} @{}", it.text(), text.get(it.span.range()).unwrap());
        of(&body).into_iter().map(shown).collect()
    }

    #[test]
    fn references_are_found_wherever_an_expression_has_them() {
        assert_eq!(found("aws_vpc.a[0].id"), ["aws_vpc.a.id @aws_vpc.a[0].id"]);
        assert_eq!(
            found("\"${var.x}-${[for k in local.y : k.z if module.m.o[data.t.n.id] == each.key][0]}\""),
            ["var.x @var.x", "local.y @local.y", "k.z @k.z", "module.m.o @module.m.o", "data.t.n.id @data.t.n.id"]
        );
        assert_eq!(found("aws_vpc"), Vec::<String>::new());
        assert_eq!(found("f({ (var.k) = !var.v }, -local.n)...").len(), 0, "broken text has none");
        assert_eq!(found("f({ (var.k) = !var.v }, -local.n)").len(), 3);
    }
}
