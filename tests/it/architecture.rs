//! The allowed arrows between the rooms of `src/`. A new arrow is a design decision: make it here.

use std::path::{Path, PathBuf};

/// Each room, and the rooms it may import from.
const ARROWS: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("value", &["source"]),
    ("finding", &["source"]),
    ("graph", &["source", "value"]),
    ("syntax", &["source", "value"]),
    ("terraform", &["source", "value", "graph", "syntax"]),
    ("kubernetes", &["source", "value", "graph", "syntax"]),
    ("query", &["source", "value", "graph"]),
    ("facts", &["source", "value", "finding", "graph", "query"]),
    ("rules", &["source", "value", "graph", "query", "finding", "facts"]),
    ("model", &["source", "value", "finding", "graph", "query"]),
    ("report", &["source", "value", "finding", "graph"]),
    ("manual", &["finding", "graph", "rules", "report"]),
    ("config", &["source", "finding", "rules", "report"]),
    (
        "analysis",
        &[
            "source",
            "value",
            "finding",
            "graph",
            "syntax",
            "terraform",
            "kubernetes",
            "facts",
            "rules",
            "model",
            "config",
        ],
    ),
    (
        "lsp",
        &["source", "value", "finding", "graph", "syntax", "facts", "rules", "report", "manual", "config", "analysis"],
    ),
    ("cli", &["source", "finding", "graph", "rules", "report", "manual", "config", "analysis", "model", "lsp"]),
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// Rooms named by `crate::room` or `crate::{room, …}` in the code, comments left out.
fn imports(text: &str) -> Vec<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let after = code.split("crate::").skip(1);
    let rooms = after.flat_map(|rest| match rest.strip_prefix('{') {
        Some(group) => group.split('}').next().unwrap_or("").split(',').map(str::trim).collect(),
        None => vec![rest],
    });
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    rooms.map(word).filter(|room| ARROWS.iter().any(|(known, _)| known == room)).collect()
}

#[test]
fn rooms_import_only_along_the_arrows() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut n_imports = 0;
    for (room, allowed) in ARROWS {
        let mut paths = Vec::new();
        files(&src.join(room), &mut paths);
        for path in paths {
            for import in imports(&std::fs::read_to_string(&path).unwrap()) {
                n_imports += 1;
                if import != *room && !allowed.contains(&import.as_str()) {
                    wrong.push(format!("{} imports `{import}`", path.strip_prefix(&src).unwrap().display()));
                }
            }
        }
    }
    assert!(n_imports > 100, "the search for imports finds {n_imports}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_room_is_in_the_table() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in std::fs::read_dir(src).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let room = path.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(ARROWS.iter().any(|(known, _)| *known == room), "`{room}` is in no arrow");
        }
    }
}

#[test]
fn every_room_opens_with_its_purpose() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (room, _) in ARROWS {
        let text = std::fs::read_to_string(src.join(room).join("mod.rs")).unwrap();
        let n_lines = text.lines().take_while(|line| line.starts_with("//!")).count();
        assert!(n_lines >= 5, "`{room}/mod.rs` opens with {n_lines} lines");
    }
}
