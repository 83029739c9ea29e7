use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::places::Places;
use crate::finding::{Finding, Label, Undecided, fingerprint};
use crate::graph::{Graph, ResourceId};
use crate::rules::{Match, Outcome, RuleSet, Stuck};
use crate::source::SourceMap;
use crate::value::{Hop, HopKind, Path};

/// Most steps of a value's way that a finding shows.
const MAX_HOPS: usize = 6;

/// Findings and undecided questions, sorted; instances of one block with the same finding are one.
pub(super) fn from(
    outcome: &Outcome,
    rules: &RuleSet,
    graph: &Graph,
    sources: &SourceMap,
) -> (Vec<Finding>, Vec<Undecided>) {
    let places = Places::new(sources);
    let absorbed = absorbed(outcome, rules);
    let maker = Maker { rules, graph, sources, places: &places };
    let mut findings: Vec<Finding> = outcome
        .matches
        .par_iter()
        .filter(|found| !is_absorbed(found, rules, &absorbed))
        .filter_map(|found| maker.finding(found))
        .collect();
    findings.sort_by(|a, b| a.order().cmp(&b.order()));
    let mut undecided: Vec<Undecided> = outcome.stuck.par_iter().filter_map(|stuck| maker.undecided(stuck)).collect();
    undecided.sort();
    undecided.dedup();
    (tell_apart(merge_instances(findings)), undecided)
}

/// What makes other findings pointless: by resource and rule, the elements it was found for.
type Absorbed<'r> = BTreeMap<(ResourceId, &'r str), Vec<Option<&'r Path>>>;

fn absorbed<'r>(outcome: &'r Outcome, rules: &'r RuleSet) -> Absorbed<'r> {
    let mut absorbed = Absorbed::new();
    for found in &outcome.matches {
        for id in &rules.rules()[found.rule].absorbs {
            absorbed.entry((found.resource, id)).or_default().push(found.element.as_ref());
        }
    }
    absorbed
}

/// A finding is absorbed by one about the whole resource, or about an element around its own.
fn is_absorbed(found: &Match, rules: &RuleSet, absorbed: &Absorbed<'_>) -> bool {
    let above = absorbed.get(&(found.resource, rules.rules()[found.rule].id.as_str()));
    let is_around = |element: Option<&Path>| match (element, &found.element) {
        (None, _) => true,
        (Some(above), Some(own)) => own.is_within(above),
        (Some(_), None) => false,
    };
    above.is_some_and(|elements| elements.iter().copied().any(is_around))
}

/// Neighbors in the total order that say the same of one place are instances of one block.
fn merge_instances(findings: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match merged.last_mut() {
            Some(last) if last.primary.span == finding.primary.span && last.rule == finding.rule => {
                if last.address != finding.address {
                    last.also.push(finding.address);
                }
            }
            _ => merged.push(finding),
        }
    }
    merged
}

/// Gives findings that would share a fingerprint an ordinal.
fn tell_apart(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for finding in &mut findings {
        let n = seen.entry(finding.fingerprint.clone()).or_default();
        if *n > 0 {
            finding.fingerprint = fingerprint(&[&finding.fingerprint, &n.to_string()]);
        }
        *n += 1;
    }
    findings
}

struct Maker<'a> {
    rules: &'a RuleSet,
    graph: &'a Graph,
    sources: &'a SourceMap,
    places: &'a Places<'a>,
}

impl Maker<'_> {
    fn finding(&self, found: &Match) -> Option<Finding> {
        let rule = &self.rules.rules()[found.rule];
        let resource = self.graph.resource(found.resource);
        let span = self.places.span(&found.place).or_else(|| self.places.span(&resource.header))?;
        let mut related = Vec::new();
        if let Some(hop) = &found.origin {
            self.hops(hop, &mut related);
        }
        for joined in &found.joined {
            let other = self.graph.resource(*joined);
            if let Some(span) = self.places.span(&other.header) {
                related.push(Label { span, message: format!("`{}` is joined here", other.address) });
            }
        }
        related.retain(|label| label.span != span);
        let text = |text: &String| Cow::Owned(text.clone());
        Some(Finding {
            rule: text(&rule.id),
            title: text(&rule.title),
            severity: found.severity,
            confidence: rule.confidence,
            category: rule.category,
            address: resource.address.to_string(),
            primary: Label { span, message: String::new() },
            related,
            message: found.message.clone(),
            why: text(&rule.why),
            remedy: text(&rule.remedy),
            example: rule.example.as_ref().map(text),
            references: rule.references.iter().map(text).collect(),
            also: Vec::new(),
            fingerprint: fingerprint(&[&rule.id, &resource.address, &found.message]),
        })
    }

    /// The way of a value, from the use towards the literal, as labels.
    fn hops(&self, hop: &Arc<Hop>, labels: &mut Vec<Label>) {
        if labels.len() >= MAX_HOPS {
            return;
        }
        let message = match &hop.kind {
            HopKind::Default(name) => Some(format!("default of `var.{name}`")),
            HopKind::Input(name) => Some(format!("`var.{name}` is set here")),
            HopKind::Argument(name) => Some(format!("passed as `{name}`")),
            HopKind::Local(name) => Some(format!("`local.{name}`")),
            HopKind::Output(name) => Some(format!("output `{name}`")),
            HopKind::Resource { address, attribute } if !attribute.is_empty() => {
                Some(format!("`{attribute}` of `{address}`"))
            }
            HopKind::File(name) => Some(format!("content of `{name}`")),
            _ => None,
        };
        if let (Some(message), Some(span)) = (message, self.places.span(&hop.place))
            && !labels.iter().any(|label| label.span == span)
        {
            labels.push(Label { span, message });
        }
        hop.next.iter().for_each(|next| self.hops(next, labels));
    }

    fn undecided(&self, stuck: &Stuck) -> Option<Undecided> {
        let resource = self.graph.resource(stuck.resource);
        let span = self.places.span(&stuck.place).or_else(|| self.places.span(&resource.header))?;
        debug_assert!(self.sources.files().len() > span.file.0 as usize, "spans are of this map");
        let (code, reason) = match &stuck.unknown {
            Some(unknown) => (unknown.reason.code(), unknown.reason.to_string()),
            None => ("unknown-join", "it is not known what the resource is joined to".to_owned()),
        };
        let rule = Cow::Owned(self.rules.rules()[stuck.rule].id.clone());
        Some(Undecided { rule, address: resource.address.to_string(), span, code, reason })
    }
}
