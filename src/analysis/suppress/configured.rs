use std::cell::Cell;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::marker::{self, Dialect, Marker, Reach};
use super::{Allowed, Cover, Suppression};
use crate::finding::Day;
use crate::rules::{RuleSet, UnknownSelector};
use crate::source::{FileId, FileKind, PlacedGlob, SourceMap, Span};

/// Findings that the settings accept.
#[derive(Clone, Debug, Default)]
pub struct Allowances {
    /// The file that they stand in.
    pub file: PathBuf,
    /// Its text.
    pub text: Arc<str>,
    /// In the order of the file.
    pub entries: Vec<Allow>,
    /// Whether all is analyzed that the file is about: only then can one of no use be told.
    pub is_whole: bool,
}

/// Accepts findings of some rules at some places.
#[derive(Clone, Debug)]
pub struct Allow {
    /// Rules, named as for a choice of rules or by `*`, and where in the text they are named.
    pub rules: Vec<(String, Range<usize>)>,
    /// Addresses, `*` standing for anything.
    pub address: Option<String>,
    /// Files.
    pub path: Option<PlacedGlob>,
    /// Why.
    pub reason: Option<String>,
    /// The last day on which it holds.
    pub until: Option<Day>,
}

/// The rules that a name means; `None` for all.
pub(in crate::analysis) type Meant = Option<Vec<String>>;

/// What the names of each entry mean.
///
/// # Errors
/// [`UnknownSelector`] for a name that means nothing.
pub(in crate::analysis) fn resolve(
    allowances: &Allowances,
    rules: &RuleSet,
) -> Result<Vec<Vec<Meant>>, UnknownSelector> {
    let meant = |name: &String| if name == marker::ALL { Ok(None) } else { rules.selected(name).map(Some) };
    allowances.entries.iter().map(|allow| allow.rules.iter().map(|(name, _)| meant(name)).collect()).collect()
}

impl Allowances {
    /// Adds the file to those that findings may point at, if anything in it may be pointed at.
    pub(in crate::analysis) fn add_to(&self, sources: &mut SourceMap) -> Option<FileId> {
        let is_needed = !self.entries.is_empty();
        is_needed.then(|| sources.add(self.file.clone(), FileKind::Config, Arc::clone(&self.text)))
    }

    /// One suppression for each name.
    pub(super) fn suppressions<'a>(
        &'a self,
        file: FileId,
        meant: Vec<Vec<Meant>>,
        sources: &'a SourceMap,
    ) -> impl Iterator<Item = Suppression> + 'a {
        self.entries.iter().zip(meant).flat_map(move |(allow, meant)| {
            let reaches = |path: &PlacedGlob| {
                let files = sources.files().iter().filter(|file| path.matches(&file.path));
                files.map(|file| file.id).collect()
            };
            let cover = Cover::Places { address: allow.address.clone(), files: allow.path.as_ref().map(reaches) };
            allow.rules.iter().zip(meant).map(move |((name, range), rules)| {
                let mut marker = Marker::new(Dialect::Settings, Reach::File, vec![name.clone()]);
                marker.reason = allow.reason.clone().filter(|reason| !reason.trim().is_empty());
                marker.until = allow.until;
                let allowed = vec![Allowed { name: name.clone(), rules, is_used: Cell::new(false) }];
                Suppression { span: Span::new(file, range.start, range.end), marker, allowed, cover: cover.clone() }
            })
        })
    }
}
