//! `stanchion.toml`: what a team decides once for all runs; and `stanchion.baseline.json`: what it knows of.
//!
//! Takes the text of a settings file; gives plain data with the place of each thing that can only
//! be judged later, or says what is wrong and where. It does not know where the file lies, what
//! the command line says, or how rules run. Start reading at [`Config`], then [`read()`].

mod baseline;
mod read;

pub use baseline::{Baseline, BaselineError, Document, Entry as BaselineEntry, Looked};
pub use read::{Refusal, read};

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Deserializer, de};
pub use toml::Spanned;

use crate::finding::{Day, Severity};
use crate::report::Samples;
use crate::source::PathGlob;

/// The name of the file.
pub const FILE_NAME: &str = "stanchion.toml";

/// The name of the file of findings that are known.
pub const BASELINE_NAME: &str = "stanchion.baseline.json";

/// The file that `stanchion init` writes: all keys, in comments.
pub const TEMPLATE: &str = include_str!("template.toml");

/// Settings of a project. Paths and patterns are relative to the folder of the file.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct Config {
    /// Files and folders to check where the command line names none.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub paths: Vec<Spanned<String>>,
    /// Patterns of files and folders that are not read: `vendor`, `**/generated/**`.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub exclude: Vec<PathGlob>,
    /// The least severity that makes the exit code 1.
    pub fail_on: Option<Severity>,
    /// So many findings at or above `fail-on` do not make the exit code 1.
    pub max_findings: usize,
    /// Exit with code 2 if a check hangs on something unknown.
    pub fail_on_undecided: bool,
    /// Exit with code 2 if any file or part of a file was left out.
    pub fail_on_skipped: bool,
    /// Both, and exit with code 2 if a suppression is to be tidied.
    pub strict: bool,
    /// Exit with code 0 whatever is found.
    pub exit_zero: bool,
    /// Run only these: rule ids, ids of other analyzers, categories, severities, providers, and
    /// patterns of ids such as `s3-*`.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub select: Vec<Spanned<String>>,
    /// Do not run these, named in the same ways.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub ignore: Vec<Spanned<String>>,
    /// Also run rules that are hygiene or preference, and show what root causes explain.
    pub pedantic: bool,
    /// What to do with findings in folders of examples and tests.
    pub samples: Option<Samples>,
    /// Folders of further rule files.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub rules: Vec<Spanned<String>>,
    /// Files of further advisories, in the OSV format.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub advisories: Vec<Spanned<String>>,
    /// Severities of rules, named as in `select`; a rule's own name outweighs a group.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, Severity>"))]
    pub severity: BTreeMap<Spanned<String>, Severity>,
    /// Findings that are accepted.
    pub allow: Vec<Allow>,
    /// Root modules with their variable files. A folder that is named several times is analyzed
    /// once for each.
    pub root: Vec<Root>,
}

/// Accepts findings of some rules at some places.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Allow {
    /// Rules, named as in `select`; `*` for all.
    #[cfg_attr(test, schemars(with = "Vec<String>", length(min = 1)))]
    #[serde(deserialize_with = "some")]
    pub rules: Vec<Spanned<String>>,
    /// Addresses, `*` standing for anything: `module.legacy.*`. What matches a module or a block
    /// matches all below it.
    pub address: Option<String>,
    /// A pattern of files and folders.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub path: Option<PathGlob>,
    /// Why.
    pub reason: Option<String>,
    /// The last day on which it holds: `2030-01-31`.
    #[serde(default, deserialize_with = "day")]
    #[cfg_attr(test, schemars(with = "Option<String>", regex(pattern = r"^\d{4}-\d{2}-\d{2}$")))]
    pub until: Option<Day>,
}

/// A root module and what its variables are set to.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Root {
    /// The folder.
    #[cfg_attr(test, schemars(with = "String"))]
    pub path: Spanned<String>,
    /// Variable files, relative to the folder; later ones count.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub var_files: Vec<Spanned<String>>,
}

impl Config {
    /// Where the file names rules in this way, if it does.
    pub fn place_of(&self, selector: &str) -> Option<Range<usize>> {
        let allowed = self.allow.iter().flat_map(|allow| &allow.rules);
        let mut named = self.select.iter().chain(&self.ignore).chain(self.severity.keys()).chain(allowed);
        named.find(|name| name.get_ref() == selector).map(Spanned::span)
    }
}

fn some<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Spanned<String>>, D::Error> {
    let names = Vec::deserialize(input)?;
    if names.is_empty() { Err(de::Error::custom("names no rule; `*` stands for all")) } else { Ok(names) }
}

/// A day, quoted or as TOML's own date.
fn day<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Day>, D::Error> {
    let text = match toml::Value::deserialize(input)? {
        toml::Value::String(text) => text,
        toml::Value::Datetime(day) => day.to_string(),
        other => {
            return Err(de::Error::custom(format!("expected a day such as 2030-01-31, found {}", other.type_str())));
        }
    };
    let wrong = || de::Error::custom(format!("`{text}` is no day: write it as `2030-01-31`"));
    Day::parse(&text).map(Some).ok_or_else(wrong)
}
