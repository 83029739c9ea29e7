use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::Settings;
use super::copies::{self, Made};
use super::moves::{self, Moves};
use super::places::{Locators, Places};
use super::suppress::{Allowance, Marks, Meant, Suppressions, Target};
use crate::facts::Evidence;
use crate::finding::{Day, Finding, Identity, Label, Notice, Purpose, Suppressed, Undecided, fingerprint};
use crate::graph::{Graph, ResourceId, Scope};
use crate::rules::schema::Audience;
use crate::rules::{Match, Outcome, RuleSet, Stuck};
use crate::source::{FileId, SourceMap, Span};
use crate::value::{Hop, HopKind, Path};

/// Most steps of a value's way that a finding shows.
const MAX_HOPS: usize = 6;

/// What follows from a run of rules.
pub(super) struct Said {
    pub(super) findings: Vec<Finding>,
    pub(super) suppressed: Vec<Suppressed>,
    pub(super) notices: Vec<Notice>,
    pub(super) undecided: Vec<Undecided>,
}

/// What findings are made from.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) rules: &'a RuleSet,
    pub(super) graph: &'a Graph,
    pub(super) sources: &'a SourceMap,
    pub(super) settings: &'a Settings,
    /// The variable files of scopes of which a root module has several.
    pub(super) inputs: &'a BTreeMap<Scope, String>,
    pub(super) moves: &'a Moves,
}

/// Findings and undecided questions, sorted; instances of one block with the same finding are one.
/// `configured` is what the settings accept, and the file that says so; `marks` what comments do,
/// and `locators` what is parsed for spans already.
pub(super) fn from(
    outcome: &Outcome,
    configured: Option<(FileId, Vec<Vec<Meant>>)>,
    (marks, locators): (&mut Marks, &Arc<Locators>),
    context: Context<'_>,
) -> Said {
    let Context { rules, graph, sources, settings, inputs, moves } = context;
    let today = settings.today.unwrap_or_else(Day::today);
    let roots = &settings.roots;
    let places = Places::with(sources, locators);
    let absorbed = absorbed(outcome, rules);
    let is_all_shown = settings.choice.audience == Audience::Pedantic;
    let mut suppressions = Suppressions::collect(sources, marks, graph, rules, &places, today);
    if let Some((file, meant)) = configured {
        suppressions.add_settings(&settings.allowances, meant, file, sources, today);
    }
    let purposes: Vec<Purpose> = sources.files().iter().map(|file| copies::purpose(&file.path, roots)).collect();
    let maker = Maker { rules, graph, sources, places: &places, purposes: &purposes, inputs, moves };
    // A rule that another one absorbs uses its suppression all the same.
    let is_made = |found: &&Match| is_all_shown || !suppressions.is_empty() || cause(found, rules, &absorbed).is_none();
    let indexed = outcome.matches.iter().enumerate();
    let matches: Vec<(usize, &Match)> = indexed.filter(|(_, found)| is_made(found)).collect();
    let made: Vec<Option<Finding>> = matches.par_iter().map(|(_, found)| maker.finding(found)).collect();
    let stuck: Vec<Option<Undecided>> = outcome.stuck.par_iter().map(|stuck| maker.undecided(stuck)).collect();
    let (mut findings, mut suppressed) = (Vec::new(), Vec::new());
    for ((index, found), finding) in matches.into_iter().zip(made) {
        let Some(finding) = finding else { continue };
        let allowance = maker.allowance(&suppressions, found, &finding);
        let cause = cause(found, rules, &absorbed);
        if cause.is_some() && !is_all_shown {
            continue;
        }
        let block = graph.resource(found.resource).block;
        match allowance {
            Some(Allowance { by, how, reason }) => suppressed.push(Suppressed { finding, by, how, reason }),
            None => findings.push(Made { finding, block, index, cause }),
        }
    }
    let questions = outcome.stuck.iter().zip(stuck).filter_map(|(stuck, undecided)| Some((stuck, undecided?)));
    let is_open = |(stuck, undecided): &(&Stuck, Undecided)| {
        let target = Target { rule: &undecided.rule, resource: stuck.resource, span: undecided.span, way: &[] };
        suppressions.find(&target, graph).is_none()
    };
    let mut undecided: Vec<Undecided> = questions.filter(is_open).map(|(_, undecided)| undecided).collect();
    undecided.sort();
    undecided.dedup();
    suppressed.sort_by(|a, b| a.finding.order().cmp(&b.finding.order()));
    suppressed.dedup_by(|b, a| merge(&mut a.finding, &b.finding));
    let notices = suppressions.into_notices(rules);
    Said { findings: told(findings, sources), suppressed, notices, undecided }
}

