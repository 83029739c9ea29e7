use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Settings;
use super::copies::purpose;
use super::findings::Said;
use crate::finding::{Coverage, Evidence, Finding, FrameworkName, Purpose, Row, Severity, Standing, Taxon, Taxonomy};
use crate::graph::{Graph, Resource, ResourceId};
use crate::rules::framework::{Control, Framework, Frameworks, Tag};
use crate::rules::schema::Rule;
use crate::rules::{Outcome, RuleSet};
use crate::source::SourceMap;

/// What is told about frameworks of controls.
#[derive(Clone, Debug, Default)]
pub struct Controls {
    /// The framework of which each control is told how it stands.
    pub framework: Option<String>,
    /// Whether the controls of the rules that have findings are told: of that framework, or of all.
    pub has_taxonomies: bool,
    /// Whether resources in examples and tests count.
    pub counts_samples: bool,
}

/// How the framework's controls stand and which controls findings are about, as far as asked for.
pub(super) fn told(
    said: &Said,
    outcome: &Outcome,
    rules: &RuleSet,
    graph: &Graph,
    sources: &SourceMap,
    settings: &Settings,
) -> (Option<Coverage>, Vec<Taxonomy>) {
    let Controls { framework, has_taxonomies, counts_samples } = &settings.controls;
    if framework.is_none() && !has_taxonomies {
        return (None, Vec::new());
    }
    let frameworks = Frameworks::embedded();
    let framework = framework.as_deref().and_then(|name| frameworks.find(name).ok());
    let taxonomies = if *has_taxonomies { taxonomies(&frameworks, framework, rules, said) } else { Vec::new() };
    let purposes: Vec<Purpose> = sources.files().iter().map(|file| purpose(&file.path, &settings.roots)).collect();
    let counts = |resource: &Resource| *counts_samples || purposes[resource.block.file.0 as usize] == Purpose::Deployed;
    let coverage = framework.map(|framework| {
        let is_counted = graph.resources().iter().map(|resource| counts(resource)).collect();
        let counts_samples = *counts_samples;
        let measure =
            Measure { frameworks: &frameworks, framework, rules, graph, outcome, said, is_counted, counts_samples };
        measure.coverage()
    });
    (coverage, taxonomies)
}

fn name(framework: &Framework) -> FrameworkName {
    let Framework { name, title, edition, source, .. } = framework.clone();
    FrameworkName { name, title, edition, source }
}

/// The controls of the rules that have findings, of one framework or of all.
fn taxonomies(frameworks: &Frameworks, only: Option<&Framework>, rules: &RuleSet, said: &Said) -> Vec<Taxonomy> {
    let allowed = said.suppressed.iter().map(|suppressed| &suppressed.finding);
    let found: FxHashSet<&str> = said.findings.iter().chain(allowed).map(|finding| &*finding.rule).collect();
    let rules: Vec<&Rule> = rules.rules().iter().filter(|rule| found.contains(rule.id.as_str())).collect();
    let tags: Vec<_> = rules.iter().map(|rule| (&rule.id, frameworks.tags(rule))).collect();
    let wanted = frameworks.all().iter().filter(|framework| only.is_none_or(|only| only.name == framework.name));
    let taxonomies = wanted.map(|framework| {
        let controls = framework.controls.iter().map(|control| {
            let is_own = |tag: &Tag<'_>| std::ptr::eq(tag.control, control);
            let rules = tags.iter().filter(|(_, tags)| tags.iter().any(is_own)).map(|(id, _)| (*id).clone()).collect();
            Taxon { id: control.id.clone(), title: control.title.clone(), rules }
        });
        Taxonomy { framework: name(framework), controls: controls.filter(|taxon| !taxon.rules.is_empty()).collect() }
    });
    taxonomies.filter(|taxonomy| !taxonomy.controls.is_empty()).collect()
}

/// Measures how each control of a framework stands.
struct Measure<'a> {
    frameworks: &'a Frameworks,
    framework: &'a Framework,
    rules: &'a RuleSet,
    graph: &'a Graph,
    outcome: &'a Outcome,
    said: &'a Said,
    /// By resource, whether it counts.
    is_counted: Vec<bool>,
    counts_samples: bool,
}

/// A rule and a resource.
type Pair = (usize, ResourceId);

