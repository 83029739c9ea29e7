//! Suppressions: comments and annotations that allow findings, our own and those of other
//! analyzers.
//!
//! Takes the texts that hold a marker word and the graph's annotations; says of a finding whether
//! it is allowed, and in the end which suppressions are of no use. It does not know how findings
//! are shown. Start reading at [`Suppressions::collect`].

mod annotations;
mod configured;
mod hcl;
mod insert;
mod marker;
mod yaml;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use ecow::EcoString;
use rayon::prelude::*;
use regex::Regex;
use rustc_hash::FxHashMap;

use super::places::Places;
use crate::finding::{Day, Notice, NoticeKind};
use crate::graph::{Graph, ResourceId, Scope};
use crate::rules::{self, Names, RuleSet};
use crate::source::{FileId, FileKind, SourceFile, SourceMap, Span};
pub use configured::{Allow, Allowances};
pub(super) use configured::{Meant, resolve};
pub use insert::{Insertion, allow_by_comment};
use marker::{Dialect, Marker};

/// What the comments of files say, by file, for as long as the text is the same.
#[derive(Debug, Default)]
pub(super) struct Marks(Vec<Marked>);

/// One file's.
#[derive(Clone, Debug)]
struct Marked {
    text: Arc<str>,
    kind: FileKind,
    found: Vec<(Marker, Span, Cover)>,
}

impl Marks {
    /// Looks through the files, but for those it has looked through before.
    fn read(&mut self, sources: &SourceMap) -> Vec<(Marker, Span, Cover)> {
        let read = |file: &SourceFile| {
            let is_same = |marked: &&Marked| Arc::ptr_eq(&marked.text, &file.text) && marked.kind == file.kind;
            let known = self.0.get(file.id.0 as usize).filter(is_same).cloned();
            known.unwrap_or_else(|| Marked { text: file.text.clone(), kind: file.kind, found: in_comments(file) })
        };
        self.0 = sources.files().par_iter().map(read).collect();
        self.0.iter().flat_map(|marked| &marked.found).cloned().collect()
    }
}

/// Words of which a text holds one if it suppresses anything.
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    let words = "stanchion:allow|checkov:skip|bridgecrew:skip|tfsec:ignore|trivy:ignore|kics-scan";
    Regex::new(words).expect("a valid pattern")
});

/// What a suppression reaches.
#[derive(Clone, Debug)]
enum Cover {
    /// Nothing: it stands at no statement.
    Nothing,
    /// A file.
    File,
    /// A statement, and all that lies below the module calls in it.
    Range { span: Span, modules: Vec<(Scope, EcoString)> },
    /// An object that carries an annotation.
    Resource(ResourceId),
    /// Addresses and files, as far as they are limited.
    Places { address: Option<String>, files: Option<BTreeSet<FileId>> },
}

/// One name in a suppression.
#[derive(Debug)]
struct Allowed {
    /// As it is written.
    name: String,
    /// The rules it means; `None` for all.
    rules: Option<Vec<String>>,
    is_used: Cell<bool>,
}

#[derive(Debug)]
struct Suppression {
    span: Span,
    marker: Marker,
    allowed: Vec<Allowed>,
    cover: Cover,
}

/// All suppressions of a run.
#[derive(Debug, Default)]
pub(super) struct Suppressions {
    all: Vec<Suppression>,
    /// Those that name a rule; the empty name is for all rules.
    by_rule: FxHashMap<String, Vec<usize>>,
    notices: Vec<Notice>,
    /// Whether all is analyzed that the settings are about.
    is_whole: bool,
}

/// A finding or question as suppressions see it.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) rule: &'a str,
    pub(super) resource: ResourceId,
    pub(super) span: Span,
    /// Places on the way of the value that decided it.
    pub(super) way: &'a [Span],
}

/// Why a finding is allowed.
#[derive(Debug)]
pub(super) struct Allowance {
    pub(super) by: Span,
    pub(super) how: &'static str,
    pub(super) reason: Option<String>,
}

