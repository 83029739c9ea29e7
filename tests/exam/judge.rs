use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use stanchion::analysis::Outcome;
use stanchion::rules::RuleSet;
use stanchion::source::Span;

use crate::cases::{Case, Expect};
use crate::disagreements::Disagreements;

/// Units listed of one check; the rest is counted.
const MAX_UNITS: usize = 8;

/// Lines of files that a verdict is about: one-based, both included.
type Unit = Vec<(std::path::PathBuf, u32, u32)>;

/// A check by its analyzer, id and provider.
pub(crate) type Key<'a> = (&'a str, &'a str, &'a str);

/// A check of another analyzer that rules of ours claim, and how its cases came out.
#[derive(Default)]
pub(crate) struct Check {
    title: String,
    pub(crate) rules: BTreeSet<String>,
    pub(crate) n_failing: usize,
    pub(crate) n_passing: usize,
    missed: Vec<String>,
    pub(crate) noisy: Vec<String>,
    /// Cases with a missed or noisy unit.
    pub(crate) wrong_cases: BTreeSet<String>,
    /// Rules, and rules at one severity, that fire on every failing unit so far; `None` before one.
    on_all_failing: Option<BTreeSet<String>>,
    on_some_passing: BTreeSet<String>,
}

impl Check {
    /// One rule fires on every failing unit and on no passing one.
    pub(crate) fn is_discriminated(&self) -> bool {
        self.on_all_failing.as_ref().is_some_and(|rules| rules.iter().any(|rule| !self.on_some_passing.contains(rule)))
    }
}

/// A finding or undecided question, by place.
struct Said<'a> {
    rule: &'a str,
    /// The rule at a severity: one rule may say two things.
    statement: String,
    first: u32,
    last: u32,
    reason: &'a str,
}

/// The checks that our rules claim, judged.
pub(crate) fn judged<'a>(cases: &'a [Case], root: &Path, outcome: &Outcome) -> BTreeMap<Key<'a>, Check> {
    let rules = RuleSet::embedded();
    let names = rules.names();
    let (found, undecided) = said(outcome);
    let mut checks: BTreeMap<Key<'a>, Check> = BTreeMap::new();
    for case in cases {
        let own: BTreeSet<String> =
            names.find_peer(&case.peer, &case.check).into_iter().map(|rule| rule.id.clone()).collect();
        if own.is_empty() {
            continue;
        }
        let check = checks.entry((&case.peer, &case.check, &case.provider)).or_default();
        check.title = case.title.clone().unwrap_or_default();
        check.rules = own;
        for expect in &case.expect {
            let Some(unit) = unit(case, expect, root, outcome) else { continue };
            judge(check, (case, expect), &at(&found, &unit), &at(&undecided, &unit));
        }
    }
    // Without a failing unit in sight there is nothing to tell apart.
    checks.retain(|_, check| check.n_failing > 0);
    checks
}

type ByFile<'a> = BTreeMap<&'a Path, Vec<Said<'a>>>;

fn said(outcome: &Outcome) -> (ByFile<'_>, ByFile<'_>) {
    let (mut found, mut undecided) = (ByFile::new(), ByFile::new());
    let lines = |span: Span| {
        let file = outcome.sources.file(span.file);
        (&*file.path, file.position(span.start).line, file.position(span.end).line)
    };
    for finding in &outcome.assessment.findings {
        let (path, first, last) = lines(finding.primary.span);
        found.entry(path).or_default().push(Said {
            rule: &finding.rule,
            statement: format!("{}@{:?}", finding.rule, finding.severity),
            first,
            last,
            reason: "",
        });
    }
    for one in &outcome.assessment.undecided {
        let (path, first, last) = lines(one.span);
        undecided.entry(path).or_default().push(Said {
            rule: &one.rule,
            statement: String::new(),
            first,
            last,
            reason: &one.reason,
        });
    }
    (found, undecided)
}

fn at<'a>(said: &'a ByFile<'a>, unit: &Unit) -> Vec<&'a Said<'a>> {
    let within = |(path, first, last): &'_ (std::path::PathBuf, u32, u32)| {
        let (first, last) = (*first, *last);
        said.get(&**path).into_iter().flatten().filter(move |one| one.first <= last && one.last >= first)
    };
    unit.iter().flat_map(within).collect()
}

/// Where a verdict's unit stands; `None` where its address is not found.
fn unit(case: &Case, expect: &Expect, root: &Path, outcome: &Outcome) -> Option<Unit> {
    const AROUND: u32 = 2;
    let folder = case.folder(root);
    if let Some(address) = &expect.address {
        let unit = blocks(address, &folder, outcome);
        return (!unit.is_empty()).then_some(unit);
    }
    let file = expect.file.as_ref();
    Some(match (&expect.lines, file) {
        (Some(lines), Some(file)) => {
            let path = folder.join(file);
            lines.iter().map(|line| (path.clone(), line.saturating_sub(AROUND), line + AROUND)).collect()
        }
        (None, Some(file)) => vec![(folder.join(file), 1, u32::MAX)],
        (_, None) => case.files.keys().map(|name| (folder.join(name), 1, u32::MAX)).collect(),
    })
}

