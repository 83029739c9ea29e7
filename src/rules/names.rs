use std::collections::BTreeMap;

use super::load::nearest;
use super::policy::covers;
use super::schema::Rule;

/// The names under which rules are known: their own ids, and those of the same checks in other
/// analyzers. Case does not matter.
#[derive(Debug)]
pub struct Names<'r> {
    rules: Vec<&'r Rule>,
    by_name: BTreeMap<String, Vec<Named<'r>>>,
}

/// A rule under one of its names.
#[derive(Clone, Copy, Debug)]
struct Named<'r> {
    rule: &'r Rule,
    /// The analyzer whose name it is; `None` for the rule's own id.
    tool: Option<&'r str>,
}

/// Analyzers whose names go on in another one's.
const SUCCESSORS: &[(&str, &str)] = &[("tfsec", "trivy"), ("bridgecrew", "checkov")];

impl<'r> Names<'r> {
    /// Names of these rules.
    pub fn of(rules: impl IntoIterator<Item = &'r Rule>) -> Self {
        let rules: Vec<&Rule> = rules.into_iter().collect();
        let mut by_name: BTreeMap<String, Vec<Named<'r>>> = BTreeMap::new();
        for rule in &rules {
            by_name.entry(rule.id.clone()).or_default().push(Named { rule, tool: None });
        }
        for rule in &rules {
            for (tool, id) in rule.equivalents.iter().filter_map(|peer| peer.split_once(':')) {
                by_name.entry(normal(id)).or_default().push(Named { rule, tool: Some(successor(tool)) });
            }
        }
        Self { rules, by_name }
    }

    /// Rules of that name, an own id's first: `s3-bucket-public-acl`, `CKV_AWS_20`,
    /// `checkov:CKV_AWS_20`.
    pub fn find(&self, name: &str) -> Vec<&'r Rule> {
        let (tool, id) = split(name);
        self.find_where(id, |named| tool.is_none_or(|tool| named.tool == Some(tool)))
    }

    /// Rules that are the same as one of that analyzer.
    pub fn find_peer(&self, tool: &str, id: &str) -> Vec<&'r Rule> {
        let tool = successor(tool);
        self.find_where(id, |named| named.tool == Some(tool))
    }

    /// Rules of which some name fits a pattern, `*` standing for anything: `s3-*`, `CKV_AWS_*`.
    pub fn matching(&self, pattern: &str) -> Vec<&'r Rule> {
        let (tool, pattern) = split(pattern);
        let pattern = pattern.to_ascii_lowercase();
        let pattern = pattern.strip_prefix("avd-").unwrap_or(&pattern);
        let fits = |named: &&Named<'r>| tool.is_none_or(|tool| named.tool == Some(tool));
        let names = self.by_name.iter().filter(|(name, _)| covers(pattern, name));
        let mut found: Vec<&Rule> = names.flat_map(|(_, named)| named).filter(fits).map(|named| named.rule).collect();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
        found
    }

    fn find_where(&self, id: &str, is_wanted: impl Fn(&Named<'r>) -> bool) -> Vec<&'r Rule> {
        let mut found: Vec<&Rule> = Vec::new();
        for named in self.by_name.get(&normal(id)).into_iter().flatten().filter(|named| is_wanted(named)) {
            if !found.iter().any(|rule| rule.id == named.rule.id) {
                found.push(named.rule);
            }
        }
        found
    }

    /// The known name that is most like this one, if any is like it.
    pub fn nearest(&self, name: &str) -> Option<String> {
        let wanted = normal(split(name).1);
        let known: Vec<&str> = self.by_name.keys().map(String::as_str).collect();
        let found = nearest(&wanted, &known)?;
        Some(self.spelled(found))
    }

    /// A normal name as its rule file spells it.
    fn spelled(&self, normal_name: &str) -> String {
        let peers = self.rules.iter().flat_map(|rule| &rule.equivalents).filter_map(|peer| peer.split_once(':'));
        let spelled = peers.map(|(_, id)| id).find(|id| normal(id) == normal_name);
        spelled.unwrap_or(normal_name).to_owned()
    }
}

fn successor(tool: &str) -> &str {
    SUCCESSORS.iter().find(|(old, _)| *old == tool).map_or(tool, |(_, new)| new)
}

/// The analyzer that a name begins with, if it does, and the rest.
fn split(name: &str) -> (Option<&str>, &str) {
    match name.trim().split_once(':') {
        Some((tool, id)) if !tool.is_empty() && tool.chars().all(|c| c.is_ascii_lowercase() || c == '-') => {
            (Some(successor(tool)), id)
        }
        _ => (None, name.trim()),
    }
}

/// A name in lower case; `AVD-AWS-0088`, `aws-0088` and `KSV017`, `KSV-0017` are each one name.
fn normal(name: &str) -> String {
    const N_DIGITS: usize = 4;
    let lower = name.trim().to_ascii_lowercase();
    let plain = lower.strip_prefix("avd-").unwrap_or(&lower);
    let letters = plain.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = plain.strip_prefix(letters).unwrap_or("");
    let family = letters.strip_suffix('-').unwrap_or(letters);
    let is_numbered = family.len() >= 3 && family.bytes().all(|b| b.is_ascii_lowercase()) && digits.len() >= 3;
    if is_numbered { format!("{family}-{digits:0>N_DIGITS$}") } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one() {
        for (a, b) in [("AVD-AWS-0088", "aws-0088"), ("KSV017", "KSV-0017"), ("CKV_AWS_20", "ckv_aws_20")] {
            assert_eq!(normal(a), normal(b));
        }
        assert_ne!(normal("C-0057"), normal("C-57"));
        assert_eq!(split("tfsec:x"), (Some("trivy"), "x"));
        assert_eq!(split("CKV_AWS_20"), (None, "CKV_AWS_20"));
    }
}
