use lsp_types::Uri;
use serde::{Deserialize, Serialize};

use super::folders::Folder;
use crate::analysis::{self, Outcome, Settings};
use crate::finding::Severity;
use crate::manual;
use crate::report::{Effect, Gate, Refusals, Report, Verdict, html};
use crate::rules::framework::Frameworks;

/// The rule that somebody asks about.
#[derive(Debug, Deserialize)]
pub(super) struct Params {
    pub(super) rule: String,
}

/// A rule's page in the manual.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    title: String,
    markdown: String,
}

/// The page of a rule of the binary or of a folder's own, or of an advisory.
pub(super) fn explain<'s>(name: &str, mut folders: impl Iterator<Item = &'s Settings>) -> Option<Told> {
    let nothing = Settings::default();
    of_rule(name, &nothing).or_else(|| {
        let mut files = Vec::new();
        let own = folders.find_map(|settings| {
            files.extend(settings.advisory_files.iter().cloned());
            of_rule(name, settings)
        });
        own.or_else(|| {
            let page = analysis::explain_advisory(name, &files).ok()??;
            Some(Told { title: name.to_owned(), markdown: super::markdown::fenced(&page, "text") })
        })
    })
}

fn of_rule(name: &str, settings: &Settings) -> Option<Told> {
    let rules = analysis::rules(&settings.rule_folders).ok()?;
    let rule = *rules.names().find(name).first()?;
    Some(Told { title: rule.title.clone(), markdown: manual::markdown(rule, &Frameworks::embedded()) })
}

/// Which report is asked for.
#[derive(Deserialize)]
pub(super) struct ReportParams {
    /// A file of the folder that it is of; the first folder if there is none.
    #[serde(default)]
    pub(super) uri: Option<Uri>,
}

/// The report of a folder as a page, as `stanchion check` writes it.
pub(super) fn report(outcome: &Outcome, folder: &Folder) -> String {
    let config = &folder.project.config;
    let is_strict = config.strict;
    let gate = Gate {
        threshold: config.fail_on.unwrap_or(Severity::High),
        max_findings: config.max_findings,
        refusals: Refusals {
            skipped: is_strict || config.fail_on_skipped,
            undecided: is_strict || config.fail_on_undecided,
            untidy: is_strict,
        },
        samples: config.samples.unwrap_or_default(),
        suspects: false,
        effect: if config.exit_zero { Effect::ReportOnly } else { Effect::Enforce },
    };
    let verdict = Verdict::of(&outcome.assessment, &folder.settings.roots, gate);
    let report = Report { assessment: &outcome.assessment, sources: &outcome.sources, verdict: &verdict };
    let mut page = Vec::new();
    // Writing to memory does not fail.
    let _ = html::write(&mut page, report, &outcome.graph, &folder.path);
    String::from_utf8_lossy(&page).into_owned()
}
