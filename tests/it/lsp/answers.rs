use std::path::Path;

use serde_json::{Value as Json, json};

use super::client::{Client, capabilities, project, uri};
use super::{BUCKET, LLM};

fn hovered(client: &mut Client, path: &Path, line: u32, character: u32) -> String {
    let hover = client.at("textDocument/hover", path, line, character);
    hover["contents"]["value"].as_str().unwrap_or("").to_owned()
}

#[test]
fn hover_tells_values_and_whence_they_came() {
    let (_folder, root) = project(&[("main.tf", BUCKET), ("llm.yaml", LLM)]);
    let path = root.join("main.tf");
    let mut client = Client::open_folder(&root);
    client.open(&path, BUCKET);
    // `acl` of the bucket.
    let acl = hovered(&mut client, &path, 14, 3);
    assert!(acl.contains("acl = \"public-read\"") && acl.contains("default of var.acl at [main.tf:2]"), "{acl}");
    assert!(acl.contains("string, optional, set by the provider where it is absent, deprecated"), "{acl}");
    // `var.acl`, where the finding is.
    let used = hovered(&mut client, &path, 14, 13);
    assert!(used.contains("var.acl = \"public-read\"") && used.contains("`s3-bucket-public-acl`"), "{used}");
    let bucket = hovered(&mut client, &path, 13, 14);
    assert!(
        bucket.contains("local.name = \"logs-public-read\"") && bucket.contains("local.name at [main.tf:10]"),
        "{bucket}"
    );
    let of_other = hovered(&mut client, &path, 20, 30);
    assert!(of_other.contains("aws_s3_bucket.logs.bucket = \"logs-public-read\""), "{of_other}");
    let header = hovered(&mut client, &path, 12, 12);
    assert!(header.contains("aws\\_s3\\_bucket.logs"), "{header}");
    let pod = hovered(&mut client, &root.join("llm.yaml"), 1, 3);
    assert!(pod.contains("AI workload: Ollama") && pod.contains("reachable from the internet"), "{pod}");
    assert_eq!(hovered(&mut client, &path, 3, 0), "");
    client.shut_down();
}

/// Wherever it is asked for: the password, the place of its default, what is made of it.
#[test]
fn no_secret_is_told() {
    let secret = "hunter2hunter2";
    let more = format!(
        r#"variable "dsn" {{
  default   = "{secret}"
  sensitive = true
}}
resource "kubernetes_secret" "s" {{
  data = {{ user = "{secret}" }}
}}
resource "aws_ssm_parameter" "p" {{
  value = var.dsn
  name  = "x-${{var.db_password}}"
  type  = "String"
}}
resource "aws_ecs_task_definition" "t" {{
  container_definitions = jsonencode([{{ name = "a", environment = [{{ name = "API_TOKEN", value = "{secret}" }}] }}])
}}
locals {{
  env = [{{ name = "DB_PASSWORD", value = "{secret}" }}]
}}
resource "aws_lambda_function" "f" {{
  tags = {{ a = "{secret}", db_password = "{secret}" }}
  environment {{
    variables = {{ DB_PASSWORD = "{secret}" }}
  }}
}}
"#
    )
    .replace(&format!("a = \"{secret}\", "), "");
    let files = [("main.tf", BUCKET), ("more.tf", &*more), ("llm.yaml", LLM)];
    let (_folder, root) = project(&files);
    let settings = json!({ "commands": true, "settings": { "inlayHints": true } });
    let mut client = Client::open_folders(&[&root], capabilities(), settings);
    client.settle();
    let mut said = Vec::new();
    for (name, text) in files {
        let path = root.join(name);
        for (line, content) in (0_u32..).zip(text.lines()) {
            for character in (0..=u32::try_from(content.len()).unwrap()).step_by(3) {
                said.push((
                    format!("{name}:{line}:{character}"),
                    client.at("textDocument/hover", &path, line, character),
                ));
            }
        }
        for method in ["textDocument/documentSymbol", "textDocument/codeLens", "textDocument/documentLink"] {
            said.push((method.to_owned(), client.about(method, &path)));
        }
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
        let params = json!({ "textDocument": { "uri": uri(&path) }, "range": range, "context": { "diagnostics": [] } });
        for method in ["textDocument/inlayHint", "textDocument/codeAction"] {
            said.push((method.to_owned(), client.request(method, params.clone()).unwrap()));
        }
    }
    assert!(said.iter().any(|(_, answer)| answer.to_string().contains("(sensitive)")));
    said.push(("diagnostics".into(), json!(client.published)));
    said.push(("report".into(), client.request("stanchion/report", json!({})).unwrap()));
    for (what, answer) in said {
        assert!(!answer.to_string().contains(secret), "{what}: {answer}");
    }
    client.shut_down();
}

