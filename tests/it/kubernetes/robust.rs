use proptest::prelude::*;
use stanchion::graph::{Presence, Scope};
use stanchion::kubernetes::objects;
use stanchion::source::FileId;
use stanchion::syntax::yaml::{Locator, comments, parse, parse_json};
use stanchion::value::{Data, Path, Value};

const FILE: FileId = FileId(0);

/// Text made of the characters that mean something in YAML.
fn yaml_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-c]{1,2}",
        Just("apiVersion: v1\nkind: Pod\n".to_owned()),
        Just("spec:\n  containers:\n  - name: a\n".to_owned()),
        "[ \n:{}\\[\\],&*!|>'\"#%@`?\t-]{1,3}",
        Just("\n---\n".to_owned()),
        Just("<<: *a\n".to_owned()),
        Just("&a ".to_owned()),
        Just("é\u{1F600}".to_owned()),
        Just("{{ .x }}".to_owned()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn paths(value: &Value, path: &Path, found: &mut Vec<Path>) {
    found.push(path.clone());
    match &value.data {
        Data::Object(map) => map.iter().for_each(|(key, member)| paths(member, &path.key(key.clone()), found)),
        Data::List(items) => items.iter().enumerate().for_each(|(i, item)| paths(item, &path.index(i), found)),
        _ => {}
    }
}

fn check(text: &str) {
    let range = |span: stanchion::source::Span| text.get(span.range()).is_some();
    let (yaml, json) = (parse(text, FILE), parse_json(text, FILE));
    assert!(yaml.problems.iter().chain(&json.problems).all(|problem| range(problem.span)));
    assert!(comments(text).into_iter().all(|comment| text.get(comment).is_some_and(|c| c.starts_with('#'))));
    let mut locator = Locator::new(text.into(), FILE);
    for document in yaml.tree.iter().chain(&json.tree) {
        assert!(range(document.span));
        objects(document, Scope(0), Presence::Certain);
        let mut all = Vec::new();
        paths(&document.value, &Path::default(), &mut all);
        for path in all {
            let Some(located) = locator.span(document.index, &path) else { continue };
            assert!(range(located.value) && range(located.mark) && located.key.is_none_or(range));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn yaml_like_text_never_panics(text in yaml_like()) {
        check(&text);
    }

    #[test]
    fn any_text_never_panics(text in "\\PC{0,200}") {
        check(&text);
    }
}

/// Texts made to be slow are refused or read in a moment.
#[test]
fn hostile_texts_end_soon() {
    let start = std::time::Instant::now();
    for text in [
        "[".repeat(1_000_000),
        "{a: ".repeat(300_000),
        "- ".repeat(500_000),
        "? ".repeat(300_000),
        "'".repeat(1_000_000),
        "a: ".repeat(300_000),
        "&a ".repeat(300_000),
        format!("x: &a [{}]\n{}", "1,".repeat(10_000), "y: *a\n".repeat(10_000)),
        "---\n".repeat(500_000),
        "---\na: [\n".repeat(30_000),
        "a:\n ".repeat(120),
    ] {
        let parsed = parse(&text, FILE);
        let mut locator = Locator::new(text.as_str().into(), FILE);
        locator.span(0, &Path::default().key("a"));
        println!("{:?} {} documents, {} problems", start.elapsed(), parsed.tree.len(), parsed.problems.len());
    }
    assert!(start.elapsed().as_secs() < 120);
}