/// Sorts findings, makes those of instances one, and marks symptoms and copies.
fn told(mut made: Vec<Made>, sources: &SourceMap) -> Vec<Finding> {
    made.sort_by(|a, b| a.finding.order().cmp(&b.finding.order()));
    // Neighbors in the total order that say the same of one place are instances of one block.
    made.dedup_by(|b, a| merge(&mut a.finding, &b.finding));
    tell_apart(&mut made);
    mark_symptoms(&mut made);
    copies::mark(&mut made, sources);
    made.into_iter().map(|made| made.finding).collect()
}

/// Gives each finding that another one explains the fingerprint of the first cause. One whose
/// cause is not told, because it is allowed, is not told either.
fn mark_symptoms(made: &mut Vec<Made>) {
    let causes: BTreeMap<usize, (Option<usize>, String)> =
        made.iter().map(|made| (made.index, (made.cause, made.finding.fingerprint.clone()))).collect();
    made.retain_mut(|made| {
        let Some(mut cause) = made.cause else { return true };
        // Two rules that absorb each other have no first one: the chain is followed a few steps.
        for _ in 0..4 {
            cause = causes.get(&cause).and_then(|(further, _)| *further).unwrap_or(cause);
        }
        made.finding.caused_by = causes.get(&cause).map(|(_, fingerprint)| fingerprint.clone());
        made.finding.caused_by.is_some()
    });
}

/// Whether `other` is the same finding about another instance or with other variable files, which
/// is then noted. The worse of the two leads.
fn merge(finding: &mut Finding, other: &Finding) -> bool {
    let is_same = finding.primary.span == other.primary.span && finding.rule == other.rule;
    if !is_same {
        return false;
    }
    let mut address = &other.address;
    let first = finding.address.clone();
    if other.severity > finding.severity {
        (finding.severity, finding.message) = (other.severity, other.message.clone());
        // The message is about that instance.
        address = &first;
        finding.address.clone_from(&other.address);
    }
    // Equal identities and addresses are neighbors in the total order.
    if finding.identities.last() != other.identities.first() {
        finding.identities.extend_from_slice(&other.identities);
    }
    if finding.address != *address && finding.also.last() != Some(address) {
        finding.also.push(address.clone());
    }
    let new = other.inputs.iter().filter(|input| !finding.inputs.contains(input)).cloned();
    let new: Vec<String> = new.collect();
    finding.inputs.extend(new);
    finding.inputs.sort();
    true
}