impl Suppressions {
    /// Reads all suppressions of the input. `today` decides which have expired.
    pub(super) fn collect(
        sources: &SourceMap,
        marks: &mut Marks,
        graph: &Graph,
        rules: &RuleSet,
        places: &Places<'_>,
        today: Day,
    ) -> Self {
        let mut found = marks.read(sources);
        found.extend(annotations::read(graph, places));
        let mut suppressions = Self::default();
        if !found.is_empty() {
            let names = rules.names();
            for (marker, span, cover) in found {
                suppressions.add(marker, span, with_modules(cover, graph), &names, today);
            }
        }
        suppressions
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    fn add(&mut self, marker: Marker, span: Span, cover: Cover, names: &Names<'_>, today: Day) {
        if marker.dialect == Dialect::Own {
            self.notices.extend(faults(&marker, names).map(|(kind, message)| Notice { span, kind, message }));
        }
        if marker.is_malformed {
            return;
        }
        let allowed: Vec<Allowed> = marker.names.iter().map(|name| allowed(marker.dialect, name, names)).collect();
        self.hold(Suppression { span, marker, allowed, cover }, today);
    }

    /// Keeps one that has not expired.
    fn hold(&mut self, one: Suppression, today: Day) {
        let Suppression { span, marker, allowed, .. } = &one;
        if let Some(until) = marker.until.filter(|until| *until < today) {
            let message = format!("this suppression expired after {until}: what it allowed is reported again");
            self.notices.push(Notice { span: *span, kind: NoticeKind::Expired, message });
            return;
        }
        for rule in allowed.iter().flat_map(|allowed| allowed.rules.clone().unwrap_or_else(|| vec![String::new()])) {
            self.by_rule.entry(rule).or_default().push(self.all.len());
        }
        self.all.push(one);
    }

    /// Adds what the settings accept, which stand in `file`.
    pub(super) fn add_settings(
        &mut self,
        allowances: &Allowances,
        meant: Vec<Vec<Meant>>,
        file: FileId,
        sources: &SourceMap,
        today: Day,
    ) {
        self.is_whole = allowances.is_whole;
        for one in allowances.suppressions(file, meant, sources) {
            if one.marker.reason.is_none() {
                let message = "says no reason: add `reason = \"…\"`".to_owned();
                self.notices.push(Notice { span: one.span, kind: NoticeKind::Reasonless, message });
            }
            self.hold(one, today);
        }
    }

    /// Whether something allows it; every suppression that does is used from now on.
    pub(super) fn find(&self, target: &Target<'_>, graph: &Graph) -> Option<Allowance> {
        let mut found = None;
        let named = [target.rule, ""].into_iter().filter_map(|rule| self.by_rule.get(rule)).flatten();
        for one in named.map(|index| &self.all[*index]) {
            let is_meant = |allowed: &&Allowed| {
                allowed.rules.as_ref().is_none_or(|rules| rules.iter().any(|rule| rule == target.rule))
            };
            let mut meant = one.allowed.iter().filter(is_meant).peekable();
            if meant.peek().is_none() || !covers(&one.cover, one.span, target, graph) {
                continue;
            }
            meant.for_each(|allowed| allowed.is_used.set(true));
            let reason = one.marker.reason.clone();
            found.get_or_insert(Allowance { by: one.span, how: one.marker.dialect.how(), reason });
        }
        found
    }

    /// What is wrong with suppressions, once every finding was asked for.
    pub(super) fn into_notices(mut self, rules: &RuleSet) -> Vec<Notice> {
        let runs = |id: &String| rules.rules().iter().any(|rule| rule.id == *id);
        let is_told = |one: &&Suppression| self.is_whole || one.marker.dialect != Dialect::Settings;
        for one in self.all.iter().filter(is_told) {
            for allowed in one.allowed.iter().filter(|allowed| !allowed.is_used.get()) {
                // A rule that was not run would perhaps have fired.
                let is_ours = allowed.rules.as_ref().is_some_and(|ids| !ids.is_empty() && ids.iter().all(runs));
                if is_ours {
                    let (kind, message) = match one.marker.dialect.tool() {
                        None => (NoticeKind::Unused, "has no finding here: remove the suppression"),
                        Some(_) => (NoticeKind::UnusedPeer, "allows nothing that is found here"),
                    };
                    self.notices.push(Notice {
                        span: one.span,
                        kind,
                        message: format!("`{}` {message}", allowed.name),
                    });
                }
            }
        }
        self.notices.sort();
        self.notices.dedup();
        self.notices
    }
}

fn allowed(dialect: Dialect, name: &str, names: &Names<'_>) -> Allowed {
    let found = match dialect.tool() {
        _ if name == marker::ALL => None,
        Some(tool) if name.contains('*') => Some(names.matching(&format!("{tool}:{name}"))),
        Some(tool) => Some(names.find_peer(tool, name)),
        None => Some(names.find(name)),
    };
    let rules = found.map(|rules| rules.into_iter().map(|rule| rule.id.clone()).collect());
    Allowed { name: name.to_owned(), rules, is_used: Cell::new(false) }
}

/// What is wrong with an own suppression as it is written.
fn faults<'m>(marker: &'m Marker, names: &'m Names<'_>) -> impl Iterator<Item = (NoticeKind, String)> + 'm {
    let form = "write `stanchion:allow RULE -- reason` and, if you like, `until=2030-01-31`";
    let malformed = marker.is_malformed.then(|| (NoticeKind::Malformed, format!("cannot be read: {form}")));
    let is_reasonless = marker.reason.is_none() && !marker.is_malformed;
    let reasonless =
        is_reasonless.then(|| (NoticeKind::Reasonless, "says no reason: end it with `-- reason`".to_owned()));
    let unknown = marker.names.iter().filter(|name| names.find(name).is_empty()).map(|name| {
        let hint = names.nearest(name).map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
        (NoticeKind::UnknownRule, format!("no rule is named `{name}`{hint}"))
    });
    malformed.into_iter().chain(reasonless).chain(unknown)
}

