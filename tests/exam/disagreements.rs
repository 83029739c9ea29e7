use std::collections::BTreeSet;

/// Where we do not say what another analyzer's own tests say, and why: `disagreements.tsv`.
pub(crate) struct Disagreements(Vec<Disagreement>);

/// One of them.
pub(crate) struct Disagreement {
    /// The check as `tool:ID`.
    check: &'static str,
    /// The id of a case, or `*` for all of the check.
    case: &'static str,
    pub(crate) kind: Kind,
    pub(crate) reason: &'static str,
}

/// Whose it is to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The label says what is not so.
    PeerMistake,
    /// Both can be defended, and we chose.
    Deliberate,
    /// We are wrong, so far.
    Ours,
}

impl Kind {
    const ALL: &[Self] = &[Self::PeerMistake, Self::Deliberate, Self::Ours];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PeerMistake => "peer-mistake",
            Self::Deliberate => "deliberate",
            Self::Ours => "ours",
        }
    }
}

impl Disagreements {
    /// Those of the file beside this one.
    ///
    /// # Panics
    /// If a line is not check, case, kind and reason.
    pub(crate) fn read() -> Self {
        let lines = include_str!("disagreements.tsv").lines().filter(|line| !line.is_empty());
        Self(
            lines.skip(1).map(|line| read_line(line).unwrap_or_else(|| panic!("not a disagreement: {line}"))).collect(),
        )
    }

    /// Why a check is not told apart, if every case that went wrong has a reason.
    pub(crate) fn of(&self, check: &str, cases: &BTreeSet<String>) -> Vec<&Disagreement> {
        let on = |case: &String| self.0.iter().find(|one| one.check == check && (one.case == "*" || one.case == case));
        let found: Option<Vec<_>> = cases.iter().map(on).collect();
        let mut found = found.unwrap_or_default();
        found.dedup_by_key(|one| one.reason);
        found
    }
}

fn read_line(line: &'static str) -> Option<Disagreement> {
    let mut cells = line.split('\t');
    let (check, case, kind, reason) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
    let kind = *Kind::ALL.iter().find(|one| one.name() == kind)?;
    cells.next().is_none().then_some(Disagreement { check, case, kind, reason })
}
