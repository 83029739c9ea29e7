//! What makes the exit code, and baselines: what is known does not count, and is known again wherever
//! it moves.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

const PUBLIC: &str = "resource \"aws_s3_bucket\" \"logs\" {\n  acl = \"public-read\"\n}\n";
const DISK: &str =
    "resource \"aws_ebs_volume\" \"disk\" {\n  availability_zone = \"a\"\n  size = 1\n  encrypted = false\n}\n";
const RULES: &str = "select = [\"s3-bucket-public-acl\", \"ebs-volume-unencrypted\"]\nfail-on = \"low\"\n";

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    // The search for settings ends at the repository.
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Runs the program in a folder: its exit code, and what it prints.
pub(crate) fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.env_clear().current_dir(folder).args(args);
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn check(folder: &Path, args: &[&str]) -> Json {
    let (_, stdout, stderr) = run(folder, &[&["check", "--format", "json"], args].concat());
    serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stderr}"))
}

fn ending(document: &Json) -> (u64, &str) {
    (document["summary"]["exit_code"].as_u64().unwrap(), document["summary"]["exit_reason"].as_str().unwrap())
}

#[test]
fn each_switch_and_each_key_makes_the_exit_code_and_one_line_says_why() {
    let unknown = "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  acl = var.acl\n}\n";
    for (file, switch, key, code, words) in [
        (PUBLIC, "--fail-on=low", "", 1, "1 finding at or above `low`"),
        (PUBLIC, "--max-findings=1", "max-findings = 1", 0, "no more than the 1 of --max-findings"),
        (PUBLIC, "--exit-zero", "exit-zero = true", 0, "1 finding at or above `low`, but --exit-zero is set"),
        (unknown, "--fail-on=low", "", 0, "no finding at or above `low`"),
        (unknown, "--fail-on-undecided", "fail-on-undecided = true", 2, "1 check undecided, and --fail-on-undecided"),
        (unknown, "--strict", "strict = true", 2, "1 check undecided, and --fail-on-undecided or --strict"),
        (unknown, "--fail-on-skipped", "fail-on-skipped = true", 0, "no finding"),
    ] {
        let settings = format!("{RULES}{key}\n");
        let by_key = project(&[("stanchion.toml", &settings), ("main.tf", file)]);
        let by_switch = project(&[("stanchion.toml", RULES), ("main.tf", file)]);
        for document in [check(by_key.path(), &[]), check(by_switch.path(), &[switch])] {
            let (found, reason) = ending(&document);
            assert!(found == code && reason.contains(words), "{switch}: {found} {reason}");
        }
        let (found, stdout, _) = run(by_key.path(), &["check"]);
        let last = stdout.lines().last().unwrap();
        assert!(u64::try_from(found).unwrap() == code && last.contains(&format!("exit code {code}: ")), "{stdout}");
    }
    let broken = project(&[("stanchion.toml", RULES), ("main.tf", DISK), ("b.yaml", "a\0b")]);
    assert_eq!(ending(&check(broken.path(), &["--fail-on-skipped"])).0, 2);
    assert_eq!(ending(&check(broken.path(), &["--fail-on-skipped", "--exit-zero"])).0, 0);
    assert_eq!(ending(&check(broken.path(), &["--max-findings", "0"])).0, 1);
    assert_eq!(ending(&check(broken.path(), &["--exit-zero", "missing"])).0, 2, "nothing was analyzed");
}

/// A project whose findings are known.
fn known(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = project(files);
    write(folder.path(), "stanchion.toml", RULES);
    let (code, stdout, stderr) = run(folder.path(), &["baseline", "create"]);
    assert!(code == 0 && stdout.starts_with("wrote stanchion.baseline.json: "), "{stdout}{stderr}");
    folder
}

fn states(document: &Json) -> (usize, usize) {
    let of = |state: &str| {
        let findings = document["findings"].as_array().unwrap();
        findings.iter().filter(|finding| finding["baseline_state"] == state).count()
    };
    (of("new"), of("unchanged"))
}

