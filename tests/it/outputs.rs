//! Reports of the real binary on standard output and in files, held against the schemas of their
//! formats.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

const FORMATS: [&str; 9] =
    ["human", "json", "sarif", "junit", "gitlab-codequality", "gitlab-sast", "github", "markdown", "html"];

fn root(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    command.env_clear().current_dir(folder).arg("check");
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    command
}

fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap_or(-1), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// All formats of a run over a folder, written as files in one run.
fn reports(folder: &Path) -> impl Fn(&str) -> String + use<> {
    let out = tempfile::tempdir().unwrap();
    let targets = FORMATS.map(|format| format!("--output={format}={}", out.path().join(format).display()));
    let (code, stdout, stderr) = run(command(folder).args(targets));
    assert!(code <= 1 && stderr.is_empty() && !stdout.is_empty(), "{code} {stderr}");
    let entries = std::fs::read_dir(out.path()).unwrap().count();
    assert_eq!(entries, FORMATS.len(), "nothing is left beside the reports");
    move |format| std::fs::read_to_string(out.path().join(format)).unwrap()
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

fn validator(schema: &str) -> jsonschema::Validator {
    let mut schema = json(&std::fs::read_to_string(root(schema)).unwrap());
    // SARIF's pattern for a language has a stray bracket, which is no regular expression of JSON
    // schemas; no report of ours tells its language.
    for part in ["run", "toolComponent"] {
        if let Some(language) = schema.pointer_mut(&format!("/definitions/{part}/properties/language")) {
            language.as_object_mut().unwrap().remove("pattern").unwrap();
        }
    }
    jsonschema::validator_for(&schema).unwrap()
}

/// Fails with the first places at which a document breaks its schema.
fn holds(document: &Json, schema: &str) {
    let validator = validator(schema);
    let wrong: Vec<String> =
        validator.iter_errors(document).take(5).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Holds a JUnit report against its schema, where there is a tool for that.
fn holds_junit(text: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let checked = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .args([root("tests/schemas/junit-10.xsd").as_path(), file.path()])
        .output();
    match checked {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => println!("skipped: there is no xmllint here to hold the JUnit report against its schema"),
    }
}

/// A folder with what reports must take care of: secrets, and names that mean something elsewhere.
fn hostile() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let name = r#""</script><script>x</script>\n::error::x | `a` <b> @all ]]> \u001b[31m""#;
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n    - name: {name}\n      \
         image: nginx:1.27\n      env:\n        - name: HF_TOKEN\n          value: hf_abcdefghijklmnopqrstuvwx\n      \
         securityContext:\n        privileged: true\n"
    );
    let database = "resource \"aws_db_instance\" \"d\" {\n  engine = \"postgres\"\n  publicly_accessible = true\n  \
                    password = \"correct-horse-battery\"\n}\n";
    std::fs::write(folder.path().join("<img src=x>,a:b%.yaml"), manifest).unwrap();
    std::fs::write(folder.path().join("main.tf"), database).unwrap();
    folder
}

#[test]
fn every_format_keeps_its_schema() {
    let scenario = root("fixtures/scenarios/vllm-behind-load-balancer/bad");
    for folder in [root("fixtures/demo"), scenario, hostile().path().to_path_buf()] {
        let report = reports(&folder);
        holds(&json(&report("json")), "docs/report.schema.json");
        holds(&json(&report("sarif")), "tests/schemas/sarif-2.1.0.json");
        holds(&json(&report("gitlab-codequality")), "tests/schemas/gitlab-codequality.json");
        holds(&json(&report("gitlab-sast")), "tests/schemas/gitlab-sast.json");
        holds_junit(&report("junit"));
    }
}

/// A schema that took anything would prove nothing.
#[test]
fn schemas_refuse_what_is_wrong() {
    let report = reports(&root("fixtures/demo"));
    for (format, schema, path, value) in [
        ("json", "docs/report.schema.json", "/findings/0/severity", "severe"),
        ("sarif", "tests/schemas/sarif-2.1.0.json", "/runs/0/results/0/level", "severe"),
        ("gitlab-codequality", "tests/schemas/gitlab-codequality.json", "/0/severity", "high"),
        ("gitlab-sast", "tests/schemas/gitlab-sast.json", "/scan/start_time", "today"),
    ] {
        let mut document = json(&report(format));
        *document.pointer_mut(path).unwrap() = value.into();
        assert!(!validator(schema).is_valid(&document), "{format}");
    }
}

