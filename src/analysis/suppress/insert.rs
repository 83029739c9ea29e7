use std::sync::Arc;

use super::{Cover, in_comments};
use crate::source::{FileId, FileKind, SourceFile, SourceMap, Span};
use crate::syntax::hcl;

/// A text to put into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// Byte offset.
    pub at: u32,
    /// What to put there.
    pub text: String,
}

/// The comment that allows a rule at a place and covers as little else as can be; `None` where no
/// comment can stand. Each candidate is read back as a suppression, so that what is offered holds.
pub fn allow_by_comment(file: &SourceFile, span: Span, rule: &str, reason: &str) -> Option<Insertion> {
    if !matches!(file.kind, FileKind::Terraform | FileKind::Tfvars | FileKind::Yaml) {
        return None;
    }
    let comment = format!("# stanchion:allow {rule} -- {reason}");
    let n_problems = n_problems(file);
    let fitting = candidates(file, span, &comment).into_iter().filter_map(|insertion| {
        let reached = reach(file, span, &insertion, n_problems)?;
        Some((reached, insertion))
    });
    // Of two that cover as much, the first counts.
    fitting.min_by_key(|(reached, _)| *reached).map(|(_, insertion)| insertion)
}

fn candidates(file: &SourceFile, span: Span, comment: &str) -> Vec<Insertion> {
    let text = &file.text;
    let line = file.lines().line(span.start);
    let end = |line: usize| {
        let start = file.lines().start(line, text) as usize;
        let content = text.get(start..).unwrap_or("").split('\n').next().unwrap_or("");
        u32::try_from(start + content.trim_end().len()).unwrap_or(u32::MAX)
    };
    let mut all = vec![above(file, line, comment)];
    all.push(Insertion { at: end(line), text: format!(" {comment}") });
    if matches!(file.kind, FileKind::Terraform | FileKind::Tfvars) {
        let body = hcl::parse(text, file.id).tree;
        let around = body.blocks.iter().find(|block| block.span.contains(span));
        all.extend(around.map(|block| above(file, file.lines().line(block.span.start), comment)));
    }
    all
}

/// The comment on a line of its own, as deep as the line below it.
fn above(file: &SourceFile, line: usize, comment: &str) -> Insertion {
    let at = file.lines().start(line, &file.text);
    let below = file.text.get(at as usize..).unwrap_or("");
    let depth = below.len() - below.trim_start_matches([' ', '\t']).len();
    let indentation = below.get(..depth).unwrap_or("");
    let first = file.text.split_inclusive('\n').next().unwrap_or("");
    let end = if first.ends_with("\r\n") { "\r\n" } else { "\n" };
    Insertion { at, text: format!("{indentation}{comment}{end}") }
}

/// How many bytes the comment covers once it is there; `None` if it does not cover the place, or
/// breaks the file.
fn reach(file: &SourceFile, span: Span, insertion: &Insertion, n_before: usize) -> Option<u32> {
    let at = insertion.at as usize;
    let text = [file.text.get(..at)?, &insertion.text, file.text.get(at..)?].concat();
    let added = u32::try_from(insertion.text.len()).ok()?;
    let mut sources = SourceMap::default();
    let id = sources.add(file.path.clone(), file.kind, Arc::from(text));
    let edited = sources.file(id);
    if n_problems(edited) > n_before {
        return None;
    }
    let start = if span.start < insertion.at { span.start } else { span.start + added };
    let is_new = |by: Span| insertion.at <= by.start && by.end <= insertion.at + added;
    let mut covers = in_comments(edited).into_iter().filter(|(_, by, _)| is_new(*by)).map(|(.., cover)| cover);
    covers.find_map(|cover| match cover {
        Cover::Range { span, .. } if span.start <= start && start < span.end => Some(span.end - span.start),
        _ => None,
    })
}

fn n_problems(file: &SourceFile) -> usize {
    let is_hcl = matches!(file.kind, FileKind::Terraform | FileKind::Tfvars);
    if is_hcl { hcl::parse(&file.text, FileId(0)).problems.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with the comment in it that allows `rule` at `needle`.
    fn allowed(path: &str, text: &str, needle: &str) -> Option<String> {
        let mut sources = SourceMap::default();
        let id = sources.add(path.into(), FileKind::of(path.as_ref()).unwrap(), text.into());
        let start = text.find(needle).unwrap();
        let insertion = allow_by_comment(sources.file(id), Span::new(id, start, start + needle.len()), "r", "why")?;
        let (before, after) = text.split_at(insertion.at as usize);
        Some([before, &insertion.text, after].concat())
    }

    const MARK: &str = "# stanchion:allow r -- why";

    #[test]
    fn a_later_attribute_is_allowed_by_the_line_above_it() {
        let text = "resource \"a\" \"b\" {\n  x = 1\n  y = 2\n}\n";
        let expected = format!("resource \"a\" \"b\" {{\n  x = 1\n  {MARK}\n  y = 2\n}}\n");
        assert_eq!(allowed("a.tf", text, "y = 2"), Some(expected));
    }

    /// On a line of its own it would be for the whole block.
    #[test]
    fn the_first_attribute_is_allowed_at_the_end_of_its_line() {
        let text = "resource \"a\" \"b\" {\r\n  x = 1\r\n  y = 2\r\n}\r\n";
        let expected = format!("resource \"a\" \"b\" {{\r\n  x = 1 {MARK}\r\n  y = 2\r\n}}\r\n");
        assert_eq!(allowed("a.tf", text, "x = 1"), Some(expected));
    }

    #[test]
    fn a_block_is_allowed_above_its_header() {
        let text = "a = 1\nresource \"a\" \"b\" {\n  x = 1\n}\n";
        assert_eq!(allowed("a.tf", text, "resource"), Some(text.replace("resource", &format!("{MARK}\nresource"))));
    }

    /// Text of a heredoc is no comment.
    #[test]
    fn what_stands_in_a_heredoc_is_allowed_around_it() {
        let text = "resource \"a\" \"b\" {\n  z = 1\n  x = <<EOT\none\ntwo\nEOT\n}\n";
        let allowed = allowed("a.tf", text, "two").unwrap();
        assert!(allowed.starts_with(&format!("{MARK}\nresource")), "{allowed}");
    }

    #[test]
    fn yaml_keeps_its_indentation() {
        let text = "a:\n  b: 1\n  c:\n    - d: 2\n      e: 3\n";
        let expected = text.replace("      e", &format!("      {MARK}\n      e"));
        assert_eq!(allowed("a.yaml", text, "e: 3"), Some(expected));
    }

    #[test]
    fn json_has_no_comments() {
        assert_eq!(allowed("a.json", "{\"a\": 1}", "1"), None);
    }
}