#[test]
fn what_moves_is_known_again() {
    let two = format!("{PUBLIC}\n{DISK}");
    let reformatted = "# All of it.\nresource \"aws_s3_bucket\" \"logs\" { acl = \"public-read\" }\n\n\n".to_owned()
        + "resource aws_ebs_volume disk {\n\tencrypted = false // soon\n\tsize=1\n\tavailability_zone=\"a\"\n}\n";
    let longer = "# A line.\n".repeat(200) + &two;
    let moved = format!(
        "{}\nmoved {{\n  from = aws_s3_bucket.logs\n  to = aws_s3_bucket.access\n}}\n",
        two.replace("\"logs\"", "\"access\"")
    );
    let counted = two.replace("  acl", "  count = 1\n  acl");
    for (what, file, text) in [
        ("reformatted", "main.tf", reformatted),
        ("reordered", "main.tf", format!("{DISK}\n{PUBLIC}")),
        ("200 lines above", "main.tf", longer),
        ("another file", "storage/all.tf", two.clone()),
        ("moved block", "main.tf", moved),
        ("count", "main.tf", counted),
    ] {
        let folder = known(&[("main.tf", &two)]);
        std::fs::remove_file(folder.path().join("main.tf")).unwrap();
        write(folder.path(), file, &text);
        let document = check(folder.path(), &[]);
        assert_eq!((states(&document), ending(&document).0), ((0, 2), 0), "{what}: {document:#}");
        assert_eq!(document["baseline"]["gone"].as_array().unwrap().len(), 0, "{what}");
        write(folder.path(), "new.tf", &PUBLIC.replace("logs", "planted"));
        let document = check(folder.path(), &[]);
        assert_eq!((states(&document), ending(&document).0), ((1, 2), 1), "{what}: a planted one counts");
        assert_eq!(ending(&document).1, "1 new finding at or above `low`, 2 known from the baseline");
    }
}

/// The same resource in a second file is one more, wherever it stands in the order of files.
#[test]
fn a_copy_of_what_is_known_is_new() {
    for name in ["a/main.tf", "z/main.tf"] {
        let folder = known(&[("m/main.tf", PUBLIC)]);
        write(folder.path(), name, PUBLIC);
        let document = check(folder.path(), &[]);
        assert_eq!((states(&document), ending(&document).0), ((1, 1), 1), "{document:#}");
        let findings = document["findings"].as_array().unwrap();
        let new = findings.iter().find(|finding| finding["baseline_state"] == "new").unwrap();
        assert_eq!((new["file"].as_str().unwrap(), &new["copy_of"]), (name, &Json::Null));
    }
}

#[test]
fn a_further_instance_is_new_and_one_less_is_not() {
    let buckets = |names: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  for_each = toset([{names}])\n  bucket = each.key\n  acl = \"public-read\"\n}}\n"
        )
    };
    let folder = known(&[("main.tf", &buckets("\"b\", \"c\""))]);
    for (names, code) in [("\"b\", \"c\"", 0), ("\"c\"", 0), ("\"b\"", 0), ("\"a\", \"b\", \"c\"", 1)] {
        write(folder.path(), "main.tf", &buckets(names));
        assert_eq!(ending(&check(folder.path(), &[])).0, code, "{names}");
    }
}

#[test]
fn a_baseline_is_found_named_left_out_shown_and_updated() {
    let folder = known(&[("infra/main.tf", PUBLIC), ("infra/disk.tf", DISK)]);
    let code = |args: &[&str]| run(folder.path(), &[&["check"], args].concat()).0;
    assert_eq!((code(&[]), code(&["infra"]), code(&["--no-baseline"])), (0, 0, 1));
    assert_eq!(run(&folder.path().join("infra"), &["check"]).0, 0, "it lies beside the settings");
    std::fs::rename(folder.path().join("stanchion.baseline.json"), folder.path().join("other.json")).unwrap();
    assert_eq!((code(&[]), code(&["--baseline", "other.json"]), code(&["--baseline", "missing.json"])), (1, 0, 2));
    std::fs::rename(folder.path().join("other.json"), folder.path().join("stanchion.baseline.json")).unwrap();
    assert_eq!(run(folder.path(), &["baseline", "create"]).0, 2, "nothing is overwritten");

    std::fs::remove_file(folder.path().join("infra/disk.tf")).unwrap();
    let document = check(folder.path(), &[]);
    assert_eq!(document["baseline"]["gone"][0]["rule"], "ebs-volume-unencrypted");
    assert_eq!(check(folder.path(), &["--select", "s3-*"])["baseline"]["gone"].as_array().unwrap().len(), 0);
    let (_, stdout, _) = run(folder.path(), &["check"]);
    assert!(stdout.contains("1 finding of the baseline gone"), "{stdout}");
    let (_, stdout, _) = run(folder.path(), &["baseline", "show"]);
    assert!(stdout.contains("2 findings, 1 gone\ngone   ebs-volume-unencrypted"), "{stdout}");
    let (_, stdout, _) = run(folder.path(), &["baseline", "update"]);
    assert_eq!(stdout, "wrote stanchion.baseline.json: 1 finding known, 0 of them new, 1 gone\n");

    write(folder.path(), "stanchion.baseline.json", "{\"version\": 9, \"findings\": []}");
    let (code, _, stderr) = run(folder.path(), &["check"]);
    assert!(code == 2 && stderr.contains("its version is 9"), "{stderr}");
}

