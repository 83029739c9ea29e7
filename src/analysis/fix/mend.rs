use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::verify::{self, Analyzer, Candidate, Doubtful, Texts};
use crate::analysis::{AnalyzeError, Outcome};
use crate::finding::{Finding, NoFix};

/// Which fixes are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Those that no person has to weigh.
    Safe,
    /// All.
    All,
}

/// What fixes made of the files.
#[derive(Debug)]
pub struct Mended {
    /// The new texts of the files that changed.
    pub texts: Texts,
    /// The findings that are gone, and what was done.
    pub fixed: Vec<(Finding, String)>,
    /// The findings that are left.
    pub left: Vec<(Finding, Left)>,
    /// The outcome with the new texts; `None` where nothing changed.
    pub after: Option<Arc<Outcome>>,
}

/// Why a finding is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// It has a fix that a person has to weigh: this one.
    Unsafe(String),
    /// It has none.
    NoFix(NoFix),
}

/// Fixes what can be fixed of the findings that are meant, until nothing more can. In each round what can be made together is made
/// and shown to hold; edits of one place wait for the next one.
///
/// # Errors
/// [`AnalyzeError`] of an analysis that shows it.
pub fn mend(
    analyzer: &mut dyn Analyzer,
    first: &Outcome,
    wanted: Wanted,
    is_meant: &dyn Fn(&Finding) -> bool,
) -> Result<Mended, AnalyzeError> {
    let mut texts = Texts::new();
    let mut fixed = Vec::new();
    let mut refused: BTreeMap<Key, NoFix> = BTreeMap::new();
    let mut after: Option<Arc<Outcome>> = None;
    loop {
        let outcome = after.as_deref().unwrap_or(first);
        let (results, open) =
            verify::planned(outcome, |finding| is_meant(finding) && !refused.contains_key(&key(finding, outcome)));
        let is_wanted = |candidate: &Candidate| wanted == Wanted::All || candidate.plan.fix.safe;
        let (open, weighed): (Vec<_>, Vec<_>) = open.into_iter().partition(is_wanted);
        let (batch, _) = verify::compatible(open);
        let findings = &outcome.assessment.findings;
        let tried = verify::try_all(analyzer, outcome, &texts, batch, Doubtful::Tried)?;
        let n_refused = tried.refused.len();
        refused.extend(tried.refused.into_iter().map(|(one, why)| (key(&findings[one.finding], outcome), why)));
        fixed.extend(tried.kept.into_iter().map(|one| (findings[one.finding].clone(), one.plan.fix.title)));
        if let Some((now, new)) = tried.after {
            (after, texts) = (Some(now), new);
        } else if n_refused == 0 {
            let weighed: BTreeMap<usize, String> =
                weighed.into_iter().map(|one| (one.finding, one.plan.fix.title)).collect();
            let left = findings.iter().zip(results).enumerate().filter(|(_, (finding, _))| is_meant(finding)).map(
                |(index, (finding, result))| {
                    let why = match (weighed.get(&index), refused.get(&key(finding, outcome)), result) {
                        (Some(title), ..) => Left::Unsafe(title.clone()),
                        (None, Some(why), _) => Left::NoFix(why.clone()),
                        (None, None, Err(why)) => Left::NoFix(why),
                        (None, None, Ok(_)) => Left::NoFix(NoFix::AtOdds),
                    };
                    (finding.clone(), why)
                },
            );
            let left = left.collect();
            return Ok(Mended { texts, fixed, left, after });
        }
    }
}

/// A finding as later rounds know it again: by its instances and its file.
type Key = (BTreeSet<String>, std::path::PathBuf);

fn key(finding: &Finding, outcome: &Outcome) -> Key {
    let identities = finding.identities.iter().map(|identity| identity.current.clone()).collect();
    (identities, outcome.sources.file(finding.primary.span.file).path.clone())
}
