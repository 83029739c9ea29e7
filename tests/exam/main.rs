//! Holds the rules against labelled cases: `cargo bench --bench exam`.
//!
//! Takes `corpus/labelled/cases.jsonl.gz` of the shared folder (`STANCHION_SHARED`, or `shared`
//! beside the repository). Prints the blind score of `tools/exam.py` where that is present, then
//! each check that one of our rules claims as an equivalent and that is not discriminated (no one
//! rule fires on every failing unit and on no passing one), with the units that went wrong. Where
//! we mean to differ, `disagreements.tsv` says why. Figures of the first priority need the tables
//! of the shared folder.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for authors of rules, not part of the product")]

mod cases;
mod disagreements;
mod figures;
mod judge;

use std::path::{Path, PathBuf};
use std::process::Command;

use stanchion::analysis::{Outcome, Settings, analyze};
use stanchion::report::{Base, Gate, Report, Verdict, sarif};
use stanchion::rules::{Choice, schema::Audience};
use stanchion::source::Disk;

fn main() {
    let shared = std::env::var_os("STANCHION_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let labelled = shared.join("corpus/labelled/cases.jsonl.gz");
    let Ok(cases) = cases::load(&labelled) else {
        println!("no exam: `{}` cannot be read", labelled.display());
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for case in &cases {
        case.write(&root);
    }
    let choice = Choice { audience: Audience::Pedantic, ..Choice::default() };
    let settings = Settings { roots: vec![root.clone()], choice, ..Settings::default() };
    let outcome = analyze(&settings, &Disk, &()).unwrap();
    score(&shared.join("tools/exam.py"), &labelled, &root, &outcome);
    let checks = judge::judged(&cases, &root, &outcome);
    let disagreements = disagreements::Disagreements::read();
    let first = figures::first_priority(&shared.join("reference/rules"));
    print!("{}", figures::figures(&checks, &first, &disagreements));
    print!("{}", judge::misses(&checks, &disagreements));
}

/// The score without any mapping of names, by the shared tool.
fn score(tool: &Path, labelled: &Path, root: &Path, outcome: &Outcome) {
    if !tool.is_file() {
        println!("no blind score: `{}` is not there", tool.display());
        return;
    }
    let verdict = Verdict::of(&outcome.assessment, &[], Gate::at(stanchion::finding::Severity::Info));
    let report = Report { assessment: &outcome.assessment, sources: &outcome.sources, verdict: &verdict };
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut out = std::fs::File::create(log.path()).unwrap();
    sarif::write(&mut out, report, &Base { cwd: root.to_owned(), root: root.to_owned() }).unwrap();
    let scored = Command::new("python3").arg(tool).arg("score").args([labelled, root, log.path()]).output();
    match scored {
        Ok(scored) => println!("{}", String::from_utf8_lossy(&scored.stdout)),
        Err(error) => println!("no blind score: {error}"),
    }
}
