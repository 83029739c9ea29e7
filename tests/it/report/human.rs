use super::rendered;
use super::sample::Sample;
use stanchion::finding::Finding;
use stanchion::report::human::{Detail, Settings, write};

fn human(sample: &Sample, settings: Settings) -> String {
    rendered(sample, |out, report| write(out, report, settings).unwrap())
}

const PLAIN: Settings = Settings { width: 100, color: false, unicode: true, detail: Detail::Normal };

#[test]
fn every_width_and_character_set_reads_well() {
    for (name, settings) in [
        ("unicode_60", Settings { width: 60, ..PLAIN }),
        ("unicode_100", PLAIN),
        ("unicode_140", Settings { width: 140, ..PLAIN }),
        ("ascii_100", Settings { unicode: false, ..PLAIN }),
    ] {
        insta::assert_snapshot!(name, human(&Sample::new(), settings));
    }
}

/// Colors add escapes and nothing else, but for the badges and the backticks that they replace.
#[test]
fn color_changes_no_word() {
    let words = |text: &str| {
        let letters = text.to_lowercase().replace([':', '`'], "");
        letters.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let colored = human(&Sample::new(), Settings { color: true, width: 140, ..PLAIN });
    let stripped = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(&colored, "");
    let mut missing = words(&human(&Sample::new(), Settings { width: 140, ..PLAIN }));
    let found = words(&stripped);
    missing.retain(|word| !found.contains(word));
    assert!(missing.is_empty(), "{missing:?}");
    assert!(colored.contains("\u{1b}["));
}

#[test]
fn no_secret_is_shown() {
    for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
        let shown = human(&Sample::new(), Settings { detail, ..PLAIN });
        for secret in ["correct-horse-battery", "hunter2", "hf_abcdefghijklmnopqrstuvwx", ": admin"] {
            assert!(!shown.contains(secret), "{secret}");
        }
    }
}

#[test]
fn many_findings_are_shortened_and_counted() {
    let mut sample = Sample::new();
    let lead = sample.assessment.findings[0].clone();
    for n in 0..40 {
        let mut next = lead.clone();
        next.address = format!("Deployment/default/trainer-{n}");
        sample.assessment.findings.push(next);
    }
    insta::assert_snapshot!("many_100", human(&sample, PLAIN));
    let verbose = human(&sample, Settings { detail: Detail::Verbose, ..PLAIN });
    assert!(verbose.contains("trainer-39") && verbose.matches("why:").count() == 47);
}

#[test]
fn the_likeliest_of_findings_that_weigh_the_same_comes_first() {
    let mut sample = Sample::new();
    let lead = sample.assessment.findings[0].clone();
    sample.assessment.findings = Vec::new();
    for (likelihood, name) in [(None, "unasked"), (Some(20), "doubtful"), (Some(90), "sure")] {
        let address = format!("Deployment/default/{name}");
        let message = format!("`{name}` is open");
        sample.assessment.findings.push(Finding { address, message, likelihood, ..lead.clone() });
    }
    let shown = human(&sample, PLAIN);
    let at = |name: &str| shown.find(&format!("{name}` is open")).unwrap();
    assert!(at("sure") < at("doubtful") && at("doubtful") < at("unasked"), "{shown}");
}