#[test]
fn every_format_tells_the_same_findings() {
    let report = reports(&root("fixtures/demo"));
    let document = json(&report("json"));
    let findings = document["findings"].as_array().unwrap();
    assert!(findings.len() > 5);
    let count = |text: &str, needle: &str| text.matches(needle).count();
    let places: BTreeSet<String> = findings
        .iter()
        .map(|finding| format!("{}:{}", finding["file"].as_str().unwrap(), finding["start"]["line"]))
        .collect();
    for place in &places {
        for format in ["junit", "markdown", "human"] {
            assert!(report(format).contains(place.as_str()), "{place} is not in {format}");
        }
    }
    let results = json(&report("sarif"));
    assert_eq!(results["runs"][0]["results"].as_array().unwrap().len(), findings.len());
    assert_eq!(json(&report("gitlab-codequality")).as_array().unwrap().len(), findings.len());
    assert_eq!(json(&report("gitlab-sast"))["vulnerabilities"].as_array().unwrap().len(), findings.len());
    assert_eq!(count(&report("junit"), "<failure "), 12, "what is at or above the threshold");
    assert_eq!(count(&report("github"), "::error "), 10, "as many as are shown");
    assert!(report("github").contains("2 more"));
}

#[test]
fn no_format_shows_a_secret() {
    let folder = hostile();
    let report = reports(folder.path());
    for format in FORMATS {
        for secret in ["correct-horse-battery", "hf_abcdefghijklmnopqrstuvwx"] {
            assert!(!report(format).contains(secret), "{format}");
        }
    }
    assert!(report("json").contains("HF_TOKEN"), "the finding about the secret is there");
}

#[test]
fn no_name_becomes_markup_or_an_order() {
    let folder = hostile();
    let report = reports(folder.path());
    let html = report("html");
    assert_eq!(html.matches("<script").count(), 2, "the data and our own");
    assert!(!html.contains("<script>x") && !html.contains("<img src=x>"));
    for format in FORMATS {
        assert!(!report(format).contains('\u{1b}'), "{format}");
    }
    let github = report("github");
    for line in github.lines() {
        let is_ours = ["::error file=", "::warning file=", "::notice file=", "stanchion: "];
        assert!(is_ours.iter().any(|start| line.starts_with(start)), "{line}");
    }
    assert!(github.contains("file=<img src=x>%2Ca%3Ab%25.yaml,line="), "{github}");
    let markdown = report("markdown");
    assert!(markdown.contains("@all"), "the name is told");
    let read = without_code(&markdown);
    assert!(!read.contains("<b>") && !read.contains("@all") && !read.contains("<script"), "{read}");
}

/// Markdown without its code spans, in which nothing is markup.
fn without_code(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once('`') {
        kept.push_str(before);
        if kept.ends_with('\\') {
            rest = after;
            continue;
        }
        let inner = after.trim_start_matches('`');
        let fence = "`".repeat(1 + after.len() - inner.len());
        let Some((_, next)) = inner.split_once(&*fence) else { break };
        rest = next;
    }
    kept + rest
}

/// Tells what an HTML report would fetch: nothing.
#[test]
fn the_page_names_nothing_to_load() {
    let html = reports(&root("fixtures/demo"))("html");
    assert!(html.contains("default-src 'none'"));
    for attribute in [" src=", "<link", "@import", "url(http"] {
        let (page, data) = html.split_once("<script id=\"data\"").unwrap();
        assert!(!page.contains(attribute) && data.contains("</script>"), "{attribute}");
    }
}

#[test]
fn standard_output_has_the_same_formats() {
    let demo = root("fixtures/demo");
    for format in FORMATS {
        let (code, stdout, stderr) = run(command(&demo).args(["--format", format]));
        assert_eq!((code, &*stderr), (1, ""), "{format}");
        let is_json = serde_json::from_str::<Json>(&stdout).is_ok();
        assert_eq!(is_json, ["json", "sarif", "gitlab-codequality", "gitlab-sast"].contains(&format), "{format}");
    }
}