/// What makes other findings pointless: by resource and rule, the elements it was found for and
/// the index of the match.
type Absorbed<'r> = BTreeMap<(ResourceId, &'r str), Vec<(Option<&'r Path>, usize)>>;

fn absorbed<'r>(outcome: &'r Outcome, rules: &'r RuleSet) -> Absorbed<'r> {
    let mut absorbed = Absorbed::new();
    for (index, found) in outcome.matches.iter().enumerate() {
        for id in &rules.rules()[found.rule].absorbs {
            absorbed.entry((found.resource, id)).or_default().push((found.element.as_ref(), index));
        }
    }
    absorbed
}

/// The index of the match that absorbs one: it is about the whole resource, or about an element
/// around its own.
fn cause(found: &Match, rules: &RuleSet, absorbed: &Absorbed<'_>) -> Option<usize> {
    let above = absorbed.get(&(found.resource, rules.rules()[found.rule].id.as_str()))?;
    let is_around = |element: Option<&Path>| match (element, &found.element) {
        (None, _) => true,
        (Some(above), Some(own)) => own.is_within(above),
        (Some(_), None) => false,
    };
    above.iter().find(|(element, _)| is_around(*element)).map(|(_, index)| *index)
}

/// Gives findings that would share a fingerprint an ordinal.
fn tell_apart(made: &mut [Made]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for Made { finding, .. } in made {
        let n = seen.entry(finding.fingerprint.clone()).or_default();
        if *n > 0 {
            finding.fingerprint = fingerprint(&[&finding.fingerprint, &n.to_string()]);
        }
        *n += 1;
    }
}

struct Maker<'a> {
    rules: &'a RuleSet,
    graph: &'a Graph,
    sources: &'a SourceMap,
    places: &'a Places<'a>,
    /// By file.
    purposes: &'a [Purpose],
    inputs: &'a BTreeMap<Scope, String>,
    moves: &'a Moves,
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
        let path = self.path(&found.trail);
        let identity = self.identity(&rule.id, &resource.address, &found.message);
        related.retain(|label| label.span != span && !path.contains(label));
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
            path,
            message: found.message.clone(),
            why: text(&rule.why),
            remedy: text(&rule.remedy),
            example: rule.example.as_ref().map(text),
            references: rule.references.iter().map(text).collect(),
            also: Vec::new(),
            copy_of: None,
            caused_by: None,
            inputs: self.inputs.get(&resource.scope).cloned().into_iter().collect(),
            purpose: self.purposes[span.file.0 as usize],
            fingerprint: identity.current.clone(),
            identities: vec![identity],
            novelty: None,
            likelihood: None,
        })
    }

    /// The identity of one instance: now, at each stage of its moves, and with or without `count`.
    fn identity(&self, rule: &str, address: &str, message: &str) -> Identity {
        let counted = moves::recounted(address);
        let recounted = message.replace(&format!("`{address}`"), &format!("`{counted}`"));
        let mut former = vec![fingerprint(&[rule, &counted, &recounted])];
        for (address, message) in self.moves.stages(address, message) {
            former.push(fingerprint(&[rule, &address, &message]));
        }
        Identity { current: fingerprint(&[rule, address, message]), former }
    }

    /// The steps of a way that have a place, each once; neighbors at one place are one step.
    fn path(&self, trail: &[Evidence]) -> Vec<Label> {
        let label = |step: &Evidence| {
            let (place, _) = self.graph.locate(step.resource, &step.at);
            let header = &self.graph.resource(step.resource).header;
            let span = self.places.span(&place).or_else(|| self.places.span(header))?;
            Some(Label { span, message: step.says.to_string() })
        };
        let mut labels: Vec<Label> = Vec::new();
        let mut known = FxHashSet::default();
        for label in trail.iter().filter_map(label) {
            if !known.insert((label.span, label.message.clone())) {
                continue;
            }
            match labels.last_mut() {
                Some(last) if last.span == label.span => last.message = format!("{}; {}", last.message, label.message),
                _ => labels.push(label),
            }
        }
        labels
    }

    fn allowance(&self, suppressions: &Suppressions, found: &Match, finding: &Finding) -> Option<Allowance> {
        if suppressions.is_empty() {
            return None;
        }
        let mut way = Vec::new();
        if let Some(hop) = &found.origin {
            self.hops(hop, &mut way);
        }
        let way: Vec<Span> = way.into_iter().map(|label| label.span).collect();
        let target = Target { rule: &finding.rule, resource: found.resource, span: finding.primary.span, way: &way };
        suppressions.find(&target, self.graph)
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
