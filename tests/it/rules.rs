//! Every rule against its fixtures.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use stanchion::analysis::{Outcome, Settings, analyze};
use stanchion::rules::RuleSet;
use stanchion::source::Disk;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules")
}

fn run(folder: &Path) -> Outcome {
    let settings = Settings { roots: vec![folder.to_path_buf()], ..Settings::default() };
    analyze(&settings, &Disk, &()).unwrap()
}

type Marks = BTreeSet<(PathBuf, u32)>;

/// Lines that end in `# expect: <id>`, several ids separated by commas.
fn expected(outcome: &Outcome, id: &str) -> Marks {
    let mut marks = Marks::new();
    for file in outcome.sources.files() {
        for (line, text) in file.text.lines().enumerate() {
            let ids = text.split_once("# expect:").map_or("", |(_, ids)| ids);
            if ids.split(',').any(|found| found.trim() == id) {
                marks.insert((file.path.clone(), u32::try_from(line + 1).unwrap()));
            }
        }
    }
    marks
}

fn found(outcome: &Outcome, id: &str) -> Marks {
    let findings = outcome.assessment.findings.iter().filter(|finding| finding.rule == id);
    findings
        .map(|finding| {
            let span = finding.primary.span;
            let file = outcome.sources.file(span.file);
            (file.path.clone(), file.position(span.start).line)
        })
        .collect()
}

fn differences(folder: &Path, id: &str) -> Vec<String> {
    let outcome = run(folder);
    let (expected, found) = (expected(&outcome, id), found(&outcome, id));
    let show = |what: &str, (path, line): &(PathBuf, u32)| {
        let path = path.strip_prefix(root()).unwrap_or(path);
        format!("{what} {id} at {}:{line}", path.display())
    };
    let mut all: Vec<String> = expected.difference(&found).map(|mark| show("missing", mark)).collect();
    all.extend(found.difference(&expected).map(|mark| show("noisy", mark)));
    all.extend(outcome.assessment.problems.iter().map(|problem| {
        let file = outcome.sources.file(problem.span.file);
        format!("problem in {}:{}: {}", file.path.display(), file.position(problem.span.start).line, problem.message)
    }));
    all
}

#[test]
fn bad_fires_on_the_marked_lines_and_good_and_unknown_are_silent() {
    let mut all = Vec::new();
    let mut n_marks = 0;
    for rule in RuleSet::embedded().rules() {
        let folder = root().join(&rule.id);
        for kind in ["bad", "good", "unknown"] {
            let folder = folder.join(kind);
            if folder.is_dir() {
                all.extend(differences(&folder, &rule.id));
            }
        }
        n_marks += expected(&run(&folder.join("bad")), &rule.id).len();
    }
    println!("{n_marks} marked lines");
    assert!(all.is_empty(), "{} differences:\n{}", all.len(), all.join("\n"));
}

#[test]
fn unknown_fixtures_are_counted_as_undecided() {
    let mut silent = Vec::new();
    for rule in RuleSet::embedded().rules() {
        let folder = root().join(&rule.id).join("unknown");
        if folder.is_dir() {
            let outcome = run(&folder);
            if !outcome.assessment.undecided.iter().any(|undecided| undecided.rule == rule.id) {
                silent.push(rule.id.clone());
            }
        }
    }
    assert!(silent.is_empty(), "never undecided: {silent:?}");
}

#[test]
fn every_rule_has_its_fixtures() {
    let mut lacking = Vec::new();
    for rule in RuleSet::embedded().rules() {
        for kind in ["bad", "good", "unknown"] {
            let folder = root().join(&rule.id).join(kind);
            if std::fs::read_dir(&folder).map_or(0, Iterator::count) == 0 {
                lacking.push(format!("{}/{kind}", rule.id));
            }
        }
        let outcome = run(&root().join(&rule.id).join("bad"));
        if expected(&outcome, &rule.id).is_empty() {
            lacking.push(format!("{}/bad has no mark", rule.id));
        }
    }
    assert!(lacking.is_empty(), "{lacking:#?}");
}

#[test]
fn no_fixture_is_without_a_rule() {
    let rules = RuleSet::embedded();
    let known: BTreeSet<&str> = rules.rules().iter().map(|rule| rule.id.as_str()).collect();
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(name.as_str()), "fixtures/rules/{name} belongs to no rule");
    }
}
