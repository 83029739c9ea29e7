use rustc_hash::FxHashSet;

use super::about::About;
use super::classifier::Score;
use super::description::{Description, Role};
use super::precedent::{self, Precedent};
use super::tensor::{hash, line_words};

/// Why the classifier says nothing of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Abstention {
    /// Nothing is set, so there is nothing to judge by.
    TooLittle,
    /// Most of its words never occurred in training.
    UnknownWords,
    /// Most of its values are not known.
    UnknownValues,
    /// Part of it did not fit.
    Truncated,
}

/// Of the words of own lines, the most that may be new.
const MAX_NEW_WORDS: f64 = 0.34;

/// Of own set lines, the most that may be unknown.
const MAX_UNKNOWN: f64 = 0.6;

/// What the classifier thinks of one resource.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Why the probabilities should not be used, if they should not.
    pub abstained: Option<Abstention>,
    /// For each category of [`About::categories`], how likely a defect is.
    pub probabilities: Vec<f32>,
}

/// What speaks for a defect of one category by precedent alone.
#[derive(Clone, Debug)]
pub struct Support<'m> {
    /// How likely the defect is where only lines with a precedent may speak for it, and all against it.
    pub probability: f32,
    /// The lines with a precedent that speak for it: index, share in the logit, precedent; the one that
    /// says most first. There is at least one.
    pub lines: Vec<(usize, f32, &'m Precedent)>,
}

/// Decides which words a model knows.
#[derive(Debug)]
pub struct Judge<'m> {
    about: &'m About,
    known: FxHashSet<u32>,
}

impl<'m> Judge<'m> {
    /// A judge by a model.
    pub fn new(about: &'m About) -> Self {
        Self { about, known: about.vocabulary.iter().copied().collect() }
    }

    /// Turns a score into probabilities, or says why not.
    pub fn judge(&self, description: &Description, score: &Score) -> Judgement {
        let probabilities = score.logits.iter().zip(&self.about.prevalence);
        Judgement {
            abstained: self.abstention(description),
            probabilities: probabilities.map(|(logit, share)| probability(*logit, *share)).collect(),
        }
    }

    /// What speaks for a defect of the category in a column; `None` where nothing with a precedent does.
    ///
    /// What speaks without one is left out: that a type is often at fault, or that many lines of another
    /// matter add up, is no reason that a person could check.
    pub fn support(&self, description: &Description, score: &Score, column: usize) -> Option<Support<'m>> {
        let category = *self.about.categories.get(column)?;
        let mut logit = *score.logits.get(column)?;
        let mut lines = Vec::new();
        for (index, (precedents, shares)) in self.precedents(description).iter().zip(&score.shares).enumerate() {
            let share = shares.get(column).copied().unwrap_or_default();
            if share <= 0.0 {
                continue;
            }
            let own = precedents.iter().copied().filter(|it| it.category == category);
            let most = own.max_by_key(|it| (it.key.len(), it.types));
            match most {
                Some(precedent) => lines.push((index, share, precedent)),
                None => logit -= share,
            }
        }
        lines.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let probability = probability(logit, EVEN);
        (!lines.is_empty()).then_some(Support { probability, lines })
    }

    /// For each line of a description, what known defects have in common with it.
    pub fn precedents(&self, description: &Description) -> Vec<Vec<&'m Precedent>> {
        let setting = precedent::Setting::of(description);
        description.lines.iter().map(|line| precedent::of(line, setting, &self.about.precedents)).collect()
    }

    fn abstention(&self, description: &Description) -> Option<Abstention> {
        let own: Vec<_> = description.lines.iter().filter(|line| line.role == Role::Own).collect();
        let set: Vec<_> = own.iter().filter(|line| line.value != "absent").collect();
        if set.is_empty() {
            return Some(Abstention::TooLittle);
        }
        if description.n_dropped > 0 {
            return Some(Abstention::Truncated);
        }
        let is_unknown = |value: &str| value.starts_with("unknown") || value == "ref module";
        if is_most(set.iter().filter(|line| is_unknown(&line.value)).count(), set.len(), MAX_UNKNOWN) {
            return Some(Abstention::UnknownValues);
        }
        let words: Vec<u32> = own.iter().flat_map(|line| line_words(line)).map(|word| word_hash(&word)).collect();
        let n_new = words.iter().filter(|word| !self.known.contains(word)).count();
        is_most(n_new, words.len(), MAX_NEW_WORDS).then_some(Abstention::UnknownWords)
    }
}

/// Of resources with a precedent, how many are taken to have the defect: a blind audit on real repositories
/// found a half to two thirds.
const EVEN: f32 = 0.5;

/// The probability of a logit at even odds, where `prevalence` of all resources have the defect.
fn probability(logit: f32, prevalence: f32) -> f32 {
    let prior = (prevalence / (1.0 - prevalence)).ln();
    1.0 / (1.0 + (-(logit + prior)).exp())
}

fn is_most(part: usize, whole: usize, share: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "a resource has few lines")]
    let exceeds = part as f64 > share * whole as f64;
    exceeds
}

/// The hash by which a model remembers a word.
pub fn word_hash(word: &str) -> u32 {
    u32::try_from(hash(word.as_bytes(), 3) & 0xffff_ffff).unwrap_or(0)
}
