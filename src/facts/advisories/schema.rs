use serde::{Deserialize, Serialize};

use super::version::{Scheme, Version};
use crate::facts::products::schema::{State, state_mistake};
use crate::finding::Severity;

/// One advisory, in the shape of the Open Source Vulnerability format; members of it that
/// nothing here reads are allowed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Its name: `CVE-2023-48022`.
    pub id: String,
    /// Other names of it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What is wrong, a clause without a full stop.
    #[serde(default)]
    pub summary: String,
    /// When it was last changed.
    #[serde(default)]
    pub modified: String,
    /// When it was withdrawn, if it was.
    #[serde(default)]
    pub withdrawn: Option<String>,
    /// The packages that it is about.
    #[serde(default)]
    pub affected: Vec<Affected>,
    /// Pages that say so.
    #[serde(default)]
    pub references: Vec<Reference>,
    /// What the format leaves to each database.
    #[serde(default)]
    pub database_specific: Details,
}

/// What is affected in one package.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Affected {
    /// The package.
    pub package: Package,
    /// Ranges of versions.
    #[serde(default)]
    pub ranges: Vec<Range>,
    /// Single versions.
    #[serde(default)]
    pub versions: Vec<String>,
    /// How the package is found in code.
    #[serde(default)]
    pub ecosystem_specific: Found,
}

/// A package.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Package {
    /// `OCI` for what images hold, `Helm` for charts; any other where `name` is a product that is
    /// known here, such as `PyPI` and `vllm`.
    pub ecosystem: String,
    /// The product's id, or the chart's name.
    pub name: String,
}

/// Versions from one event to the next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Range {
    /// `ECOSYSTEM` or `SEMVER`; others are not read.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happens, in the order of versions.
    pub events: Vec<Event>,
}

/// One event of a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// From this version on it is affected; `0` is before all.
    Introduced(String),
    /// This version is not affected any more.
    Fixed(String),
    /// This is the last one that is affected.
    LastAffected(String),
    /// How far the record looks; says nothing about versions.
    Limit(String),
}

/// How a package is found in code.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Found {
    /// Globs over the last parts of an image's repository whose tag is the version.
    pub images: Vec<String>,
    /// How its versions are written.
    pub scheme: Scheme,
}

/// A page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reference {
    /// Its address.
    pub url: String,
}

/// What the database says beyond the format.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// `critical`, `high`, `medium` (or `moderate`), `low`, in any case; medium where it is not said.
    pub severity: Option<String>,
    /// Whether attackers are known to use it.
    pub known_exploited: bool,
    /// How well it is known.
    pub evidence: Evidence,
    /// The product's name, where the product is no AI product.
    pub name: Option<String>,
    /// What has to hold, all of it, for somebody to use the weakness.
    pub reachable_when: Vec<Condition>,
}

impl Default for Details {
    fn default() -> Self {
        Self {
            severity: None,
            known_exploited: false,
            evidence: Evidence::default(),
            name: None,
            reachable_when: Condition::usual(),
        }
    }
}

/// A condition under which somebody can use a weakness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Somebody reaches it without a login, at one of these ports where there are any.
    Open(Vec<u16>),
    /// Somebody reaches it, past its own login or not, at one of these ports where there are any.
    Reached(Vec<u16>),
    /// Something of it is on.
    On {
        /// What it is, a clause: `the jobs API is on`.
        says: String,
        /// What turns it on and off.
        state: State,
    },
    /// What no code tells, a clause: `it opens files of strangers`.
    Untold(String),
}

impl Condition {
    /// What counts where a record says nothing.
    fn usual() -> Vec<Self> {
        vec![Self::Open(Vec::new())]
    }