impl Measure<'_> {
    fn coverage(&self) -> Coverage {
        let own = |rules: &[Rule]| -> Vec<Vec<&Control>> { rules.iter().map(|rule| self.controls(rule)).collect() };
        let (on, off) = (own(self.rules.rules()), own(self.rules.off()));
        let is_counted = |pair: &Pair| self.is_counted[pair.1.0 as usize];
        let facts = Facts {
            judged: self.outcome.judged.iter().copied().filter(is_counted).collect(),
            open: self.outcome.stuck.iter().map(|stuck| (stuck.rule, stuck.resource)).filter(is_counted).collect(),
            absorbed: self.absorbed(),
            by_id: self.rules.rules().iter().enumerate().map(|(index, rule)| (rule.id.as_str(), index)).collect(),
        };
        let rows = self.framework.controls.iter().map(|control| {
            let is_own = |controls: &Vec<&Control>| controls.iter().any(|own| std::ptr::eq(*own, control));
            self.row(control, &on.iter().map(is_own).collect::<Vec<_>>(), off.iter().any(is_own), &facts)
        });
        let n_ai = || {
            let resources = self.graph.resources().iter().zip(&self.is_counted);
            resources.filter(|(one, counts)| **counts && self.frameworks.is_of_group("ai", &one.type_name)).count()
        };
        Coverage {
            framework: name(self.framework),
            note: self.framework.note.clone(),
            n_ai_resources: self.framework.about_ai.then(n_ai),
            rows: rows.collect(),
        }
    }

    fn controls(&self, rule: &Rule) -> Vec<&Control> {
        let tags = self.frameworks.tags(rule).into_iter();
        tags.filter(|tag| std::ptr::eq(tag.framework, self.framework)).map(|tag| tag.control).collect()
    }

    /// Rules that are true of a resource, by index and address, where another rule may speak for them.
    fn absorbed(&self) -> FxHashSet<(usize, &str)> {
        let matches = self.outcome.matches.iter();
        matches.map(|found| (found.rule, &*self.graph.resource(found.resource).address)).collect()
    }

    fn row(&self, control: &Control, is_own: &[bool], has_rules_off: bool, facts: &Facts<'_>) -> Row {
        let own =
            |pairs: &FxHashSet<Pair>| pairs.iter().copied().filter(|(rule, _)| is_own[*rule]).collect::<Vec<Pair>>();
        let (judged, open) = (own(&facts.judged), own(&facts.open));
        let decided = || judged.iter().filter(|pair| !facts.open.contains(pair));
        let counts = |finding: &&Finding| {
            finding.copy_of.is_none() && (self.counts_samples || finding.purpose == Purpose::Deployed)
        };
        let (findings, worst) = self.count(self.said.findings.iter().filter(counts), is_own, facts);
        let allowed = self.said.suppressed.iter().map(|suppressed| &suppressed.finding).filter(counts);
        let (allowed, _) = self.count(allowed, is_own, facts);
        let n_resources = decided().map(|pair| pair.1).collect::<FxHashSet<_>>().len();
        let standing = match (control.in_code, worst) {
            (Evidence::None, _) => Standing::NotInCode,
            (Evidence::Hint, Some(worst)) => Standing::Question(worst),
            (_, Some(worst)) => Standing::Violated(worst),
            _ if !allowed.is_empty() => Standing::Allowed,
            (Evidence::Hint, None) if n_resources > 0 => Standing::NoQuestion,
            _ if n_resources > 0 => Standing::Evidenced,
            _ if !open.is_empty() => Standing::Undecided,
            _ if is_own.contains(&true) => Standing::NothingToJudge,
            _ if has_rules_off => Standing::RulesOff,
            _ => Standing::NoRule,
        };
        Row {
            id: control.id.clone(),
            title: control.title.clone(),
            in_code: control.in_code,
            standing,
            checks: decided().map(|pair| self.rules.rules()[pair.0].id.clone()).collect(),
            n_resources,
            n_undecided: open.len(),
            findings,
            allowed,
        }
    }

    /// Findings of a control's rules by rule, and the worst severity. A finding that stands for
    /// one of these rules on the same resource, too, is counted: the defect is there.
    fn count<'f>(
        &self,
        findings: impl Iterator<Item = &'f Finding>,
        is_own: &[bool],
        facts: &Facts<'_>,
    ) -> (BTreeMap<String, usize>, Option<Severity>) {
        let rules = self.rules.rules();
        let index = |id: &str| facts.by_id.get(id).copied();
        let mut n_by_rule = BTreeMap::new();
        let mut worst = None;
        for finding in findings {
            let Some(rule) = index(&finding.rule) else { continue };
            let stands_for = |id: &String| {
                index(id).is_some_and(|rule| is_own[rule] && facts.absorbed.contains(&(rule, finding.address.as_str())))
            };
            if is_own[rule] || rules[rule].absorbs.iter().any(stands_for) {
                *n_by_rule.entry(finding.rule.to_string()).or_default() += 1;
                worst = worst.max(Some(finding.severity));
            }
        }
        (n_by_rule, worst)
    }
}

/// What a run wrote down, made ready to be asked.
struct Facts<'a> {
    judged: FxHashSet<Pair>,
    open: FxHashSet<Pair>,
    absorbed: FxHashSet<(usize, &'a str)>,
    by_id: FxHashMap<&'a str, usize>,
}
