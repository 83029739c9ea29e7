use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Plan, Planner};
use crate::analysis::{AnalyzeError, Outcome, Settings, Workspace, analyze};
use crate::finding::{Finding, Fix, NoFix, TextEdit};
use crate::graph::{ResourceId, ResourceKind};
use crate::source::{FileId, FileSystem, Retexted};
use crate::syntax::spliced;

/// Texts of files by the paths that findings have.
pub type Texts = BTreeMap<PathBuf, Arc<str>>;

/// Analyzes what fixes make of the files.
pub trait Analyzer {
    /// The outcome with `texts` in place of what is in their files.
    ///
    /// # Errors
    /// [`AnalyzeError`]
    fn with(&mut self, texts: &Texts) -> Result<Arc<Outcome>, AnalyzeError>;
}

/// Analyzes all anew each time.
pub struct Cold<'s> {
    settings: Settings,
    fs: &'s dyn FileSystem,
}

impl<'s> Cold<'s> {
    /// Takes the settings that the outcome was made with.
    pub fn new(settings: &Settings, fs: &'s dyn FileSystem) -> Self {
        let mut settings = settings.clone();
        settings.controls = crate::analysis::Controls::default();
        #[cfg(feature = "classifier")]
        settings.suspect.take();
        Self { settings, fs }
    }
}

impl Analyzer for Cold<'_> {
    fn with(&mut self, texts: &Texts) -> Result<Arc<Outcome>, AnalyzeError> {
        analyze(&self.settings, &Retexted::new(self.fs, texts.clone()), &()).map(Arc::new)
    }
}

/// Analyzes again only what the texts concern.
impl Analyzer for Workspace {
    fn with(&mut self, texts: &Texts) -> Result<Arc<Outcome>, AnalyzeError> {
        self.analyze_with(texts.iter().map(|(path, text)| (path.as_path(), text)))
    }
}

/// The fix of a finding, if with it the finding is gone and nothing new is there.
///
/// # Errors
/// [`AnalyzeError`] of the analysis that shows it.
pub fn verified(
    analyzer: &mut dyn Analyzer,
    outcome: &Outcome,
    finding: &Finding,
) -> Result<Result<Fix, NoFix>, AnalyzeError> {
    let plan = match Planner::new(outcome).plan(finding) {
        Ok(plan) => plan,
        Err(why) => return Ok(Err(why)),
    };
    let candidate = Candidate::new(0, finding, plan);
    let fix = candidate.plan.fix.clone();
    let tried = try_all(analyzer, outcome, &Texts::new(), vec![candidate], Doubtful::Tried)?;
    Ok(tried.refused.into_iter().next().map_or(Ok(fix), |(_, why)| Err(why)))
}

/// The fix of each finding, in their order; those that are not at odds with each other are shown to
/// hold together, by one analysis.
///
/// # Errors
/// [`AnalyzeError`] of an analysis that shows it.
pub fn fixes(analyzer: &mut dyn Analyzer, outcome: &Outcome) -> Result<Vec<Result<Fix, NoFix>>, AnalyzeError> {
    let (mut results, mut open) = planned(outcome, |_| true);
    while !open.is_empty() {
        let (batch, rest) = compatible(open);
        let tried = try_all(analyzer, outcome, &Texts::new(), batch, Doubtful::Tried)?;
        for candidate in tried.kept {
            results[candidate.finding] = Ok(candidate.plan.fix);
        }
        for (candidate, why) in tried.refused {
            results[candidate.finding] = Err(why);
        }
        open = rest;
    }
    Ok(results)
}

/// Adds to the assessment of an outcome which findings have a fix that some further analyses show to hold
/// together. Where one of several is to blame for what is wrong with all, none of them is told.
///
/// # Errors
/// [`AnalyzeError`] of an analysis that shows it.
pub fn add_fixes(analyzer: &mut dyn Analyzer, outcome: &mut Outcome) -> Result<(), AnalyzeError> {
    let (mut fixes, open) = planned(outcome, |_| true);
    let (batch, _) = compatible(open);
    let tried = try_all(analyzer, outcome, &Texts::new(), batch, Doubtful::Dropped)?;
    for candidate in tried.kept {
        fixes[candidate.finding] = Ok(candidate.plan.fix);
    }
    let findings = outcome.assessment.findings.iter().zip(fixes);
    let found = findings.filter_map(|(finding, fix)| Some((finding.fingerprint.clone(), fix.ok()?)));
    outcome.assessment.fixes = found.collect();
    Ok(())
}

/// Plans for the findings that are wanted, and why the others have none.
pub(super) fn planned(
    outcome: &Outcome,
    is_wanted: impl Fn(&Finding) -> bool,
) -> (Vec<Result<Fix, NoFix>>, Vec<Candidate>) {
    let planner = Planner::new(outcome);
    let findings = &outcome.assessment.findings;
    let mut results: Vec<Result<Fix, NoFix>> = findings.iter().map(|_| Err(NoFix::AtOdds)).collect();
    let mut open = Vec::new();
    for (index, finding) in findings.iter().enumerate().filter(|(_, finding)| is_wanted(finding)) {
        match planner.plan(finding) {
            Ok(plan) => open.push(Candidate::new(index, finding, plan)),
            Err(why) => results[index] = Err(why),
        }
    }
    (results, open)
}

