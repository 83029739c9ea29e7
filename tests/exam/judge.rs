use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use stanchion::analysis::Outcome;
use stanchion::rules::RuleSet;
use stanchion::source::Span;

use crate::cases::{Case, Expect};

/// Units listed of one check; the rest is counted.
const MAX_UNITS: usize = 8;

/// Lines of files that a verdict is about: one-based, both included.
type Unit = Vec<(std::path::PathBuf, u32, u32)>;

#[derive(Default)]
struct Check {
    title: String,
    n_failing: usize,
    n_passing: usize,
    missed: Vec<String>,
    noisy: Vec<String>,
}

/// A finding or undecided question, by place.
struct Said<'a> {
    rule: &'a str,
    first: u32,
    last: u32,
    reason: &'a str,
}

/// Checks that our rules claim and do not cleanly tell apart, as Markdown.
pub(crate) fn report(cases: &[Case], root: &Path, outcome: &Outcome) -> String {
    let rules = RuleSet::embedded();
    let names = rules.names();
    let (found, undecided) = said(outcome);
    let mut checks: BTreeMap<(&str, &str, &str), (Check, BTreeSet<&str>)> = BTreeMap::new();
    for case in cases {
        let own: BTreeSet<&str> = names.find_peer(&case.peer, &case.check).into_iter().map(|rule| &*rule.id).collect();
        if own.is_empty() {
            continue;
        }
        let entry = checks.entry((&case.peer, &case.check, &case.provider)).or_default();
        entry.0.title.clone_from(&case.title);
        entry.1 = own;
        for expect in &case.expect {
            let Some(unit) = unit(case, expect, root, outcome) else { continue };
            judge(&mut entry.0, &entry.1, (case, expect), &at(&found, &unit), &at(&undecided, &unit));
        }
    }
    written(&checks)
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
        found.entry(path).or_default().push(Said { rule: &finding.rule, first, last, reason: "" });
    }
    for one in &outcome.assessment.undecided {
        let (path, first, last) = lines(one.span);
        undecided.entry(path).or_default().push(Said { rule: &one.rule, first, last, reason: &one.reason });
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

fn judge(
    check: &mut Check,
    own: &BTreeSet<&str>,
    (case, expect): (&Case, &Expect),
    found: &[&Said<'_>],
    undecided: &[&Said<'_>],
) {
    let name = expect.address.as_ref().or(expect.file.as_ref()).map_or("all files", String::as_str);
    let lines = expect.lines.as_ref().map_or_else(String::new, |lines| format!(" lines {lines:?}"));
    let name = format!("`{}` {name}{lines}", case.id);
    let firing: BTreeSet<&str> = found.iter().map(|one| one.rule).filter(|rule| own.contains(rule)).collect();
    match expect.verdict.as_str() {
        "fail" => {
            check.n_failing += 1;
            if firing.is_empty() {
                check.missed.push(format!("{name}: {}", why_missed(own, found, undecided)));
            }
        }
        "pass" => {
            check.n_passing += 1;
            if !firing.is_empty() {
                check.noisy.push(format!("{name}: {}", joined(&firing)));
            }
        }
        _ => {}
    }
}

fn why_missed(own: &BTreeSet<&str>, found: &[&Said<'_>], undecided: &[&Said<'_>]) -> String {
    if let Some(one) = undecided.iter().find(|one| own.contains(one.rule)) {
        return format!("undecided, {}", one.reason);
    }
    let others: BTreeSet<&str> = found.iter().map(|one| one.rule).collect();
    if others.is_empty() { "silent".to_owned() } else { format!("only {}", joined(&others)) }
}

fn joined(rules: &BTreeSet<&str>) -> String {
    rules.iter().copied().collect::<Vec<_>>().join(", ")
}

fn written(checks: &BTreeMap<(&str, &str, &str), (Check, BTreeSet<&str>)>) -> String {
    let is_clean = |check: &Check| check.missed.is_empty() && check.noisy.is_empty();
    let n_clean = checks.values().filter(|(check, _)| is_clean(check)).count();
    let mut text = format!("# {} labelled checks have a rule of ours, {n_clean} are told apart\n", checks.len());
    for ((peer, id, provider), (check, own)) in checks.iter().filter(|(_, (check, _))| !is_clean(check)) {
        let n_found = check.n_failing - check.missed.len();
        let _ = write!(
            text,
            "\n## {peer}:{id} ({provider}) {}\nrules: {}; {n_found} of {} failing units found, {} of {} passing ones noisy\n",
            check.title,
            joined(own),
            check.n_failing,
            check.noisy.len(),
            check.n_passing
        );
        for (what, units) in [("missed", &check.missed), ("noisy", &check.noisy)] {
            text.extend(units.iter().take(MAX_UNITS).map(|unit| format!("- {what} {unit}\n")));
            if units.len() > MAX_UNITS {
                let _ = writeln!(text, "- {what} {} more", units.len() - MAX_UNITS);
            }
        }
    }
    text
}
