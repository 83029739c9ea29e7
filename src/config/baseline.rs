use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf, absolute};

use serde::{Deserialize, Serialize};

use crate::finding::{Assessment, Comparison, Earlier, Finding, Identity, Novelty, compare};
use crate::report::masked;
use crate::source::{SourceMap, normalize};

/// What can be read here.
const VERSION: u32 = 1;
/// No baseline is larger.
const MAX_BYTES: u64 = 256 << 20;

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    version: u32,
    findings: Vec<Entry>,
}

/// A finding that is known. The fingerprints alone make it known again; the rest is for who reads it,
/// and tells equal ones apart.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The file, from the baseline's folder on.
    pub file: String,
    /// The rule's id.
    pub rule: String,
    /// The address of the first instance.
    pub address: String,
    /// One for each instance.
    fingerprints: Vec<String>,
}

/// Findings that are known.
#[derive(Debug)]
pub struct Baseline {
    /// The file, as the user would write it.
    pub path: PathBuf,
    /// Absolute; files are named relative to it.
    folder: PathBuf,
    /// What is known, sorted.
    pub entries: Vec<Entry>,
}

/// What an analysis looked at, and what it found.
#[derive(Clone, Copy, Debug)]
pub struct Looked<'a> {
    /// The findings.
    pub assessment: &'a Assessment,
    /// The files.
    pub sources: &'a SourceMap,
    /// The rules that ran.
    pub rules: &'a BTreeSet<String>,
    /// The files and folders.
    pub roots: &'a [PathBuf],
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It cannot be read.
    #[error("cannot read the baseline `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is none.
    #[error("`{}` is no baseline: {message}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

impl Baseline {
    fn at(path: PathBuf, entries: Vec<Entry>) -> Result<Self, BaselineError> {
        let whole = absolute(&path).map_err(|source| BaselineError::Read { path: path.clone(), source })?;
        let folder = normalize(whole.parent().unwrap_or(Path::new("/")));
        Ok(Self { path, folder, entries })
    }

    /// All that was found.
    ///
    /// # Errors
    /// [`BaselineError::Read`] if the system does not tell where the path is.
    pub fn of(looked: Looked<'_>, path: PathBuf) -> Result<Self, BaselineError> {
        let mut baseline = Self::at(path, Vec::new())?;
        let earlier = |finding| Earlier::of(finding, baseline.name(finding, looked.sources));
        let mut entries: Vec<Entry> = looked.assessment.findings.iter().map(|one| Entry::of(&earlier(one))).collect();
        entries.sort();
        baseline.entries = entries;
        Ok(baseline)
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`BaselineError`] if it cannot be read, or is none.
    pub fn read(path: PathBuf) -> Result<Self, BaselineError> {
        let mut text = String::new();
        let failed = |source: io::Error| BaselineError::Read { path: path.clone(), source };
        File::open(&path).map_err(failed)?.take(MAX_BYTES).read_to_string(&mut text).map_err(failed)?;
        let refused = |message: String| BaselineError::Refused { path: path.clone(), message };
        let document: Document = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
        if document.version != VERSION {
            return Err(refused(format!("its version is {}, and this program reads {VERSION}", document.version)));
        }
        Self::at(path, document.findings)
    }

    /// As it is written.
    pub fn document(&self) -> Document {
        Document { version: VERSION, findings: self.entries.clone() }
    }

    /// Whether each finding is known, and what is gone of what this run looked at.
    pub fn compare(&self, looked: Looked<'_>) -> (Vec<Novelty>, Comparison) {
        let earlier = self.entries.iter().map(Entry::earlier).collect();
        let mut compared = compare(looked.assessment, earlier, |finding| self.name(finding, looked.sources));
        let roots = whole(looked.roots);
        compared.gone.retain(|earlier| self.is_looked_at(&earlier.file, &earlier.rule, looked, &roots));
        let n_known = compared.novelties.iter().filter(|novelty| **novelty == Novelty::Known).count();
        (compared.novelties, Comparison { with: self.shown(), n_known, gone: compared.gone })
    }

    /// The file, as it is told.
    pub fn shown(&self) -> String {
        self.path.strip_prefix(".").unwrap_or(&self.path).display().to_string()
    }

    /// The entries that a run did not look at.
    pub fn beyond(&self, looked: Looked<'_>) -> Vec<Entry> {
        let roots = whole(looked.roots);
        let is_beyond = |entry: &Entry| !self.is_looked_at(&entry.file, &entry.rule, looked, &roots);
        self.entries.iter().filter(|entry| is_beyond(entry)).cloned().collect()
    }

    fn is_looked_at(&self, file: &str, rule: &str, looked: Looked<'_>, roots: &[PathBuf]) -> bool {
        let path = normalize(&self.folder.join(file));
        let is_skipped = || {
            let mut skipped = looked.assessment.skipped.iter().filter_map(|skipped| absolute(&skipped.path).ok());
            skipped.any(|skipped| normalize(&skipped) == path)
        };
        looked.rules.contains(rule) && roots.iter().any(|root| path.starts_with(root)) && !is_skipped()
    }

    /// The file of a finding, relative to the baseline's folder where it lies below it.
    fn name(&self, finding: &Finding, sources: &SourceMap) -> String {
        let path = &sources.file(finding.primary.span.file).path;
        let whole = absolute(path).map_or_else(|_| path.clone(), |whole| normalize(&whole));
        let below = whole.strip_prefix(&self.folder).unwrap_or(&whole);
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        masked(&parts.join("/"))
    }
}

fn whole(roots: &[PathBuf]) -> Vec<PathBuf> {
    roots.iter().filter_map(|root| absolute(root).ok()).map(|root| normalize(&root)).collect()
}

impl Entry {
    /// A finding of an earlier state.
    pub fn of(earlier: &Earlier) -> Self {
        Self {
            file: earlier.file.clone(),
            rule: earlier.rule.clone(),
            address: masked(&earlier.address),
            fingerprints: earlier.identities.iter().map(|identity| identity.current.clone()).collect(),
        }
    }

    fn earlier(&self) -> Earlier {
        let identity = |current: &String| Identity { current: current.clone(), former: Vec::new() };
        Earlier {
            rule: self.rule.clone(),
            address: self.address.clone(),
            file: self.file.clone(),
            severity: None,
            identities: self.fingerprints.iter().map(identity).collect(),
        }
    }
}