/// A plan that is to be shown to hold.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Index among the findings.
    pub(super) finding: usize,
    pub(super) plan: Plan,
    addresses: BTreeSet<String>,
}

impl Candidate {
    pub(super) fn new(index: usize, finding: &Finding, plan: Plan) -> Self {
        let addresses = finding.also.iter().chain([&finding.address]).cloned().collect();
        Self { finding: index, plan, addresses }
    }

    fn files(&self) -> impl Iterator<Item = FileId> {
        self.plan.fix.edits.iter().map(|edit| edit.span.file)
    }
}

/// What came of trying.
pub(super) struct Tried {
    pub(super) kept: Vec<Candidate>,
    pub(super) refused: Vec<(Candidate, NoFix)>,
    /// The outcome with all that is kept, and the texts; `None` where nothing is.
    pub(super) after: Option<(Arc<Outcome>, Texts)>,
}

/// Candidates that can be made together, and the rest.
pub(super) fn compatible(candidates: Vec<Candidate>) -> (Vec<Candidate>, Vec<Candidate>) {
    let mut by_file: FxHashMap<FileId, Vec<TextEdit>> = FxHashMap::default();
    candidates.into_iter().partition(|candidate| {
        let edits = &candidate.plan.fix.edits;
        let is_free = edits.iter().all(|edit| {
            by_file.get(&edit.span.file).is_none_or(|known| known.iter().all(|known| !known.is_at_odds(edit)))
        });
        if is_free {
            for edit in edits {
                by_file.entry(edit.span.file).or_default().push(edit.clone());
            }
        }
        is_free
    })
}

/// The texts of `base` with the edits of all candidates.
fn texts(outcome: &Outcome, base: &Texts, candidates: &[Candidate]) -> Texts {
    let mut by_file: BTreeMap<FileId, Vec<&TextEdit>> = BTreeMap::new();
    for edit in candidates.iter().flat_map(|candidate| &candidate.plan.fix.edits) {
        by_file.entry(edit.span.file).or_default().push(edit);
    }
    let mut texts = base.clone();
    for (id, mut edits) in by_file {
        edits.sort();
        edits.dedup();
        let file = outcome.sources.file(id);
        let edits = edits.into_iter().map(|edit| (edit.span.range(), &*edit.text));
        texts.insert(file.path.clone(), spliced(&file.text, edits).into());
    }
    texts
}

/// What becomes of candidates one of which is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubtful {
    /// Each is tried by an analysis of its own.
    Tried,
    Dropped,
}

/// The analyses after which candidates that do not hold together are given up.
const MAX_QUICK_TRIES: usize = 4;

/// Keeps those candidates with which, made together, each of their findings is gone and nothing new
/// is there. They must be compatible.
pub(super) fn try_all(
    analyzer: &mut dyn Analyzer,
    outcome: &Outcome,
    base: &Texts,
    mut candidates: Vec<Candidate>,
    doubt: Doubtful,
) -> Result<Tried, AnalyzeError> {
    let mut n_tries = 0;
    let before = State::of(outcome);
    let mut refused = Vec::new();
    let mut doubtful = Vec::new();
    let mut after = None;
    while !candidates.is_empty() {
        n_tries += 1;
        if doubt == Doubtful::Dropped && n_tries > MAX_QUICK_TRIES {
            candidates.clear();
            break;
        }
        let texts = texts(outcome, base, &candidates);
        let now = analyzer.with(&texts)?;
        let blamed = blame(outcome, &before, &now, &candidates);
        if blamed.is_empty() {
            after = Some((now, texts));
            break;
        }
        let is_only = candidates.len() == 1;
        let mut rest = Vec::new();
        for (index, candidate) in candidates.into_iter().enumerate() {
            match blamed.get(&index) {
                None => rest.push(candidate),
                Some(Blame { why, is_sure }) if *is_sure || is_only => refused.push((candidate, why.clone())),
                Some(_) => doubtful.push(candidate),
            }
        }
        candidates = rest;
    }
    // One of several is to blame: each is tried with what holds.
    for candidate in doubtful.into_iter().filter(|_| doubt == Doubtful::Tried) {
        let with: Vec<Candidate> = candidates.iter().cloned().chain([candidate.clone()]).collect();
        let texts = texts(outcome, base, &with);
        let now = analyzer.with(&texts)?;
        match blame(outcome, &before, &now, &with).into_values().next() {
            None => {
                candidates = with;
                after = Some((now, texts));
            }
            Some(Blame { why, .. }) => refused.push((candidate, why)),
        }
    }
    Ok(Tried { kept: candidates, refused, after })
}

