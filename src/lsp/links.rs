use lsp_types::{DocumentLink, Uri};

use super::references;
use super::view::View;
use crate::analysis::Places;
use crate::graph::{EdgeKind, ResourceId};
use crate::report::masked;
use crate::source::{FileId, FileKind, Span};
use crate::syntax::hcl;
use crate::value::Place;

/// Links from references to what they name: resources, data sources, module calls, variables and
/// local values of Terraform, and objects that a manifest joins by name or label.
pub(super) fn links(view: &View<'_>, file: FileId) -> Vec<DocumentLink> {
    let source = view.source(file);
    match source.kind {
        FileKind::Terraform => of_terraform(view, file),
        FileKind::Yaml | FileKind::Json => of_manifests(view, file),
        _ => Vec::new(),
    }
}

fn of_terraform(view: &View<'_>, file: FileId) -> Vec<DocumentLink> {
    let body = hcl::parse(&view.source(file).text, file).tree;
    let linked = references::of(&body).into_iter().filter_map(|reference| {
        let (span, says) = match references::targets(view.outcome, file, &reference) {
            Some((targets, _)) => {
                let resource = view.outcome.graph.resource(*targets.first()?);
                (
                    if let Place::Span(span) = resource.header { span } else { resource.block },
                    resource.address.to_string(),
                )
            }
            None => (references::local(view.outcome, file, reference.parts.get(1)?)?, reference.text()),
        };
        link(view, reference.span, span, &says)
    });
    linked.collect()
}

fn of_manifests(view: &View<'_>, file: FileId) -> Vec<DocumentLink> {
    let graph = &view.outcome.graph;
    let places = Places::new(&view.outcome.sources);
    let own = (0..).map(ResourceId).zip(graph.resources()).filter(|(_, resource)| resource.block.file == file);
    let edges = own.flat_map(|(id, _)| graph.outgoing(id)).filter(|edge| {
        edge.kind != EdgeKind::ConfiguredBy && graph.resource(edge.to).block != graph.resource(edge.from).block
    });
    let mut links: Vec<(Span, DocumentLink)> = edges
        .filter_map(|edge| {
            let (place, is_there) = graph.locate(edge.from, &edge.via);
            let span = places.whole(&place).filter(|span| is_there && span.file == file)?;
            let line = view.outcome.sources.text(span).lines().next()?.trim_end().len();
            let span = Span::new(file, span.start as usize, span.start as usize + line);
            let target = graph.resource(edge.to);
            Some((span, link(view, span, places.span(&target.header)?, &target.address)?))
        })
        .collect();
    // Of several targets of one value the first is linked.
    links.sort_by_key(|(span, _)| *span);
    links.dedup_by_key(|(span, _)| *span);
    links.into_iter().map(|(_, link)| link).collect()
}

fn link(view: &View<'_>, from: Span, to: Span, says: &str) -> Option<DocumentLink> {
    let location = view.location(to)?;
    let start = location.range.start;
    let target: Uri = format!("{}#L{},{}", location.uri.as_str(), start.line + 1, start.character + 1).parse().ok()?;
    Some(DocumentLink {
        range: view.range(from.file, from.start..from.end),
        target: Some(target),
        tooltip: Some(masked(says)),
        data: None,
    })
}
