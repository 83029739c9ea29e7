use std::ops::Range;

/// Byte ranges of the documents that hold more than blanks, comments and directives.
///
/// A line that starts with `---` or `...` always ends a document, even inside a block scalar,
/// so a broken document cannot swallow its neighbors. A range starts at the `---`, which may
/// carry content of its own, and ends where the next document starts.
pub(super) fn segments(text: &str) -> Vec<Range<usize>> {
    let mut segments = Vec::new();
    let (mut start, mut at, mut has_content) = (0, 0, false);
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        match Line::of(line, has_content) {
            Line::Start { has_content: rest } => {
                close(&mut segments, start..at, has_content);
                (start, has_content) = (at, rest);
            }
            Line::End => {
                close(&mut segments, start..at, has_content);
                (start, has_content) = (next, false);
            }
            Line::Directive => start = next,
            Line::Blank => {}
            Line::Content => has_content = true,
        }
        at = next;
    }
    close(&mut segments, start..at, has_content);
    segments
}

/// A segment without its `---` line, trimmed.
pub(super) fn content(text: &str, segment: Range<usize>) -> Range<usize> {
    let slice = text.get(segment.clone()).unwrap_or("");
    let rest = slice.strip_prefix("---").filter(|rest| is_marker(rest)).unwrap_or(slice).trim_start();
    let start = segment.start + (slice.len() - rest.len());
    start..start + rest.trim_end().len()
}

fn close(segments: &mut Vec<Range<usize>>, range: Range<usize>, has_content: bool) {
    if has_content {
        segments.push(range);
    }
}

enum Line {
    Start { has_content: bool },
    End,
    Directive,
    Blank,
    Content,
}

impl Line {
    fn of(line: &str, in_content: bool) -> Self {
        match line.as_bytes().first() {
            Some(b'-') => match line.strip_prefix("---").filter(|rest| is_marker(rest)) {
                Some(rest) => Self::Start { has_content: !is_blank(rest) },
                None => Self::Content,
            },
            Some(b'.') if line.strip_prefix("...").is_some_and(is_marker) => Self::End,
            Some(b'%') if !in_content => Self::Directive,
            _ if !in_content && is_blank(line) => Self::Blank,
            _ => Self::Content,
        }
    }
}

/// Whether the rest of a line lets the three characters before it be a marker.
fn is_marker(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n'])
}

fn is_blank(line: &str) -> bool {
    let rest = line.trim_start();
    rest.is_empty() || rest.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(text: &str) -> Vec<&str> {
        segments(text).into_iter().filter_map(|segment| text.get(content(text, segment))).collect()
    }

    #[test]
    fn empty_documents_do_not_count() {
        let text = "# head\n---\n---\na: 1\n---  # note\n\n---\r\nb: 2\r\n...\n# tail\n";
        assert_eq!(contents(text), ["a: 1", "b: 2"]);
    }

    #[test]
    fn content_may_follow_the_marker() {
        assert_eq!(contents("%YAML 1.2\n--- {a: 1}\n--- |\n # x\n"), ["{a: 1}", "|\n # x"]);
        assert_eq!(contents("---a: 1\n--- b"), ["---a: 1", "b"]);
    }
}
