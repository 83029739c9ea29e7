//! Reports on a sample made by hand, in every format.

mod any;
mod human;
mod json;
mod machine;
mod sample;
mod sarif;

use stanchion::finding::Severity;
use stanchion::report::{Gate, Report, Verdict};

use sample::Sample;

/// Calls `write` with the report on a sample and gives what was written.
fn rendered(sample: &Sample, write: impl FnOnce(&mut Vec<u8>, Report<'_>)) -> String {
    let verdict = Verdict::of(&sample.assessment, &[], Gate::at(Severity::High));
    let report = Report { assessment: &sample.assessment, sources: &sample.sources, verdict: &verdict };
    let mut out = Vec::new();
    write(&mut out, report);
    String::from_utf8(out).unwrap()
}
