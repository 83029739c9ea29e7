//! Turns an assessment into something to read: for people, scripts, code hosts and CI servers.
//!
//! Takes an `Assessment`, the `SourceMap` it points into and the [`Verdict`], writes bytes to a
//! sink. Everything that came from the input passes [`mask`](self) first, so no secret leaves.
//! It does not know how findings arose, and neither prints nor exits: `cli` does. Start reading
//! at [`Report`].

mod base;
pub mod diff;
mod excerpt;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
mod locator;
pub mod markdown;
mod mask;
mod places;
pub mod sarif;
pub mod values;
mod verdict;

pub use base::Base;
pub(crate) use human::{Pen, severity_style, wrap};
pub use mask::{holds_secret, masked};
pub use verdict::{Effect, Exit, Gate, Refusals, Samples, Verdict};
pub(crate) use verdict::{NOTHING, plural};

use crate::finding::{Assessment, Confidence, Finding, Severity};
use crate::source::SourceMap;
use std::path::Path;

/// All that a report is made from.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What there is to say.
    pub assessment: &'a Assessment,
    /// The files that its spans point into.
    pub sources: &'a SourceMap,
    /// What follows for the exit code.
    pub verdict: &'a Verdict,
}

/// The name and version under which the tool signs its reports.
pub(crate) const TOOL: (&str, &str) = ("stanchion", env!("CARGO_PKG_VERSION"));

/// A path as it is shown: as the user wrote it, without `./`, control characters replaced.
pub(crate) fn shown_path(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    masked(&path.to_string_lossy())
}

/// What matters first is worth most.
fn weight(finding: &Finding) -> (Severity, bool, Confidence, Option<u8>) {
    (finding.severity, finding.category.is_exposure(), finding.confidence, finding.likelihood)
}

/// Findings, what matters first first.
fn by_weight<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<&'a Finding> {
    let mut ordered: Vec<&Finding> = findings.collect();
    ordered.sort_by_key(|finding| std::cmp::Reverse(weight(finding)));
    ordered
}
