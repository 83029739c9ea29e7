use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position};

use super::facts;
use super::markdown::{code, fenced, plain};
use super::place;
use super::references::{self, Reference};
use super::schema;
use super::values;
use super::view::View;
use crate::analysis::Places;
use crate::finding::Finding;
use crate::graph::Resource;
use crate::report::{masked, plural, values as told};
use crate::source::{FileId, FileKind, Span};
use crate::syntax::hcl;
use crate::value::{Path, Step, Value};

/// Instances whose values are shown where they differ.
const MAX_INSTANCES: usize = 3;
/// Steps of a value's way.
const MAX_STEPS: usize = 12;
const MAX_FINDINGS: usize = 4;

/// What is known of a place: the value there and whence it came, what the resource is, and what the
/// findings there say.
pub(super) fn hover(view: &View<'_>, file: FileId, position: Position) -> Option<Hover> {
    let offset = view.offset(file, position);
    let mut parts = Vec::new();
    let mut span = None;
    let source = view.source(file);
    if matches!(source.kind, FileKind::Terraform) {
        let body = hcl::parse(&source.text, file).tree;
        let about = of_reference(view, &body, file, offset).or_else(|| of_attribute(view, &body, file, offset));
        if let Some((at, text)) = about {
            span = Some(at);
            parts.push(text);
        }
    }
    if let Some((at, text)) = header(view, file, offset).filter(|_| parts.is_empty()) {
        span = Some(at);
        parts.push(text);
    }
    for finding in findings(view, file, offset).take(MAX_FINDINGS) {
        span = span.or(Some(finding.primary.span));
        parts.push(about(finding));
    }
    let span = span?;
    let value = parts.join("\n\n---\n\n");
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
    Some(Hover { contents, range: Some(view.range(file, span.start..span.end)) })
}

fn findings<'a>(view: &View<'a>, file: FileId, offset: u32) -> impl Iterator<Item = &'a Finding> {
    let holds = move |span: Span| span.file == file && span.start <= offset && offset <= span.end;
    view.outcome.assessment.findings.iter().filter(move |finding| holds(finding.primary.span))
}

fn about(finding: &Finding) -> String {
    let why = plain(finding.why.trim());
    let remedy = plain(finding.remedy.trim());
    let message = plain(&masked(&finding.message));
    format!("**{}** {}: {message}\n\n{why}\n\n{remedy}", finding.severity, code(&finding.rule))
}

/// The value of the attribute at a place, in each instance of its block.
fn of_attribute(view: &View<'_>, body: &hcl::Body, file: FileId, offset: u32) -> Option<(Span, String)> {
    let (name, expr) = place::named_at(body, offset)?;
    let resources = place::resources(view.outcome, file, offset);
    let found = resources.into_iter().filter_map(|(_, resource)| {
        let (path, value) = place::value_of(&resource.attributes, expr.span)?;
        Some((resource, path, value))
    });
    Some((expr.span, instances(view, name, expr.span, found)?))
}

/// The value of the reference at a place.
fn of_reference(view: &View<'_>, body: &hcl::Body, file: FileId, offset: u32) -> Option<(Span, String)> {
    let holds = |span: Span| span.start <= offset && offset <= span.end;
    let reference = references::of(body).into_iter().find(|reference| holds(reference.span))?;
    let found: Vec<(&Resource, Path, &Value)> = match reference.parts.first()?.as_str() {
        "var" | "local" => references::known_by_use(view.outcome, file, &reference).into_iter().collect(),
        _ => of_resource(view, file, &reference),
    };
    Some((reference.span, instances(view, &reference.text(), reference.span, found.into_iter())?))
}

/// An attribute of each instance of the resource that a reference names.
fn of_resource<'a>(view: &View<'a>, file: FileId, reference: &Reference) -> Vec<(&'a Resource, Path, &'a Value)> {
    let Some((targets, rest)) = references::targets(view.outcome, file, reference) else { return Vec::new() };
    let path = Path(rest.iter().map(|part| Step::Key(part.clone())).collect());
    if path.0.is_empty() {
        return Vec::new();
    }
    let of = |id| {
        let resource = view.outcome.graph.resource(id);
        Some((resource, path.clone(), resource.attributes.at(&path)?))
    };
    targets.into_iter().filter_map(of).collect()
}

/// `name = value`, once where all instances have the same, and the way by which it came `here`.
fn instances<'v>(
    view: &View<'_>,
    name: &str,
    here: Span,
    found: impl Iterator<Item = (&'v Resource, Path, &'v Value)>,
) -> Option<String> {
    let sources = &view.outcome.sources;
    let mut shown: Vec<(String, &Resource, &Value)> = Vec::new();
    let mut n_more = 0;
    let mut schema = None;
    for (resource, path, value) in found {
        schema = schema.or_else(|| schema::described(&resource.type_name, &dotted(&path)));
        let text = values::shown(value, &path, resource, sources);
        if shown.iter().any(|(known, ..)| *known == text) {
            continue;
        }
        if shown.len() < MAX_INSTANCES { shown.push((text, resource, value)) } else { n_more += 1 }
    }
    let (_, _, first) = shown.first()?;
    let lines: Vec<String> = match &shown[..] {
        [(text, ..)] => vec![format!("{} = {text}", masked(name))],
        several => several.iter().map(|(text, it, _)| format!("# {}\n{text}", masked(&it.address))).collect(),
    };
    let mut text = fenced(&lines.join("\n"), "hcl");
    if n_more > 0 {
        text.push_str("\n\nand ");
        text.push_str(&plural(n_more, "other value"));
    }
    if let Some(schema) = schema {
        text.push_str("\n\n");
        text.push_str(&schema);
    }
    let steps = told::way(first, sources).into_iter().rev().filter(|(span, _)| *span != here);
    let steps: Vec<String> = steps.take(MAX_STEPS).filter_map(|(span, what)| step(view, span, &what)).collect();
    if !steps.is_empty() {
        text.push_str("\n\n");
        text.push_str(&steps.join("\n"));
    }
    Some(text)
}

/// A path as schemas name it, without indices.
fn dotted(path: &Path) -> String {
    let keys = path.0.iter().filter_map(|step| if let Step::Key(key) = step { Some(key.as_str()) } else { None });
    keys.collect::<Vec<_>>().join(".")
}

/// A step of the way with a link to its place.
fn step(view: &View<'_>, span: Span, what: &str) -> Option<String> {
    let location = view.location(span)?;
    let line = location.range.start.line + 1;
    let path = &view.source(span.file).path;
    let file = masked(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy());
    Some(format!("- {} at [{}:{line}]({}#L{line})", plain(&masked(what)), plain(&file), location.uri.as_str()))
}

/// What a resource is, at the line that introduces it.
fn header(view: &View<'_>, file: FileId, offset: u32) -> Option<(Span, String)> {
    let resources = place::innermost(view.outcome, file, offset);
    let (_, resource) = resources.first()?;
    let span = Places::new(&view.outcome.sources).span(&resource.header)?;
    if span.file != file || offset < span.start || span.end < offset {
        return None;
    }
    let mut lines = vec![format!("**{}**", plain(&masked(&resource.address)))];
    let n_instances = resources.iter().filter(|(_, other)| other.kind == resource.kind).count();
    if n_instances > 1 {
        lines.push(format!("{n_instances} instances"));
    }
    for (id, _) in resources {
        for fact in facts::of(&view.outcome.facts, id) {
            let line = plain(&masked(&fact.title));
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    Some((span, lines.join("\n\n")))
}
