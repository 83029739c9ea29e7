use rustc_hash::FxHashSet;

use super::about::About;
use super::classifier::Score;
use super::description::{Description, Role};
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
        let priors = self.about.prevalence.iter().map(|share| (share / (1.0 - share)).ln());
        let probability = |(logit, prior): (&f32, f32)| 1.0 / (1.0 + (-(logit + prior)).exp());
        Judgement {
            abstained: self.abstention(description),
            probabilities: score.logits.iter().zip(priors).map(probability).collect(),
        }
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

fn is_most(part: usize, whole: usize, share: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "a resource has few lines")]
    let exceeds = part as f64 > share * whole as f64;
    exceeds
}

/// The hash by which a model remembers a word.
pub fn word_hash(word: &str) -> u32 {
    u32::try_from(hash(word.as_bytes(), 3) & 0xffff_ffff).unwrap_or(0)
}
