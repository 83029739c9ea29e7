//! What rules read: how much of it is known, and of the rest what is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use stanchion::analysis::graph;
use stanchion::graph::ResourceKind;
use stanchion::query::{Base, PathExpr, PathStep};
use stanchion::rules::RuleSet;
use stanchion::rules::schema::Condition;
use stanchion::source::Disk;
use stanchion::value::{Data, Reason, Value};

/// Prints the share of attributes, among those that rules read and the code sets, which are known
/// or name a missing input; and every function without an implementation.
pub(crate) fn report(root: &Path) {
    let outcome = graph(&super::settings(root), &Disk, &()).expect("no variable files are given");
    let read = attributes_by_type();
    let mut tally: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut faults: BTreeMap<String, usize> = BTreeMap::new();
    let mut unsupported: BTreeMap<String, usize> = BTreeMap::new();
    let terraform = |kind| matches!(kind, ResourceKind::Managed | ResourceKind::Data);
    for resource in outcome.graph.resources().iter().filter(|resource| terraform(resource.kind)) {
        for name in read.get(&*resource.type_name).into_iter().flatten() {
            let Some(value) = resource.attributes.get(name) else { continue };
            let reason = first_unknown(value);
            *tally.entry(reason.map_or("known", Reason::code)).or_default() += 1;
            match reason {
                Some(Reason::Unsupported(function)) => *unsupported.entry(function.to_string()).or_default() += 1,
                Some(reason) if !is_missing_input(reason) => *faults.entry(reason.to_string()).or_default() += 1,
                _ => {}
            }
        }
    }
    let n_all: usize = tally.values().sum();
    let n_faults: usize = faults.values().chain(unsupported.values()).sum();
    let share = |n: usize| 100.0 * n as f64 / n_all.max(1) as f64;
    println!("\nattributes that rules read and the code sets: {n_all}");
    for (code, n) in &tally {
        println!("  {n:>7} {:>5.1} %  {code}", share(*n));
    }
    println!("known or a named missing input: {:.2} %", share(n_all - n_faults));
    let mut most: Vec<_> = faults.iter().collect();
    most.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    most.iter().take(20).for_each(|(reason, n)| println!("  {n:>7}  {reason}"));
    println!("functions that are not implemented: {unsupported:?}");
}

/// Names of the attributes of a resource of which some rule's target reads anything.
fn attributes_by_type() -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in RuleSet::embedded().rules() {
        let own = (&rule.targets, &rule.each, &rule.when);
        let cases = rule.cases.iter().map(|case| (&case.targets, &case.each, &case.when));
        for (targets, each, when) in std::iter::once(own).chain(cases) {
            let mut names = BTreeSet::new();
            names.extend(each.as_deref().and_then(first_name));
            if let Some(when) = when {
                condition(when, usize::from(each.is_some()), &mut names, &mut all);
            }
            for target in targets.iter() {
                all.entry(target.clone()).or_default().extend(names.iter().cloned());
            }
        }
    }
    all
}

/// Adds what a condition reads of the resource, `depth` elements around it.
fn condition(c: &Condition, depth: usize, names: &mut BTreeSet<String>, all: &mut BTreeMap<String, BTreeSet<String>>) {
    for text in [&c.path, &c.same_as, &c.some, &c.every].into_iter().flatten() {
        let of_resource = text.starts_with('$') || text.chars().take_while(|c| *c == '^').count() == depth;
        names.extend(first_name(text).filter(|_| of_resource));
    }
    for inner in c.all.iter().chain(&c.any).flatten().chain(c.not.as_deref()) {
        condition(inner, depth, names, all);
    }
    if let (Some(_), Some(inner)) = (c.some.as_ref().or(c.every.as_ref()), &c.where_) {
        condition(inner, depth + 1, names, all);
    }
    let linked = c.linked.as_ref().map(|join| (&join.types, &join.where_));
    let exists = c.exists.as_ref().map(|exists| (&exists.types, &exists.where_));
    for (types, inner) in linked.into_iter().chain(exists) {
        let mut theirs = BTreeSet::new();
        if let Some(inner) = inner {
            condition(inner, 0, &mut theirs, all);
        }
        for name in types.iter() {
            all.entry(name.clone()).or_default().extend(theirs.iter().cloned());
        }
    }
}

fn first_name(text: &str) -> Option<String> {
    let path: PathExpr = text.parse().ok()?;
    match (path.base, path.steps.first()?) {
        (Base::Resource | Base::Element(_), PathStep::Key(key)) => Some(key.clone()),
        _ => None,
    }
}

fn first_unknown(value: &Value) -> Option<&Reason> {
    match &value.data {
        Data::Unknown(unknown) => Some(&unknown.reason),
        Data::List(items) | Data::Set(items) => items.iter().find_map(first_unknown),
        Data::Object(members) => members.iter().find_map(|(_, member)| first_unknown(member)),
        _ => None,
    }
}

/// Whether what is missing is something that a file does not hold, and is named.
fn is_missing_input(reason: &Reason) -> bool {
    !matches!(reason, Reason::Unsupported(_) | Reason::Invalid(_) | Reason::Cycle(_) | Reason::Limit(_))
}
