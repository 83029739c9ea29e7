use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::compile::{Refusal, check_patterns, compile, expand};
use super::schema::{Condition, Rule};

/// Rules and the shared conditions that rules may `use`, as packed into the binary.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Pack {
    /// Every `use` is expanded.
    pub rules: Vec<Rule>,
    /// Shared conditions by name, for rules that are loaded later.
    pub shared: BTreeMap<String, Condition>,
}

/// A mistake in a rule file, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong, and the nearest right thing where there is one.
    pub message: String,
    /// Byte range in the file's text.
    pub range: std::ops::Range<usize>,
}

/// Reads a file of shared conditions: a mapping from names to conditions.
///
/// # Errors
/// [`Mistake`] where the text does not fit the schema.
pub fn read_shared(text: &str) -> Result<BTreeMap<String, Condition>, Mistake> {
    serde_yaml::from_str(text).map_err(|error| misfit(&error, text))
}

/// Reads one rule, expands what it uses, and compiles it once to see that it is right.
///
/// # Errors
/// [`Mistake`] where the text does not fit the schema or cannot be compiled.
pub fn read_rule(text: &str, shared: &BTreeMap<String, Condition>) -> Result<Rule, Mistake> {
    let mut rule: Rule = serde_yaml::from_str(text).map_err(|error| misfit(&error, text))?;
    let checked =
        expand(&mut rule, shared).and_then(|()| compile(&rule)).and_then(|matchers| check_patterns(&matchers));
    checked.map_err(|refusal| located(refusal, text))?;
    Ok(rule)
}

fn located(refusal: Refusal, text: &str) -> Mistake {
    let start = if refusal.text.is_empty() { None } else { text.find(&refusal.text) };
    let range = start.map_or(0..0, |start| start..start + refusal.text.len());
    Mistake { message: refusal.message, range }
}

/// Where a text does not fit its schema, and the nearest right word.
pub(super) fn misfit(error: &serde_yaml::Error, text: &str) -> Mistake {
    let full = error.to_string();
    let message = full.split(" at line ").next().unwrap_or(&full).to_owned();
    let quoted: Vec<_> = message.split('`').skip(1).step_by(2).collect();
    let start = error.location().map_or(0, |location| location.index().min(text.len()));
    let (range, suggestion) = match &quoted[..] {
        [wrong, known @ ..] if message.starts_with("unknown") || message.contains(": unknown") => {
            let found = text.get(start..).and_then(|rest| rest.find(wrong)).map(|at| start + at);
            let found = found.or_else(|| text.find(wrong)).unwrap_or(start);
            (found..found + wrong.len(), nearest(wrong, known))
        }
        _ => (start..start, None),
    };
    match suggestion {
        Some(known) => Mistake { message: format!("{message}; did you mean `{known}`?"), range },
        None => Mistake { message, range },
    }
}

/// The known word with the smallest edit distance, if it is at most a third of the word.
pub(crate) fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let by_distance = known.iter().map(|word| (distance(wrong, word), *word)).min();
    by_distance.filter(|(distance, _)| *distance <= wrong.len().div_ceil(3)).map(|(_, word)| word)
}

/// Levenshtein distance over bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
