use ecow::EcoString;

use crate::facts::Evidence;
use crate::facts::statement::answer;
use crate::value::{Truth, Value};

/// One thing that an identity may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    /// Everything.
    Admin,
    /// To give itself more.
    Escalates,
    /// To ask models.
    InvokesModels,
    /// To read the secrets of others.
    ReadsSecrets,
    /// To read and write every bucket.
    AllBuckets,
}

impl Right {
    const ALL: [Self; 5] = [Self::Admin, Self::Escalates, Self::InvokesModels, Self::ReadsSecrets, Self::AllBuckets];

    fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Escalates => "escalates",
            Self::InvokesModels => "invokes_models",
            Self::ReadsSecrets => "reads_secrets",
            Self::AllBuckets => "all_buckets",
        }
    }

    /// What it means, in words.
    pub(super) fn says(self) -> &'static str {
        match self {
            Self::Admin => "may do everything",
            Self::Escalates => "may give itself more rights",
            Self::InvokesModels => "may ask models",
            Self::ReadsSecrets => "may read secrets",
            Self::AllBuckets => "may read and write every bucket",
        }
    }
}

/// What an identity may do, each right with the grant that gives it.
#[derive(Clone, Debug, Default)]
pub(super) struct Rights([Option<(Truth, Evidence)>; 5]);

impl Rights {
    /// Adds a right; a certain one replaces one that is not.
    pub(super) fn add(&mut self, right: Right, truth: Truth, shown: Evidence) {
        let slot = &mut self.0[right as usize];
        if truth != Truth::False && slot.as_ref().is_none_or(|(known, _)| truth > *known) {
            *slot = Some((truth, shown));
        }
    }

    /// The grants of all certain rights, the strongest first, each grant once.
    pub(super) fn shown(&self) -> Vec<Evidence> {
        let mut all: Vec<Evidence> = Vec::new();
        for (truth, shown) in self.0.iter().flatten() {
            let is_known = all.iter().any(|known| (known.resource, &known.at) == (shown.resource, &shown.at));
            if *truth == Truth::True && !is_known {
                all.push(shown.clone());
            }
        }
        all
    }

    /// The rights as members of a statement.
    pub(super) fn members(&self) -> Vec<(EcoString, Value)> {
        let member = |right: Right| {
            let truth = self.0[right as usize].as_ref().map_or(Truth::False, |(truth, _)| *truth);
            (right.name().into(), answer(truth, "what its policies allow"))
        };
        Right::ALL.into_iter().map(member).collect()
    }
}

/// How much a statement's identity may do: the more and the stronger its certain rights, the more.
pub(super) fn count(statement: &Value) -> usize {
    let is_certain = |right: &Right| statement.get(right.name()).and_then(Value::as_bool) == Some(true);
    let weight = |right: Right| 1 << (Right::ALL.len() - right as usize);
    Right::ALL.into_iter().filter(is_certain).map(weight).sum()
}
