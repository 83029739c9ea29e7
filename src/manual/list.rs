use std::collections::BTreeSet;

use serde::Serialize;

use super::words;
use crate::finding::Severity;
use crate::rules::Provider;
use crate::rules::framework::{Frameworks, Tag};
use crate::rules::schema::{Audience, Fix, Rule};

/// What scripts can read of a rule.
#[derive(Debug, Serialize)]
pub struct List<'r> {
    id: &'r str,
    title: &'r str,
    severity: Severity,
    confidence: &'static str,
    category: &'static str,
    audience: Audience,
    since: &'r str,
    providers: Vec<&'static str>,
    targets: BTreeSet<&'r str>,
    why: &'r str,
    remedy: &'r str,
    fixes: Vec<ListedFix<'r>>,
    references: &'r [String],
    equivalents: &'r [String],
    absorbs: &'r [String],
    /// As `framework:ID`.
    controls: Vec<String>,
}

/// What scripts can read of a fix.
#[derive(Debug, Serialize)]
struct ListedFix<'r> {
    targets: &'r [String],
    safe: bool,
    /// The edits in words.
    does: Vec<String>,
}

/// The rules for scripts, in the order given.
pub fn list<'r>(rules: &[&'r Rule], frameworks: &Frameworks) -> Vec<List<'r>> {
    rules.iter().map(|rule| one(rule, frameworks)).collect()
}

fn one<'r>(rule: &'r Rule, frameworks: &Frameworks) -> List<'r> {
    List {
        id: &rule.id,
        title: &rule.title,
        severity: rule.severity,
        confidence: rule.confidence.name(),
        category: rule.category.name(),
        audience: rule.audience,
        since: &rule.since,
        providers: rule.providers().into_iter().map(Provider::name).collect(),
        targets: rule.all_targets(),
        why: rule.why.trim(),
        remedy: rule.remedy.trim(),
        fixes: rule.fixes().into_iter().map(|(targets, fix)| listed(targets, fix)).collect(),
        references: &rule.references,
        equivalents: &rule.equivalents,
        absorbs: &rule.absorbs,
        controls: frameworks.tags(rule).iter().map(Tag::name).collect(),
    }
}

fn listed<'r>(targets: &'r [String], fix: &'r Fix) -> ListedFix<'r> {
    ListedFix { targets, safe: fix.safe, does: fix.edits.iter().map(words::edit).collect() }
}
