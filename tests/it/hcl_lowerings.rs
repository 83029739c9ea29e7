//! Two front ends, one tree: every Terraform file of the corpus, and mutations of snippets.

use std::io::Read;
use std::path::PathBuf;

use proptest::prelude::*;
use rayon::prelude::*;
use stanchion::source::{FileId, Problem, Span};
use stanchion::syntax::hcl::{self, Body, ExprKind};

const FILE: FileId = FileId(0);

/// Files that were looked at by hand and are broken: quotes within a string are not escaped.
const KNOWN_BROKEN: &[&str] =
    &["insights/terraform/projects/bb2/services/quicksight/modules/quicksight-analysis-dasg-metrics/main.tf"];

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
    let file = std::fs::File::open(archive).expect("the archive was just listed");
    flate2::read::GzDecoder::new(file).read_to_string(&mut lines).expect("archives are gzip of UTF-8");
    let parse = |line| serde_json::from_str::<serde_json::Value>(line).expect("every line is JSON");
    let texts = lines.lines().map(parse);
    let entry = |value: serde_json::Value| {
        let field = |name: &str| value[name].as_str().map(str::to_owned);
        Some((field("path")?, field("text")?))
    };
    texts.filter_map(entry).filter(|(path, _)| path.rsplit_once('.').is_some_and(|(_, kind)| kind == "tf")).collect()
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
        let mut spans = vec![attribute.span, attribute.name.span, attribute.value.span];
        if let ExprKind::Object(items) = &attribute.value.kind {
            spans.extend(items.iter().flat_map(|item| [item.key.span, item.value.span]));
        }
        all_in_bounds(text, spans);
    }
    for block in &body.blocks {
        let labels = block.labels.iter().map(|label| label.span);
        all_in_bounds(text, labels.chain([block.span, block.header, block.kind.span]));
        spans_in_bounds(text, &block.body);
    }
}

fn all_in_bounds(text: &str, spans: impl IntoIterator<Item = Span>) {
    for span in spans {
        in_bounds(text, span);
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
