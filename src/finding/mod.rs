//! What stanchion says: findings, their places and weights, and what allows them.
//!
//! Takes what rules decide; gives plain data that every report is made from, in one total order.
//! It does not know how a finding arose, nor how it is shown: no rendering, no exit codes.
//! Start reading at [`Finding`], then [`Assessment`].

mod coverage;
mod day;
mod earlier;
mod fingerprint;
mod fix;
mod suppression;
mod suspicion;
mod weight;

pub use coverage::{Coverage, FrameworkName, Row, Standing, Taxon, Taxonomy};
pub use day::Day;
pub use earlier::{Compared, Comparison, Earlier, Identity, Novelty, compare};
pub use fingerprint::fingerprint;
pub use fix::{Fix, NoFix, TextEdit};
pub use suppression::{BY_SETTINGS, Notice, NoticeKind, Suppressed};
pub use suspicion::Suspicion;
pub use weight::{Category, Confidence, Evidence, Severity};

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::source::{Problem, Skipped, Span};

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
    /// The way an attacker takes, from outside in, the primary place among its steps or at its
    /// end; empty where the finding is about one place alone.
    pub path: Vec<Label>,
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
    /// Addresses of further instances of the same block with the same finding.
    pub also: Vec<String>,
    /// Of a copy of the same block in another file, the fingerprint of the finding in the first.
    pub copy_of: Option<String>,
    /// The fingerprint of the finding that explains this one: mending that mends this.
    pub caused_by: Option<String>,
    /// Variable files with which it was found, if its root module was analyzed with several.
    pub inputs: Vec<String>,
    /// What the code is there for.
    pub purpose: Purpose,
    /// Stable identity over line moves, 32 hex digits: see [`fingerprint()`].
    pub fingerprint: String,
    /// The identity of each instance, this one's first.
    pub identities: Vec<Identity>,
    /// Whether it was there before; `None` where that was not asked.
    pub novelty: Option<Novelty>,
    /// How likely the classifier holds a defect of the category on the resource, in percent; `None` where it was
    /// not asked or does not say.
    pub likelihood: Option<u8>,
}

/// A list of more findings than these is not read to its end: what comes first matters, those of one rule
/// share a frame, and a rule is explained only where it occurs first.
pub const MANY: usize = 20;

/// What code is there for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// To be deployed.
    #[default]
    Deployed,
    /// To show or to test something: it lies in a folder of examples or tests.
    Sample,
}

impl Purpose {
    /// The lowercase name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::Sample => "sample",
        }
    }
}

impl Finding {
    /// Whether it stands for itself: it neither repeats nor follows from another one.
    pub fn is_lead(&self) -> bool {
        self.copy_of.is_none() && self.caused_by.is_none()
    }

    /// Whether it is known from an earlier state.
    pub fn is_known(&self) -> bool {
        self.novelty == Some(Novelty::Known)
    }

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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assessment {
    /// Defects, in [`Finding::order`].
    pub findings: Vec<Finding>,
    /// Defects that comments or annotations allow, in the same order.
    pub suppressed: Vec<Suppressed>,
    /// What is wrong with suppressions.
    pub notices: Vec<Notice>,
    /// Rules that could not be decided.
    pub undecided: Vec<Undecided>,
    /// Files that were not analyzed.
    pub skipped: Vec<Skipped>,
    /// Faults of the input.
    pub problems: Vec<Problem>,
    /// Modules whose source is not on disk, by source: what they declare was not checked.
    pub missing_modules: Vec<MissingModule>,
    /// Edits that make findings go away, by fingerprint; only where that was asked for.
    pub fixes: BTreeMap<String, Fix>,
    /// What the classifier suspects where no rule decides, likeliest first.
    pub suspicions: Vec<Suspicion>,
    /// How the controls of the framework stand that was asked for.
    pub coverage: Option<Coverage>,
    /// Of which controls the rules with findings are, where that was asked for.
    pub taxonomies: Vec<Taxonomy>,
    /// How much was looked at.
    pub counts: Counts,
    /// What the baseline says, where there is one.
    pub baseline: Option<Comparison>,
    /// What another revision says, where one was asked for; what was there before is not among the
    /// findings then.
    pub since: Option<Comparison>,
}

impl Assessment {
    /// Keeps the likeliest suspicions, and counts the others.
    pub fn limit_suspicions(&mut self, most: usize) {
        self.counts.hidden_suspicions += self.suspicions.len().saturating_sub(most);
        self.suspicions.truncate(most);
    }

    /// Drops findings in examples and tests, and counts them.
    pub fn hide_samples(&mut self) {
        let n_all = self.findings.len();
        self.findings.retain(|finding| finding.purpose == Purpose::Deployed);
        self.counts.hidden += n_all - self.findings.len();
    }
}

/// A module whose source is not on disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingModule {
    /// The source, as calls write it.
    pub source: String,
    /// How many calls name it.
    pub n_calls: usize,
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
    /// Findings in samples that the user does not want to see.
    pub hidden: usize,
    /// Suspicions beyond those that are shown.
    pub hidden_suspicions: usize,
    /// Files of ours that the user does not want to be read.
    pub excluded: usize,
}
