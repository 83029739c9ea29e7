//! Small deployments of several files: each `bad` one has its finding with the decisive line among
//! the frames, and its `safe` twin, which differs in what decides, has none.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use stanchion::analysis::{Outcome, Settings, analyze};
use stanchion::finding::{Finding, Severity};
use stanchion::source::{Disk, Span};

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scenarios");
    let mut all: Vec<PathBuf> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

fn run(folder: &Path) -> Outcome {
    analyze(&Settings { roots: vec![folder.to_path_buf()], ..Settings::default() }, &Disk, &()).unwrap()
}

/// A line that ends in `# expect: <rule> [<severity>]`.
struct Mark {
    file: PathBuf,
    line: u32,
    rule: String,
    severity: Option<Severity>,
}

fn marks(outcome: &Outcome) -> Vec<Mark> {
    let mut marks = Vec::new();
    for file in outcome.sources.files() {
        for (line, text) in (1..).zip(file.text.lines()) {
            let Some((_, mark)) = text.split_once("# expect:") else { continue };
            let mut words = mark.split_whitespace();
            let rule = words.next().unwrap().to_owned();
            let severity = words.next().and_then(|word| word.parse().ok());
            marks.push(Mark { file: file.path.clone(), line, rule, severity });
        }
    }
    marks
}

fn decisive(outcome: &Outcome) -> Vec<(PathBuf, u32)> {
    let lines = outcome.sources.files().iter().flat_map(|file| {
        let marked = (1..).zip(file.text.lines()).filter(|(_, text)| text.contains("# decisive"));
        marked.map(|(line, _)| (file.path.clone(), line)).collect::<Vec<_>>()
    });
    lines.collect()
}

fn at(outcome: &Outcome, span: Span) -> (PathBuf, u32) {
    let file = outcome.sources.file(span.file);
    (file.path.clone(), file.position(span.start).line)
}

fn found<'o>(outcome: &'o Outcome, mark: &Mark) -> Option<&'o Finding> {
    let place = (mark.file.clone(), mark.line);
    outcome
        .assessment
        .findings
        .iter()
        .find(|finding| finding.rule == mark.rule && at(outcome, finding.primary.span) == place)
}

#[test]
fn bad_ones_are_found_with_the_decisive_line_among_the_frames() {
    let mut wrong = Vec::new();
    for folder in folders() {
        let outcome = run(&folder.join("bad"));
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let marks = marks(&outcome);
        assert!(!marks.is_empty(), "`{name}` expects nothing");
        for mark in marks {
            let Some(finding) = found(&outcome, &mark) else {
                let all = &outcome.assessment.findings;
                let others: Vec<_> = all.iter().map(|other| (&other.rule, at(&outcome, other.primary.span))).collect();
                wrong.push(format!("{name}: no `{}` at line {}; there are {others:?}", mark.rule, mark.line));
                continue;
            };
            if mark.severity.is_some_and(|severity| severity != finding.severity) {
                wrong.push(format!("{name}: `{}` is {}", mark.rule, finding.severity));
            }
            let labels = finding.path.iter().chain(&finding.related).chain([&finding.primary]);
            let shown: BTreeSet<_> = labels.map(|label| at(&outcome, label.span)).collect();
            let missing = decisive(&outcome).into_iter().filter(|line| !shown.contains(line));
            wrong.extend(
                missing.map(|(_, line)| format!("{name}: line {line} is not shown by `{}`: {shown:?}", mark.rule)),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn safe_twins_have_none_of_the_findings() {
    let mut wrong = Vec::new();
    for folder in folders() {
        let expected: BTreeSet<String> = marks(&run(&folder.join("bad"))).into_iter().map(|mark| mark.rule).collect();
        let outcome = run(&folder.join("safe"));
        let fired = outcome.assessment.findings.iter().filter(|finding| expected.contains(&*finding.rule));
        wrong.extend(fired.map(|finding| format!("{}: {} fires: {}", folder.display(), finding.rule, finding.message)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each step of the way up to the place itself is needed: without the block or document that makes
/// it the finding goes, or its severity falls.
#[test]
fn a_way_with_a_hop_removed_is_no_longer_as_bad() {
    let mut wrong = Vec::new();
    let mut n_removed = 0;
    for folder in folders() {
        let outcome = run(&folder.join("bad"));
        for mark in marks(&outcome) {
            let Some(finding) = found(&outcome, &mark).filter(|finding| !finding.path.is_empty()) else { continue };
            let blocks = blocks_before(&outcome, finding);
            for block in blocks {
                n_removed += 1;
                let after = run_without(&outcome, block);
                let same = after
                    .assessment
                    .findings
                    .iter()
                    .find(|other| other.rule == finding.rule && other.address == finding.address);
                if same.is_some_and(|other| other.severity >= finding.severity) {
                    let (file, line) = at(&outcome, block);
                    wrong.push(format!("{}: still as bad without {}:{line}", folder.display(), file.display()));
                }
            }
        }
    }
    println!("{n_removed} hops removed");
    assert!(n_removed > 20, "{n_removed} hops removed");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The blocks and documents that hold the steps of a way up to the finding's own.
fn blocks_before(outcome: &Outcome, finding: &Finding) -> Vec<Span> {
    let block_at = |span: Span| {
        let blocks = outcome.graph.resources().iter().map(|resource| resource.block);
        blocks.filter(|block| block.contains(span)).min_by_key(|block| block.end - block.start)
    };
    let own = block_at(finding.primary.span);
    let mut blocks: Vec<Span> = Vec::new();
    for label in &finding.path {
        let Some(block) = block_at(label.span) else { continue };
        if !blocks.contains(&block) {
            blocks.push(block);
        }
        if Some(block) == own {
            break;
        }
    }
    blocks
}

/// The same deployment with one block blanked out, line ends kept.
fn run_without(outcome: &Outcome, block: Span) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let first = outcome.sources.files()[0].path.clone();
    let root = first.ancestors().find(|path| path.ends_with("bad")).unwrap().to_path_buf();
    for (index, file) in outcome.sources.files().iter().enumerate() {
        let mut bytes = file.text.as_bytes().to_vec();
        if index == block.file.0 as usize {
            let hidden = &mut bytes[block.start as usize..block.end as usize];
            hidden.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        }
        let path = folder.path().join(file.path.strip_prefix(&root).unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    run(folder.path())
}