#[test]
fn under_github_actions_people_read_and_the_runner_marks() {
    let demo = root("fixtures/demo");
    let (_, alone, _) = run(command(&demo).env("GITHUB_ACTIONS", "false"));
    let (code, stdout, _) = run(command(&demo).env("GITHUB_ACTIONS", "true"));
    assert_eq!(code, 1);
    let word = stdout.lines().next().unwrap().strip_prefix("::stop-commands::").unwrap();
    let (human, marks) = stdout.split_once(&format!("::{word}::\n")).unwrap();
    assert_eq!(human.split_once('\n').unwrap().1, alone, "the same text, within what the runner does not obey");
    assert!(marks.starts_with("::error file=") && marks.contains("cluster/inference.yaml,line="), "{marks}");
    let (_, again, _) = run(command(&demo).env("GITHUB_ACTIONS", "true"));
    assert!(!again.contains(word), "nobody can foresee the word");
    let (_, asked, _) = run(command(&demo).env("GITHUB_ACTIONS", "true").args(["--format", "human"]));
    assert_eq!(asked, alone);
}

#[test]
fn a_summary_keeps_to_the_size_that_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let buckets: String =
        (0..1500).map(|n| format!("resource \"aws_s3_bucket\" \"b{n}\" {{\n  acl = \"public-read\"\n}}\n")).collect();
    std::fs::write(folder.path().join("main.tf"), buckets).unwrap();
    let (_, comment, _) = run(command(folder.path()).args(["--format", "markdown"]));
    assert!(comment.len() <= 65_536 && comment.contains("There was no room for"), "{}", comment.len());
    assert!(comment.lines().filter(|line| line.starts_with("| 🟣")).all(|line| line.ends_with(" |")));
    let summary = folder.path().join("summary.md");
    let target = format!("markdown={}", summary.display());
    run(command(folder.path()).env("GITHUB_STEP_SUMMARY", &summary).args(["--output", &target]));
    let long = std::fs::read_to_string(&summary).unwrap();
    assert!(long.len() > comment.len() && long.len() <= 1 << 20, "{}", long.len());
}

#[test]
fn a_report_that_cannot_be_written_is_named_and_the_others_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let demo = root("fixtures/demo");
    let good = folder.path().join("good.json");
    let good_target = format!("json={}", good.display());
    let mut bad = vec![folder.path().join("missing/report.json"), folder.path().to_path_buf()];
    if cfg!(target_os = "linux") {
        // A folder that nobody may write to, and a device that is full.
        bad.extend(["/proc/report.json", "/dev/full"].map(Into::into));
    }
    for path in bad {
        let target = format!("sarif={}", path.display());
        let (code, stdout, stderr) = run(command(&demo).args(["--output", &target, "--output", &good_target]));
        assert_eq!(code, 2, "{}", path.display());
        assert!(stderr.contains(&format!("cannot write the report to `{}`: ", path.display())), "{stderr}");
        assert!(stdout.contains("exit code 1"), "what was found is told all the same");
        assert!(json(&std::fs::read_to_string(&good).unwrap())["findings"].is_array());
        std::fs::remove_file(&good).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    }
}

/// The system ends a process that writes too much: the hardest way to break off.
#[cfg(target_os = "linux")]
#[test]
fn a_killed_run_leaves_the_old_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    std::fs::write(&path, "old").unwrap();
    let line =
        format!("ulimit -f 8; {} check --output html={} >/dev/null", env!("CARGO_BIN_EXE_stanchion"), path.display());
    let status = Command::new("sh").args(["-c", &line]).current_dir(root("fixtures/demo")).status().unwrap();
    assert!(!matches!(status.code(), Some(0 | 1)), "{status}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&root("fixtures/demo")).args(["--format", "json"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the report"));
}

#[test]
fn usage_errors_tell_the_formats() {
    let demo = root("fixtures/demo");
    for (argument, said) in [
        ("xml=a", "`xml` is none of human, json, sarif, junit"),
        ("report.json", "expected FORMAT=FILE"),
        ("json=", "expected FORMAT=FILE"),
    ] {
        let (code, stdout, stderr) = run(command(&demo).args(["--output", argument]));
        assert!(code == 2 && stdout.is_empty() && stderr.contains(said), "{stderr}");
    }
    let (code, _, stderr) = run(command(&demo).args(["--output", "json=same", "--output", "sarif=same"]));
    assert!(code == 2 && stderr.contains("two reports are to be written to `same`"), "{stderr}");
}
