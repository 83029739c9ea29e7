//! How long a keystroke takes in a workspace that is kept warm.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use stanchion::analysis::{Workspace, analyze};
use stanchion::source::Disk;

use crate::{median, settings, times};

/// What is typed, letter by letter, and taken back again.
const TYPED: &str = "\nresource \"aws_s3_bucket\" \"typed\" {\n  bucket = \"typed\"\n  acl    = \"public-read\"\n}\n";
/// Keystrokes that are measured.
const N_EDITS: usize = 200;
/// Keystrokes after which memory is looked at again.
const N_MORE: usize = 2_000;

/// Prints how long each of 200 keystrokes in one file takes, in proportion to the whole job from cold,
/// and the memory after them. The file is the one named by `STANCHION_BENCH_FILE`, or else the largest.
pub(crate) fn edits(root: &Path) {
    let cold = times(|| drop(analyze(&settings(root), &Disk, &()).expect("no rules of a user")));
    let Some(file) = std::env::var_os("STANCHION_BENCH_FILE").map(PathBuf::from).or_else(|| largest(root)) else {
        return println!("no Terraform file below the root");
    };
    let text = std::fs::read_to_string(&file).expect("the file is text");
    let mut workspace = Workspace::new(settings(root));
    let mut outcome = workspace.analyze(&()).expect("no rules of a user");
    let before = resident();
    let mut keystroke = |n: usize| {
        let start = Instant::now();
        workspace.open(&file, &edited(&text, n));
        outcome = workspace.analyze(&()).expect("no rules of a user");
        start.elapsed().as_secs_f64()
    };
    let worked = processor_seconds();
    let mut all: Vec<f64> = (0..N_EDITS).map(&mut keystroke).collect();
    let worked = (processor_seconds() - worked) / N_EDITS as f64;
    let after = resident();
    all.sort_by(f64::total_cmp);
    let ms = |seconds: f64| seconds * 1_000.0;
    let (p50, p95, max) = (median(&all), all[all.len() * 95 / 100], all[all.len() - 1]);
    println!("\n{N_EDITS} keystrokes in {}", file.strip_prefix(root).unwrap_or(&file).display());
    println!("p50 / p95 / max            {:.1} / {:.1} / {:.1} ms", ms(p50), ms(p95), ms(max));
    println!(
        "in parts of the cold job   {:.2} / {:.2} / {:.2}",
        p50 / median(&cold),
        p95 / median(&cold),
        max / median(&cold)
    );
    println!("of all processors, mean    {:.1} ms", ms(worked));
    println!("resident before and after  {before} / {after} MiB");
    for n in N_EDITS..N_EDITS + N_MORE {
        keystroke(n);
    }
    println!("after {N_MORE} more           {} MiB", resident());
}

/// The text after so many keystrokes: what is typed grows at its end, then at a line in its middle.
fn edited(text: &str, n: usize) -> Arc<str> {
    let length = TYPED.len();
    let typed = n % (2 * length);
    let typed = TYPED.get(..if typed < length { typed + 1 } else { 2 * length - typed - 1 }).unwrap_or(TYPED);
    let is_at_end = (n / (2 * length)).is_multiple_of(2);
    let middle = text.len() / 2;
    let line = text.bytes().skip(middle).position(|byte| byte == b'\n').map_or(text.len(), |at| middle + at);
    let at = if is_at_end { text.len() } else { line };
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    format!("{before}{typed}{after}").into()
}

fn largest(root: &Path) -> Option<PathBuf> {
    let files = ignore::WalkBuilder::new(root).build().flatten();
    let terraform = files.filter(|entry| entry.path().extension().is_some_and(|end| end == "tf"));
    let sized = terraform.filter_map(|entry| Some((entry.metadata().ok()?.len(), entry.into_path())));
    Some(sized.max()?.1)
}

/// The time that all threads worked, which tells more than the clock where others work, too. The
/// system counts hundredths of seconds; zero where it does not tell.
fn processor_seconds() -> f64 {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let numbers = status.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: f64 = numbers.skip(11).take(2).filter_map(|number| number.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// Resident memory in MiB, where the system tells.
fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.map_or_else(|| "?".into(), |kib| (kib >> 10).to_string())
}
