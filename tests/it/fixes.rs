//! Every fix of a rule, made in values: the finding goes, and no other one comes.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use stanchion::facts::{Advisories, Facts};
use stanchion::graph::{Builder, Graph, Part, Resource, ResourceId, Scope};
use stanchion::rules::schema::Literal;
use stanchion::rules::{Change, Match, Outcome, Repair, RepairEdit, RuleSet, Tally, read_rule};
use stanchion::value::{Data, Map, Path, Place, Step, Value};

use crate::rules::{CASES, Case};

fn literal(literal: &Literal) -> Value {
    Value::from(serde_json::to_value(literal).unwrap())
}

/// What comes in place of a value; `None` if nothing does.
fn changed(value: Option<&Value>, change: &Change) -> Option<Value> {
    match change {
        Change::Set(to) => Some(literal(to)),
        Change::Add(body) => Some(literal(&Literal::Map(body.clone()))),
        Change::Remove => {
            assert!(value.is_some(), "there is nothing to remove");
            None
        }
    }
}

/// The value with a change at the end of `path`; `None` if it is gone itself.
fn edited(value: Option<Value>, path: &[Step], change: &Change) -> Option<Value> {
    let Some((step, rest)) = path.split_first() else { return changed(value.as_ref(), change) };
    let mut value = value.unwrap_or_default();
    match step {
        Step::Key(key) => {
            let before = value.get(key).cloned();
            let after = edited(before, rest, change).map(|after| (key.clone(), after));
            let map = value.as_object().cloned().unwrap_or_default();
            let others = map.iter().filter(|(name, _)| *name != key);
            let members = others.map(|(name, member)| (name.clone(), member.clone()));
            let members: Map = members.chain(after).collect();
            value.data = Data::Object(members);
        }
        Step::Index(index) => {
            let mut items = value.as_list().unwrap().to_vec();
            let index = *index as usize;
            match edited(Some(items[index].clone()), rest, change) {
                Some(after) => items[index] = after,
                None => drop(items.remove(index)),
            }
            value.data = Data::List(items.into_iter().collect());
        }
    }
    Some(value)
}

/// The graph with one resource repaired; an edge goes with the value that made it.
fn repaired(graph: &Graph, id: ResourceId, repair: &Repair) -> Graph {
    let mut builder = Builder::default();
    let mut resources = graph.resources().to_vec();
    let mut one = Resource::clone(graph.resource(id));
    for edit in &repair.edits {
        one.attributes = edited(Some(one.attributes), &edit.path.0, &edit.change).unwrap();
    }
    resources[id.0 as usize] = Arc::new(one);
    let last = resources.iter().map(|resource| resource.scope).max().unwrap_or(Scope(0));
    let scopes = (0..=last.0).map(Scope);
    for scope in scopes.clone() {
        let own = resources.iter().filter(|resource| resource.scope == scope).cloned().collect();
        builder.add(&Part::new(scope, own));
    }
    for (scope, name) in scopes.flat_map(|scope| PROVIDERS.map(|name| (scope, name))) {
        builder.limit(scope, name.into(), graph.ceiling(scope, name));
    }
    let is_gone = |via: &Path| {
        let removes = |edit: &&RepairEdit| edit.change == Change::Remove && via.is_within(&edit.path);
        repair.edits.iter().any(|edit| removes(&edit))
    };
    for edge in graph.edges().iter().filter(|edge| edge.from != id || !is_gone(&edge.via)) {
        builder.connect(edge.from, edge.to, edge.kind, edge.via.clone());
    }
    builder.build()
}

/// Providers of whose versions rules ask.
const PROVIDERS: [&str; 2] = ["aws", "azurerm"];

/// How often each rule is right, or cannot tell, of each resource.
fn tally(outcome: &Outcome) -> BTreeMap<(usize, ResourceId), usize> {
    let all = outcome.matches.iter().map(|found| (found.rule, found.resource));
    let mut tally = BTreeMap::new();
    for key in all.chain(outcome.stuck.iter().map(|stuck| (stuck.rule, stuck.resource))) {
        *tally.entry(key).or_insert(0) += 1;
    }
    tally
}

/// What is wrong with a fix, as seen from before and after it.
fn complaints(rules: &RuleSet, graph: &Graph, before: &Outcome, found: &Match) -> Vec<String> {
    let repair = found.repair.as_ref().unwrap();
    let graph = repaired(graph, found.resource, repair);
    let after = tally(&rules.run(&graph, &Facts::derive(&graph, Advisories::embedded()), Tally::default()));
    let before = tally(before);
    let name = |rule: usize| rules.rules()[rule].id.as_str();
    let of = format!("{} of {}", name(found.rule), graph.resource(found.resource).address);
    let key = (found.rule, found.resource);
    let mut wrong = Vec::new();
    if after.get(&key).copied().unwrap_or(0) >= before[&key] {
        wrong.push(format!("{of}: the finding stays"));
    }
    // Hygiene that only now has something to ask is no defect that the fix of one brought.
    let is_asked = |rule: usize| rules.rules()[rule].audience <= rules.rules()[found.rule].audience;
    let more = after.iter().filter(|(key, n)| is_asked(key.0) && **n > before.get(key).copied().unwrap_or(0));
    wrong
        .extend(more.map(|((rule, id), _)| format!("{of}: brings {} of {}", name(*rule), graph.resource(*id).address)));
    wrong
}

