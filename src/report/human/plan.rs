use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Detail;
use crate::finding::{Finding, MANY};
use crate::report::weight;

/// A finding to show with its frame, and the further places of the same rule.
pub(super) struct Group<'a> {
    pub lead: &'a Finding,
    pub also: Vec<&'a Finding>,
    /// The same block in further files.
    pub copies: Vec<&'a Finding>,
    /// What it explains.
    pub symptoms: Vec<&'a Finding>,
    /// Whether the reason, the example and the references are told.
    pub is_explained: bool,
}

/// Orders findings by severity from the worst, then by whether they let somebody in, then by
/// confidence, then by likelihood, then as everywhere, and joins repeated ones.
pub(super) fn plan(findings: Vec<&Finding>, detail: Detail) -> Vec<Group<'_>> {
    let (symptoms, findings): (Vec<_>, Vec<_>) = findings.into_iter().partition(|finding| finding.caused_by.is_some());
    let (copies, mut ordered): (Vec<_>, Vec<_>) = findings.into_iter().partition(|finding| finding.copy_of.is_some());
    ordered.sort_by_key(|finding| Reverse(weight(finding)));
    let is_compact = ordered.len() > MANY && detail != Detail::Verbose;
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut explained = FxHashSet::default();
    let mut by_key = FxHashMap::default();
    for finding in ordered {
        let key = (finding.severity, &*finding.rule);
        let known = if is_compact { by_key.get(&key).copied() } else { None };
        if let Some(index) = known {
            let group: &mut Group<'_> = &mut groups[index];
            group.also.push(finding);
            continue;
        }
        by_key.insert(key, groups.len());
        let is_explained = explained.insert(&*finding.rule) || !is_compact;
        groups.push(Group { lead: finding, also: Vec::new(), copies: Vec::new(), symptoms: Vec::new(), is_explained });
    }
    let mut copies = by(copies, |copy| copy.copy_of.as_deref());
    let mut symptoms = by(symptoms, |symptom| symptom.caused_by.as_deref());
    for group in &mut groups {
        for lead in std::iter::once(group.lead).chain(group.also.iter().copied()) {
            group.copies.extend(copies.remove(&*lead.fingerprint).into_iter().flatten());
            group.symptoms.extend(symptoms.remove(&*lead.fingerprint).into_iter().flatten());
        }
        group.symptoms.sort_by_key(|finding| Reverse(finding.severity));
    }
    groups
}

/// Findings by the fingerprint of the one that they belong to.
fn by<'a>(
    findings: Vec<&'a Finding>,
    lead: impl Fn(&'a Finding) -> Option<&'a str>,
) -> FxHashMap<&'a str, Vec<&'a Finding>> {
    let mut found: FxHashMap<&str, Vec<&Finding>> = FxHashMap::default();
    for finding in findings {
        found.entry(lead(finding).unwrap_or("")).or_default().push(finding);
    }
    found
}
