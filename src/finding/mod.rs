//! What stanchion says: findings, their places and weights.
//!
//! Plain data that every report is made from. It does not know how a finding arose or how it
//! is shown. Start reading at [`Finding`].

mod fingerprint;

pub use fingerprint::fingerprint;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::source::{Problem, Skipped, Span};

/// How bad it is if true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Hygiene.
    Low,
    /// Weakens a defense.
    Medium,
    /// An attacker needs one more step.
    High,
    /// An attacker needs nothing more.
    Critical,
}

impl Severity {
    /// All, from the worst.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The lowercase name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Severity {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|s| s.name() == text);
        found.ok_or_else(|| format!("`{text}` is none of critical, high, medium, low, info"))
    }
}

/// How sure we are that it is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A hint.
    Low,
    /// Usually right.
    Medium,
    /// The code says so.
    High,
}

impl Confidence {
    /// The lowercase name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What kind of defense is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Who may do what.
    AccessControl,
    /// Who are you.
    Authentication,
    /// Where personal and training data goes.
    DataGovernance,
    /// Stored data is readable.
    EncryptionAtRest,
    /// Data on the wire is readable.
    EncryptionInTransit,
    /// Nobody would notice.
    LoggingMonitoring,
    /// Reachable from where it should not be.
    NetworkExposure,
    /// Lost when something breaks.
    Resilience,
    /// Secrets in plain sight.
    Secrets,
    /// Code from others.
    SupplyChain,
}

impl Category {
    /// The kebab-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessControl => "access-control",
            Self::Authentication => "authentication",
            Self::DataGovernance => "data-governance",
            Self::EncryptionAtRest => "encryption-at-rest",
            Self::EncryptionInTransit => "encryption-in-transit",
            Self::LoggingMonitoring => "logging-monitoring",
            Self::NetworkExposure => "network-exposure",
            Self::Resilience => "resilience",
            Self::Secrets => "secrets",
            Self::SupplyChain => "supply-chain",
        }
    }
}

/// A place and what to see there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// The range to mark.
    pub span: Span,
    /// A few words beside it; may be empty.
    pub message: String,
}

/// One defect at one place. Without a place it could not be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: Cow<'static, str>,
    /// The rule's title.
    pub title: Cow<'static, str>,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What kind.
    pub category: Category,
    /// The instance address of the resource it is about.
    pub address: String,
    /// The smallest thing the user would edit.
    pub primary: Label,
    /// Other places that explain it, in reading order.
    pub related: Vec<Label>,
    /// What is wrong here, one line.
    pub message: String,
    /// Why it matters.
    pub why: Cow<'static, str>,
    /// What to do.
    pub remedy: Cow<'static, str>,
    /// A corrected snippet.
    pub example: Option<Cow<'static, str>>,
    /// Further reading: CWE ids, vendor pages.
    pub references: Vec<Cow<'static, str>>,
    /// Stable identity over line moves, 32 hex digits: see [`fingerprint`].
    pub fingerprint: String,
}

impl Finding {
    /// The total order of findings in every output: file, start, end, rule, address, message.
    pub fn order(&self) -> impl Ord + '_ {
        let span = self.primary.span;
        (span.file, span.start, span.end, &*self.rule, &self.address, &self.message)
    }
}

/// A rule that could not be decided on a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undecided {
    /// The rule's id.
    pub rule: Cow<'static, str>,
    /// The instance address.
    pub address: String,
    /// Where the unknown value is used.
    pub span: Span,
    /// The unknown's stable code, such as `no-default`.
    pub code: &'static str,
    /// What is missing, one line.
    pub reason: String,
}

/// All that one run has to say; the input of every report. Each list is sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assessment {
    /// Defects, in [`Finding::order`].
    pub findings: Vec<Finding>,
    /// Rules that could not be decided.
    pub undecided: Vec<Undecided>,
    /// Files that were not analyzed.
    pub skipped: Vec<Skipped>,
    /// Faults of the input.
    pub problems: Vec<Problem>,
    /// How much was looked at.
    pub counts: Counts,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files of ours that were analyzed.
    pub files: usize,
    /// YAML and JSON files that hold neither Terraform nor Kubernetes.
    pub foreign_files: usize,
    /// Terraform resources, data sources and Kubernetes objects, instances counted.
    pub resources: usize,
    /// Rules that were run.
    pub rules: usize,
}