fn in_comments(file: &SourceFile) -> Vec<(Marker, Span, Cover)> {
    if !WORDS.is_match(&file.text) {
        return Vec::new();
    }
    match file.kind {
        FileKind::Terraform | FileKind::Tfvars => hcl::read(file),
        FileKind::Yaml => yaml::read(file),
        FileKind::TerraformJson | FileKind::TfvarsJson | FileKind::Json | FileKind::Config => Vec::new(),
    }
}

/// Adds the module calls whose whole block is covered.
fn with_modules(cover: Cover, graph: &Graph) -> Cover {
    let Cover::Range { span, .. } = cover else { return cover };
    let calls = graph.of_type("module").iter().map(|id| graph.resource(*id));
    let covered = calls.filter(|call| span.contains(call.block));
    Cover::Range { span, modules: covered.map(|call| (call.scope, call.address.clone())).collect() }
}

fn covers(cover: &Cover, by: Span, target: &Target<'_>, graph: &Graph) -> bool {
    let resource = graph.resource(target.resource);
    match cover {
        Cover::Nothing => false,
        Cover::File => target.span.file == by.file,
        Cover::Resource(id) => *id == target.resource,
        Cover::Places { address, files } => {
            files.as_ref().is_none_or(|files| files.contains(&target.span.file))
                && address.as_ref().is_none_or(|pattern| reaches(pattern, &resource.address))
        }
        Cover::Range { span, modules } => {
            let holds = |at: Span| at.file == span.file && span.start <= at.start && at.start < span.end;
            let is_below = |(scope, call): &(Scope, EcoString)| {
                let rest = resource.address.strip_prefix(call.as_str());
                *scope == resource.scope && rest.is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            holds(target.span)
                || span.contains(resource.block)
                || target.way.iter().any(|at| holds(*at))
                || modules.iter().any(is_below)
        }
    }
}

/// Whether a pattern means an address: that of a resource, or of a module or block around it.
fn reaches(pattern: &str, address: &str) -> bool {
    let below = [".*", "[*"].map(|rest| format!("{pattern}{rest}"));
    rules::covers(pattern, address) || below.iter().any(|pattern| rules::covers(pattern, address))
}
