use lsp_types::{DocumentSymbol, OneOf, SymbolKind, WorkspaceSymbol};
use rustc_hash::FxHashSet;

use super::view::View;
use crate::analysis::Places;
use crate::graph::{Resource, ResourceKind};
use crate::report::masked;
use crate::source::{FileId, Span};
use crate::value::Place;

/// Symbols that one query gives.
const MAX_SYMBOLS: usize = 256;

/// The blocks and objects of a file; instances of one block are one.
pub(super) fn of_document(view: &View<'_>, file: FileId) -> Vec<DocumentSymbol> {
    let places = Places::new(&view.outcome.sources);
    let mut blocks = FxHashSet::default();
    let own = view.outcome.graph.resources().iter().filter(|resource| resource.block.file == file);
    let mut symbols: Vec<(u32, DocumentSymbol)> = own
        .filter(|resource| blocks.insert(resource.block))
        .map(|resource| {
            let block = resource.block;
            let header = places.span(&resource.header).filter(|span| block.contains(*span));
            let header = header.unwrap_or(Span { end: block.start, ..block });
            #[expect(deprecated, reason = "the type has the field")]
            let symbol = DocumentSymbol {
                name: masked(&name(resource)),
                detail: None,
                kind: kind(resource.kind),
                tags: None,
                deprecated: None,
                range: view.range(file, block.start..block.end),
                selection_range: view.range(file, header.start..header.end),
                children: None,
            };
            (block.start, symbol)
        })
        .collect();
    symbols.sort_by_key(|(start, _)| *start);
    symbols.into_iter().map(|(_, symbol)| symbol).collect()
}

/// Resources of all folders whose addresses have the letters of the query in its order, the best
/// first.
pub(super) fn of_workspace<'a>(views: impl Iterator<Item = View<'a>>, query: &str) -> Vec<WorkspaceSymbol> {
    let query = query.to_lowercase();
    let mut symbols = Vec::new();
    for view in views {
        let places = Places::new(&view.outcome.sources);
        let resources = view.outcome.graph.resources().iter();
        let mut found: Vec<(usize, &Resource)> =
            resources.filter_map(|resource| Some((rank(&resource.address, &query)?, resource.as_ref()))).collect();
        found.sort_by(|a, b| (a.0, &a.1.address).cmp(&(b.0, &b.1.address)));
        let told = found.into_iter().take(MAX_SYMBOLS).filter_map(|(rank, resource)| {
            let span = match resource.header {
                Place::Span(span) => span,
                _ => places.span(&resource.header)?,
            };
            let symbol = WorkspaceSymbol {
                name: masked(&resource.address),
                kind: kind(resource.kind),
                tags: None,
                container_name: None,
                location: OneOf::Left(view.location(span)?),
                data: None,
            };
            Some((rank, symbol))
        });
        symbols.extend(told.collect::<Vec<_>>());
    }
    symbols.sort_by_key(|(rank, _)| *rank);
    symbols.into_iter().take(MAX_SYMBOLS).map(|(_, symbol)| symbol).collect()
}

/// How well an address fits a query in lower case, less being better; `None` if it does not.
fn rank(address: &str, query: &str) -> Option<usize> {
    let address = address.to_lowercase();
    if let Some(at) = address.find(query) {
        let is_end = at + query.len() == address.len();
        return Some(usize::from(!is_end) * (1 + address.len() - query.len()));
    }
    let mut rest = address.chars();
    let is_within = query.chars().filter(|c| !c.is_whitespace()).all(|wanted| rest.any(|c| c == wanted));
    is_within.then_some(1_000_000 + address.len())
}

fn name(resource: &Resource) -> String {
    match resource.kind {
        ResourceKind::Managed | ResourceKind::Data => format!("{}.{}", resource.type_name, resource.name),
        ResourceKind::Module => format!("module.{}", resource.name),
        ResourceKind::Variable => format!("var.{}", resource.name),
        _ => resource.address.to_string(),
    }
}

fn kind(kind: ResourceKind) -> SymbolKind {
    match kind {
        ResourceKind::Managed => SymbolKind::CLASS,
        ResourceKind::Data => SymbolKind::INTERFACE,
        ResourceKind::Module => SymbolKind::MODULE,
        ResourceKind::Provider => SymbolKind::PACKAGE,
        ResourceKind::Variable => SymbolKind::VARIABLE,
        ResourceKind::Output => SymbolKind::FIELD,
        ResourceKind::Object => SymbolKind::OBJECT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_address_comes_first() {
        let mut all = ["aws_s3_bucket.logs_old", "module.a.aws_s3_bucket.logs", "aws_lb.outgoing_s", "x"];
        all.sort_by_key(|address| rank(address, "logs").unwrap_or(usize::MAX));
        assert_eq!(all, ["module.a.aws_s3_bucket.logs", "aws_s3_bucket.logs_old", "aws_lb.outgoing_s", "x"]);
        assert!(rank("Deployment/ai/LLM", "deplllm").is_some());
        assert_eq!(rank("aws_lb.a", "lba_"), None);
        assert!(rank("anything", "").is_some());
    }
}
