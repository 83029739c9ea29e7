//! The report for people: findings with code frames, worst first, those of the baseline
//! only where all is shown; then what was not decided or
//! not analyzed, then a summary.
//!
//! Takes a [`Report`] and [`Settings`] that fix width, color and characters, so that equal input
//! gives equal bytes. It does not look at the terminal: `cli` does. Start reading at [`write()`].

mod coverage;
mod finding;
mod frame;
mod pen;
mod plan;
mod rest;
mod samples;
mod summary;
mod suspected;

use std::io::{self, Write};

use rayon::prelude::*;

use super::Report;
use crate::finding::{Finding, Purpose};
use crate::source::{Problem, SourceMap};
pub(crate) use pen::{Pen, severity_style, wrap};

/// How the report looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether to color.
    pub color: bool,
    /// Whether box drawing characters can be shown.
    pub unicode: bool,
    /// How much to show.
    pub detail: Detail,
}

/// How much to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Findings only.
    Quiet,
    /// Repeated findings are shortened, long lists cut, and their length is told.
    #[default]
    Normal,
    /// All of everything.
    Verbose,
}

/// Findings are rendered on all cores in batches of this many, and written in order.
const BATCH: usize = 2048;

/// One fault of some input, with its frame.
pub fn problem(problem: &Problem, sources: &SourceMap, settings: Settings) -> String {
    rest::drawn(problem, sources, &Pen::new(settings))
}

/// Writes the whole report.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, report: Report<'_>, settings: Settings) -> io::Result<()> {
    let pen = Pen::new(settings);
    // Who asks how controls stand gets the table in place of the findings, unless all is asked for.
    let has_table = report.assessment.coverage.is_some();
    if has_table && settings.detail != Detail::Verbose {
        out.write_all(coverage::render(report, &pen).as_bytes())?;
        let summary = if settings.detail == Detail::Quiet { String::new() } else { summary::render(report, &pen) };
        return out.write_all(summary.as_bytes());
    }
    let is_sample = |finding: &&Finding| finding.purpose == Purpose::Sample;
    let is_shown = |finding: &&Finding| !finding.is_known() || settings.detail == Detail::Verbose;
    let shown = report.assessment.findings.iter().filter(is_shown);
    let (samples, deployed): (Vec<&Finding>, Vec<&Finding>) = shown.partition(is_sample);
    let groups = plan::plan(deployed, settings.detail);
    for batch in groups.chunks(BATCH) {
        let texts: Vec<String> = batch.par_iter().map(|group| finding::render(group, report.sources, &pen)).collect();
        for text in texts {
            out.write_all(text.as_bytes())?;
        }
    }
    out.write_all(samples::list(samples, report.sources, &pen).as_bytes())?;
    if settings.detail == Detail::Quiet {
        return Ok(());
    }
    out.write_all(rest::gone(report, &pen).as_bytes())?;
    out.write_all(suspected::list(report, &pen).as_bytes())?;
    out.write_all(rest::problems(report, &pen).as_bytes())?;
    out.write_all(rest::notices(report, &pen).as_bytes())?;
    out.write_all(rest::not_analyzed(report, &pen).as_bytes())?;
    out.write_all(rest::missing_modules(report, &pen).as_bytes())?;
    out.write_all(rest::undecided(report, &pen).as_bytes())?;
    out.write_all(coverage::render(report, &pen).as_bytes())?;
    out.write_all(summary::render(report, &pen).as_bytes())
}
