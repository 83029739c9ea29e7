use std::fs;

use serde_json::json;

use super::client::{Client, capabilities, project, uri};
use super::{BUCKET, LLM};

#[test]
fn every_folder_is_analyzed_on_its_own() {
    let ((_a, one), (_b, two)) = (project(&[("main.tf", BUCKET)]), project(&[("llm.yaml", LLM)]));
    let mut client = Client::open_folders(&[&one, &two], capabilities(), json!({}));
    client.settle();
    assert_eq!((client.shown(&one.join("main.tf")).len(), client.shown(&two.join("llm.yaml")).len()), (3, 5));
    assert_eq!(client.status()["files"], 2);
    let event = json!({ "added": [], "removed": [{ "uri": uri(&two), "name": "two" }] });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    client.settle();
    assert_eq!((client.shown(&one.join("main.tf")).len(), client.shown(&two.join("llm.yaml")).len()), (3, 0));
    let event = json!({ "added": [{ "uri": uri(&two), "name": "two" }], "removed": [] });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    client.settle();
    assert_eq!(client.shown(&two.join("llm.yaml")).len(), 5);
    client.shut_down();
}

#[test]
fn a_file_of_a_folder_within_a_folder_is_told_once() {
    let (_folder, root) = project(&[("main.tf", BUCKET), ("inner/llm.yaml", LLM)]);
    let inner = root.join("inner");
    let path = inner.join("llm.yaml");
    let mut client = Client::open_folders(&[&root, &inner], capabilities(), json!({}));
    client.settle();
    assert_eq!(client.shown(&path).len(), 5);
    client.open(&path, "a: 1\n");
    client.settle();
    assert_eq!((client.shown(&path).len(), client.shown(&root.join("main.tf")).len()), (0, 3));
    client.shut_down();
}

#[test]
fn a_file_outside_of_all_folders_brings_its_own() {
    let ((_a, one), (_b, two)) = (project(&[("main.tf", BUCKET)]), project(&[("main.tf", BUCKET), ("llm.yaml", LLM)]));
    let path = two.join("main.tf");
    let mut client = Client::open_folder(&one);
    client.open(&path, BUCKET);
    client.settle();
    assert_eq!((client.shown(&path).len(), client.shown(&two.join("llm.yaml")).len()), (3, 5));
    client.close(&path);
    client.settle();
    assert_eq!((client.shown(&path).len(), client.shown(&two.join("llm.yaml")).len()), (0, 0));
    assert_eq!(client.shown(&one.join("main.tf")).len(), 3);
    client.shut_down();
}

#[test]
fn no_folder_at_all_is_fine() {
    let (_folder, root) = project(&[("main.tf", BUCKET)]);
    let mut client = Client::open_folders(&[], json!({}), json!(null));
    client.settle();
    client.open(&root.join("main.tf"), BUCKET);
    client.open(&root.join("notes.txt"), "hello");
    client.notify(
        "textDocument/didOpen",
        json!({
            "textDocument": { "uri": "untitled:Untitled-1", "languageId": "terraform", "version": 1, "text": BUCKET },
        }),
    );
    client.settle();
    assert_eq!(client.published.len(), 1);
    client.shut_down();
}

#[test]
fn changes_of_the_disk_are_followed() {
    let (_folder, root) = project(&[("main.tf", BUCKET)]);
    let mut client = Client::open_folder(&root);
    client.settle();
    let watched = client.asked.iter().find(|(method, _)| method == "client/registerCapability").unwrap();
    let globs = watched.1["registrations"][0]["registerOptions"]["watchers"].to_string();
    for glob in [
        "**/*.tf\"",
        "**/*.tofu",
        "**/*.tf.json",
        "**/*.tfvars\"",
        "**/*.yaml",
        "**/*.yml",
        "**/*.json",
        "**/stanchion.toml",
    ] {
        assert!(globs.contains(glob), "{glob}");
    }
    fs::create_dir(root.join("ai")).unwrap();
    fs::write(root.join("ai/llm.yaml"), LLM).unwrap();
    client.touch(&[&root.join("ai/llm.yaml")]);
    client.settle();
    assert_eq!(client.shown(&root.join("ai/llm.yaml")).len(), 5);
    fs::rename(root.join("ai"), root.join("ml")).unwrap();
    let files = json!([{ "oldUri": uri(&root.join("ai")), "newUri": uri(&root.join("ml")) }]);
    client.notify("workspace/didRenameFiles", json!({ "files": files }));
    client.settle();
    let counts = ["ai/llm.yaml", "ml/llm.yaml"].map(|file| client.shown(&root.join(file)).len());
    assert_eq!(counts, [0, 5]);
    client.shut_down();
}
