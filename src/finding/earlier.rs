use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Assessment, Finding, Severity};

/// Whether a finding was there before, where that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Novelty {
    /// It was not.
    New,
    /// It was.
    Known,
}

impl Novelty {
    /// The word of SARIF's `baselineState`.
    pub fn state(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Known => "unchanged",
        }
    }
}

/// One instance of a finding, as it is known again: by the rule, the instance address and the
/// decisive evidence, never by a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its fingerprint.
    pub current: String,
    /// Fingerprints under the addresses that `moved` blocks say the resources had, and under those
    /// that adding or removing `count` takes away.
    pub former: Vec<String>,
}

impl Identity {
    fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.current).chain(self.former.iter().map(String::as_str))
    }
}

/// A finding of an earlier state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The rule's id.
    pub rule: String,
    /// The instance address of the first instance.
    pub address: String,
    /// The file of the primary place, named as those of the later state are.
    pub file: String,
    /// How bad it was, where a worse one is to be new.
    pub severity: Option<Severity>,
    /// Its instances.
    pub identities: Vec<Identity>,
}

impl Earlier {
    /// A finding as later states will look for it.
    pub fn of(finding: &Finding, file: String) -> Self {
        Self {
            rule: finding.rule.to_string(),
            address: finding.address.clone(),
            file,
            severity: Some(finding.severity),
            identities: finding.identities.clone(),
        }
    }
}

/// What an assessment was compared with, and what that had besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// A revision or a file, as the user names it.
    pub with: String,
    /// How many findings were there before.
    pub n_known: usize,
    /// What was there before and is no more.
    pub gone: Vec<Earlier>,
}

/// What comes of comparing: for each finding whether it was there before, and what is gone.
pub struct Compared {
    /// In the order of the findings.
    pub novelties: Vec<Novelty>,
    /// What is there no more.
    pub gone: Vec<Earlier>,
}

/// Finds each finding among those of an earlier state. One is known if all its instances are, and
/// it is no worse. Of equal ones, those in the file of the same name are the same; so each is known
/// again wherever it moves, and one more than before is new.
///
/// Nothing is gone that is allowed now, or hangs on an unknown now.
pub fn compare(assessment: &Assessment, earlier: Vec<Earlier>, file: impl Fn(&Finding) -> String) -> Compared {
    let allowed = assessment.suppressed.iter().map(|suppressed| &suppressed.finding);
    let now: Vec<(&Finding, String)> =
        assessment.findings.iter().chain(allowed).map(|finding| (finding, file(finding))).collect();
    let matched = matches(&now, &earlier);
    let novelties = assessment.findings.iter().zip(&matched).map(|(finding, matched)| {
        let is_known = |before: &Option<usize>| {
            before.is_some_and(|before| earlier[before].severity.is_none_or(|was| finding.severity <= was))
        };
        if matched.iter().all(is_known) { Novelty::Known } else { Novelty::New }
    });
    let novelties = novelties.collect();
    let open: BTreeSet<(&str, &str)> =
        assessment.undecided.iter().map(|undecided| (&*undecided.rule, &*undecided.address)).collect();
    let still: BTreeSet<usize> = matched.into_iter().flatten().flatten().collect();
    let is_gone = |(index, before): &(usize, Earlier)| {
        !still.contains(index) && !open.contains(&(&*before.rule, &*before.address))
    };
    let gone = earlier.into_iter().enumerate().filter(is_gone).map(|(_, before)| before).collect();
    Compared { novelties, gone }
}

/// For each instance of each finding, the index of the earlier finding that it was an instance of.
fn matches<'a>(now: &'a [(&Finding, String)], earlier: &'a [Earlier]) -> Vec<Vec<Option<usize>>> {
    let mut slots = Slots::of(earlier);
    let mut matched: Vec<Vec<Option<usize>>> =
        now.iter().map(|(finding, _)| vec![None; finding.identities.len()]).collect();
    for is_moved in [false, true] {
        for ((finding, file), matched) in now.iter().zip(&mut matched) {
            let file = (!is_moved).then_some(&**file);
            let open = finding.identities.iter().zip(matched).filter(|(_, slot)| slot.is_none());
            for (identity, slot) in open {
                *slot = slots.take(identity, file);
            }
        }
    }
    matched
}

/// Instances of earlier findings by each of their fingerprints, in one file and in any (`None`).
struct Slots<'a> {
    by_fingerprint: HashMap<(&'a str, Option<&'a str>), Vec<Slot>>,
    taken: HashSet<Slot>,
}

/// An earlier finding and one of its instances.
type Slot = (usize, usize);

impl<'a> Slots<'a> {
    fn of(earlier: &'a [Earlier]) -> Self {
        let mut by_fingerprint: HashMap<_, Vec<Slot>> = HashMap::new();
        // The last of a list is taken first.
        for (before, one) in earlier.iter().enumerate().rev() {
            for (instance, identity) in one.identities.iter().enumerate().rev() {
                for fingerprint in identity.all() {
                    for file in [None, Some(&*one.file)] {
                        by_fingerprint.entry((fingerprint, file)).or_default().push((before, instance));
                    }
                }
            }
        }
        Self { by_fingerprint, taken: HashSet::new() }
    }

    /// The earlier finding of an instance that nobody took yet.
    fn take(&mut self, identity: &'a Identity, file: Option<&'a str>) -> Option<usize> {
        for fingerprint in identity.all() {
            while let Some(slot) = self.by_fingerprint.get_mut(&(fingerprint, file)).and_then(Vec::pop) {
                if self.taken.insert(slot) {
                    return Some(slot.0);
                }
            }
        }
        None
    }
}

impl Assessment {
    /// Marks each finding, in their order. A new one stands for itself where what it repeats or
    /// follows from was there before.
    pub fn mark(&mut self, novelties: &[Novelty]) {
        for (finding, novelty) in self.findings.iter_mut().zip(novelties) {
            finding.novelty = Some(*novelty);
        }
        let new: BTreeSet<String> =
            self.findings.iter().filter(|finding| !finding.is_known()).map(|one| one.fingerprint.clone()).collect();
        let is_old = |lead: &mut String| !new.contains(lead);
        for finding in self.findings.iter_mut().filter(|finding| !finding.is_known()) {
            finding.copy_of.take_if(is_old);
            finding.caused_by.take_if(is_old);
        }
    }

    /// Drops the findings that were there before, and gives their number.
    pub fn drop_known(&mut self) -> usize {
        let n_all = self.findings.len();
        self.findings.retain(|finding| !finding.is_known());
        n_all - self.findings.len()
    }

    /// Whether new findings are told from known ones.
    pub fn is_compared(&self) -> bool {
        self.baseline.is_some() || self.since.is_some()
    }
}