/// Blocks of a Terraform address, or of an object written `Kind.namespace.name`.
fn blocks(address: &str, folder: &Path, outcome: &Outcome) -> Unit {
    let plain = |text: &str| text.split('[').next().unwrap_or("").to_owned();
    let object: Vec<&str> = address.splitn(3, '.').collect();
    let mut unit = Unit::new();
    for resource in outcome.graph.resources() {
        let Some(file) = outcome.sources.files().get(resource.block.file.0 as usize) else { continue };
        let is_object = matches!(&object[..], [kind, _, name] if resource.type_name == *kind && resource.name == *name);
        if (plain(&resource.address) == plain(address) || is_object) && file.path.starts_with(folder) {
            unit.push((
                file.path.clone(),
                file.position(resource.block.start).line,
                file.position(resource.block.end).line,
            ));
        }
    }
    unit
}

fn judge(check: &mut Check, (case, expect): (&Case, &Expect), found: &[&Said<'_>], undecided: &[&Said<'_>]) {
    let name = expect.address.as_ref().or(expect.file.as_ref()).map_or("all files", String::as_str);
    let lines = expect.lines.as_ref().map_or_else(String::new, |lines| format!(" lines {lines:?}"));
    let name = format!("`{}` {name}{lines}", case.id);
    let own = found.iter().filter(|one| check.rules.contains(one.rule));
    let firing: BTreeSet<&str> = own.clone().map(|one| one.rule).collect();
    let statements: BTreeSet<String> = own.flat_map(|one| [one.rule.to_owned(), one.statement.clone()]).collect();
    match expect.verdict.as_str() {
        "fail" => {
            check.n_failing += 1;
            if firing.is_empty() {
                check.missed.push(format!("{name}: {}", why_missed(&check.rules, found, undecided)));
                check.wrong_cases.insert(case.id.clone());
            }
            let kept = match check.on_all_failing.take() {
                Some(before) => before.intersection(&statements).cloned().collect(),
                None => statements,
            };
            check.on_all_failing = Some(kept);
        }
        "pass" => {
            check.n_passing += 1;
            if !firing.is_empty() {
                check.noisy.push(format!("{name}: {}", joined(firing.iter().copied())));
                check.wrong_cases.insert(case.id.clone());
            }
            check.on_some_passing.extend(statements);
        }
        _ => {}
    }
}

fn why_missed(own: &BTreeSet<String>, found: &[&Said<'_>], undecided: &[&Said<'_>]) -> String {
    if let Some(one) = undecided.iter().find(|one| own.contains(one.rule)) {
        return format!("undecided, {}", one.reason);
    }
    let others: BTreeSet<&str> = found.iter().map(|one| one.rule).collect();
    if others.is_empty() { "silent".to_owned() } else { format!("only {}", joined(others)) }
}

fn joined<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// Checks that are not discriminated, as Markdown, those without a reason first.
pub(crate) fn misses(checks: &BTreeMap<Key<'_>, Check>, disagreements: &Disagreements) -> String {
    let (mut unexplained, mut explained) = (String::new(), String::new());
    for ((peer, id, provider), check) in checks.iter().filter(|(_, check)| !check.is_discriminated()) {
        let name = format!("{peer}:{id}");
        let reasons = disagreements.of(&name, &check.wrong_cases);
        let n_found = check.n_failing - check.missed.len();
        let text = if reasons.is_empty() { &mut unexplained } else { &mut explained };
        let _ = write!(
            text,
            "\n## {name} ({provider}) {}\nrules: {}; {n_found} of {} failing units found, {} of {} passing ones noisy\n",
            check.title,
            joined(check.rules.iter().map(String::as_str)),
            check.n_failing,
            check.noisy.len(),
            check.n_passing
        );
        text.extend(reasons.iter().map(|one| format!("- {}: {}\n", one.kind.name(), one.reason)));
        for (what, units) in [("missed", &check.missed), ("noisy", &check.noisy)] {
            text.extend(units.iter().take(MAX_UNITS).map(|unit| format!("- {what} {unit}\n")));
            if units.len() > MAX_UNITS {
                let _ = writeln!(text, "- {what} {} more", units.len() - MAX_UNITS);
            }
        }
    }
    format!("\n# Not told apart, and nobody says why\n{unexplained}\n# Not told apart, for a reason\n{explained}")
}
