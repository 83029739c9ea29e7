use std::collections::HashSet;
use std::env;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

#[cfg(feature = "classifier")]
use super::args::ModelMode;
use super::args::{CheckArgs, ReportArgs, ReportFormat, SharedArgs, Target};
use super::compare::Fixes;
use super::error::{self, CliError};
use super::progress::Bar;
use super::scope::Scope;
use super::{FAILED, baseline, compare, output, tell, terminal, workers};
#[cfg(feature = "classifier")]
use crate::analysis;
use crate::analysis::{Controls, Inputs, Outcome};
use crate::config::Config;
#[cfg(feature = "classifier")]
use crate::finding::MANY;
use crate::finding::Severity;
use crate::report::human::{self, Detail};
use crate::report::{
    Base, Effect, Exit, Gate, Refusals, Report, Samples, Verdict, github, gitlab, html, json, junit, markdown, sarif,
};

/// Runs `check` and gives the exit code.
pub(super) fn check(args: &CheckArgs, shared: &SharedArgs, inputs: Inputs) -> Result<u8, CliError> {
    let began = SystemTime::now();
    let report = &args.report;
    refuse_same_targets(&report.output)?;
    workers::start(shared)?;
    let scope = Scope::load(&args.scope, inputs)?;
    let gate = gate(args, &scope.project.config);
    let controls = Controls {
        framework: args.framework.clone(),
        has_taxonomies: formats(report).any(|format| format == ReportFormat::Sarif),
        counts_samples: gate.samples == Samples::Gate,
    };
    let scope = scope.with(controls);
    #[cfg(feature = "classifier")]
    let scope = scope.suspecting((args.model != ModelMode::Off).then(|| (&args.engine).into()), args.all_suspicions);
    let baseline = baseline::wanted(&args.compare, &scope)?;
    let bar = Bar::new(!shared.no_progress && !report.quiet);
    let has_fixes = formats(report).any(|format| format == ReportFormat::Sarif);
    let fixes = if has_fixes { Fixes::Told } else { Fixes::Untold };
    let mut outcome = compare::analyze(&scope, &args.compare, baseline, fixes, &bar)?;
    bar.finish();
    if gate.samples == Samples::Hide {
        outcome.assessment.hide_samples();
    }
    #[cfg(feature = "classifier")]
    if formats(report).any(has_order) {
        rank(&mut outcome, &scope);
    }
    #[cfg(feature = "classifier")]
    outcome.assessment.limit_suspicions(if args.all_suspicions { usize::MAX } else { MAX_SUSPICIONS });
    let verdict = Verdict::of(&outcome.assessment, &scope.settings.roots, gate);
    if verdict.exit == Exit::NotAnalyzed && (report.quiet || format(report) != ReportFormat::Human) {
        tell(&verdict.reason);
    }
    let writer = Writer { outcome: &outcome, verdict: &verdict, args: report, shared, base: base()?, began };
    let are_written = writer.write_files();
    let printed = output::write(|out| Ok(writer.print(out)?));
    #[cfg(feature = "classifier")]
    let is_judged = outcome.classifier.as_ref().is_none_or(|error| {
        tell(&error::chain(error));
        false
    });
    #[cfg(not(feature = "classifier"))]
    let is_judged = true;
    // Freeing every tree of a large repository takes time and helps nobody: the process ends here.
    std::mem::forget(outcome);
    if !are_written || !is_judged {
        return Ok(FAILED);
    }
    printed.map(|()| verdict.exit.code())
}

/// Whether a report puts first what matters first; the others are in the order of the files.
#[cfg(feature = "classifier")]
fn has_order(format: ReportFormat) -> bool {
    matches!(format, ReportFormat::Human | ReportFormat::Github | ReportFormat::Markdown | ReportFormat::Html)
}

/// Puts findings of equal weight in the order of their likelihood, where they are so many that order matters.
#[cfg(feature = "classifier")]
fn rank(outcome: &mut Outcome, scope: &Scope) {
    let is_long = outcome.assessment.findings.len() > MANY;
    let suspect = scope.settings.suspect.as_ref().filter(|_| is_long && outcome.classifier.is_none());
    if let Some(Err(error)) = suspect.map(|suspect| analysis::rank(outcome, &suspect.engine)) {
        outcome.classifier = Some(error);
    }
}

/// Suspicions of a run that are shown unless all are asked for.
#[cfg(feature = "classifier")]
const MAX_SUSPICIONS: usize = 10;

/// Whether suspicions make a run fail.
#[cfg(feature = "classifier")]
fn suspects(args: &CheckArgs) -> bool {
    args.model == ModelMode::Gate
}

/// Without a classifier there are none.
#[cfg(not(feature = "classifier"))]
fn suspects(_args: &CheckArgs) -> bool {
    false
}