#[test]
fn a_finding_can_be_allowed_with_an_edit_that_holds() {
    let (_folder, root) = project(&[("main.tf", BUCKET), ("llm.yaml", LLM)]);
    let mut client = Client::open_folder(&root);
    for (name, text) in [("main.tf", BUCKET), ("llm.yaml", LLM)] {
        let path = root.join(name);
        client.open(&path, text);
        client.settle();
        let findings = client.published[&uri(&path)].clone();
        for finding in &findings {
            let rule = finding["code"].as_str().unwrap();
            let actions = actions(&mut client, &path, finding);
            let titles: Vec<&str> = actions.iter().map(|it| it["title"].as_str().unwrap()).collect();
            let allow =
                actions.iter().find(|it| it["title"] == format!("Allow `{rule}` here, with a reason")).expect(rule);
            assert_eq!(allow["diagnostics"][0]["code"], rule);
            let edit = &allow["edit"]["changes"][uri(&path)][0];
            assert_eq!(edit["range"]["start"], edit["range"]["end"], "only an insertion");
            client.edit(&path, json!([{ "range": edit["range"], "text": edit["newText"] }]));
            client.settle();
            let shown = client.shown(&path);
            assert!(shown.iter().all(|(id, _)| id != rule), "{rule}: {shown:?}");
            assert!(!shown.iter().any(|(id, _)| id.contains("suppression")), "{shown:?}");
            assert!(titles.contains(&&*format!("Explain `{rule}`")), "{titles:?}");
            client.change(&path, text);
        }
    }
    client.shut_down();
}

fn actions(client: &mut Client, path: &Path, finding: &Json) -> Vec<Json> {
    let context = json!({ "diagnostics": [finding] });
    let params = json!({ "textDocument": { "uri": uri(path) }, "range": finding["range"], "context": context });
    client.request("textDocument/codeAction", params).unwrap().as_array().unwrap().clone()
}

#[test]
fn commands_are_offered_to_those_who_have_them() {
    let (_folder, root) = project(&[("llm.yaml", LLM)]);
    let path = root.join("llm.yaml");
    let names = |options: Json| {
        let mut client = Client::open_folders(&[&root], capabilities(), options);
        client.settle();
        let finding =
            client.published[&uri(&path)].iter().find(|it| it["code"] == "model-server-reachable-without-login");
        let finding = finding.unwrap().clone();
        let actions = actions(&mut client, &path, &finding);
        let mut names: Vec<String> =
            actions.iter().filter_map(|it| Some(it["command"]["command"].as_str()?.to_owned())).collect();
        let arguments: Vec<Json> =
            actions.iter().map(|it| it["command"]["arguments"].clone()).filter(|it| !it.is_null()).collect();
        let lenses = client.about("textDocument/codeLens", &path);
        let titles: Vec<String> =
            lenses.as_array().unwrap().iter().map(|it| it["command"]["title"].as_str().unwrap().to_owned()).collect();
        assert!(titles[0].starts_with("AI workload: Ollama"), "{titles:?}");
        assert!(titles[1].starts_with("reachable from the internet: ") && titles[1].contains("hops"), "{titles:?}");
        names.extend(lenses.as_array().unwrap().iter().map(|it| it["command"]["command"].as_str().unwrap().to_owned()));
        names.sort();
        names.dedup();
        (names, arguments, finding)
    };
    let (own, arguments, finding) = names(json!({ "commands": true }));
    assert_eq!(own, ["stanchion.explain", "stanchion.showPath"]);
    assert!(arguments.contains(&json!(["model-server-reachable-without-login"])));
    assert!(arguments.contains(&json!([{ "fingerprint": finding["data"]["fingerprint"] }])));
    assert_eq!(names(json!(null)).0, [""], "plain text above the line");
}

#[test]
fn lenses_can_be_turned_off_and_hints_on() {
    let (_folder, root) = project(&[("main.tf", BUCKET), ("llm.yaml", LLM)]);
    let path = root.join("main.tf");
    let settings = json!({ "settings": { "codeLens": false, "inlayHints": true } });
    let mut client = Client::open_folders(&[&root], json!({}), settings);
    assert_eq!(client.about("textDocument/codeLens", &root.join("llm.yaml")), Json::Null);
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": uri(&path) }, "range": range });
    let hints = client.request("textDocument/inlayHint", params.clone()).unwrap();
    let labels: Vec<(u64, &str)> = hints
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["position"]["line"].as_u64().unwrap(), it["label"].as_str().unwrap()))
        .collect();
    let expected = [
        (13, "= \"logs-public-read\""),
        (14, "= \"public-read\""),
        (19, "= (sensitive)"),
        (20, "= \"logs-public-read\""),
    ];
    assert_eq!(labels, expected);
    client.shut_down();
    let mut plain = Client::open_folder(&root);
    assert_eq!(plain.request("textDocument/inlayHint", params).unwrap(), Json::Null);
    plain.shut_down();
}

