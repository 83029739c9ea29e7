use std::collections::BTreeMap;

use lsp_types::{CodeLens, Command};
use serde_json::json;

use super::client::Client;
use super::facts;
use super::view::View;
use crate::analysis::Places;
use crate::graph::ResourceId;
use crate::report::masked;
use crate::source::{FileId, Span};

/// Above each block what follows from the whole graph: AI products, and ways from the internet.
pub(super) fn lenses(view: &View<'_>, file: FileId, client: Client) -> Vec<CodeLens> {
    let places = Places::new(&view.outcome.sources);
    let mut found: BTreeMap<u32, (Span, Vec<String>)> = BTreeMap::new();
    for (id, resource) in (0..).map(ResourceId).zip(view.outcome.graph.resources()) {
        if resource.block.file != file {
            continue;
        }
        let facts = facts::of(&view.outcome.facts, id);
        let Some(span) = places.span(&resource.header).filter(|span| span.file == file && !facts.is_empty()) else {
            continue;
        };
        let (_, titles) = found.entry(span.start).or_insert((span, Vec::new()));
        // Instances of a block say the same.
        let new = facts.into_iter().map(|fact| masked(&fact.title));
        for title in new {
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
    }
    let lenses = found.into_values().flat_map(|(span, titles)| {
        let range = view.range(file, span.start..span.end);
        let uri = view.uri(file);
        titles.into_iter().map(move |title| {
            let arguments = Some(vec![json!({ "uri": uri, "position": range.start })]);
            let command = if client.has_commands {
                Command { title, command: "stanchion.showPath".into(), arguments }
            } else {
                // Plain text: a lens is shown by its command alone.
                Command { title, command: String::new(), arguments: None }
            };
            CodeLens { range, command: Some(command), data: None }
        })
    });
    lenses.collect()
}
