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
    /// analyze, outweighs all else; then what the gate refuses, then findings.
    pub fn of(assessment: &Assessment, roots: &[PathBuf], gate: Gate) -> Self {
        let judged = || {
            let refused = gate.refused(assessment).map(|reason| (Exit::NotAnalyzed, reason));
            gate.softened(refused.unwrap_or_else(|| gate.findings(assessment)))
        };
        let (exit, reason) = not_analyzed(assessment, roots).map_or_else(judged, |reason| (Exit::NotAnalyzed, reason));
        Self { threshold: gate.threshold, samples: gate.samples, exit, reason }
    }

    /// Whether a finding is one of those that can make the run fail.
    pub fn is_failed_by(&self, finding: &Finding) -> bool {
        self.samples.count(finding) && finding.severity >= self.threshold && !finding.is_known()
    }
}

fn not_analyzed(assessment: &Assessment, roots: &[PathBuf]) -> Option<String> {
    let skipped = &assessment.skipped;
    if let Some(root) = skipped.iter().find(|skipped| roots.contains(&skipped.path)) {
        return Some(format!("`{}` could not be analyzed: {}", super::shown_path(&root.path), root.reason));
    }
    if assessment.counts.files > 0 {
        return None;
    }
    let others = match (assessment.counts.foreign_files, skipped.len()) {
        (0, 0) => String::new(),
        (foreign, 0) => format!(" ({} of other kinds)", files(foreign)),
        (_, n_skipped) => format!(" ({} could not be analyzed)", files(n_skipped)),
    };
    Some(format!("{NOTHING}{others}"))
}

/// What makes a run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Findings of at least this severity count.
    pub threshold: Severity,
    /// So many of them do not make the run fail.
    pub max_findings: usize,
    /// What fails besides findings.
    pub refusals: Refusals,
    /// Whether findings in examples and tests count.
    pub samples: Samples,
    /// Whether what the classifier suspects counts.
    pub suspects: bool,
    /// Whether a verdict has consequences.
    pub effect: Effect,
}

/// What a gate does not accept besides findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// Files, or parts of them, that were left out.
    pub skipped: bool,
    /// Checks that hang on something unknown.
    pub undecided: bool,
    /// Suppressions that are to be tidied.
    pub untidy: bool,
}

impl Refusals {
    /// All there are.
    pub const STRICT: Self = Self { skipped: true, undecided: true, untidy: true };
}

/// Whether a verdict has consequences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    /// The exit code tells it.
    #[default]
    Enforce,
    /// The exit code is 0 whatever was found; what could not be analyzed at all still fails.
    ReportOnly,
}

impl Gate {
    /// Any finding of at least this severity in what is deployed, and nothing else.
    pub fn at(threshold: Severity) -> Self {
        Self {
            threshold,
            max_findings: 0,
            refusals: Refusals::default(),
            samples: Samples::Report,
            suspects: false,
            effect: Effect::Enforce,
        }
    }

    fn refused(&self, assessment: &Assessment) -> Option<String> {
        let (n_skipped, n_problems) = (assessment.skipped.len(), assessment.problems.len());
        if self.refusals.skipped && n_skipped + n_problems > 0 {
            let (left_out, broken) = (files(n_skipped), plural(n_problems, "broken part"));
            return Some(format!("left out were {left_out} and {broken}, and --fail-on-skipped or --strict is set"));
        }
        let n_undecided = assessment.undecided.len();
        if self.refusals.undecided && n_undecided > 0 {
            let checks = plural(n_undecided, "check");
            return Some(format!("{checks} undecided, and --fail-on-undecided or --strict is set"));
        }
        let n_notices = assessment.notices.iter().filter(|notice| notice.kind != NoticeKind::UnusedPeer).count();
        (self.refusals.untidy && n_notices > 0)
            .then(|| format!("{} to tidy, and --strict is set", plural(n_notices, "suppression")))
    }

    fn findings(&self, assessment: &Assessment) -> (Exit, String) {
        let threshold = self.threshold;
        let counted = assessment.findings.iter().filter(|finding| self.samples.count(finding));
        let (known, new): (Vec<&Finding>, Vec<&Finding>) = counted.partition(|finding| finding.is_known());
        let n_above = new.iter().filter(|finding| finding.severity >= threshold).count();
        let what = if assessment.is_compared() { "new finding" } else { "finding" };
        let known = match known.len() {
            0 => String::new(),
            n => format!(", {n} known from the baseline"),
        };
        let at = format!("at or above `{threshold}`");
        if n_above > self.max_findings {
            let limit = match self.max_findings {
                0 => String::new(),
                n => format!(", more than the {n} of --max-findings"),
            };
            return (Exit::Findings, format!("{} {at}{limit}{known}", plural(n_above, what)));
        }
        let n_suspected = assessment.suspicions.len() + assessment.counts.hidden_suspicions;
        if self.suspects && n_suspected > 0 {
            return (Exit::Findings, format!("{}, and --model gate is set", plural(n_suspected, "suspicion")));
        }
        if n_above > 0 {
            let limit = format!(", no more than the {} of --max-findings", self.max_findings);
            return (Exit::Clean, format!("{} {at}{limit}{known}", plural(n_above, what)));
        }
        let below = if new.is_empty() { String::new() } else { format!(", {} below", new.len()) };
        (Exit::Clean, format!("no {what} {at}{below}{known}"))
    }

    fn softened(&self, (exit, reason): (Exit, String)) -> (Exit, String) {
        if self.effect == Effect::Enforce || exit == Exit::Clean {
            return (exit, reason);
        }
        (Exit::Clean, format!("{reason}, but --exit-zero is set"))
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

    fn judge(assessment: &Assessment, gate: Gate) -> (u8, String) {
        let verdict = Verdict::of(assessment, &["here".into()], gate);
        (verdict.exit.code(), verdict.reason)
    }

    /// An assessment of one file.
    fn assessed() -> Assessment {
        let mut assessment = Assessment::default();
        assessment.counts.files = 1;
        assessment
    }

    #[test]
    fn nothing_to_analyze_is_a_failure_that_nothing_softens() {
        let gate = Gate { effect: Effect::ReportOnly, ..Gate::at(Severity::High) };
        assert_eq!(judge(&Assessment::default(), gate), (2, NOTHING.to_owned()));
    }

    #[test]
    fn a_skipped_file_fails_only_where_it_is_refused() {
        let mut assessment = assessed();
        assessment.skipped.push(Skipped { path: "here/a.yaml".into(), reason: SkipReason::HelmTemplate });
        let plain = Gate::at(Severity::High);
        let code = |gate| judge(&assessment, gate).0;
        let refusing = |skipped, undecided| Gate { refusals: Refusals { skipped, undecided, untidy: false }, ..plain };
        assert_eq!((code(plain), code(refusing(true, false)), code(refusing(false, true))), (0, 2, 0));
        assert_eq!(code(Gate { refusals: Refusals::STRICT, ..plain }), 2);
        assert_eq!(code(Gate { effect: Effect::ReportOnly, ..refusing(true, false) }), 0);
    }

    #[test]
    fn a_root_that_cannot_be_analyzed_is_a_failure() {
        let mut assessment = assessed();
        assessment.skipped.push(Skipped { path: "here".into(), reason: SkipReason::NotUtf8 });
        assert_eq!(judge(&assessment, Gate::at(Severity::High)).1, "`here` could not be analyzed: not UTF-8 text");
    }
}