/// Why a candidate does not hold.
struct Blame {
    why: NoFix,
    /// Whether it is no other one's fault.
    is_sure: bool,
}

/// How often each thing is said of the input, without places.
struct State<'o> {
    defects: BTreeMap<&'o str, usize>,
    problems: BTreeMap<(PathBuf, &'o str), usize>,
}

impl<'o> State<'o> {
    fn of(outcome: &'o Outcome) -> Self {
        let mut state = Self { defects: BTreeMap::new(), problems: BTreeMap::new() };
        for defect in &outcome.defects {
            *state.defects.entry(&defect.identity).or_default() += 1;
        }
        for problem in &outcome.assessment.problems {
            let path = outcome.sources.file(problem.span.file).path.clone();
            *state.problems.entry((path, &problem.message)).or_default() += 1;
        }
        for skipped in &outcome.assessment.skipped {
            *state.problems.entry((skipped.path.clone(), skipped.reason.code())).or_default() += 1;
        }
        state
    }

    fn n_defects(&self, identity: &str) -> usize {
        self.defects.get(identity).copied().unwrap_or(0)
    }
}

/// Candidates that may be to blame for what is wrong after they were made, by index.
fn blame(outcome: &Outcome, before: &State<'_>, now: &Outcome, candidates: &[Candidate]) -> BTreeMap<usize, Blame> {
    let after = State::of(now);
    let mut blamed = BTreeMap::new();
    let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
    for identity in candidates.iter().flat_map(|candidate| &candidate.plan.identities) {
        *wanted.entry(identity).or_default() += 1;
    }
    let stays = |identity: &String| after.n_defects(identity) + wanted[identity.as_str()] > before.n_defects(identity);
    for (index, candidate) in candidates.iter().enumerate() {
        if candidate.plan.identities.iter().any(stays) {
            blamed.insert(index, Blame { why: NoFix::Stays, is_sure: true });
        }
    }
    for defect in
        now.defects.iter().filter(|defect| after.n_defects(&defect.identity) > before.n_defects(&defect.identity))
    {
        let resource = now.graph.resource(defect.resource);
        let path = &now.sources.file(resource.block.file).path;
        let of_address = |candidate: &Candidate| candidate.addresses.contains(resource.address.as_str());
        let of_file = |candidate: &Candidate| candidate.files().any(|id| outcome.sources.file(id).path == *path);
        let why = NoFix::Brings(format!("`{}` at `{}`", defect.rule, resource.address));
        accuse(candidates, &[&of_address, &of_file, &|_| true], &why, &mut blamed);
    }
    for ((path, message), n) in &after.problems {
        if *n > before.problems.get(&(path.clone(), message)).copied().unwrap_or(0) {
            let of_file = |candidate: &Candidate| candidate.files().any(|id| outcome.sources.file(id).path == *path);
            accuse(candidates, &[&of_file, &|_| true], &NoFix::Breaks((*message).to_owned()), &mut blamed);
        }
    }
    let is_elsewhere = |candidate: &Candidate| candidate.plan.is_elsewhere;
    if let Some(id) = candidates.iter().any(is_elsewhere).then(|| changed(outcome, now, candidates)).flatten() {
        let why = NoFix::Changes(outcome.graph.resource(id).address.to_string());
        accuse(candidates, &[&is_elsewhere], &why, &mut blamed);
    }
    blamed
}

/// Blames the candidates of the first group that has any.
fn accuse(
    candidates: &[Candidate],
    groups: &[&dyn Fn(&Candidate) -> bool],
    why: &NoFix,
    blamed: &mut BTreeMap<usize, Blame>,
) {
    let members = |group: &dyn Fn(&Candidate) -> bool| {
        let indexed = candidates.iter().enumerate().filter(|(_, candidate)| group(candidate));
        indexed.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let found = groups.iter().map(|group| members(group)).find(|found| !found.is_empty()).unwrap_or_default();
    let is_sure = found.len() == 1;
    for index in found {
        blamed.entry(index).or_insert_with(|| Blame { why: why.clone(), is_sure });
    }
}

/// A resource that changed although no candidate is about it.
fn changed(outcome: &Outcome, now: &Outcome, candidates: &[Candidate]) -> Option<ResourceId> {
    let meant: BTreeSet<ResourceId> =
        candidates.iter().flat_map(|candidate| candidate.plan.resources.iter().copied()).collect();
    let is_deployed = |kind| {
        matches!(kind, ResourceKind::Managed | ResourceKind::Data | ResourceKind::Object | ResourceKind::Provider)
    };
    let all = (0..).zip(outcome.graph.resources()).map(|(index, resource)| (ResourceId(index), resource));
    all.filter(|(id, resource)| is_deployed(resource.kind) && !meant.contains(id)).find_map(|(id, resource)| {
        let same = now.graph.find(resource.scope, &resource.address).map(|id| now.graph.resource(id));
        same.is_none_or(|same| same.attributes != resource.attributes).then_some(id)
    })
}
