use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{CheckArgs, ReportFormat, SharedArgs};
use super::error::CliError;
use super::progress::Bar;
use super::{config, output, tell, terminal, workers};
use crate::analysis::{self, Controls, Inputs, Settings};
use crate::finding::Severity;
use crate::report::human::{self, Detail};
use crate::report::sarif::{self, Base};
use crate::report::{Exit, Gate, Report, Samples, Strictness, Verdict, json};
use crate::rules::Choice;
use crate::rules::schema::Audience;
use crate::source::Disk;

/// Runs `check` and gives the exit code.
pub(super) fn check(args: &CheckArgs, shared: &SharedArgs, inputs: Inputs) -> Result<u8, CliError> {
    workers::start(shared)?;
    let project = config::load(&args.config, &args.paths)?;
    let audience = if args.pedantic || project.config.pedantic { Audience::Pedantic } else { Audience::Default };
    let choice = Choice { audience, select: args.select.clone(), ignore: args.ignore.clone() };
    let samples = args.samples.map(Samples::from).or(project.config.samples).unwrap_or_default();
    let controls = Controls {
        framework: args.framework.clone(),
        has_taxonomies: args.format == ReportFormat::Sarif,
        counts_samples: samples == Samples::Gate,
    };
    let (roots, rule_folders) = (args.paths.clone(), args.rules.clone());
    let advisory_files = args.advisories.clone();
    let settings = Settings { roots, rule_folders, advisory_files, choice, inputs, controls, ..Settings::default() };
    let settings = project.complete(settings)?;
    let bar = Bar::new(!shared.no_progress && !args.quiet);
    let mut outcome = analysis::analyze(&settings, &Disk, &bar).map_err(|error| project.blame(error))?;
    bar.finish();
    let strictness = if args.strict { Strictness::Strict } else { Strictness::Lenient };
    let threshold = args.fail_on.or(project.config.fail_on).unwrap_or(Severity::High);
    let gate = Gate { threshold, strictness, samples };
    if gate.samples == Samples::Hide {
        outcome.assessment.hide_samples();
    }
    let verdict = Verdict::of(&outcome.assessment, &settings.roots, gate);
    let report = Report { assessment: &outcome.assessment, sources: &outcome.sources, verdict: &verdict };
    let is_told = args.format == ReportFormat::Human && !args.quiet;
    if verdict.exit == Exit::NotAnalyzed && !is_told {
        tell(&verdict.reason);
    }
    output::write(|out| write_report(out, report, args, shared))?;
    // Freeing every tree of a large repository takes time and helps nobody: the process ends here.
    std::mem::forget(outcome);
    Ok(verdict.exit.code())
}

fn write_report(
    out: &mut dyn Write,
    report: Report<'_>,
    args: &CheckArgs,
    shared: &SharedArgs,
) -> Result<(), CliError> {
    match args.format {
        ReportFormat::Human => human::write(out, report, terminal::settings(shared.color, detail(args)))?,
        ReportFormat::Json => json::write(out, report)?,
        ReportFormat::Sarif => sarif::write(out, report, &base()?)?,
    }
    Ok(())
}

fn detail(args: &CheckArgs) -> Detail {
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
