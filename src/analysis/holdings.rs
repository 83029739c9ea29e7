use std::path::PathBuf;

use super::{Settings, analyze};
use crate::facts::{Advisories, n_products};
use crate::finding::Day;
use crate::rules::RuleSet;
use crate::rules::framework::Frameworks;
use crate::source::Memory;

/// What the program holds, and whether it works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdings {
    /// How many rules.
    pub n_rules: usize,
    /// How many frameworks of controls.
    pub n_frameworks: usize,
    /// How many AI products it recognizes by what runs.
    pub n_products: usize,
    /// How many advisories.
    pub n_advisories: usize,
    /// The day on which the newest of them was changed.
    pub advisories_of: Option<Day>,
    /// The classifier's name, the encoder's version and the first digits of the weights' SHA-256; why it cannot be
    /// used, if so; `None` where the program is built without one.
    pub classifier: Option<Result<String, String>>,
    /// Whether a bucket that everybody reads is found, and a private one is not.
    pub works: bool,
}

/// Reads all that is embedded, and tries it.
pub fn holdings() -> Holdings {
    let advisories = Advisories::embedded();
    Holdings {
        n_rules: RuleSet::embedded().rules().len(),
        n_frameworks: Frameworks::embedded().all().len(),
        n_products: n_products(),
        n_advisories: advisories.len(),
        advisories_of: advisories.newest().and_then(|time| Day::parse(time.get(..10)?)),
        #[cfg(feature = "classifier")]
        classifier: Some(classifier()),
        #[cfg(not(feature = "classifier"))]
        classifier: None,
        works: finds("public-read") && !finds("private"),
    }
}

/// Whether a bucket with that canned list is found.
fn finds(acl: &str) -> bool {
    let text = format!("resource \"aws_s3_bucket\" \"b\" {{\n  acl = \"{acl}\"\n}}\n");
    let path = PathBuf::from("main.tf");
    let settings = Settings { roots: vec![path.clone()], ..Settings::default() };
    let outcome = analyze(&settings, &Memory([(path, text.into_bytes())].into()), &());
    outcome.is_ok_and(|outcome| outcome.assessment.findings.iter().any(|found| found.rule == "s3-bucket-public-acl"))
}

/// Loads the embedded model, which holds the weights against their digest and runs them once.
#[cfg(feature = "classifier")]
fn classifier() -> Result<String, String> {
    let loaded = crate::model::Classifier::load(&crate::model::Engine::default());
    let told = loaded.map(|it| {
        let digest = it.about.sha256.get(..12).unwrap_or_default().to_owned();
        format!("model {}, features {}, sha256 {digest}", it.about.version, it.about.features)
    });
    told.map_err(|error| error.to_string())
}
