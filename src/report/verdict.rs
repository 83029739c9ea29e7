use std::path::PathBuf;

use crate::finding::{Assessment, Severity};

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
    /// How the run ends.
    pub exit: Exit,
    /// One line that says why.
    pub reason: String,
}

impl Verdict {
    /// Judges an assessment of `roots`. A root that could not be analyzed at all, or nothing to
    /// analyze, outweighs findings; with `strict` so does any file or part that was left out.
    pub fn of(assessment: &Assessment, roots: &[PathBuf], threshold: Severity, strict: Strictness) -> Self {
        let (exit, reason) = Self::not_analyzed(assessment, roots, strict)
            .map_or_else(|| Self::findings(assessment, threshold), |reason| (Exit::NotAnalyzed, reason));
        Self { threshold, exit, reason }
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
        (strict == Strictness::Strict && n_left_out > 0).then(|| {
            let n_problems = assessment.problems.len();
            format!("--strict, and left out were {} and {}", files(skipped.len()), plural(n_problems, "broken part"))
        })
    }

    fn findings(assessment: &Assessment, threshold: Severity) -> (Exit, String) {
        let n_all = assessment.findings.len();
        let n_counted = assessment.findings.iter().filter(|finding| finding.severity >= threshold).count();
        if n_counted > 0 {
            return (Exit::Findings, format!("{} at or above `{threshold}`", plural(n_counted, "finding")));
        }
        let below = if n_all > 0 { format!(", {n_all} below") } else { String::new() };
        (Exit::Clean, format!("no finding at or above `{threshold}`{below}"))
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
        let verdict = Verdict::of(assessment, &["here".into()], Severity::High, strict);
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
