use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;

use super::args::{FixArgs, SharedArgs};
use super::error::CliError;
use super::progress::Bar;
use super::scope::Scope;
use super::{FAILED, output, tell, terminal, workers};
use crate::analysis::{Inputs, Left, Mended, Outcome, Wanted, mend};
use crate::finding::{Finding, NoFix, Purpose};
use crate::report::human::Detail;
use crate::report::{NOTHING, Samples, diff, masked, plural, shown_path};
use crate::source::{Disk, FileSystem, SourceMap, normalize};

/// The code of a run that shows fixes and does not write them.
const AVAILABLE: u8 = 1;

/// Runs `fix` and gives the exit code.
pub(super) fn fix(args: &FixArgs, shared: &SharedArgs, inputs: Inputs) -> Result<u8, CliError> {
    workers::start(shared)?;
    let scope = Scope::load(&args.scope, inputs)?;
    let bar = Bar::new(!shared.no_progress);
    let mut workspace = scope.workspace();
    let blame = |error| CliError::of(error, &scope.project);
    let outcome = workspace.analyze(&bar).map_err(blame)?;
    if outcome.assessment.counts.files == 0 {
        tell(NOTHING);
        return Ok(FAILED);
    }
    let wanted = if args.is_unsafe { Wanted::All } else { Wanted::Safe };
    let has_samples = scope.project.config.samples != Some(Samples::Hide);
    let is_meant = |finding: &Finding| has_samples || finding.purpose == Purpose::Deployed;
    let mended = mend(&mut workspace, &outcome, wanted, &is_meant);
    bar.finish();
    let mended = mended.map_err(blame)?;
    if args.apply {
        apply(&mended, &outcome, &scope.settings.roots)?;
    }
    let color = terminal::settings(shared.color, Detail::Normal).color;
    output::write(|out| Ok(show(out, &mended, &outcome, args, color)?))?;
    let is_open = !mended.texts.is_empty() && !args.apply;
    // Freeing every tree of a large repository takes time and helps nobody: the process ends here.
    std::mem::forget((outcome, mended, workspace));
    Ok(if is_open { AVAILABLE } else { 0 })
}

fn show(out: &mut dyn Write, mended: &Mended, outcome: &Outcome, args: &FixArgs, color: bool) -> io::Result<()> {
    let before = before(outcome);
    if !args.apply {
        for (path, text) in &mended.texts {
            diff::write(out, path, before.get(&**path).map_or("", |text| text), text, color)?;
        }
    }
    let sources = mended.after.as_ref().map_or(&outcome.sources, |after| &after.sources);
    let did = if args.apply { "fixed" } else { "would be fixed" };
    let fixed: Vec<(&Finding, &str)> = mended.fixed.iter().map(|(finding, what)| (finding, what.as_str())).collect();
    section(out, did, &fixed, &outcome.sources)?;
    let unsafe_fixes = mended.left.iter().filter_map(|(finding, left)| match left {
        Left::Unsafe(title) => Some((finding, title.as_str())),
        Left::NoFix(_) => None,
    });
    let has_one = "a fix that a person has to weigh: --unsafe makes it";
    section(out, has_one, &unsafe_fixes.collect::<Vec<_>>(), sources)?;
    let (mut plain, mut told): (BTreeMap<&str, usize>, Vec<(&Finding, String)>) = Default::default();
    for (finding, left) in &mended.left {
        match left {
            Left::NoFix(NoFix::NoEdit) if !args.verbose => *plain.entry(&finding.rule).or_default() += 1,
            Left::NoFix(why) => told.push((finding, why.to_string())),
            Left::Unsafe(_) => {}
        }
    }
    let told: Vec<(&Finding, &str)> = told.iter().map(|(finding, why)| (*finding, why.as_str())).collect();
    section(out, "not fixed", &told, sources)?;
    if !plain.is_empty() {
        writeln!(out, "\n{}: {}", counted(plain.values().sum(), "left to a person"), NoFix::NoEdit)?;
        for (rule, n) in plain {
            writeln!(out, "  {rule}{}", if n > 1 { format!(" ×{n}") } else { String::new() })?;
        }
    }
    let n_files = mended.texts.len();
    let files = plural(n_files, "file");
    match (n_files, args.apply) {
        (0, _) => writeln!(out, "\nNothing to change."),
        (_, true) => writeln!(out, "\nChanged {files}."),
        (_, false) => writeln!(out, "\n--apply changes {files}."),
    }
}

fn counted(n: usize, what: &str) -> String {
    format!("{} {what}", plural(n, "finding"))
}

/// A heading and a line for each finding.
fn section(out: &mut dyn Write, heading: &str, findings: &[(&Finding, &str)], sources: &SourceMap) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", counted(findings.len(), heading))?;
    for (finding, what) in findings {
        let file = sources.file(finding.primary.span.file);
        let line = file.position(finding.primary.span.start).line;
        let place = format!("{}:{line}", shown_path(&file.path));
        writeln!(out, "  {place} {} at {}: {}", finding.rule, masked(&finding.address), masked(what))?;
    }
    Ok(())
}

fn before(outcome: &Outcome) -> BTreeMap<&Path, &Arc<str>> {
    outcome.sources.files().iter().map(|file| (&*file.path, &file.text)).collect()
}

/// Writes the new texts, or nothing where one of the files is not what was analyzed.
fn apply(mended: &Mended, outcome: &Outcome, roots: &[PathBuf]) -> Result<(), CliError> {
    let before = before(outcome);
    let mut drafts = Vec::new();
    for (path, text) in &mended.texts {
        refuse_outside(path, roots)?;
        let blame = |source| CliError::WriteFixed { path: path.clone(), source };
        let is_same = Disk.read(path).is_ok_and(|now| before.get(&**path).is_some_and(|known| **known == now));
        if !is_same {
            return Err(CliError::ChangedMeanwhile { path: path.clone() });
        }
        // The analysis does not see a byte order mark.
        let mark = if fs::read(path).map_err(blame)?.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK } else { &[] };
        drafts.push((path, mark, text));
    }
    for (path, mark, text) in drafts {
        let write = |out: &mut dyn Write| out.write_all(mark).and_then(|()| out.write_all(text.as_bytes()));
        output::replace(path, write).map_err(|source| CliError::WriteFixed { path: path.clone(), source })?;
    }
    Ok(())
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Refuses a file that is reached by a link out of the roots.
fn refuse_outside(path: &Path, roots: &[PathBuf]) -> Result<(), CliError> {
    let refuse = || CliError::Outside { path: path.to_path_buf() };
    let real = path.canonicalize().map_err(|_| refuse())?;
    let is_below = roots.iter().filter_map(|root| root.canonicalize().ok()).any(|root| real.starts_with(root));
    let is_itself = absolute(path).is_ok_and(|whole| normalize(&whole) == real);
    if is_below || is_itself { Ok(()) } else { Err(refuse()) }
}