/// A fix that was made: the rule, and the type or class of the resource.
type Made = (usize, String);

/// Makes the fixes of all findings in one folder of fixtures.
fn make_all(rules: &RuleSet, case: &Case) -> (Vec<Made>, Vec<String>) {
    let graph = &case.outcome.graph;
    let before = rules.run(graph, &Facts::derive(graph, Advisories::embedded()), Tally::default());
    let (mut made, mut wrong) = (Vec::new(), Vec::new());
    for found in before.matches.iter().filter(|found| found.repair.is_some()) {
        wrong.extend(complaints(rules, graph, &before, found).into_iter().map(|it| format!("{}: {it}", case.id)));
        wrong.extend(misplaced(graph, found).map(|it| format!("{}: {it}", case.id)));
        let resource = graph.resource(found.resource);
        made.extend(
            [Some(&resource.type_name), resource.class.as_ref()]
                .into_iter()
                .flatten()
                .map(|name| (found.rule, name.to_string())),
        );
    }
    (made, wrong)
}

/// An edit of an object whose place in the manifest holds something else than its normal form does.
fn misplaced(graph: &Graph, found: &Match) -> Option<String> {
    let resource = graph.resource(found.resource);
    let edits = found.repair.iter().flat_map(|repair| &repair.edits);
    edits.into_iter().find_map(|edit| {
        // A key that is to come into the object itself has the whole document as its place.
        let existing = (1..=edit.path.0.len()).rev().map(|n| Path(edit.path.0[..n].to_vec()));
        let existing = existing.into_iter().find(|path| resource.attributes.at(path).is_some())?;
        let Place::Pointer(pointer) = graph.locate(found.resource, &existing).0 else { return None };
        let (normal, original) = (resource.attributes.at(&existing)?, resource.attributes.at(&pointer.path));
        let is_same = match (original.map(|value| &value.data), &normal.data) {
            (Some(Data::Object(original)), Data::Object(normal)) => {
                original.iter().all(|(key, member)| key.ends_with("ontainers") || normal.get(key) == Some(member))
            }
            (original, normal) => original == Some(normal),
        };
        let is_in_list = matches!(pointer.path.0.first(), Some(Step::Key(key)) if key == "items");
        (!is_same && !is_in_list).then(|| format!("{}: `{existing}` is not at `{}`", resource.address, pointer.path))
    })
}

#[test]
fn fixes_resolve_their_findings_and_bring_no_others() {
    let rules = RuleSet::embedded();
    let cases: Vec<_> = CASES.iter().filter(|case| case.kind == "bad").collect();
    let results: Vec<_> = cases.into_par_iter().map(|case| make_all(&rules, case)).collect();
    let (made, wrong): (Vec<Vec<Made>>, Vec<Vec<String>>) = results.into_iter().unzip();
    let (made, mut wrong) = (made.concat(), wrong.concat());
    for (index, rule) in rules.rules().iter().enumerate() {
        for (targets, _) in rule.fixes() {
            if !targets.iter().any(|target| made.contains(&(index, target.clone()))) {
                wrong.push(format!("{}: no fixture shows the fix of {}", rule.id, targets.join(", ")));
            }
        }
    }
    println!("{} fixes made", made.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// A rule with this fix, as its file.
fn rule(targets: &str, fix: &str) -> String {
    format!(
        "id: it\ntitle: It\nseverity: low\ncategory: hygiene\nsince: 0.1.0\ntargets: {targets}\n\
         when: {{ path: a, equals: true }}\nmessage: it\nwhy: it\nremedy: it\nreferences: [CWE-1]\n{fix}"
    )
}

fn refusal(targets: &str, fix: &str) -> String {
    let text = rule(targets, fix);
    let mistake = read_rule(&text, &BTreeMap::new()).unwrap_err();
    format!("{:?}: {}", text.get(mistake.range).unwrap(), mistake.message)
}

#[test]
fn a_wrong_fix_is_refused_with_its_place() {
    let edit = |edit: &str| format!("fix: {{ safe: true, edits: [{edit}] }}");
    let cases = [
        ("aws_x", edit("{ st: { path: b, to: 1 } }"), r#""st": fix.edits[0]: unknown field `st`"#),
        ("aws_x", edit("{ remove: b, set: { path: b, to: 1 } }"), r#""edits": an edit has exactly one of"#),
        ("aws_x", edit("{ remove: b.@json.c }"), r#""b.@json.c": an edit is made at a name"#),
        ("aws_x", edit("{ remove: . }"), r#"".": an edit changes something in the resource"#),
        ("aws_x", edit(""), r#""edits": `edits` is empty"#),
        ("workload", edit("{ remove: pod.containers.effective.privileged }"), "did you mean `securityContext`?"),
    ];
    for (targets, fix, wanted) in cases {
        let found = refusal(targets, &fix);
        assert!(found.contains(wanted), "{fix}: {found}");
    }
    assert!(refusal("aws_x", &edit("{ st: { path: b, to: 1 } }")).contains("did you mean `set`?"));
}