/// An update of a part leaves the rest as it was.
#[test]
fn an_update_of_one_folder_keeps_the_others() {
    let folder = known(&[("a/main.tf", PUBLIC), ("b/disk.tf", DISK)]);
    write(folder.path(), "a/main.tf", "");
    let (_, stdout, _) = run(folder.path(), &["baseline", "update", "b"]);
    assert_eq!(stdout, "wrote stanchion.baseline.json: 2 findings known, 0 of them new, 0 gone\n");
}

#[test]
fn every_format_tells_the_known_from_the_new() {
    let folder = known(&[("main.tf", PUBLIC)]);
    write(folder.path(), "disk.tf", DISK);
    let shown = |format: &str| run(folder.path(), &["check", "--format", format]).1;
    for (format, words) in [
        ("sarif", "\"baselineState\": \"unchanged\""),
        ("sarif", "\"baselineState\": \"new\""),
        ("json", "\"baseline_state\": \"unchanged\""),
        ("junit", "<skipped type=\"critical\" message=\"known from the baseline: "),
        ("gitlab-codequality", "\"description\": \"Known: "),
        ("gitlab-sast", "\"description\": \"Known: "),
        ("github", "::notice file=main.tf"),
        ("markdown", "⚪ known"),
        ("html", "\"standing\":\"known\""),
        ("human", "known from the baseline: 1"),
    ] {
        let text = shown(format);
        assert!(text.contains(words), "{format}: {text}");
    }
    assert!(!shown("human").contains("[s3-bucket-public-acl]"));
    assert!(run(folder.path(), &["check", "--verbose"]).1.contains("(known from the baseline)"));
}

#[test]
fn the_program_tells_about_itself() {
    let folder = project(&[]);
    let (code, stdout, _) = run(folder.path(), &["self-check"]);
    assert!(code == 0 && stdout.ends_with("analysis    ok\n"), "{stdout}");
    let model = if cfg!(feature = "classifier") { "classifier  model " } else { "classifier  not built in" };
    assert!(stdout.contains(model), "{stdout}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, script, _) = run(folder.path(), &["completions", shell]);
        assert!(code == 0 && script.contains("fail-on-undecided"), "{shell}");
    }
    let (code, page, _) = run(folder.path(), &["man", "check"]);
    assert!(code == 0 && page.contains(".TH stanchion-check") && page.contains("max\\-findings"), "{page}");
    assert_eq!(run(folder.path(), &["man", "chek"]).0, 2);
}

/// A process that is ended when the test is over.
struct Watching(std::process::Child);

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn watching_tells_what_a_change_brings_and_takes() {
    use std::io::{BufRead, BufReader};
    let folder = project(&[("stanchion.toml", RULES), ("main.tf", PUBLIC)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.args(["watch"]).current_dir(folder.path()).stdout(std::process::Stdio::piped());
    let mut watching = Watching(command.spawn().unwrap());
    let mut lines = BufReader::new(watching.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "= 1 finding in 1 file, waiting for changes");
    write(folder.path(), "main.tf", DISK);
    let seen: Vec<String> = lines.by_ref().take_while(|line| !line.starts_with('=')).collect();
    assert!(seen[0].starts_with("+ ") && seen[0].contains("ebs-volume-unencrypted main.tf:4:"), "{seen:?}");
    assert_eq!(seen[1..], ["- s3-bucket-public-acl aws_s3_bucket.logs (main.tf)"]);
}
