//! Random sessions: what is shown in the end is what `stanchion check` finds in the same texts.

#![expect(clippy::string_slice, reason = "offsets are those of characters, and a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};

use super::client::{Client, project, uri};
use super::{BUCKET, LLM};

/// Sessions, unless `STANCHION_SESSIONS` says how many, and edits of each.
const N_SESSIONS: u64 = 6;
const N_EDITS: usize = 60;

/// A sequence of numbers that look random and are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const SNIPPETS: &[&str] = &[
    "",
    "",
    "\n",
    "}",
    "{",
    "\"",
    "# é🦀\n",
    "public-read",
    "private",
    "---\n",
    "  acl = \"public-read\"\n",
    "resource \"aws_s3_bucket\" \"x\" {\n  acl = \"public-read\"\n}\n",
    "# stanchion:allow s3-bucket-public-acl -- fuzz\n",
    "type: ClusterIP",
];

/// A position in UTF-16 units, as an editor counts.
fn position(text: &str, offset: usize) -> Json {
    let before = &text[..offset];
    let line = before.matches('\n').count();
    let character = before.rsplit('\n').next().unwrap().encode_utf16().count();
    json!({ "line": line, "character": character })
}

fn boundary(text: &str, random: &mut Random) -> usize {
    let at = random.below(text.len() + 1);
    (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap()
}

/// What the binary finds in a folder: by file rules, places and messages.
fn checked(root: &Path) -> BTreeMap<PathBuf, Vec<(String, u64, u64)>> {
    let output = Command::new(env!("CARGO_BIN_EXE_stanchion"))
        .args(["check", "--model", "off", "--format", "json"])
        .arg(root)
        .env_clear()
        .output()
        .unwrap();
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    let mut found: BTreeMap<PathBuf, Vec<_>> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let number = |value: &Json| value.as_u64().unwrap();
        let entry = (
            finding["rule"].as_str().unwrap().to_owned(),
            number(&finding["start"]["line"]),
            number(&finding["end"]["line"]),
        );
        found.entry(PathBuf::from(finding["file"].as_str().unwrap())).or_default().push(entry);
    }
    for all in found.values_mut() {
        all.sort();
    }
    found
}

fn shown(client: &Client, root: &Path, names: &[String]) -> BTreeMap<PathBuf, Vec<(String, u64, u64)>> {
    let mut all = BTreeMap::new();
    for name in names {
        let path = root.join(name);
        let items = client.published.get(&uri(&path)).map_or(&[][..], Vec::as_slice);
        let mut found: Vec<_> = items
            .iter()
            .filter(|item| item["data"]["fingerprint"].is_string())
            .map(|item| {
                let line = |end: &str| item["range"][end]["line"].as_u64().unwrap() + 1;
                (item["code"].as_str().unwrap().to_owned(), line("start"), line("end"))
            })
            .collect();
        found.sort();
        if !found.is_empty() {
            all.insert(path, found);
        }
    }
    all
}

#[test]
fn a_session_ends_where_a_cold_check_does() {
    let n_sessions = std::env::var("STANCHION_SESSIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(N_SESSIONS);
    for seed in 0..n_sessions {
        let start = [("main.tf", BUCKET), ("llm.yaml", LLM), ("m/main.tf", BUCKET)];
        let (_folder, root) = project(&start);
        let mut texts: BTreeMap<String, String> = start.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let mut open: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut random = Random(seed + 1);
        let mut client = Client::open_folders(&[&root], json!({}), json!({ "settings": { "suspicions": false } }));
        for n in 0..N_EDITS {
            let names: Vec<String> = texts.keys().cloned().collect();
            let name = if random.below(12) == 0 { format!("new{n}.tf") } else { random.pick(&names).clone() };
            let path = root.join(&name);
            let text = texts.entry(name.clone()).or_default();
            if !open.contains_key(&name) {
                client.open(&path, text);
                open.insert(name.clone(), Vec::new());
            }
            let undo = open.get_mut(&name).unwrap();
            match random.below(12) {
                0 => {
                    // Saved and closed.
                    fs::write(&path, &*text).unwrap();
                    client.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri(&path) } }));
                    client.close(&path);
                    open.remove(&name);
                }
                1 | 2 => {
                    if let Some(old) = undo.pop() {
                        *text = old;
                        client.change(&path, text);
                    }
                }
                _ => {
                    undo.push(text.clone());
                    let (a, b) = (boundary(text, &mut random), boundary(text, &mut random));
                    let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 40));
                    let to = (to..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap();
                    let inserted = *random.pick(SNIPPETS);
                    let range = json!({ "start": position(text, from), "end": position(text, to) });
                    client.edit(&path, json!([{ "range": range, "text": inserted }]));
                    text.replace_range(from..to, inserted);
                }
            }
            if random.below(5) == 0 {
                client.at("textDocument/hover", &path, u32::try_from(random.below(40)).unwrap(), 8);
            }
        }
        // What is broken keeps what it had: here all is whole again, each text another than before.
        for (name, text) in &mut texts {
            let path = root.join(name);
            *text = if &**name == "llm.yaml" {
                let kind = *random.pick(&["type: LoadBalancer", "type: ClusterIP"]);
                LLM.replace("type: LoadBalancer", kind)
            } else {
                let acl = *random.pick(&["public-read", "private"]);
                let line = "# moved\n".repeat(random.below(4));
                format!("{line}{}", BUCKET.replace("\"public-read\"", &format!("\"{acl}\"")))
            };
            if name.starts_with("new") {
                *text = format!(
                    "resource \"aws_s3_bucket\" \"{}\" {{\n  acl = \"public-read\"\n}}\n",
                    name.replace('.', "-")
                );
            }
            if open.contains_key(name) {
                client.change(&path, text);
            } else {
                client.open(&path, text);
            }
        }
        client.settle();
        let names: Vec<String> = texts.keys().cloned().collect();
        let in_editor = shown(&client, &root, &names);
        for (name, text) in &texts {
            fs::write(root.join(name), text).unwrap();
        }
        assert_eq!(in_editor, checked(&root), "session {seed}");
        for name in &names {
            client.close(&root.join(name));
        }
        client.settle();
        assert_eq!(shown(&client, &root, &names), checked(&root), "session {seed}, all closed");
        client.shut_down();
    }
}

/// In the middle of it, with whatever is broken, everything that a cold check finds is shown.
#[test]
fn broken_sessions_show_all_that_a_cold_check_finds() {
    let (_folder, root) = project(&[("main.tf", BUCKET), ("llm.yaml", LLM)]);
    let mut client = Client::open_folders(&[&root], json!({}), json!({ "settings": { "suspicions": false } }));
    let mut random = Random(99);
    for _ in 0..12 {
        for (name, whole) in [("main.tf", BUCKET), ("llm.yaml", LLM)] {
            let mut text = whole.to_owned();
            for _ in 0..random.below(4) {
                let at = boundary(&text, &mut random);
                let snippet: &str = random.pick::<&str>(SNIPPETS);
                text.insert_str(at, snippet);
            }
            let path = root.join(name);
            client.open(&path, whole);
            client.change(&path, &text);
            fs::write(&path, &text).unwrap();
        }
        client.settle();
        let in_editor = shown(&client, &root, &["main.tf".to_owned(), "llm.yaml".to_owned()]);
        for (path, found) in checked(&root) {
            for finding in found {
                assert!(in_editor.get(&path).is_some_and(|all| all.contains(&finding)), "{finding:?} in {in_editor:?}");
            }
        }
    }
    client.shut_down();
}