    /// The condition as a clause.
    pub(crate) fn words(&self) -> String {
        let at = |ports: &[u16]| {
            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
            if ports.is_empty() { String::new() } else { format!(" at port {}", ports.join(" or ")) }
        };
        match self {
            Self::Open(ports) => format!("somebody reaches it without a login{}", at(ports)),
            Self::Reached(ports) => format!("somebody reaches it{}", at(ports)),
            Self::On { says, .. } | Self::Untold(says) => says.clone(),
        }
    }
}

/// How well an advisory is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// From a collection of others' advisories.
    Secondary,
    /// From the record itself or from the product's makers.
    #[default]
    Primary,
}

impl Evidence {
    /// The lowercase name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Secondary => "secondary",
            Self::Primary => "primary",
        }
    }
}

impl Event {
    /// What happens, in words.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Introduced(version) if version == "0" => "from the first version".into(),
            Self::Introduced(version) => format!("from {version}"),
            Self::Fixed(version) => format!("fixed in {version}"),
            Self::LastAffected(version) => format!("up to {version}"),
            Self::Limit(version) => format!("known up to {version}"),
        }
    }
}

impl Record {
    /// How bad it is; `None` where a word is given that is no severity.
    pub(crate) fn severity(&self) -> Option<Severity> {
        match self.database_specific.severity.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("moderate") => Some(Severity::Medium),
            Some(word) => word.parse().ok(),
        }
    }
}

/// Versions that are affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) from: Version,
    pub(crate) end: End,
}

/// Where affected versions end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Before this one.
    Before(Version, String),
    /// With this one.
    With(Version, String),
    /// Nowhere.
    Never,
}

/// The affected versions of a package by its scheme.
///
/// # Errors
/// What cannot be read, in words.
pub(crate) fn intervals(affected: &Affected, scheme: Scheme) -> Result<Vec<Interval>, String> {
    let parse = |text: &str| Version::parse(text, scheme).ok_or_else(|| format!("`{text}` is no version"));
    let mut found = Vec::new();
    for text in &affected.versions {
        let from = parse(text)?;
        found.push(Interval { end: End::With(from.clone(), text.clone()), from });
    }
    for range in affected.ranges.iter().filter(|range| range.kind == "ECOSYSTEM" || range.kind == "SEMVER") {
        let mut open: Option<Version> = None;
        for event in &range.events {
            let end = match event {
                Event::Introduced(text) => {
                    open = Some(parse(text)?);
                    continue;
                }
                Event::Limit(_) => continue,
                Event::Fixed(text) => End::Before(parse(text)?, text.clone()),
                Event::LastAffected(text) => End::With(parse(text)?, text.clone()),
            };
            let from = open.take().ok_or("a range ends before it begins")?;
            let (End::Before(to, text) | End::With(to, text)) = &end else { continue };
            if *to < from {
                return Err(format!("a range ends at `{text}`, before it begins"));
            }
            found.push(Interval { from, end });
        }
        found.extend(open.map(|from| Interval { from, end: End::Never }));
    }
    Ok(found)
}

/// Says what is wrong with a record beyond its shape, if anything is.
pub(crate) fn mistake(record: &Record) -> Option<String> {
    if record.id.is_empty() {
        return Some("`id` is empty".into());
    }
    if record.severity().is_none() {
        return Some("`database_specific.severity` is none of critical, high, medium, moderate, low".into());
    }
    for condition in &record.database_specific.reachable_when {
        if let Condition::On { state, .. } = condition
            && let Some(mistake) = state_mistake(state)
        {
            return Some(mistake);
        }
    }
    for affected in &record.affected {
        for image in &affected.ecosystem_specific.images {
            if let Err(error) = globset::Glob::new(image) {
                return Some(error.to_string());
            }
        }
        if ["OCI", "Helm"].contains(&affected.package.ecosystem.as_str()) {
            match intervals(affected, affected.ecosystem_specific.scheme) {
                Ok(found) if found.is_empty() => return Some("no version is affected".into()),
                Ok(_) => {}
                Err(mistake) => return Some(mistake),
            }
        }
    }
    None
}
