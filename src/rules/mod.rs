//! Deterministic rules: rule files to compiled predicates, graph and facts to matches.
//!
//! Takes the rules packed into the binary and the user's own; gives a [`Match`] for each defect
//! and a [`Stuck`] for each question that hangs on an unknown. It does not know the input
//! formats. Start reading at [`schema::Rule`], then [`RuleSet::run`].

mod checks;
mod compile;
mod engine;
mod fix;
/// Frameworks of controls.
pub mod framework;
mod load;
mod message;
mod names;
mod repair;
mod scalar;
/// The shape of a rule file.
pub mod schema;
mod select;
mod subject;

pub(crate) use crate::query::policy::covers;
pub use checks::MAYBE_DYNAMIC;
pub use compile::Refusal;
pub use fix::Change;
pub(crate) use load::nearest;
pub use load::{Mistake, Pack, read_rule, read_shared};
pub use names::Names;
pub use repair::{Repair, RepairEdit};
pub use select::{Choice, Provider, UnknownSelector};

use std::sync::{Arc, OnceLock};

use crate::facts::{Evidence, Facts};
use crate::finding::Severity;
use crate::graph::{Graph, ResourceId};
use crate::value::{Hop, Path, Place, Unknown};
use compile::Matcher;
use framework::Frameworks;
use schema::Rule;

/// The rules of a run.
#[derive(Debug, Default)]
pub struct RuleSet {
    pack: Pack,
    /// Rules that do not run, known by name.
    off: Vec<Rule>,
    /// Predicates by rule, each made when the first graph has a target of it.
    compiled: OnceLock<Vec<OnceLock<Vec<Matcher>>>>,
}

impl RuleSet {
    /// The rules packed into the binary.
    ///
    /// # Panics
    /// Never: the build packed them with the same code.
    pub fn embedded() -> Self {
        let packed = include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin"));
        Self { pack: postcard::from_bytes(packed).expect("packed by this build"), ..Self::default() }
    }

    /// Adds a user's rule from the text of its file.
    ///
    /// # Errors
    /// [`Mistake`] with its place in the text.
    pub fn add(&mut self, text: &str) -> Result<(), Mistake> {
        let rule = read_rule(text, &self.pack.shared)?;
        if self.pack.rules.iter().any(|known| known.id == rule.id) {
            let start = text.find(&rule.id).unwrap_or(0);
            let message = format!("rule `{}` is already defined", rule.id);
            return Err(Mistake { message, range: start..start + rule.id.len() });
        }
        if !rule.frameworks.is_empty() {
            Frameworks::embedded().check_tags(&rule, text)?;
        }
        self.rules_mut().push(rule);
        Ok(())
    }

    /// Keeps only the rules for which `keep` says so; the others stay known by name.
    pub fn retain(&mut self, keep: impl FnMut(&Rule) -> bool) {
        let (kept, off): (Vec<Rule>, Vec<Rule>) = std::mem::take(&mut self.pack.rules).into_iter().partition(keep);
        *self.rules_mut() = kept;
        self.off.extend(off);
    }

    /// Names of all rules, those too that do not run.
    pub fn names(&self) -> Names<'_> {
        Names::of(self.pack.rules.iter().chain(&self.off))
    }

    /// The rules that run, by index as in [`Match::rule`].
    pub fn rules(&self) -> &[Rule] {
        &self.pack.rules
    }

    fn rules_mut(&mut self) -> &mut Vec<Rule> {
        self.compiled.take();
        &mut self.pack.rules
    }

    /// Asks every rule of every resource it targets. The result does not depend on the number of
    /// threads.
    pub fn run(&self, graph: &Graph, facts: &Facts, tally: Tally) -> Outcome {
        engine::run(self, graph, facts, tally)
    }

    /// Rules that are known and do not run.
    pub fn off(&self) -> &[Rule] {
        &self.off
    }

    /// The rules that have a target among `types`, which are sorted; no other one is compiled.
    fn compiled_for(&self, types: &[&ecow::EcoString]) -> Vec<(usize, &[Matcher])> {
        let rules = &self.pack.rules;
        let all = self.compiled.get_or_init(|| rules.iter().map(|_| OnceLock::new()).collect());
        let has = |target: &String| types.binary_search_by(|t| t.as_str().cmp(target)).is_ok();
        let has_target =
            |rule: &Rule| rule.targets.iter().chain(rule.cases.iter().flat_map(|case| case.targets.iter())).any(has);
        let wanted = rules.iter().zip(all).enumerate().filter(|(_, (rule, _))| has_target(rule));
        let compiled = |rule| compile::compile(rule).expect("checked when it was read");
        wanted.map(|(index, (rule, made))| (index, made.get_or_init(|| compiled(rule)).as_slice())).collect()
    }
}

impl Frameworks {
    /// The frameworks packed into the binary.
    ///
    /// # Panics
    /// Never: the build packed them with the same code.
    pub fn embedded() -> Self {
        let packed = include_bytes!(concat!(env!("OUT_DIR"), "/frameworks.bin"));
        postcard::from_bytes(packed).expect("packed by this build")
    }
}

/// What is written down beside defects and open questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tally {
    /// Nothing.
    #[default]
    Nothing,
    /// Which rule judged which resource.
    Judged,
}

/// What a run of rules gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Defects, in the order of resources, then rules.
    pub matches: Vec<Match>,
    /// Questions that hang on an unknown, in the same order.
    pub stuck: Vec<Stuck>,
    /// With [`Tally::Judged`], each rule's index with each resource that it is about, whatever it
    /// says of it; a rule of several cases may be there several times.
    pub judged: Vec<(usize, ResourceId)>,
    /// Rules that had a target.
    pub n_rules: usize,
}

/// A rule's condition is true of a resource.
#[derive(Debug)]
pub struct Match {
    /// Index of the rule.
    pub rule: usize,
    /// The resource.
    pub resource: ResourceId,
    /// Where in the resource the element is that the condition was asked for, if for each of some.
    pub element: Option<Path>,
    /// The severity of the case that matched.
    pub severity: Severity,
    /// The smallest thing the user would edit.
    pub place: Place,
    /// The message, placeholders filled in.
    pub message: String,
    /// Joined resources that made it true.
    pub joined: Vec<ResourceId>,
    /// The way that a fact shows, step by step; empty where no fact was asked.
    pub trail: Vec<Evidence>,
    /// The way by which the value at `place` came there.
    pub origin: Option<Arc<Hop>>,
    /// The edits that would resolve it, where the rule knows some.
    pub repair: Option<Repair>,
}

/// A rule's condition could be neither true nor false of a resource.
#[derive(Debug)]
pub struct Stuck {
    /// Index of the rule.
    pub rule: usize,
    /// The resource.
    pub resource: ResourceId,
    /// Where the rule would point.
    pub place: Place,
    /// The first unknown it hung on, if one was met.
    pub unknown: Option<Arc<Unknown>>,
}
