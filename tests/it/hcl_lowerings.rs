//! Two front ends, one tree: every Terraform file of the corpus, and mutations of snippets.

use std::io::Read;
use std::path::PathBuf;

use proptest::prelude::*;
use rayon::prelude::*;
use stanchion::source::{FileId, Problem, Span};
use stanchion::syntax::hcl::{self, Body, ExprKind};

const FILE: FileId = FileId(0);

/// Files whose broken syntax was looked at by hand: an HTML entity stands where HCL should.
const KNOWN_BROKEN: &[&str] = &["quicksight-analysis-dasg-metrics/main.tf"];

fn corpus() -> Vec<PathBuf> {
    let shared = std::env::var_os("STANCHION_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared").into());
    let Ok(folder) = std::fs::read_dir(shared.join("corpus/wild")) else { return Vec::new() };
    let mut archives: Vec<_> = folder.flatten().map(|entry| entry.path()).collect();
    archives.retain(|path| path.to_string_lossy().ends_with(".jsonl.gz"));
    archives.sort();
    archives
}

/// The `.tf` files of an archive: path and text.
fn terraform_files(archive: &PathBuf) -> Vec<(String, String)> {
    let mut lines = String::new();
    let file = std::fs::File::open(archive).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut lines).unwrap();
    let texts = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let entry = |value: serde_json::Value| {
        let field = |names: [&str; 2]| names.iter().find_map(|name| value[*name].as_str().map(str::to_owned));
        Some((field(["path", "file"])?, field(["text", "content"])?))
    };
    texts.filter_map(entry).filter(|(path, _)| path.ends_with(".tf")).collect()
}

#[derive(Default)]
struct Compared {
    n_files: usize,
    n_blocks: usize,
    complaints: Vec<String>,
}

fn compare(path: &str, text: &str) -> Compared {
    let mut compared = Compared { n_files: 1, ..Compared::default() };
    let parsed = hcl::parse(text, FILE);
    let known = KNOWN_BROKEN.iter().any(|broken| path.ends_with(broken));
    if known == parsed.problems.is_empty() {
        compared.complaints.push(format!("{path}: {:?}", parsed.problems));
    }
    if let Some(strict) = hcl::parse_strict(text, FILE) {
        compared.n_blocks = strict.blocks.len() + strict.attributes.len();
        if hcl::parse_tolerant(text, FILE).as_ref() != Some(&strict) {
            compared.complaints.push(format!("{path}: the front ends differ"));
        }
    }
    compared
}

/// `STANCHION_CORPUS_STEP` is how many files are passed over after each that is read.
#[test]
fn both_front_ends_build_the_same_tree() {
    let archives = corpus();
    if archives.is_empty() {
        println!("no corpus beside the repository, nothing compared");
        return;
    }
    let step = std::env::var("STANCHION_CORPUS_STEP").ok().and_then(|step| step.parse().ok()).unwrap_or(8);
    let files = archives.par_iter().flat_map_iter(|archive| terraform_files(archive).into_iter().step_by(step));
    let total = files.map(|(path, text)| compare(&path, &text)).reduce(Compared::default, |mut a, b| {
        a.n_files += b.n_files;
        a.n_blocks += b.n_blocks;
        a.complaints.extend(b.complaints);
        a
    });
    println!("{} statements of {} files compared", total.n_blocks, total.n_files);
    assert!(total.n_blocks > 0);
    assert_eq!(total.complaints, Vec::<String>::new());
}

const SNIPPETS: &[&str] = &[
    "resource \"aws_s3_bucket\" \"logs\" {\n  bucket = \"${var.name}-é\"\n  tags = { a = 1, (b) : [2, 3] }\n}\n",
    "locals {\n  a = <<-EOT\n    x ${~ b ~} $${c}\n      %{ if d }e%{ else }f%{ endif }\n  EOT\n  g = h ? -1 : !i.j[*].k.0\n}\n",
    "a = [for k, v in m : f(k, v...) if k != null && v >= 2.5] # c\nb = {for x in y : x => x...}\n/* d */",
    "{\"resource\": {\"a\": {\"b\": {\"c\": \"${d}\\u00e9\\n\"}}}, \"variable\": {\"e\": {\"type\": \"list(any)\"}}}",
];

/// A snippet, or two, with pieces cut out, doubled and put in.
fn mutated() -> impl Strategy<Value = String> {
    let cut = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), prop::sample::select(PIECES));
    (prop::sample::select(SNIPPETS), prop::collection::vec(cut, 1..6)).prop_map(|(snippet, cuts)| {
        let mut text: Vec<char> = snippet.chars().collect();
        for (start, length, piece) in cuts {
            let start = start.index(text.len() + 1);
            let end = start + length.index((text.len() - start).min(9) + 1);
            text.splice(start..end, piece.chars());
        }
        text.into_iter().collect()
    })
}

const PIECES: &[&str] = &[
    "",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "${",
    "%{",
    "~}",
    "\n",
    "=",
    "<<E\n",
    "\nE\n",
    "?",
    ":",
    "!",
    "-",
    "é",
    "\\",
    "/*",
    "*/",
    "#",
    "...",
    ".",
    "*",
    "for x in ",
    "if ",
    "%{ endif }",
    "resource \"a\" \"b\" {\n",
    "\r\n",
    ",",
    "😀",
    "$${",
];

fn n_cases() -> u32 {
    std::env::var("STANCHION_FUZZ_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000)
}

fn check(text: &str) {
    let problems = |problems: &[Problem]| problems.iter().for_each(|problem| in_bounds(text, problem.span));
    for parsed in [hcl::parse(text, FILE), hcl::parse_json(text, FILE), hcl::parse_tfvars_json(text, FILE)] {
        problems(&parsed.problems);
        spans_in_bounds(text, &parsed.tree);
    }
    for parsed in [hcl::parse_expression(text, FILE, 0), hcl::parse_template(text, FILE, 0)] {
        problems(&parsed.problems);
        in_bounds(text, parsed.tree.span);
    }
    for range in hcl::comments(text) {
        assert!(text.get(range).is_some());
    }
}

fn in_bounds(text: &str, span: Span) {
    assert!(text.get(span.range()).is_some(), "{span:?} of {text:?}");
}

fn spans_in_bounds(text: &str, body: &Body) {
    for attribute in &body.attributes {
        [attribute.span, attribute.name.span, attribute.value.span].map(|span| in_bounds(text, span));
        if let ExprKind::Object(items) = &attribute.value.kind {
            items
                .iter()
                .for_each(|item| [item.key.span, item.value.span].iter().for_each(|span| in_bounds(text, *span)));
        }
    }
    for block in &body.blocks {
        [block.span, block.header, block.kind.span].map(|span| in_bounds(text, span));
        block.labels.iter().for_each(|label| in_bounds(text, label.span));
        spans_in_bounds(text, &block.body);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(n_cases()))]

    #[test]
    fn any_mutation_is_read_without_panic(text in mutated()) {
        check(&text);
    }

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        check(&text);
    }

    /// What both front ends take, they take for the same.
    #[test]
    fn front_ends_agree_on_mutations(text in mutated()) {
        if let (Some(strict), Some(tolerant)) = (hcl::parse_strict(&text, FILE), hcl::parse_tolerant(&text, FILE)) {
            prop_assert_eq!(strict, tolerant);
        }
    }
}
