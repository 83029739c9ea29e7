use std::path::PathBuf;

use serde::Deserialize;

use crate::finding::{Assessment, Finding, NoticeKind, Purpose, Severity};

/// How a run ends, worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing at or above the threshold: 0.
    Clean,
    /// Findings at or above the threshold: 1.
    Findings,
    /// What was asked for could not be analyzed: 2.
    NotAnalyzed,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// What follows from an assessment for the exit code, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Findings of at least this severity count.
    pub threshold: Severity,
    /// Whether findings in examples and tests count.
    pub samples: Samples,
    /// How the run ends.
    pub exit: Exit,
    /// One line that says why.
    pub reason: String,
}

impl Verdict {
    /// Judges an assessment of `roots`. A root that could not be analyzed at all, or nothing to
    /// analyze, outweighs findings; in a strict run so does any file or part that was left out,
    /// and any suppression that is to be tidied.
    pub fn of(assessment: &Assessment, roots: &[PathBuf], gate: Gate) -> Self {
        let (exit, reason) = Self::not_analyzed(assessment, roots, gate.strictness)
            .map_or_else(|| Self::findings(assessment, gate), |reason| (Exit::NotAnalyzed, reason));
        Self { threshold: gate.threshold, samples: gate.samples, exit, reason }
    }

    /// Whether a finding makes the run fail.
    pub fn is_failed_by(&self, finding: &Finding) -> bool {
        self.samples.count(finding) && finding.severity >= self.threshold
    }

    fn not_analyzed(assessment: &Assessment, roots: &[PathBuf], strict: Strictness) -> Option<String> {
        let skipped = &assessment.skipped;
        if let Some(root) = skipped.iter().find(|skipped| roots.contains(&skipped.path)) {
            return Some(format!("`{}` could not be analyzed: {}", super::shown_path(&root.path), root.reason));
        }
        if assessment.counts.files == 0 {
            let others = match (assessment.counts.foreign_files, skipped.len()) {
                (0, 0) => String::new(),
                (foreign, 0) => format!(" ({} of other kinds)", files(foreign)),
                (_, n_skipped) => format!(" ({} could not be analyzed)", files(n_skipped)),
            };
            return Some(format!("{NOTHING}{others}"));
        }
        let n_left_out = skipped.len() + assessment.problems.len();
        if strict == Strictness::Strict && n_left_out > 0 {
            let n_problems = assessment.problems.len();
            let (left_out, broken) = (files(skipped.len()), plural(n_problems, "broken part"));
            return Some(format!("--strict, and left out were {left_out} and {broken}"));
        }
        let n_notices = assessment.notices.iter().filter(|notice| notice.kind != NoticeKind::UnusedPeer).count();
        (strict == Strictness::Strict && n_notices > 0)
            .then(|| format!("--strict, and {} to tidy", plural(n_notices, "suppression")))
    }

    fn findings(assessment: &Assessment, gate: Gate) -> (Exit, String) {
        let threshold = gate.threshold;
        let counted = || assessment.findings.iter().filter(|finding| gate.samples.count(finding));
        let n_above = counted().filter(|finding| finding.severity >= threshold).count();
        if n_above > 0 {
            return (Exit::Findings, format!("{} at or above `{threshold}`", plural(n_above, "finding")));
        }
        let n_all = counted().count();
        let below = if n_all > 0 { format!(", {n_all} below") } else { String::new() };
        (Exit::Clean, format!("no finding at or above `{threshold}`{below}"))
    }
}

/// What makes a run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Findings of at least this severity.
    pub threshold: Severity,
    /// Whether what was left out counts.
    pub strictness: Strictness,
    /// Whether findings in examples and tests count.
    pub samples: Samples,
}

impl Gate {
    /// Findings of at least this severity in what is deployed.
    pub fn at(threshold: Severity) -> Self {
        Self { threshold, strictness: Strictness::Lenient, samples: Samples::Report }
    }
}

/// What becomes of findings in folders of examples and tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Samples {
    /// They count like any other.
    Gate,
    /// They are listed apart and do not count.
    #[default]
    Report,
    /// They are only counted.
    Hide,
}

impl Samples {
    /// Whether a finding counts: one that stands for itself, in what is deployed or where samples
    /// count as well.
    pub fn count(self, finding: &Finding) -> bool {
        finding.is_lead() && (self == Self::Gate || finding.purpose == Purpose::Deployed)
    }
}

/// What to say where no file is ours.
pub(crate) const NOTHING: &str = "no Terraform or Kubernetes file to analyze: looked for .tf, .tofu, .tf.json, \
                                  .tofu.json, .yaml, .yml and .json";

/// Whether files that were left out make a run fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// They are listed.
    #[default]
    Lenient,
    /// They are listed, and the run fails.
    Strict,
}

/// `1 file`, `2 files`.
pub(crate) fn files(n: usize) -> String {
    plural(n, "file")
}

/// A count with its noun.
pub(crate) fn plural(n: usize, noun: &str) -> String {
    let ending = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SkipReason, Skipped};

    fn judge(assessment: &Assessment, strict: Strictness) -> (u8, String) {
        let verdict =
            Verdict::of(assessment, &["here".into()], Gate { strictness: strict, ..Gate::at(Severity::High) });
        (verdict.exit.code(), verdict.reason)
    }

    #[test]
    fn nothing_to_analyze_is_a_failure() {
        let (code, reason) = judge(&Assessment::default(), Strictness::Lenient);
        assert_eq!((code, &*reason), (2, NOTHING));
    }

    #[test]
    fn a_skipped_file_fails_only_a_strict_run() {
        let mut assessment = Assessment::default();
        assessment.counts.files = 1;
        assessment.skipped.push(Skipped { path: "here/a.yaml".into(), reason: SkipReason::HelmTemplate });
        assert_eq!(judge(&assessment, Strictness::Lenient).0, 0);
        assert_eq!(judge(&assessment, Strictness::Strict).0, 2);
    }

    #[test]
    fn a_root_that_cannot_be_analyzed_is_a_failure() {
        let mut assessment = Assessment::default();
        assessment.counts.files = 1;
        assessment.skipped.push(Skipped { path: "here".into(), reason: SkipReason::NotUtf8 });
        assert_eq!(judge(&assessment, Strictness::Lenient).1, "`here` could not be analyzed: not UTF-8 text");
    }
}