#[test]
fn references_lead_to_what_they_name() {
    let (_folder, root) = project(&[("main.tf", BUCKET), ("llm.yaml", LLM)]);
    let mut client = Client::open_folder(&root);
    let links = client.about("textDocument/documentLink", &root.join("main.tf"));
    let targets: Vec<(u64, String)> = links
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["range"]["start"]["line"].as_u64().unwrap() + 1,
                it["target"].as_str().unwrap().rsplit('#').next().unwrap().to_owned(),
            )
        })
        .collect();
    let expected = [(10, "L1,1"), (14, "L10,3"), (15, "L1,1"), (20, "L5,1"), (21, "L13,1")]
        .map(|(line, at)| (line, at.to_owned()));
    assert_eq!(targets, expected);
    let manifests = client.about("textDocument/documentLink", &root.join("llm.yaml"));
    let service = manifests.as_array().unwrap().iter().find(|it| it["tooltip"] == "Deployment/ai/llm").unwrap();
    assert!(service["target"].as_str().unwrap().contains("llm.yaml#L"), "{service}");
    client.shut_down();
}

#[test]
fn symbols_are_found_by_address() {
    let (_folder, root) = project(&[("main.tf", BUCKET), ("llm.yaml", LLM)]);
    let mut client = Client::open_folder(&root);
    let own = client.about("textDocument/documentSymbol", &root.join("main.tf"));
    let names: Vec<&str> = own.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["var.acl", "var.db_password", "aws_s3_bucket.logs", "aws_db_instance.db"]);
    for (query, first) in [("llm", "Deployment/ai/llm"), ("S3Logs", "aws_s3_bucket.logs")] {
        let found = client.request("workspace/symbol", json!({ "query": query })).unwrap();
        assert_eq!(found[0]["name"], first);
    }
    client.shut_down();
}

#[test]
fn pictures_show_the_way_and_the_neighborhood() {
    let (_folder, root) = project(&[("main.tf", BUCKET), ("llm.yaml", LLM)]);
    let mut client = Client::open_folder(&root);
    client.settle();
    let findings = client.published[&uri(&root.join("llm.yaml"))].clone();
    let finding = findings.iter().find(|it| it["code"] == "model-server-reachable-without-login").unwrap();
    let told = client.request("stanchion/picture", json!({ "fingerprint": finding["data"]["fingerprint"] })).unwrap();
    let nodes = told["picture"]["nodes"].as_array().unwrap();
    let labels: Vec<(&str, &str, &str)> = nodes
        .iter()
        .map(|it| (it["label"].as_str().unwrap(), it["kind"].as_str().unwrap(), it["role"].as_str().unwrap()))
        .collect();
    assert_eq!(labels, [("llm", "Service", "way"), ("llm", "Deployment", "focus")]);
    assert_eq!((&nodes[1]["severity"], &nodes[0]["steps"]), (&json!("critical"), &json!([1, 2])));
    assert_eq!(told["picture"]["edges"][0], json!({ "from": 0, "to": 1, "label": "3", "role": "way" }));
    assert_eq!(told["places"]["0"]["uri"], uri(&root.join("llm.yaml")));
    let around = client.at("stanchion/picture", &root.join("main.tf"), 13, 5);
    assert_eq!(around["title"], "aws_s3_bucket.logs");
    let roles: Vec<&str> =
        around["picture"]["nodes"].as_array().unwrap().iter().map(|it| it["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["focus", "near"]);
    assert_eq!(client.at("stanchion/picture", &root.join("main.tf"), 3, 0), Json::Null);
    assert_eq!(client.request("stanchion/picture", json!({ "fingerprint": "0" })).unwrap(), Json::Null);
    client.shut_down();
}

#[test]
fn rules_are_explained_and_the_report_is_a_page() {
    let (_folder, root) = project(&[("main.tf", BUCKET)]);
    let mut client = Client::open_folder(&root);
    let told = client.request("stanchion/explain", json!({ "rule": "CKV_AWS_20" })).unwrap();
    assert!(told["markdown"].as_str().unwrap().starts_with("# S3 bucket"), "{told}");
    let unknown = client.request("stanchion/explain", json!({ "rule": "no-such-rule" })).unwrap_err();
    assert_eq!(unknown["code"], -32602);
    let report = client.request("stanchion/report", json!({ "uri": uri(&root.join("main.tf")) })).unwrap();
    let page = report["html"].as_str().unwrap();
    assert!(!page.contains(root.to_str().unwrap()), "files are named from the folder on");
    assert!(page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE html>"), "{:?}", page.get(..60));
    assert!(page.contains("s3-bucket-public-acl"));
    client.shut_down();
}
