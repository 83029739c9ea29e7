use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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

    /// One step worse.
    #[must_use]
    pub fn raised(self) -> Self {
        match self {
            Self::Info => Self::Low,
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Critical => Self::Critical,
        }
    }

    /// One step less bad.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Self::Critical => Self::High,
            Self::High => Self::Medium,
            Self::Medium => Self::Low,
            Self::Low | Self::Info => Self::Info,
        }
    }

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
    /// Untidy in a way that weakens other defenses.
    Hygiene,
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
    /// All, by name.
    pub const ALL: [Self; 11] = [
        Self::AccessControl,
        Self::Authentication,
        Self::DataGovernance,
        Self::EncryptionAtRest,
        Self::EncryptionInTransit,
        Self::Hygiene,
        Self::LoggingMonitoring,
        Self::NetworkExposure,
        Self::Resilience,
        Self::Secrets,
        Self::SupplyChain,
    ];

    /// Whether it lets somebody in, so that nothing else need go wrong first.
    pub fn is_exposure(self) -> bool {
        matches!(self, Self::NetworkExposure | Self::Authentication | Self::Secrets)
    }

    /// The kebab-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessControl => "access-control",
            Self::Authentication => "authentication",
            Self::DataGovernance => "data-governance",
            Self::EncryptionAtRest => "encryption-at-rest",
            Self::EncryptionInTransit => "encryption-in-transit",
            Self::Hygiene => "hygiene",
            Self::LoggingMonitoring => "logging-monitoring",
            Self::NetworkExposure => "network-exposure",
            Self::Resilience => "resilience",
            Self::Secrets => "secrets",
            Self::SupplyChain => "supply-chain",
        }
    }
}

/// How much of a control infrastructure code can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// Nothing: the control is about people, papers or running systems.
    None,
    /// A reason to ask, no answer.
    Hint,
    /// A part of the control; the code being right never proves the whole.
    Partial,
    /// The code decides it, as far as it is declared there.
    Full,
}

impl Evidence {
    /// The lowercase name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Hint => "hint",
            Self::Partial => "partial",
            Self::Full => "full",
        }
    }
}
