//! Every fix of a rule, made in the text: the finding goes, no other one comes, and all else stays
//! as it is written.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;
use stanchion::analysis::{Cold, Left, Wanted, fix, mend};
use stanchion::finding::{Fix, NoFix, TextEdit};
use stanchion::source::{Disk, FileId, FileKind, SourceFile};
use stanchion::syntax::{hcl, yaml};

use crate::rules::{CASES, Case};

/// What came of the findings of one folder.
#[derive(Default)]
struct Made {
    n_fixes: usize,
    /// By the reason why there is none, where the rule has a repair.
    reasons: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

fn comments(file: &SourceFile, text: &str) -> Vec<Range<usize>> {
    match file.kind {
        FileKind::Terraform | FileKind::Tfvars => hcl::comments(text),
        FileKind::Yaml => yaml::comments(text),
        _ => Vec::new(),
    }
}

fn edited(text: &str, edits: &[&TextEdit]) -> String {
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.span.range(), &edit.text);
    }
    text
}

/// Comments outside of what an edit takes away are all still there, in their order.
fn lost_comments(file: &SourceFile, edits: &[&TextEdit]) -> Vec<String> {
    let is_kept = |comment: &Range<usize>| {
        edits.iter().all(|edit| edit.span.end as usize <= comment.start || comment.end <= edit.span.start as usize)
    };
    let before = comments(file, &file.text);
    let kept = before.into_iter().filter(is_kept).map(|range| file.text.get(range).unwrap());
    let text = edited(&file.text, edits);
    let after: Vec<&str> = comments(file, &text).into_iter().map(|range| text.get(range).unwrap()).collect();
    let mut rest = after.iter();
    kept.filter(|comment| !rest.any(|there| there == comment)).map(str::to_owned).collect()
}

fn look_at(case: &Case, fix: &Fix, wrong: &mut Vec<String>) {
    let mut by_file: BTreeMap<FileId, Vec<&TextEdit>> = BTreeMap::new();
    for edit in &fix.edits {
        by_file.entry(edit.span.file).or_default().push(edit);
    }
    for (id, edits) in by_file {
        let file = case.outcome.sources.file(id);
        let lost = lost_comments(file, &edits);
        if !lost.is_empty() {
            wrong.push(format!("{}: {}: lost {lost:?}", case.id, fix.title));
        }
        let is_clean = edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start);
        if !is_clean {
            wrong.push(format!("{}: {}: edits overlap", case.id, fix.title));
        }
    }
}

fn make_all(case: &Case) -> Made {
    let mut made = Made::default();
    for finding in &case.outcome.assessment.findings {
        if let Ok(fix) = fix(&case.outcome, finding) {
            look_at(case, &fix, &mut made.wrong);
        }
    }
    let mut analyzer = Cold::new(&case.settings, &Disk);
    let mended = mend(&mut analyzer, &case.outcome, Wanted::All, &|_| true).unwrap();
    made.n_fixes = mended.fixed.len();
    for (finding, left) in &mended.left {
        match left {
            Left::NoFix(NoFix::NoEdit) => {}
            Left::NoFix(why) => {
                *made.reasons.entry(why.code().to_owned()).or_default() += 1;
                println!("{}: {} at {}: {why}", case.id, finding.rule, finding.address);
            }
            Left::Unsafe(what) => made.wrong.push(format!("{}: not made: {what}", case.id)),
        }
    }
    if let Some(after) = &mended.after {
        let again = mend(&mut analyzer, after, Wanted::All, &|_| true).unwrap();
        if !again.texts.is_empty() {
            made.wrong.push(format!("{}: made again, the fixes change more", case.id));
        }
    }
    made
}

#[test]
fn fixes_in_the_text_resolve_their_findings_and_keep_all_else() {
    let cases: Vec<&Case> = CASES.iter().filter(|case| case.kind == "bad").collect();
    let all: Vec<Made> = cases.into_par_iter().map(make_all).collect();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (reason, n) in all.iter().flat_map(|made| &made.reasons) {
        *reasons.entry(reason.clone()).or_default() += n;
    }
    let n_fixes: usize = all.iter().map(|made| made.n_fixes).sum();
    println!("{n_fixes} fixes in the text, none for {reasons:?}");
    let is_known = |reason: &String| matches!(reason.as_str(), "brings-another" | "value-from-elsewhere");
    assert!(reasons.keys().all(is_known) && n_fixes > 20 * reasons.values().sum::<usize>(), "{n_fixes}, {reasons:?}");
    let wrong: Vec<&String> = all.iter().flat_map(|made| &made.wrong).collect();
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
}
