//! Whatever the text and wherever the spans, reports are written.

use std::path::Path;

use proptest::prelude::*;
use stanchion::finding::{Assessment, Label, Severity};
use stanchion::graph::Graph;
use stanchion::report::human::{self, Detail, Settings};
use stanchion::report::{Base, github, gitlab, html, json, junit, markdown, sarif};
use stanchion::source::{FileId, FileKind, Problem, SourceMap, Span};

use super::rendered;
use super::sample::{Sample, finding};

/// Text of the characters that make trouble: line ends, tabs, wide, combining and control ones.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        " = ",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "大",
        "🦀",
        "e\u{301}",
        "\u{1b}",
        "\"",
        "x".repeat(300).leak(),
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// A span of the text from two numbers, on character boundaries.
fn span(text: &str, file: FileId, (a, b): (usize, usize)) -> Span {
    let offset = |n: usize| (0..=n % (text.len() + 1)).rev().find(|&at| text.is_char_boundary(at)).unwrap();
    let (a, b) = (offset(a), offset(b));
    Span::new(file, a.min(b), a.max(b))
}

proptest! {
    #[test]
    fn every_report_is_written(
        text in text(),
        ends in prop::collection::vec((0usize..5000, 0usize..5000), 1..6),
        width in 0usize..150,
        unicode: bool,
    ) {
        let mut sources = SourceMap::default();
        let file = sources.add("a.tf".into(), FileKind::Terraform, text.as_str().into());
        let mut labels = ends.iter().map(|&ends| Label { span: span(&text, file, ends), message: "here".into() });
        let primary = labels.next().unwrap();
        let problems = vec![Problem::new(primary.span, "broken")];
        let mut one = finding("some-rule", Severity::High, "a.b", primary);
        one.related = labels.collect();
        let assessment = Assessment { findings: vec![one], problems, ..Assessment::default() };
        let sample = Sample { sources, assessment };
        let settings = Settings { width, color: false, unicode, detail: Detail::Normal };
        let human = rendered(&sample, |out, report| human::write(out, report, settings).unwrap());
        prop_assert!(human.contains("here") && !human.contains('\u{1b}') && !human.contains('\r'), "{human}");
        let base = Base { cwd: "/r".into(), root: "/r".into() };
        for machine in [
            rendered(&sample, |out, report| json::write(out, report).unwrap()),
            rendered(&sample, |out, report| sarif::write(out, report, &base).unwrap()),
        ] {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&machine).is_ok());
        }
        let code_quality = rendered(&sample, |out, report| gitlab::write_code_quality(out, report, &base).unwrap());
        prop_assert!(serde_json::from_str::<serde_json::Value>(&code_quality).is_ok());
        for text in [
            rendered(&sample, |out, report| github::write(out, report, &base).unwrap()),
            rendered(&sample, |out, report| junit::write(out, report, &base).unwrap()),
            rendered(&sample, |out, report| markdown::write(out, report, &base, 4096).unwrap()),
            rendered(&sample, |out, report| html::write(out, report, &Graph::default(), Path::new("")).unwrap()),
        ] {
            prop_assert!(text.contains("some-rule") && !text.contains('\u{1b}'), "{text}");
        }
    }
}
