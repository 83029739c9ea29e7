//! Every rule against its fixtures.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use rayon::prelude::*;
use stanchion::analysis::{Outcome, Settings, analyze};
use stanchion::rules::schema::Audience;
use stanchion::rules::{Choice, RuleSet};
use stanchion::source::Disk;

/// What the analysis says of one folder of fixtures.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) settings: Settings,
    pub(crate) kind: &'static str,
    pub(crate) outcome: Outcome,
}

/// All folders of fixtures, each analyzed alone, once for all tests.
pub(crate) static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let rules = RuleSet::embedded();
    let folders: Vec<(String, &'static str)> =
        rules.rules().iter().flat_map(|rule| ["bad", "good", "unknown"].map(|kind| (rule.id.clone(), kind))).collect();
    let existing = folders.into_par_iter().filter(|(id, kind)| root().join(id).join(kind).is_dir());
    existing
        .map(|(id, kind)| {
            let settings = settings(&root().join(&id).join(kind));
            Case { outcome: analyze(&settings, &Disk, &()).unwrap(), settings, id, kind }
        })
        .collect()
});

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules")
}

fn settings(folder: &Path) -> Settings {
    let choice = Choice { audience: Audience::Pedantic, ..Choice::default() };
    Settings { roots: vec![folder.to_path_buf()], choice, ..Settings::default() }
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

fn differences(case: &Case) -> Vec<String> {
    let Case { id, outcome, .. } = case;
    let (expected, found) = (expected(outcome, id), found(outcome, id));
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
    let all: Vec<String> = CASES.iter().flat_map(differences).collect();
    let n_marks: usize = CASES.iter().map(|case| expected(&case.outcome, &case.id).len()).sum();
    println!("{n_marks} marked lines");
    assert!(all.is_empty(), "{} differences:\n{}", all.len(), all.join("\n"));
}

#[test]
fn unknown_fixtures_are_counted_as_undecided() {
    let is_silent = |case: &&Case| !case.outcome.assessment.undecided.iter().any(|u| u.rule == case.id);
    let silent: Vec<&str> =
        CASES.iter().filter(|case| case.kind == "unknown").filter(is_silent).map(|case| case.id.as_str()).collect();
    assert!(silent.is_empty(), "never undecided: {silent:?}");
}

#[test]
fn a_policy_that_may_select_is_named_by_what_it_leaves_open() {
    for (rule, policy) in [
        ("internet-facing-workload-without-network-policy", "kubernetes_network_policy.some"),
        ("agent-pod-without-network-policy", "kubernetes_network_policy_v1.lab"),
    ] {
        let case = CASES.iter().find(|case| case.id == rule && case.kind == "unknown").unwrap();
        let wanted = format!("the code does not say whether `{policy}` selects its pods");
        let reasons: Vec<&String> = case.outcome.assessment.undecided.iter().map(|open| &open.reason).collect();
        assert!(reasons.contains(&&wanted), "{rule}: {reasons:?}");
    }
}

#[test]
fn every_rule_has_its_fixtures() {
    let mut lacking = Vec::new();
    for rule in RuleSet::embedded().rules() {
        for kind in ["bad", "good", "unknown"] {
            let case = CASES.iter().find(|case| case.id == rule.id && case.kind == kind);
            let is_there = case.is_some_and(|case| !case.outcome.sources.files().is_empty());
            let is_marked = kind != "bad" || case.is_some_and(|case| !expected(&case.outcome, &rule.id).is_empty());
            if !is_there || !is_marked {
                lacking.push(format!("{}/{kind}", rule.id));
            }
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
