use std::fs;
use std::process::Command;

use serde_json::{Value as Json, json};

use super::client::{Client, capabilities, project, rule_and_line, uri};
use super::{BUCKET, LLM};

const ACL: &str = "s3-bucket-public-acl";

fn lines(shown: &[(String, u64)], rule: &str) -> Vec<u64> {
    shown.iter().filter(|(id, _)| id == rule).map(|(_, line)| *line).collect()
}

#[test]
fn a_finding_is_told_with_its_page_and_its_way() {
    let (_folder, root) = project(&[("main.tf", BUCKET), ("llm.yaml", LLM)]);
    let mut client = Client::open_folder(&root);
    client.settle();
    let items = &client.published[&uri(&root.join("main.tf"))];
    let acl = items.iter().find(|item| item["code"] == ACL).unwrap();
    assert_eq!(
        acl["range"],
        json!({ "start": { "line": 14, "character": 11 }, "end": { "line": 14, "character": 18 } })
    );
    assert_eq!(acl["severity"], 1);
    assert_eq!(acl["source"], "stanchion");
    let href = acl["codeDescription"]["href"].as_str().unwrap();
    assert!(href.starts_with("https://") && href.ends_with("/docs/rules/s3-bucket-public-acl.md"), "{href}");
    let page = href.rsplit('/').next().unwrap();
    assert!(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules").join(page).exists());
    assert_eq!(acl["relatedInformation"][0]["location"]["range"]["start"]["line"], 1, "the variable's default");
    assert_eq!(acl["data"]["fingerprint"].as_str().unwrap().len(), 32);
    let open = client.published[&uri(&root.join("llm.yaml"))].iter();
    let open = open.clone().find(|item| item["code"] == "model-server-reachable-without-login").unwrap();
    let steps = open["relatedInformation"].as_array().unwrap();
    assert!(steps.len() >= 3 && steps[0]["message"].as_str().unwrap().starts_with("1. "), "{steps:?}");
    let all = json!(client.published).to_string();
    assert!(!all.contains("hunter2"), "no secret is told");
    assert_eq!(client.status()["state"], "ready");
    assert_eq!(client.status()["files"], 2);
    assert_eq!(client.status()["findings"], 8);
    client.shut_down();
}

#[test]
fn diagnostics_follow_what_is_typed_saved_and_closed() {
    let (_folder, root) = project(&[("main.tf", BUCKET)]);
    let path = root.join("main.tf");
    let mut client = Client::open_folder(&root);
    client.open(&path, BUCKET);
    client.settle();
    assert_eq!(lines(&client.shown(&path), ACL), [15]);
    // The word `public-read` of the default becomes `private`, in two edits.
    client.edit(&path, json!([
        { "range": { "start": { "line": 1, "character": 13 }, "end": { "line": 1, "character": 24 } }, "text": "" },
        { "range": { "start": { "line": 1, "character": 13 }, "end": { "line": 1, "character": 13 } }, "text": "private" },
    ]));
    client.settle();
    assert_eq!(lines(&client.shown(&path), ACL), [] as [u64; 0]);
    // What was not saved is not on the disk.
    client.close(&path);
    client.settle();
    assert_eq!(lines(&client.shown(&path), ACL), [15]);
    fs::write(&path, "# nothing\n").unwrap();
    client.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri(&path) } }));
    client.settle();
    assert_eq!(client.shown(&path), []);
    assert!(client.published.is_empty(), "cleared where nothing is");
    client.shut_down();
}

#[test]
fn files_that_are_not_open_are_told_and_cleared() {
    let (_folder, root) = project(&[("a/main.tf", BUCKET)]);
    let (path, new) = (root.join("a/main.tf"), root.join("new.tf"));
    let mut client = Client::open_folder(&root);
    client.settle();
    assert_eq!(client.shown(&path).len(), 3);
    client.open(&new, "resource \"aws_s3_bucket\" \"new\" {\n  acl = \"public-read\"\n}\n");
    client.settle();
    assert_eq!(lines(&client.shown(&new), ACL), [2], "a file that is not on the disk yet");
    fs::remove_file(&path).unwrap();
    client.touch(&[&path]);
    client.close(&new);
    client.settle();
    assert!(client.published.is_empty(), "{:?}", client.published);
    client.shut_down();
}