/// What the command line says, which outweighs the settings file.
fn gate(args: &CheckArgs, config: &Config) -> Gate {
    let is_strict = args.gate.strict || config.strict;
    let refusals = Refusals {
        skipped: is_strict || args.gate.fail_on_skipped || config.fail_on_skipped,
        undecided: is_strict || args.gate.fail_on_undecided || config.fail_on_undecided,
        untidy: is_strict,
    };
    Gate {
        threshold: args.gate.fail_on.or(config.fail_on).unwrap_or(Severity::High),
        max_findings: args.gate.max_findings.unwrap_or(config.max_findings),
        refusals,
        samples: args.samples.map(Samples::from).or(config.samples).unwrap_or_default(),
        suspects: suspects(args),
        effect: if args.gate.exit_zero || config.exit_zero { Effect::ReportOnly } else { Effect::Enforce },
    }
}

/// The format for standard output.
fn format(args: &ReportArgs) -> ReportFormat {
    args.format.unwrap_or(ReportFormat::Human)
}

fn formats(args: &ReportArgs) -> impl Iterator<Item = ReportFormat> + '_ {
    std::iter::once(format(args)).chain(args.output.iter().map(|target| target.format))
}

fn refuse_same_targets(targets: &[Target]) -> Result<(), CliError> {
    let mut paths = HashSet::new();
    let twice = targets.iter().find(|target| !paths.insert(&target.path));
    twice.map_or(Ok(()), |target| Err(CliError::SameTarget { path: target.path.clone() }))
}

/// Writes what was found in every format that was asked for.
struct Writer<'a> {
    outcome: &'a Outcome,
    verdict: &'a Verdict,
    args: &'a ReportArgs,
    shared: &'a SharedArgs,
    base: Base,
    began: SystemTime,
}

impl Writer<'_> {
    /// Writes the files, and tells of each that cannot be written. Gives whether all were.
    fn write_files(&self) -> bool {
        let mut are_written = true;
        for Target { format, path } in &self.args.output {
            if let Err(failed) = output::write_file(path, |out| self.write(out, *format, path)) {
                tell(&error::chain(&failed));
                are_written = false;
            }
        }
        are_written
    }

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let is_on_github = env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        match self.args.format {
            None | Some(ReportFormat::Human) => {
                let settings = terminal::settings(self.shared.color, detail(self.args));
                if self.args.format.is_some() || !is_on_github {
                    return human::write(out, self.report(), settings);
                }
                // Text of the input must not give the runner orders: it obeys none up to the word.
                let word = format!("stanchion-{:016x}", RandomState::new().hash_one(self.began));
                writeln!(out, "::stop-commands::{word}")?;
                human::write(out, self.report(), settings)?;
                writeln!(out, "::{word}::")?;
                github::write(out, self.report(), &self.base)
            }
            Some(format) => self.write(out, format, Path::new("")),
        }
    }

    /// Writes a report as it is in a file, without color.
    fn write(&self, out: &mut dyn Write, format: ReportFormat, path: &Path) -> io::Result<()> {
        let (report, base) = (self.report(), &self.base);
        match format {
            ReportFormat::Human => human::write(out, report, terminal::file_settings(detail(self.args))),
            ReportFormat::Json => json::write(out, report),
            ReportFormat::Sarif => sarif::write(out, report, base),
            ReportFormat::Junit => junit::write(out, report, base),
            ReportFormat::GitlabCodequality => gitlab::write_code_quality(out, report, base),
            ReportFormat::GitlabSast => gitlab::write_sast(out, report, base, (self.began, SystemTime::now())),
            ReportFormat::Github => github::write(out, report, base),
            ReportFormat::Markdown => markdown::write(out, report, base, markdown_limit(path)),
            ReportFormat::Html => html::write(out, report, &self.outcome.graph, Path::new("")),
        }
    }

    fn report(&self) -> Report<'_> {
        Report { assessment: &self.outcome.assessment, sources: &self.outcome.sources, verdict: self.verdict }
    }
}

/// A step's summary may be longer than a comment.
fn markdown_limit(path: &Path) -> usize {
    let is_summary = env::var_os("GITHUB_STEP_SUMMARY").is_some_and(|summary| Path::new(&summary) == path);
    if is_summary { markdown::SUMMARY_BYTES } else { markdown::COMMENT_BYTES }
}

fn detail(args: &ReportArgs) -> Detail {
    match (args.quiet, args.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Normal,
    }
}

/// Paths in a log are relative to the repository of the working directory, or else to it.
fn base() -> Result<Base, CliError> {
    let cwd: PathBuf = std::env::current_dir().map_err(CliError::WorkingDirectory)?;
    let is_root = |folder: &&Path| folder.join(".git").exists();
    let root = cwd.ancestors().find(is_root).unwrap_or(&cwd).to_path_buf();
    Ok(Base { cwd, root })
}
