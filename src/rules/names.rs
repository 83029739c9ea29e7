use std::collections::BTreeMap;

use super::load::nearest;
use super::schema::Rule;
use crate::query::policy::covers;

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

/// Names that tfsec gave to checks, and the numbers under which trivy goes on with them.
const TFSEC: &[(&str, &str)] = &[
    ("aws-api-gateway-no-public-access", "aws-0004"),
    ("aws-cloudfront-enforce-https", "aws-0012"),
    ("aws-dynamodb-enable-at-rest-encryption", "aws-0023"),
    ("aws-ec2-enable-at-rest-encryption", "aws-0131"),
    ("aws-ec2-enforce-http-token-imds", "aws-0028"),
    ("aws-ec2-enforce-launch-config-http-token-imds", "aws-0130"),
    ("aws-ec2-no-public-ingress-sgr", "aws-0107"),
    ("aws-ec2-no-public-ip", "aws-0009"),
    ("aws-ecr-no-public-access", "aws-0032"),
    ("aws-efs-enable-at-rest-encryption", "aws-0037"),
    ("aws-eks-no-public-cluster-access-to-cidr", "aws-0041"),
    ("aws-elb-http-not-used", "aws-0054"),
    ("aws-iam-no-policy-wildcards", "aws-0057"),
    ("aws-kinesis-enable-in-transit-encryption", "aws-0064"),
    ("aws-mq-no-public-access", "aws-0072"),
    ("aws-msk-enable-in-transit-encryption", "aws-0073"),
    ("aws-neptune-enable-storage-encryption", "aws-0076"),
    ("aws-rds-encrypt-cluster-storage-data", "aws-0079"),
    ("aws-rds-encrypt-instance-storage-data", "aws-0080"),
    ("aws-rds-no-public-db-access", "aws-0180"),
    ("aws-redshift-encryption-customer-key", "aws-0084"),
    ("aws-s3-block-public-acls", "aws-0086"),
    ("aws-s3-block-public-policy", "aws-0087"),
    ("aws-s3-ignore-public-acls", "aws-0091"),
    ("aws-s3-no-public-access-with-acl", "aws-0092"),
    ("aws-s3-no-public-buckets", "aws-0093"),
    ("aws-sns-enable-topic-encryption", "aws-0095"),
    ("aws-sqs-enable-queue-encryption", "aws-0096"),
    ("aws-vpc-no-public-ingress-sgr", "aws-0107"),
    ("aws001", "aws-0092"),
    ("aws004", "aws-0054"),
    ("aws006", "aws-0107"),
    ("aws008", "aws-0107"),
    ("aws011", "aws-0180"),
    ("aws013", "aws-0036"),
    ("aws014", "aws-0008"),
    ("aws015", "aws-0096"),
    ("aws016", "aws-0095"),
    ("aws020", "aws-0012"),
    ("aws022", "aws-0073"),
    ("aws024", "aws-0064"),
    ("aws048", "aws-0037"),
    ("aws051", "aws-0079"),
    ("aws052", "aws-0080"),
    ("aws068", "aws-0041"),
    ("aws073", "aws-0091"),
    ("aws074", "aws-0086"),
    ("aws075", "aws-0093"),
    ("aws076", "aws-0087"),
    ("aws079", "aws-0028"),
    ("aws081", "aws-0023"),
    ("aws099", "aws-0057"),
];

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
                let (name, tool) = (normal(id), Some(successor(tool)));
                for (slug, _) in TFSEC.iter().filter(|(_, id)| tool == Some("trivy") && *id == name) {
                    by_name.entry((*slug).to_owned()).or_default().push(Named { rule, tool });
                }
                by_name.entry(name).or_default().push(Named { rule, tool });
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

    /// The known name that is most like this one, if any is like it. Another number is no
    /// misspelling but another check.
    pub fn nearest(&self, name: &str) -> Option<String> {
        let wanted = normal(split(name).1);
        let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
        let is_alike = |name: &&str| digits(name) == digits(&wanted);
        let known: Vec<&str> = self.by_name.keys().map(String::as_str).filter(is_alike).collect();
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

/// Families of names that are also written with three digits.
const SHORT: &[&str] = &["ksv", "kcv"];

/// A name in lower case; `AVD-AWS-0088`, `aws-0088` and `KSV017`, `KSV-0017` are each one name.
fn normal(name: &str) -> String {
    const N_DIGITS: usize = 4;
    let lower = name.trim().to_ascii_lowercase();
    let plain = lower.strip_prefix("avd-").unwrap_or(&lower);
    let letters = plain.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = plain.strip_prefix(letters).unwrap_or("");
    let family = letters.strip_suffix('-').unwrap_or(letters);
    let is_word = family.len() >= 3 && family.bytes().all(|b| b.is_ascii_lowercase());
    // tfsec's own `AWS008` is another check than `AWS-0008`.
    let is_numbered = is_word && (digits.len() >= N_DIGITS || SHORT.contains(&family) && digits.len() >= 3);
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
        assert_ne!(normal("AWS008"), normal("AVD-AWS-0008"));
        assert_eq!(split("tfsec:x"), (Some("trivy"), "x"));
        assert_eq!(split("CKV_AWS_20"), (None, "CKV_AWS_20"));
    }
}
