//! From what a rule says of values to edits of the text that keep its layout.
//!
//! Takes the repair of a finding and the files it was found in; gives a [`Fix`], or why there is
//! none. That the finding is gone with it and nothing new is there is for `verify` to show. Start
//! reading at [`fix()`].

mod hcl;
mod literals;
mod mend;
mod place;
mod verify;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Outcome;
use super::places::Places;
use crate::finding::{Finding, Fix, NoFix, TextEdit};
use crate::graph::ResourceId;
use crate::rules::{Change, Match, Repair, RepairEdit, RuleSet};
use crate::source::{FileId, Span};
use crate::syntax::hcl::Body;
use crate::syntax::yaml::Draft;
use crate::syntax::{self, Splice};
use crate::value::{Place, Step};
pub use mend::{Left, Mended, Wanted, mend};
use place::{Node, Target};
pub use verify::{Analyzer, Cold, Texts, add_fixes, fixes, verified};

/// A match of a rule, told or not, as it is known again.
#[derive(Clone, Debug)]
pub(super) struct Defect {
    /// As in [`Identity::current`](crate::finding::Identity).
    identity: String,
    rule: String,
    resource: ResourceId,
    place: Place,
    repair: Option<Repair>,
}

#[cfg(feature = "classifier")]
impl Defect {
    /// As in [`Identity::current`](crate::finding::Identity).
    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    /// What it was found on.
    pub(super) fn resource(&self) -> ResourceId {
        self.resource
    }
}

/// All matches of a run.
pub(super) fn defects(matches: Vec<Match>, rules: &RuleSet, graph: &crate::graph::Graph) -> Vec<Defect> {
    let of = |found: Match| {
        let rule = &rules.rules()[found.rule].id;
        let address = &graph.resource(found.resource).address;
        let identity = crate::finding::fingerprint(&[rule, address, &found.message]);
        let Match { resource, place, repair, .. } = found;
        Defect { identity, rule: rule.clone(), resource, place, repair }
    };
    matches.into_iter().map(of).collect()
}

/// The edits by which a finding goes away, as far as the text tells; see [`verified`].
///
/// # Errors
/// Why there are none.
pub fn fix(outcome: &Outcome, finding: &Finding) -> Result<Fix, NoFix> {
    Planner::new(outcome).plan(finding).map(|plan| plan.fix)
}

/// Edits for a finding, and which resources they are meant to change.
#[derive(Clone, Debug)]
struct Plan {
    fix: Fix,
    resources: BTreeSet<ResourceId>,
    /// The identities of all matches that are told as the finding.
    identities: Vec<String>,
    /// Whether an edit is made outside of the resource's block.
    is_elsewhere: bool,
}

/// Makes edits for the findings of one outcome. Each file is parsed once.
struct Planner<'o> {
    outcome: &'o Outcome,
    places: Places<'o>,
    by_identity: FxHashMap<&'o str, Vec<&'o Defect>>,
    bodies: RefCell<FxHashMap<FileId, Arc<Body>>>,
    drafts: RefCell<Drafts>,
}

impl<'o> Planner<'o> {
    fn new(outcome: &'o Outcome) -> Self {
        let mut by_identity: FxHashMap<&str, Vec<&Defect>> = FxHashMap::default();
        for defect in &outcome.defects {
            by_identity.entry(&defect.identity).or_default().push(defect);
        }
        let places = Places::new(&outcome.sources);
        Self { outcome, places, by_identity, bodies: RefCell::default(), drafts: RefCell::default() }
    }

