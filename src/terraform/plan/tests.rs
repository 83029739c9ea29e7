use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::*;
use crate::graph::{Builder, Graph, Part};
use crate::terraform::Root;
use crate::value::{Reason, Value};

fn file(plan: &Json) -> File {
    let text = plan.to_string();
    assert!(looks_like_plan(&text));
    let plan = Plan::parse(&text).unwrap().unwrap();
    File { path: "plan.json".into(), id: FileId(0), n_bytes: text.len(), plan: Arc::new(plan) }
}

fn graph(plan: &Json) -> Graph {
    let mut roots = merge(Vec::<Arc<Root>>::new(), &[file(plan)], false);
    let mut builder = Builder::default();
    let part = Part::new(builder.next_scope(), roots.remove(0).resources.clone());
    let edges = crate::terraform::edges(&part);
    builder.add(&part.with_edges(edges));
    builder.build()
}

fn resource(address: &str, values: &Json) -> Json {
    let block = address::block(address);
    let names: Vec<&str> = block.rsplit('.').take(2).collect();
    json!({ "address": address, "mode": "managed", "type": names[1], "name": names[0], "values": values })
}

fn change(address: &str, after_unknown: &Json) -> Json {
    json!({ "address": address, "change": { "actions": ["create"], "after_unknown": after_unknown } })
}

fn document(resources: &Json, changes: &Json, configuration: &Json) -> Json {
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "planned_values": { "root_module": { "resources": resources } },
        "resource_changes": changes,
        "configuration": { "root_module": configuration },
    })
}

/// `from via to` for each edge.
fn edges(graph: &Graph) -> Vec<String> {
    let address = |id| graph.resource(id).address.clone();
    let edges = graph.edges().iter();
    edges.map(|edge| format!("{} {} {}", address(edge.from), edge.via, address(edge.to))).collect()
}

fn reason(value: Option<&Value>) -> &Reason {
    &value.unwrap().as_unknown().unwrap().reason
}

#[test]
fn unknown_null_and_absent_stay_three_things() {
    let plan = document(
        &json!([resource("a_b.c", &json!({ "null": null, "list": ["x", null], "blocks": [{ "n": 1 }], "none": [] }))]),
        &json!([change(
            "a_b.c",
            &json!({ "id": true, "set": true, "list": [false, true], "blocks": [{ "m": true }], "none": [] })
        )]),
        &json!({ "resources": [{ "address": "a_b.c", "expressions": {
            "set": { "references": ["x_y.z.id", "x_y.z"] }, "list": { "references": ["x_y.z.id", "x_y.z"] }, "blocks": [{ "n": { "constant_value": 1 } }]
        } }] }),
    );
    let graph = graph(&plan);
    let value = &graph.resources()[0].attributes;
    assert!(value.get("null").unwrap().is_null() && value.get("nothing").is_none());
    assert_eq!(*reason(value.get("set")), Reason::KnownAfterApply("a_b.c.set".into()));
    assert_eq!(*reason(value.get("id")), Reason::Unset("a_b.c.id".into()));
    let list = value.get("list").unwrap().as_list().unwrap();
    assert_eq!((list[0].as_str(), reason(list.get(1))), (Some("x"), &Reason::KnownAfterApply("a_b.c.list[1]".into())));
    let block = &value.get("blocks").unwrap().as_list().unwrap()[0];
    assert_eq!(
        (block.get("n").unwrap().as_number().unwrap().as_i64(), reason(block.get("m"))),
        (Some(1), &Reason::Unset("a_b.c.blocks[0].m".into()))
    );
    assert_eq!(value.get("none").unwrap().as_list().unwrap().len(), 0);
}

