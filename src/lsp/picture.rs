use std::collections::BTreeMap;

use lsp_types::{Location, Position, TextDocumentIdentifier};
use serde::{Deserialize, Serialize};

use super::facts;
use super::place;
use super::view::View;
use crate::analysis::Places;
use crate::finding::Finding;
use crate::report::html::{Drawn, Picture, draw_finding, draw_resource};
use crate::report::masked;
use crate::source::FileId;

/// What is to be drawn.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Params {
    /// The way to a finding.
    Finding { fingerprint: String },
    /// The resource at a place: the way to it, or what it is joined to.
    #[serde(rename_all = "camelCase")]
    Place { text_document: TextDocumentIdentifier, position: Position },
}

/// A picture, and where its nodes are declared.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    title: String,
    picture: Picture,
    places: BTreeMap<String, Location>,
}

/// The finding of a fingerprint, be it allowed.
pub(super) fn finding<'a>(view: &View<'a>, fingerprint: &str) -> Option<&'a Finding> {
    let assessment = &view.outcome.assessment;
    let mut all = assessment.findings.iter().chain(assessment.suppressed.iter().map(|it| &it.finding));
    all.find(|finding| finding.fingerprint == fingerprint)
}

/// The way to a finding, or what stands around its resource.
pub(super) fn of_finding(view: &View<'_>, finding: &Finding) -> Option<Told> {
    let drawn = draw_finding(finding, &view.outcome.assessment.findings, &view.outcome.graph)?;
    Some(told(view, &finding.title, drawn))
}

/// The way to the resource that is declared at a place, or what stands around it.
pub(super) fn of_place(view: &View<'_>, file: FileId, offset: u32) -> Option<Told> {
    let outcome = view.outcome;
    let resources = place::innermost(outcome, file, offset);
    let reached = resources.iter().find_map(|(id, resource)| {
        let fact = facts::of(&outcome.facts, *id).into_iter().find(|fact| !fact.way.is_empty())?;
        Some((*id, format!("{}: {}", resource.address, fact.title), fact.way))
    });
    let plain = || resources.first().map(|(id, resource)| (*id, resource.address.to_string(), Vec::new()));
    let (id, title, way) = reached.or_else(plain)?;
    let drawn = draw_resource(id, &way, &outcome.assessment.findings, &outcome.graph);
    Some(told(view, &title, drawn))
}

fn told(view: &View<'_>, title: &str, drawn: Drawn) -> Told {
    let locator = Places::new(&view.outcome.sources);
    let places = drawn.resources.iter().enumerate().filter_map(|(node, id)| {
        let resource = view.outcome.graph.resource(*id);
        let span = locator.span(&resource.header).unwrap_or(resource.block);
        Some((node.to_string(), view.location(span)?))
    });
    Told { title: masked(title), places: places.collect(), picture: drawn.picture }
}