#[test]
fn suppressed_findings_are_not_shown_and_unused_suppressions_are_faded() {
    let text = "# stanchion:allow s3-bucket-public-acl -- a website\nresource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n";
    let (_folder, root) = project(&[("main.tf", text)]);
    let path = root.join("main.tf");
    let mut client = Client::open_folder(&root);
    client.open(&path, text);
    client.settle();
    assert_eq!(client.shown(&path), []);
    client.change(&path, &text.replace("public-read", "private"));
    client.settle();
    let item = &client.published[&uri(&path)][0];
    assert_eq!(
        (&item["code"], &item["severity"], &item["tags"]),
        (&json!("unused-suppression"), &json!(4), &json!([1]))
    );
    client.shut_down();
}

/// While a block is typed the others keep theirs, and it keeps its own until it can be read again.
#[test]
fn broken_text_clears_nothing() {
    let other = "resource \"aws_s3_bucket\" \"other\" {\n  acl = \"public-read\"\n}\n";
    let (_folder, root) = project(&[("main.tf", BUCKET), ("other.tf", other), ("llm.yaml", LLM)]);
    let path = root.join("main.tf");
    let mut client = Client::open_folder(&root);
    client.open(&path, BUCKET);
    client.settle();
    let whole = client.shown(&path);
    let insert = |line: u32, text: &str| json!([{ "range": { "start": { "line": line, "character": 0 }, "end": { "line": line, "character": 0 } }, "text": text }]);
    // A line is begun in the bucket, and nothing else.
    client.edit(&path, insert(13, "  tags = {\n"));
    client.settle();
    let shown = client.shown(&path);
    for (rule, line) in &whole {
        let moved = if *line > 13 { line + 1 } else { *line };
        assert!(shown.contains(&(rule.clone(), moved)), "{rule} in {shown:?}");
    }
    assert!(shown.iter().any(|(code, _)| code == "problem"), "{shown:?}");
    assert_eq!(lines(&client.shown(&root.join("other.tf")), ACL), [2]);
    // It moves with further edits.
    client.edit(&path, insert(0, "# one\n# two\n"));
    client.settle();
    assert!(client.shown(&path).contains(&(ACL.to_owned(), 18)), "{:?}", client.shown(&path));
    // When it can be read again, only what is found counts.
    client.change(&path, &BUCKET.replace("var.acl\n}", "\"private\"\n}"));
    client.settle();
    assert_eq!(lines(&client.shown(&path), ACL), [] as [u64; 0]);
    assert_eq!(client.shown(&path).len(), 2);
    client.shut_down();
}

/// A way that leads through broken text is still there; one that was really closed is not.
#[test]
fn a_way_through_a_broken_manifest_stays() {
    const OPEN: &str = "model-server-reachable-without-login";
    let (_folder, root) = project(&[("llm.yaml", LLM)]);
    let path = root.join("llm.yaml");
    let mut client = Client::open_folder(&root);
    client.open(&path, LLM);
    client.settle();
    assert_eq!(lines(&client.shown(&path), OPEN), [15]);
    client.change(&path, &LLM.replace("selector: { app: llm }\n  ports", "selector: { app: llm\n  ports"));
    client.settle();
    assert_eq!(lines(&client.shown(&path), OPEN), [15], "{:?}", client.shown(&path));
    assert_eq!(lines(&client.shown(&path), "load-balancer-open-to-internet"), [28]);
    client.change(&path, &LLM.replace("type: LoadBalancer", "type: ClusterIP"));
    client.settle();
    assert_eq!(lines(&client.shown(&path), OPEN), [] as [u64; 0]);
    client.shut_down();
}

