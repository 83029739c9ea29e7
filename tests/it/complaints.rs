//! What users of other scanners complained of: each complaint once as a defect that must be
//! found, and once as a near miss that must stay silent.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use stanchion::analysis::{Outcome, Settings, analyze};
use stanchion::source::Disk;

type Marks = BTreeSet<(PathBuf, u32, String)>;

fn run(folder: &Path) -> Outcome {
    analyze(&Settings { roots: vec![folder.to_path_buf()], ..Settings::default() }, &Disk, &()).unwrap()
}

fn expected(outcome: &Outcome) -> Marks {
    let mut marks = Marks::new();
    for file in outcome.sources.files() {
        for (line, text) in (1..).zip(file.text.lines()) {
            let ids = text.split_once("# expect:").map_or("", |(_, ids)| ids);
            for id in ids.split(',').map(str::trim).filter(|id| !id.is_empty()) {
                marks.insert((file.path.clone(), line, id.to_owned()));
            }
        }
    }
    marks
}

fn found(outcome: &Outcome, rules: &BTreeSet<String>) -> Marks {
    let findings = outcome.assessment.findings.iter().filter(|finding| rules.contains(&*finding.rule));
    let mark = |finding: &stanchion::finding::Finding| {
        let file = outcome.sources.file(finding.primary.span.file);
        (file.path.clone(), file.position(finding.primary.span.start).line, finding.rule.to_string())
    };
    findings.map(mark).collect()
}

#[test]
fn no_complaint_applies_to_us() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/complaints");
    let mut complaints: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    complaints.sort();
    let mut wrong = Vec::new();
    for complaint in &complaints {
        let (fires, silent) = (run(&complaint.join("fires")), run(&complaint.join("silent")));
        let marks = expected(&fires);
        assert!(!marks.is_empty(), "{} expects nothing", complaint.display());
        let rules: BTreeSet<String> = marks.iter().map(|(_, _, rule)| rule.clone()).collect();
        let show = |what: &str, (path, line, rule): &(PathBuf, u32, String)| {
            format!("{what} {rule} at {}:{line}", path.strip_prefix(&folder).unwrap_or(path).display())
        };
        let found_where_due = found(&fires, &rules);
        wrong.extend(marks.difference(&found_where_due).map(|mark| show("missing", mark)));
        wrong.extend(found_where_due.difference(&marks).map(|mark| show("noisy", mark)));
        wrong.extend(found(&silent, &rules).iter().map(|mark| show("noisy", mark)));
        for outcome in [&fires, &silent] {
            let assessment = &outcome.assessment;
            wrong.extend(assessment.problems.iter().map(|p| format!("{}: {}", complaint.display(), p.message)));
            wrong.extend(assessment.skipped.iter().map(|s| format!("{}: {}", s.path.display(), s.reason)));
        }
    }
    println!("{} complaints", complaints.len());
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// A variable without a value is decided by its validation, not only left alone.
#[test]
fn what_a_validation_allows_is_decided() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/complaints/validation-allows-only-safe-values");
    let rule = "storage-account-legacy-tls";
    let undecided = run(&folder.join("silent")).assessment.undecided;
    assert!(undecided.iter().all(|question| &*question.rule != rule), "{undecided:?}");
}
