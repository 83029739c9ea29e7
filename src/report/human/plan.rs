use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Detail;
use crate::finding::Finding;

/// Above this many findings, those of one rule in one file share a frame, and a rule is explained
/// only where it occurs first.
pub(super) const COMPACT_ABOVE: usize = 20;

/// A finding to show with its frame, and the further places of the same rule in the same file.
pub(super) struct Group<'a> {
    pub lead: &'a Finding,
    pub also: Vec<&'a Finding>,
    /// The same block in further files.
    pub copies: Vec<&'a Finding>,
    /// Whether the reason, the example and the references are told.
    pub is_explained: bool,
}

/// Orders findings by severity from the worst, then as everywhere, and joins repeated ones.
pub(super) fn plan(findings: Vec<&Finding>, detail: Detail) -> Vec<Group<'_>> {
    let (copies, mut ordered): (Vec<_>, Vec<_>) = findings.into_iter().partition(|finding| finding.copy_of.is_some());
    ordered.sort_by_key(|finding| Reverse(finding.severity));
    let is_compact = ordered.len() > COMPACT_ABOVE && detail != Detail::Verbose;
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut explained = FxHashSet::default();
    let mut by_key = FxHashMap::default();
    for finding in ordered {
        let key = (finding.severity, finding.primary.span.file, &*finding.rule);
        let known = if is_compact { by_key.get(&key).copied() } else { None };
        if let Some(index) = known {
            let group: &mut Group<'_> = &mut groups[index];
            group.also.push(finding);
            continue;
        }
        by_key.insert(key, groups.len());
        let is_explained = explained.insert(&*finding.rule) || !is_compact;
        groups.push(Group { lead: finding, also: Vec::new(), copies: Vec::new(), is_explained });
    }
    let mut by_lead = FxHashMap::default();
    for copy in copies {
        by_lead.entry(copy.copy_of.as_deref().unwrap_or("")).or_insert_with(Vec::new).push(copy);
    }
    for group in &mut groups {
        let leads = std::iter::once(group.lead).chain(group.also.iter().copied());
        group.copies = leads.filter_map(|lead| by_lead.remove(&*lead.fingerprint)).flatten().collect();
    }
    groups
}