/// A finding of a healthy block that was mended is gone at once, though another block is broken.
#[test]
fn what_is_mended_goes_while_another_block_is_broken() {
    let text = "resource \"aws_s3_bucket\" \"a\" {\n  acl = \"public-read\"\n}\n\nresource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n";
    let (_folder, root) = project(&[("main.tf", text)]);
    let path = root.join("main.tf");
    let mut client = Client::open_folder(&root);
    client.open(&path, text);
    client.settle();
    assert_eq!(lines(&client.shown(&path), ACL), [2, 6]);
    let (first, second) = text.split_at(text.find("\n\n").unwrap());
    client
        .change(&path, &format!("{}{}", first.replace("public-read", "private"), second.replace("acl = ", "acl = [ ")));
    client.settle();
    assert_eq!(lines(&client.shown(&path), ACL), [6], "{:?}", client.shown(&path));
    client.shut_down();
}

#[test]
fn columns_count_what_the_client_counts() {
    let text = "resource \"aws_s3_bucket\" \"b\" {\n  acl = /* é🦀 */ \"public-read\"\n}\n";
    let (_folder, root) = project(&[("main.tf", text)]);
    let start = |capabilities: Json| {
        let mut client = Client::open_folders(&[&root], capabilities, Json::Null);
        client.settle();
        client.published[&uri(&root.join("main.tf"))][0]["range"]["start"]["character"].clone()
    };
    assert_eq!(start(capabilities()), 21, "UTF-8");
    assert_eq!(start(json!({})), 18, "UTF-16");
}

#[test]
fn a_client_that_asks_is_answered_and_told_when_to_ask_again() {
    let (_folder, root) = project(&[("main.tf", BUCKET), ("llm.yaml", LLM)]);
    let path = root.join("main.tf");
    let mut asking = capabilities();
    asking["textDocument"]["diagnostic"] = json!({ "dynamicRegistration": false });
    asking["workspace"]["diagnostics"] = json!({ "refreshSupport": true });
    let mut client = Client::open_folders(&[&root], asking, Json::Null);
    client.open(&path, BUCKET);
    let report = client.about("textDocument/diagnostic", &path);
    assert_eq!(report["kind"], "full");
    assert_eq!(report["items"].as_array().unwrap().len(), 3);
    let again = json!({ "textDocument": { "uri": uri(&path) }, "previousResultId": report["resultId"] });
    assert_eq!(client.request("textDocument/diagnostic", again.clone()).unwrap()["kind"], "unchanged");
    let all = client.request("workspace/diagnostic", json!({ "previousResultIds": [] })).unwrap();
    let known: Vec<Json> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| json!({ "uri": it["uri"], "value": it["resultId"] }))
        .collect();
    assert_eq!(known.len(), 2);
    client.change(&path, "# nothing\n");
    assert_eq!(client.request("textDocument/diagnostic", again).unwrap()["items"], json!([]));
    let all = client.request("workspace/diagnostic", json!({ "previousResultIds": known })).unwrap();
    let kinds: Vec<&str> = all["items"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["unchanged", "full"], "the file that was emptied is told once more");
    assert!(client.published.is_empty(), "nothing is pushed");
    assert!(client.asked.iter().any(|(method, _)| method == "workspace/diagnostic/refresh"));
    client.shut_down();
}