/// Terraform sorts the blocks of a set, and writes no dynamic blocks into the configuration.
#[test]
fn what_one_of_several_blocks_or_a_dynamic_one_may_set_is_not_unset() {
    let known = json!({ "set": [{ "n": 1 }, { "n": 2 }], "more": [{ "n": 1 }, { "n": 2 }], "other": [{ "n": 1 }] });
    let unknown = json!({ "key": true, "none": true });
    let marks = json!({ "set": [unknown, unknown], "more": [unknown, unknown], "other": [unknown] });
    let plan = document(
        &json!([resource("a_b.c", &known)]),
        &json!([change("a_b.c", &marks)]),
        &json!({ "resources": [{ "address": "a_b.c", "expressions": {
            "set": [{ "key": { "references": ["x_y.z"] } }, { "n": { "constant_value": 1 } }],
            "more": [{ "n": { "constant_value": 1 } }],
        } }] }),
    );
    let graph = graph(&plan);
    let of = |block: &str, index: usize, name: &str| {
        let blocks = graph.resources()[0].attributes.get(block).unwrap().as_list().unwrap();
        reason(blocks[index].get(name)).code()
    };
    assert_eq!([of("set", 0, "key"), of("set", 1, "key")], ["known-after-apply"; 2]);
    assert_eq!([of("set", 0, "none"), of("set", 1, "none")], ["unset"; 2]);
    assert_eq!([of("more", 0, "key"), of("more", 1, "key"), of("other", 0, "none")], ["computed"; 3]);
}

#[test]
fn references_lead_through_modules_to_the_same_instance() {
    let module = |key: &str| {
        json!({ "address": format!("module.m[\"{key}\"]"), "resources": [
            resource(&format!("module.m[\"{key}\"].t_part.p"), &json!({})),
            resource(&format!("module.m[\"{key}\"].t_whole.w"), &json!({})),
        ] })
    };
    let mut plan = document(
        &json!([
            resource("t_user.u[\"a\"]", &json!({})),
            resource("t_user.u[\"b\"]", &json!({})),
            resource("t_net.n", &json!({}))
        ]),
        &json!([
            change("t_user.u[\"a\"]", &json!({ "whole": true })),
            change("t_user.u[\"b\"]", &json!({ "whole": true })),
            change("module.m[\"a\"].t_part.p", &json!({ "of": true })),
            change("module.m[\"b\"].t_part.p", &json!({ "of": true })),
            change("module.m[\"a\"].t_whole.w", &json!({ "net": true })),
        ]),
        &json!({
            "resources": [
                { "address": "t_user.u", "expressions": { "whole": { "references": ["module.m", "each.key"] } } },
                { "address": "t_net.n" },
            ],
            "module_calls": { "m": { "expressions": { "net": { "references": ["t_net.n.id", "t_net.n"] } }, "module": {
                "outputs": { "id": { "expression": { "references": ["t_whole.w.id", "t_whole.w"] } } },
                "resources": [
                    { "address": "t_part.p", "expressions": { "of": { "references": ["t_whole.w.id", "t_whole.w"] } } },
                    { "address": "t_whole.w", "expressions": { "net": { "references": ["var.net"] } } },
                ],
            } } },
        }),
    );
    plan["planned_values"]["root_module"]["child_modules"] = json!([module("a"), module("b")]);
    let own = [
        "module.m[\"a\"].t_part.p of module.m[\"a\"].t_whole.w",
        "module.m[\"a\"].t_whole.w net t_net.n",
        "module.m[\"b\"].t_part.p of module.m[\"b\"].t_whole.w",
    ];
    assert_eq!(edges(&graph(&plan)), own);
    let expressions = &mut plan["configuration"]["root_module"]["resources"][0]["expressions"];
    expressions["whole"] = json!({ "references": ["module.m[\"b\"].id", "module.m[\"b\"]", "module.m"] });
    let named = edges(&graph(&plan));
    assert_eq!(
        &named[..2],
        ["t_user.u[\"a\"] whole module.m[\"b\"].t_whole.w", "t_user.u[\"b\"] whole module.m[\"b\"].t_whole.w"]
    );
}

#[test]
fn what_is_deleted_or_deposed_is_not_there() {
    let mut deposed = resource("a_b.c", &json!({}));
    deposed["deposed_key"] = json!("1234");
    let mut plan = document(&json!([resource("a_b.c", &json!({ "x": 1 })), deposed]), &json!([]), &json!({}));
    plan["resource_changes"] =
        json!([{ "address": "a_b.gone", "change": { "actions": ["delete"], "before": { "x": 2 }, "after": null } }]);
    plan["prior_state"] =
        json!({ "values": { "root_module": { "resources": [resource("a_b.gone", &json!({ "x": 2 }))] } } });
    assert_eq!(graph(&plan).resources().len(), 1);
}