    /// The matches that are told as one finding.
    fn defects(&self, finding: &Finding) -> Vec<&'o Defect> {
        let identities = finding.identities.iter().filter_map(|identity| self.by_identity.get(&*identity.current));
        let is_here = |defect: &&&Defect| {
            let header = &self.outcome.graph.resource(defect.resource).header;
            let span = self.places.span(&defect.place).or_else(|| self.places.span(header));
            span == Some(finding.primary.span)
        };
        identities.flatten().filter(is_here).copied().collect()
    }

    fn plan(&self, finding: &Finding) -> Result<Plan, NoFix> {
        let defects = self.defects(finding);
        let mut changes = Changes::default();
        let mut is_safe = true;
        if defects.is_empty() {
            return Err(NoFix::NoEdit);
        }
        for defect in &defects {
            let repair = defect.repair.as_ref().ok_or(NoFix::NoEdit)?;
            is_safe &= repair.safe;
            for edit in &repair.edits {
                self.collect(defect.resource, edit, &mut changes)?;
            }
        }
        let is_elsewhere = changes.is_elsewhere;
        let title = changes.title();
        let edits = self.edits(changes)?;
        // What decides for others too is for a person to weigh.
        let fix = Fix { title, safe: is_safe && !is_elsewhere, edits };
        let resources = defects.iter().map(|defect| defect.resource).collect();
        let identities = defects.iter().map(|defect| defect.identity.clone()).collect();
        Ok(Plan { fix, resources, identities, is_elsewhere })
    }

    /// Finds the node of the text that an edit changes, and notes what becomes of it.
    fn collect(&self, id: ResourceId, edit: &RepairEdit, changes: &mut Changes) -> Result<(), NoFix> {
        let target = self.target(id, edit)?;
        changes.is_elsewhere |= target.is_elsewhere;
        for (node, action) in target.actions {
            self.refuse_foreign(node.file())?;
            changes.add(node, action)?;
        }
        let (name, missing) = (&target.name, target.is_missing);
        let said = match &edit.change {
            Change::Set(to) if missing => format!("add `{name} = {to}`"),
            Change::Set(to) => format!("set `{name}` to `{to}`"),
            Change::Add(_) => format!("add `{name}`"),
            Change::Remove => match self.element(id, edit) {
                Some(element) => format!("remove `{element}`"),
                None => format!("remove `{name}`"),
            },
        };
        if !changes.says.contains(&said) {
            changes.says.push(said);
        }
        Ok(())
    }

    /// The text of the element of a list that an edit is about.
    fn element(&self, id: ResourceId, edit: &RepairEdit) -> Option<&str> {
        let value = self.outcome.graph.resource(id).attributes.at(&edit.path)?;
        matches!(edit.path.0.last(), Some(Step::Index(_))).then(|| value.as_str()).flatten()
    }

    /// Refuses files that are not the user's to edit.
    fn refuse_foreign(&self, file: FileId) -> Result<(), NoFix> {
        let file = self.outcome.sources.file(file);
        if crate::source::FileKind::of(&file.path) != Some(file.kind) {
            return Err(NoFix::From(format!("`{}`", file.path.display())));
        }
        if crate::terraform::plan::looks_like_plan(&file.text) {
            return Err(NoFix::Plan);
        }
        if file.path.components().any(|part| part.as_os_str() == ".terraform") {
            return Err(NoFix::Downloaded);
        }
        place::generated(&file.text).map_or(Ok(()), |how| Err(NoFix::Generated(how)))
    }

    fn text(&self, file: FileId) -> &'o Arc<str> {
        &self.outcome.sources.file(file).text
    }

    fn body(&self, file: FileId) -> Arc<Body> {
        let mut bodies = self.bodies.borrow_mut();
        let parse = || {
            let source = self.outcome.sources.file(file);
            let parsed = match source.kind {
                crate::source::FileKind::TerraformJson => syntax::hcl::parse_json(&source.text, file),
                crate::source::FileKind::TfvarsJson => syntax::hcl::parse_tfvars_json(&source.text, file),
                _ => syntax::hcl::parse(&source.text, file),
            };
            Arc::new(parsed.tree)
        };
        Arc::clone(bodies.entry(file).or_insert_with(parse))
    }

    fn draft(&self, file: FileId, document: u32) -> Result<Arc<Draft>, NoFix> {
        let mut drafts = self.drafts.borrow_mut();
        let draft = drafts.entry((file, document));
        draft.or_insert_with(|| Draft::new(self.text(file), document).map(Arc::new)).clone().ok_or(NoFix::Layout)
    }

    fn edits(&self, changes: Changes) -> Result<Vec<TextEdit>, NoFix> {
        let mut edits = Vec::new();
        for (node, action) in changes.nodes {
            let splices = match &node {
                Node::Hcl(span) => self.in_hcl(*span, &action)?,
                Node::Document(pointer) => {
                    let draft = self.draft(pointer.file, pointer.document)?;
                    match &action {
                        Action::Set(value) => draft.set(&pointer.path, value),
                        Action::Change(change) => draft.change(&pointer.path, &change.steps(), &change.added),
                    }
                    .map_err(place::refused)?
                }
            };
            let edit = |Splice { range, text }: Splice| TextEdit {
                span: Span::new(node.file(), range.start, range.end),
                text,
            };
            edits.extend(splices.into_iter().map(edit));
        }
        edits.sort();
        edits.dedup();
        let is_clean = edits.windows(2).all(|pair| !matches!(pair, [a, b] if a.is_at_odds(b)));
        if is_clean && !edits.is_empty() { Ok(edits) } else { Err(NoFix::Layout) }
    }
}

/// What is to become of nodes of texts, by node.
#[derive(Default)]
struct Changes {
    nodes: BTreeMap<Node, Action>,
    is_elsewhere: bool,
    says: Vec<String>,
}

/// What becomes of one node.
#[derive(Clone, Debug, PartialEq)]
enum Action {
    /// A value: it is this.
    Set(crate::value::Value),
    /// A block, mapping or list: parts of it go and others come.
    Change(Inner),
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Inner {
    removed: Vec<Part>,
    added: Vec<syntax::Member>,
}

impl Inner {
    fn steps(&self) -> Vec<Step> {
        let step = |part: &Part| if let Part::Step(step) = part { Some(step.clone()) } else { None };
        self.removed.iter().filter_map(step).collect()
    }

    fn spans(&self) -> Vec<Span> {
        let span = |part: &Part| if let Part::Span(span) = part { Some(*span) } else { None };
        self.removed.iter().filter_map(span).collect()
    }
}

/// A part of a node.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Span(Span),
    Step(Step),
}

impl Changes {
    fn add(&mut self, node: Node, action: Action) -> Result<(), NoFix> {
        match (self.nodes.get_mut(&node), action) {
            (None, action) => drop(self.nodes.insert(node, action)),
            (Some(Action::Change(known)), Action::Change(new)) => {
                let new_parts = new.removed.into_iter().filter(|part| !known.removed.contains(part));
                let new_parts: Vec<Part> = new_parts.collect();
                known.removed.extend(new_parts);
                new.added.into_iter().try_for_each(|member| place::merge(&mut known.added, member))?;
            }
            (Some(known), action) if *known == action => {}
            _ => return Err(NoFix::AtOdds),
        }
        Ok(())
    }

    fn title(&self) -> String {
        self.says.join(", ")
    }
}

/// Documents by their file and index; `None` for one that cannot be outlined.
type Drafts = FxHashMap<(FileId, u32), Option<Arc<Draft>>>;
type Actions = Vec<(Node, Action)>;
type Found = Result<Target, NoFix>;