#[test]
fn settings_of_the_editor_and_of_the_project_count() {
    let (_folder, root) = project(&[("main.tf", BUCKET)]);
    let (path, config) = (root.join("main.tf"), root.join("stanchion.toml"));
    let mut client = Client::open_folders(&[&root], capabilities(), json!({ "settings": { "ignore": ["critical"] } }));
    client.settle();
    assert_eq!(client.shown(&path), [("rds-instance-unencrypted".to_owned(), 18)]);
    client.settings = json!({ "select": ["s3-*"] });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    client.settle();
    assert_eq!(client.shown(&path), [(ACL.to_owned(), 15)]);
    client.settings = json!({ "select": 1 });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    client.settle();
    assert_eq!(client.shown(&path), [(ACL.to_owned(), 15)], "what is wrong changes nothing");
    assert!(client.told.iter().any(|(method, _)| method == "window/logMessage"));
    client.settings = json!({});
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    fs::write(&config, "ignore = [\"s3-bucket-public-acl\"]\n").unwrap();
    client.touch(&[&config]);
    client.settle();
    assert_eq!(lines(&client.shown(&path), ACL), [] as [u64; 0]);
    assert_eq!(client.shown(&path).len(), 2);
    // A mistake is shown in its place, and what was found stays.
    for (text, character) in [("ignore = [\"s3-bucket-public-acl\"]\nseverty = 1\n", 0), ("ignore = [\"s3-no\"]\n", 10)]
    {
        fs::write(&config, text).unwrap();
        client.touch(&[&config]);
        client.settle();
        let items = &client.published[&uri(&config)];
        assert_eq!(items[0]["range"]["start"]["character"], character, "{items:?}");
        assert_eq!(client.status()["state"], "failed");
        assert!(client.status()["message"].as_str().unwrap().contains("stanchion.toml"));
        assert_eq!(client.shown(&path).len(), 2);
    }
    fs::remove_file(&config).unwrap();
    client.touch(&[&config]);
    client.settle();
    assert_eq!(client.shown(&path).len(), 3);
    assert_eq!(client.shown(&config), []);
    assert_eq!(client.status()["state"], "ready");
    client.shut_down();
}

/// What a baseline knows is a hint; what is new is what the status counts.
#[test]
fn known_findings_only_mark_their_places() {
    let (_folder, root) = project(&[("main.tf", BUCKET)]);
    let (path, baseline) = (root.join("main.tf"), root.join("stanchion.baseline.json"));
    let mut client = Client::open_folder(&root);
    client.settle();
    assert_eq!(client.status()["findings"], 3);
    let mut create = Command::new(env!("CARGO_BIN_EXE_stanchion"));
    let written = create.args(["baseline", "create", "."]).current_dir(&root).env_clear().output().unwrap();
    assert!(written.status.success());
    client.touch(&[&baseline]);
    client.settle();
    let severities = |client: &Client| -> Vec<Json> {
        client.published[&uri(&path)].iter().map(|item| item["severity"].clone()).collect()
    };
    assert_eq!(severities(&client), [4, 4, 4]);
    assert!(client.published[&uri(&path)][0]["message"].as_str().unwrap().ends_with("(known from the baseline)"));
    assert_eq!(client.status()["findings"], 0);
    let more = format!("{BUCKET}\nresource \"aws_db_instance\" \"new\" {{\n  storage_encrypted = false\n}}\n");
    client.open(&path, &more);
    client.settle();
    assert_eq!(client.status()["findings"], 1);
    assert_eq!(severities(&client), [4, 4, 4, 1]);
    // One that cannot be read is told, and what was known stays.
    fs::write(&baseline, "{").unwrap();
    client.touch(&[&baseline]);
    client.settle();
    assert_eq!(client.status()["state"], "failed");
    assert!(client.status()["message"].as_str().unwrap().contains("is no baseline"));
    assert_eq!(severities(&client), [4, 4, 4, 1]);
    client.shut_down();
}

#[test]
fn variable_files_and_variables_of_the_editor_are_read() {
    let text = "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  acl = var.acl\n}\n";
    let (_folder, root) = project(&[("main.tf", text), ("vars/prod.tfvars", "acl = \"public-read\"\n")]);
    let settings = json!({ "settings": { "varFiles": ["vars/prod.tfvars"] } });
    let mut client = Client::open_folders(&[&root], json!({}), settings);
    client.settle();
    let items = &client.published[&uri(&root.join("main.tf"))];
    assert_eq!(items.iter().map(rule_and_line).collect::<Vec<_>>(), [(ACL.to_owned(), 3)]);
    client.shut_down();
}
