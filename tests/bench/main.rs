//! Measures the whole job against its floor, parsing alone, in one run.
//!
//! `cargo bench` reads the folder named by `STANCHION_BENCH_ROOT`, or else generated input, and then
//! generated input of 1,000, 10,000 and 100,000 resources. Figures are medians, with their range.
//! `cargo bench --bench whole -- --read FOLDER` tells what is known of what rules read there, and `--warm`
//! how long a keystroke takes.

#![allow(
    clippy::print_stdout,
    clippy::format_push_string,
    clippy::cast_precision_loss,
    reason = "a benchmark prints; neither speed of generating nor the last digit matters"
)]

#[cfg(feature = "classifier")]
mod classifier;
mod facts;
mod read;
mod warm;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use stanchion::analysis::{Settings, analyze, parse_only};
use stanchion::source::Disk;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs of each measurement.
const N_RUNS: usize = 5;
/// Resources of one generated file.
const PER_FILE: usize = 500;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, "--once", path, ..] => return once(Path::new(path)),
        #[cfg(feature = "classifier")]
        [_, "--classifier", path, ..] => return classifier::cost(Path::new(path)),
        [_, "--read", path, ..] => return read::report(Path::new(path)),
        [_, "--warm", path, ..] => return warm::edits(Path::new(path)),
        _ => {}
    }
    let folder = std::env::temp_dir().join(format!("stanchion-bench-{}", std::process::id()));
    match std::env::var_os("STANCHION_BENCH_ROOT") {
        Some(root) => {
            whole_against_floor(Path::new(&root));
            warm::edits(Path::new(&root));
            facts::share(Path::new(&root));
            #[cfg(feature = "classifier")]
            classifier::cost(Path::new(&root));
            read::report(Path::new(&root));
        }
        None => println!("STANCHION_BENCH_ROOT is not set: no real repositories are measured"),
    }
    println!("\n{:>9}  {:>22}  {:>7}  {:>9}", "resources", "wall, median (range)", "step", "peak MiB");
    let mut last: Option<f64> = None;
    for n in [1_000, 10_000, 100_000] {
        let root = folder.join(n.to_string());
        generate(&root, n).expect("the temporary folder is writable");
        let times = times(|| drop(analyze(&settings(&root), &Disk, &()).expect("no rules of a user")));
        let median = median(&times);
        let step = last.map_or_else(String::new, |last| format!("×{:.1}", median / last));
        println!("{n:>9}  {:>22}  {step:>7}  {:>9}", shown(&times), peak_of_one_run(&root));
        last = Some(median);
    }
    facts::growth(&folder.join("ways"));
    std::fs::remove_dir_all(&folder).expect("the temporary folder is ours");
}

pub(crate) fn settings(root: &Path) -> Settings {
    Settings { roots: vec![root.to_path_buf()], ..Settings::default() }
}

fn once(root: &Path) {
    let outcome = analyze(&settings(root), &Disk, &()).expect("no rules of a user");
    println!("{}", outcome.graph.resources().len());
}

fn whole_against_floor(root: &Path) {
    let floor = times(|| assert!(parse_only(&settings(root), &Disk) > 0));
    let whole = times(|| drop(analyze(&settings(root), &Disk, &()).expect("no rules of a user")));
    println!("floor (walk, read, parse)  {}", shown(&floor));
    println!("whole job                  {}", shown(&whole));
    println!("ratio of medians           {:.2}", median(&whole) / median(&floor));
    println!("peak of one whole job      {} MiB", peak_of_one_run(root));
}

pub(crate) fn times(mut work: impl FnMut()) -> Vec<f64> {
    work();
    let mut all: Vec<f64> = (0..N_RUNS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .collect();
    all.sort_by(f64::total_cmp);
    all
}

pub(crate) fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

pub(crate) fn shown(sorted: &[f64]) -> String {
    let ms = |seconds: f64| Duration::from_secs_f64(seconds).as_millis();
    format!("{} ms ({}–{})", ms(median(sorted)), ms(sorted[0]), ms(sorted[sorted.len() - 1]))
}

/// Peak resident memory of one run in a process of its own, where the system tells.
fn peak_of_one_run(root: &Path) -> String {
    let Ok(program) = std::env::current_exe() else { return "?".into() };
    let time = Command::new("/usr/bin/time").args(["-f", "%M"]).arg(program).arg("--once").arg(root).output();
    let peak = time.ok().and_then(|out| String::from_utf8(out.stderr).ok()?.trim().parse::<u64>().ok());
    peak.map_or_else(|| "?".into(), |kib| (kib >> 10).to_string())
}

/// Writes `n` resources, half of them Terraform in modules that refer to each other, half manifests.
fn generate(root: &Path, n: usize) -> std::io::Result<()> {
    for (index, start) in (0..n).step_by(PER_FILE).enumerate() {
        let folder = root.join(format!("part{index}"));
        std::fs::create_dir_all(&folder)?;
        let (mut terraform, mut manifests) =
            (String::from("variable \"acl\" {\n  default = \"private\"\n}\n"), String::new());
        for i in (start..(start + PER_FILE).min(n)).step_by(4) {
            terraform += &format!(
                "resource \"aws_s3_bucket\" \"b{i}\" {{\n  bucket = \"bucket-{i}\"\n}}\n\
                 resource \"aws_s3_bucket_acl\" \"b{i}\" {{\n  bucket = aws_s3_bucket.b{i}.id\n  acl    = var.acl\n}}\n"
            );
            manifests += &format!(
                "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: s{i}\n  namespace: n\nspec:\n  selector: {{ app: a{i} }}\n\
                 ---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d{i}\n  namespace: n\nspec:\n  template:\n    \
                 metadata:\n      labels: {{ app: a{i} }}\n    spec:\n      containers:\n        - name: c\n          \
                 image: registry:5000/app:1.{i}\n          securityContext: {{ privileged: false }}\n"
            );
        }
        std::fs::write(folder.join("main.tf"), terraform)?;
        std::fs::write(folder.join("all.yaml"), manifests)?;
    }
    Ok(())
}