#[test]
fn a_state_joins_what_depends_by_its_ids() {
    let mut part = resource("t_part.p", &json!({ "of": "w-1", "other": "n-1" }));
    part["depends_on"] = json!(["t_whole.w"]);
    let state = json!({ "format_version": "1.0", "terraform_version": "1.11.4", "values": { "root_module": { "resources": [
        part, resource("t_whole.w[0]", &json!({ "id": "w-1" })), resource("t_net.n", &json!({ "id": "n-1" })),
    ] } } });
    assert_eq!(edges(&graph(&state)), ["t_part.p of t_whole.w[0]"]);
}

#[test]
fn a_sensitive_text_is_withheld_unless_the_code_has_it() {
    let mut secret = resource("a_b.c", &json!({ "given": "outside", "written": "inside", "n": 1 }));
    secret["sensitive_values"] = json!({ "given": true, "written": true, "n": true });
    let configuration = json!({ "resources": [{ "address": "a_b.c", "expressions": {
        "given": { "references": ["var.x"] }, "written": { "constant_value": "inside" }
    } }] });
    let plan = document(&json!([secret]), &json!([]), &configuration);
    let graph = graph(&plan);
    let value = &graph.resources()[0].attributes;
    assert_eq!(*reason(value.get("given")), Reason::Withheld("a_b.c.given".into()));
    assert_eq!(value.get("written").unwrap().as_str(), Some("inside"));
    assert!(value.as_object().unwrap().iter().all(|(_, member)| member.is_sensitive()));
    let text = plan.to_string();
    let shown = without_secrets(&text, &file(&plan).plan);
    assert_eq!((shown.len(), shown.contains("outside"), shown.contains("inside")), (text.len(), false, false));
    assert!(shown.contains("\"*******\"") && shown.contains("\"written\""));
}

#[test]
fn other_json_is_no_plan_and_a_broken_plan_says_so() {
    assert!(!looks_like_plan("{\"apiVersion\": \"v1\", \"kind\": \"List\"}"));
    let names = json!({ "a": { "format_version": "1", "terraform_version": "1", "values": 1 } }).to_string();
    assert!(looks_like_plan(&names) && Plan::parse(&names).unwrap().is_none());
    assert!(Plan::parse("{\"format_version\": 1").is_err());
    assert!(Plan::parse(&format!("{{\"values\": {}", "[".repeat(100_000))).is_err());
}

/// Paths to all nodes of a document.
fn nodes(json: &Json, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match json {
        Json::Array(items) => items.iter().enumerate().for_each(|(i, item)| nodes(item, &format!("{at}/{i}"), found)),
        Json::Object(members) => {
            for (key, member) in members {
                nodes(member, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        _ => {}
    }
}

#[test]
fn any_shape_of_document_is_read_or_refused() {
    let plan: Json = serde_json::from_str(include_str!("../../../fixtures/plans/storage/plan.json")).unwrap();
    let mut all = Vec::new();
    nodes(&plan, "", &mut all);
    let mut n_read = 0;
    for (index, at) in all.iter().enumerate() {
        let others = [
            json!(null),
            json!(true),
            json!([]),
            json!({}),
            json!("x[\"y"),
            json!([[{ "references": ["module.a.b"] }]]),
        ];
        let mut changed = plan.clone();
        *changed.pointer_mut(at).unwrap() = others[index % others.len()].clone();
        let text = changed.to_string();
        if let Ok(Some(plan)) = Plan::parse(&text) {
            n_read += 1;
            assert_eq!(without_secrets(&text, &plan).len(), text.len());
            merge(
                Vec::new(),
                &[File { path: "p.json".into(), id: FileId(0), n_bytes: text.len(), plan: plan.into() }],
                true,
            );
        }
    }
    assert!(n_read > all.len() / 2, "{n_read} of {}", all.len());
}
