use serde_json::{Value as Json, json};

use super::BUCKET;
use super::client::{Client, capabilities, project, uri};

#[test]
fn a_session_ends_with_the_code_that_it_earned() {
    let (_folder, root) = project(&[("main.tf", BUCKET)]);
    let mut client = Client::open_folder(&root);
    client.settle();
    client.shut_down();

    let mut rude = Client::open_folder(&root);
    rude.notify("exit", Json::Null);
    assert_eq!(rude.wait().code(), Some(1));

    let mut gone = Client::open_folder(&root);
    gone.hang_up();
    assert_eq!(gone.wait().code(), Some(1));

    let mut early = Client::spawn(&root);
    early.notify("exit", Json::Null);
    assert_eq!(early.wait().code(), Some(1));

    let mut patient = Client::open_folder(&root);
    patient.request("shutdown", Json::Null).unwrap();
    patient.hang_up();
    assert_eq!(patient.wait().code(), Some(0));
}

#[test]
fn requests_out_of_order_are_refused_and_nothing_ends() {
    let (_folder, root) = project(&[("main.tf", BUCKET)]);
    let mut client = Client::spawn(&root);
    client.notify("textDocument/didOpen", json!({}));
    client.notify("initialized", json!({}));
    let code = |answer: Result<Json, Json>| answer.unwrap_err()["code"].as_i64().unwrap();
    assert_eq!(code(client.request("textDocument/hover", json!({}))), -32002);
    assert_eq!(code(client.request("shutdown", Json::Null)), -32002);
    assert_eq!(code(client.request("initialize", json!([1]))), -32602);
    let offered = client.request("initialize", json!({ "capabilities": {}, "rootUri": uri(&root) })).unwrap();
    assert_eq!(offered["serverInfo"]["name"], "stanchion");
    assert_eq!(offered["capabilities"]["positionEncoding"], "utf-16", "what every client counts");
    assert_eq!(offered["capabilities"]["diagnosticProvider"], Json::Null);
    assert_eq!(code(client.request("initialize", json!({ "capabilities": {} }))), -32600);
    client.notify("initialized", json!({}));
    client.settle();
    assert_eq!(client.shown(&root.join("main.tf")).len(), 3);
    client.request("shutdown", Json::Null).unwrap();
    assert_eq!(code(client.request("workspace/symbol", json!({ "query": "" }))), -32600);
}

#[test]
fn what_is_no_message_is_answered_and_survived() {
    let (_folder, root) = project(&[("main.tf", BUCKET)]);
    let mut client = Client::open_folder(&root);
    let frame = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
    for (sent, expected) in [
        (frame("{\"jsonrpc\": \"2.0\", "), -32700),
        (frame("\u{1f980}"), -32700),
        (frame("[]"), -32600),
        (frame("{\"jsonrpc\":\"2.0\"}"), -32600),
        ("Content-Type: text\r\n\r\n".to_owned(), -32700),
        (frame("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"x\"}"), -32600),
    ] {
        client.send_raw(sent.as_bytes());
        let error = client.answer(&Json::Null).unwrap_err();
        assert_eq!(error["code"], expected, "{sent}");
    }
    let unknown = client.request("textDocument/somethingNew", json!({})).unwrap_err();
    assert_eq!(unknown["code"], -32601);
    for params in [json!(null), json!({}), json!({ "textDocument": { "uri": 1 } }), json!([])] {
        let refused = client.request("textDocument/hover", params).unwrap_err();
        assert_eq!(refused["code"], -32602);
    }
    for (method, params) in [
        ("textDocument/didOpen", json!({ "textDocument": 1 })),
        ("textDocument/didChange", json!(null)),
        ("textDocument/didClose", json!({ "textDocument": { "uri": "file:///nowhere.tf" } })),
        ("$/somethingNew", json!({})),
        ("$/cancelRequest", json!({ "id": "never sent" })),
        ("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": "untitled:x", "type": 1 }] })),
        ("workspace/didChangeConfiguration", json!({})),
        (
            "workspace/didChangeWorkspaceFolders",
            json!({ "event": { "added": [], "removed": [{ "uri": "x:y", "name": "" }] } }),
        ),
    ] {
        client.notify(method, params);
    }
    client.settle();
    assert_eq!(client.shown(&root.join("main.tf")).len(), 3);
    client.shut_down();
}

#[test]
fn positions_out_of_range_and_files_that_are_not_there_have_empty_answers() {
    let (_folder, root) = project(&[("main.tf", BUCKET)]);
    let path = root.join("main.tf");
    let mut client = Client::open_folder(&root);
    client.open(&path, BUCKET);
    let far = 4_000_000_000_u32;
    for (line, character) in [(far, 0), (0, far), (far, far)] {
        client.at("textDocument/hover", &path, line, character);
    }
    assert_eq!(client.at("textDocument/hover", &root.join("none.tf"), 0, 0), Json::Null);
    assert_eq!(client.about("textDocument/documentSymbol", &root.join("none.tf")), Json::Null);
    let position = |line: u32, character: u32| json!({ "line": line, "character": character });
    let change = |from: Json, to: Json, text: &str| json!({ "range": { "start": from, "end": to }, "text": text });
    client.edit(
        &path,
        json!([
            change(position(far, far), position(far, far), "# end\n"),
            change(position(1, 0), position(0, 0), ""),
            change(position(0, far), position(0, far), "\n"),
        ]),
    );
    client.edit(&root.join("none.tf"), json!([{ "text": "x" }]));
    client.settle();
    // The first line went and an empty one came; its variable is broken, and the others are whole.
    let shown = client.shown(&path);
    assert!(shown.contains(&("rds-instance-unencrypted".to_owned(), 18)), "{shown:?}");
    client.shut_down();
}

#[test]
fn a_request_that_waits_can_be_cancelled() {
    let many: String =
        (0..400).map(|n| BUCKET.replace("logs", &format!("l{n}")).replace("\"db", &format!("\"d{n}"))).collect();
    let (_folder, root) = project(&[("main.tf", &many)]);
    let path = root.join("main.tf");
    let mut client = Client::spawn(&root);
    client.request("initialize", json!({ "capabilities": capabilities(), "rootUri": uri(&root) })).unwrap();
    client.notify("initialized", json!({}));
    let id = client.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri(&path) } }));
    client.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(client.answer(&json!(id)).unwrap_err()["code"], -32800);
    client.shut_down();
}

#[test]
fn a_huge_document_is_refused_and_the_rest_goes_on() {
    let (_folder, root) = project(&[("main.tf", BUCKET)]);
    let mut client = Client::open_folder(&root);
    let huge = format!("locals {{\n  x = \"{}\"\n}}\n", "é".repeat(6 << 20));
    let path = root.join("huge.tf");
    client.open(&path, &huge);
    client.edit(
        &path,
        json!([{
            "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } },
            "text": "# more\n",
        }]),
    );
    client.settle();
    assert_eq!(client.shown(&root.join("main.tf")).len(), 3);
    client.change(&path, "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n");
    client.settle();
    assert_eq!(client.shown(&path), [("s3-bucket-public-acl".to_owned(), 2)]);
    client.change(&path, &"{[(".repeat(100_000));
    client.settle();
    client.change(&path, "a\0b");
    client.settle();
    assert_eq!(client.shown(&root.join("main.tf")).len(), 3);
    client.shut_down();
}
