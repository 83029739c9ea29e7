//! Neither threads nor the order in which files are given change a byte of the output.

use std::path::Path;
use std::process::Command;

fn check(args: &[&str], roots: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"));
    command.arg("check").args(args).args(roots).env_clear().output().unwrap().stdout
}

#[test]
fn one_thread_and_many_give_the_same_bytes() {
    for format in ["json", "sarif", "human"] {
        let one = check(&["--threads", "1", "--format", format], &["demo", "rules"]);
        assert!(one.len() > 10_000, "{format} says little: {}", one.len());
        for threads in ["2", "7"] {
            assert!(
                one == check(&["--threads", threads, "--format", format], &["demo", "rules"]),
                "{format}, {threads}"
            );
        }
    }
}

#[test]
fn order_and_repetition_of_paths_do_not_matter() {
    let a = check(&["--format", "json"], &["demo/infra", "demo/cluster"]);
    let b = check(&["--format", "json"], &["demo/cluster", "demo/infra", "demo/cluster"]);
    assert!(a.len() > 1_000 && a == b);
}
