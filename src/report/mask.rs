use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use crate::source::{FileKind, SourceFile};
use crate::value::secrets_in;

/// How far above an excerpt a secret may begin that reaches into it: more lines than a PEM key has.
const LINES_ABOVE: usize = 60;
/// The same in bytes, for files with long lines.
const BYTES_ABOVE: usize = 8 << 10;
/// How far around an excerpt a document's kind is looked for.
const BYTES_AROUND: usize = 64 << 10;
/// A line of nothing but this many base64 characters is a key's body.
const KEY_LINE: usize = 60;

/// One line of text with its secrets replaced by `*` and control characters by spaces or `�`,
/// for messages, addresses and paths; source excerpts are hidden by `hidden`.
pub fn masked(text: &str) -> String {
    let ranges = secrets_in(text);
    let mut ranges = ranges.iter().peekable();
    let mut masked = String::with_capacity(text.len());
    for (offset, c) in text.char_indices() {
        while ranges.next_if(|range| range.end <= offset).is_some() {}
        let is_hidden = ranges.peek().is_some_and(|range| range.start <= offset);
        push(&mut masked, if c == '\n' || c == '\t' { ' ' } else { c }, is_hidden);
    }
    masked
}

/// Appends a character as it may be shown: of the same width, never one that steers a terminal.
pub(super) fn push(shown: &mut String, c: char, is_hidden: bool) {
    if is_hidden && !c.is_whitespace() {
        shown.extend(std::iter::repeat_n('*', c.width().unwrap_or(1)));
    } else if c != '\t' && (c.is_control() || is_reordering(c)) {
        shown.push('\u{fffd}');
    } else {
        shown.push(c);
    }
}

/// Characters that make text look like something else than it says.
fn is_reordering(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// Byte ranges of the file to hide in an excerpt, sorted by start.
pub(super) fn hidden(file: &SourceFile, excerpt: Range<usize>) -> Vec<Range<usize>> {
    let text = &*file.text;
    let first = u32::try_from(excerpt.start).unwrap_or(u32::MAX);
    let first_line = file.lines().line(first).saturating_sub(LINES_ABOVE);
    let from = (file.lines().start(first_line, text) as usize).max(excerpt.start.saturating_sub(BYTES_ABOVE));
    let from = floor(text, from);
    let to = ceil(text, excerpt.end + 256);
    let context = text.get(from..to).unwrap_or("");
    let shift = |range: Range<usize>| from + range.start..from + range.end;
    let mut ranges: Vec<_> = secrets_in(context).into_iter().map(shift).collect();
    ranges.extend(key_lines(text, &excerpt));
    ranges.extend(secret_manifest(file, &excerpt));
    ranges.retain(|range| range.start < excerpt.end && excerpt.start < range.end);
    ranges.sort_by_key(|range| (range.start, range.end));
    ranges
}

/// Whether a part of a file that an excerpt would hide reaches into a range of it.
pub fn holds_secret(file: &SourceFile, range: Range<usize>) -> bool {
    !hidden(file, range).is_empty()
}

/// The character boundary at or below a byte offset.
fn floor(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// The character boundary at or above a byte offset.
fn ceil(text: &str, offset: usize) -> usize {
    (offset..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len())
}

/// Each line of a text from a byte offset on, with its offset.
fn lines_from(text: &str, range: Range<usize>) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = range.start;
    text.get(range).unwrap_or("").split_inclusive('\n').map(move |line| {
        offset += line.len();
        (offset - line.len(), line)
    })
}

fn key_lines<'a>(text: &'a str, excerpt: &Range<usize>) -> impl Iterator<Item = Range<usize>> + 'a {
    let is_base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    lines_from(text, excerpt.clone()).filter_map(move |(offset, line)| {
        let content = line.trim();
        let start = offset + line.len() - line.trim_start().len();
        (content.len() >= KEY_LINE && content.bytes().all(is_base64)).then(|| start..start + content.len())
    })
}

/// Values of a Kubernetes `Secret`, whatever their keys are called.
fn secret_manifest(file: &SourceFile, excerpt: &Range<usize>) -> Vec<Range<usize>> {
    let text = &*file.text;
    let from = floor(text, excerpt.start.saturating_sub(BYTES_AROUND));
    let to = ceil(text, excerpt.end + BYTES_AROUND);
    let around = text.get(from..to).unwrap_or("");
    match file.kind {
        FileKind::Json if around.contains("\"Secret\"") => json_values(text, excerpt),
        FileKind::Yaml if around.contains("Secret") => {
            let documents = documents(around).map(|range| from + range.start..from + range.end);
            let documents = documents.filter(|range| range.start < excerpt.end && excerpt.start < range.end);
            documents.flat_map(|document| yaml_document(text, document, excerpt)).collect()
        }
        _ => Vec::new(),
    }
}

/// Byte ranges between lines that start with `---`.
fn documents(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let starts = std::iter::once(0).chain(text.match_indices("\n---").map(|(index, _)| index + 1));
    let ends = text.match_indices("\n---").map(|(index, _)| index + 1).chain([text.len()]);
    starts.zip(ends).map(|(start, end)| start..end)
}

fn yaml_document(text: &str, document: Range<usize>, excerpt: &Range<usize>) -> Vec<Range<usize>> {
    let content = text.get(document.clone()).unwrap_or("");
    if has_kind(content) {
        yaml_data(text, document.start..document.end.min(excerpt.end))
    } else if content.contains("\"Secret\"") {
        json_values(text, &(document.start.max(excerpt.start)..document.end.min(excerpt.end)))
    } else {
        Vec::new()
    }
}

fn has_kind(document: &str) -> bool {
    document.match_indices("kind:").any(|(index, _)| {
        let rest = document.get(index + 5..).unwrap_or("").trim_start_matches([' ', '"', '\'']);
        rest.starts_with("Secret") && !rest.get(6..).is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
    })
}

/// Values below `data:` and `stringData:`, by indentation.
fn yaml_data(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut data: Option<usize> = None;
    let mut child: Option<usize> = None;
    for (offset, line) in lines_from(text, range) {
        let content = line.trim();
        let depth = line.len() - line.trim_start().len();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let key = content.split(':').next().unwrap_or("").trim_start_matches("- ");
        if data.is_some_and(|data| depth > data) {
            let is_key = *child.get_or_insert(depth) == depth;
            let value = if is_key { content.find(':').map_or(content.len(), |colon| colon + 1) } else { 0 };
            found.extend(value_range(content, value).map(|r| offset + depth + r.start..offset + depth + r.end));
        } else {
            data = matches!(key, "data" | "stringData").then_some(depth);
            child = None;
            let value = content.find(':').map_or(content.len(), |colon| colon + 1);
            let inline = data.and_then(|_| value_range(content, value));
            found.extend(inline.map(|r| offset + depth + r.start..offset + depth + r.end));
        }
    }
    found
}

/// The scalar behind a key, without quotes; `None` for none, a block's sign or a reference.
fn value_range(content: &str, from: usize) -> Option<Range<usize>> {
    let rest = content.get(from..)?;
    let value = rest.trim().trim_matches(['"', '\'']);
    let is_sign = value.is_empty() || value.starts_with(['|', '>']) || value.contains("{{") || value.starts_with("${");
    let start = from + rest.find(value)?;
    (!is_sign).then(|| start..start + value.len())
}

/// All strings behind a colon but the few that every object has.
fn json_values(text: &str, excerpt: &Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (offset, line) in lines_from(text, excerpt.clone()) {
        let mut parts = line.split('"');
        let mut at = offset + parts.next().map_or(0, str::len) + 1;
        let mut key = "";
        let mut is_string = true;
        let mut is_value = false;
        for part in parts {
            if is_string {
                let is_common = matches!(key, "kind" | "apiVersion" | "name" | "namespace" | "type");
                if is_value && !is_common && !part.is_empty() {
                    found.push(at..at + part.len());
                }
                key = if is_value { "" } else { part };
            } else {
                is_value = part.trim() == ":";
            }
            is_string = !is_string;
            at += part.len() + 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    /// The part of a file from `needle` on as an excerpt shows it.
    fn shown(path: &str, text: &str, needle: &str) -> String {
        let mut sources = SourceMap::default();
        let kind = FileKind::of(path.as_ref()).unwrap();
        let id = sources.add(path.into(), kind, text.into());
        let file = sources.file(id);
        let start = text.find(needle).unwrap();
        let hidden = hidden(file, start..text.len());
        let is_hidden = |offset: usize| hidden.iter().any(|range| range.contains(&(start + offset)));
        let mut shown = String::new();
        for (offset, c) in text.get(start..).unwrap().char_indices() {
            if c == '\n' { shown.push(c) } else { push(&mut shown, c, is_hidden(offset)) }
        }
        shown
    }

    #[test]
    fn known_tokens_keep_a_hint() {
        assert_eq!(masked("key AKIAABCDEFGHIJKLMNOP leaked"), "key AKIA**************** leaked");
        assert_eq!(masked("postgres://app:hunter2@db:5432/x"), "postgres://app:*******@db:5432/x");
        assert_eq!(masked("Server=db;Password=hunter2;Encrypt=yes"), "Server=db;Password=*******;Encrypt=yes");
        for token in [
            "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
            "sk-abcdefghijklmnopqrstuvwx",
            "xoxb-123456789012-abcdef",
            "AIzaSyABCDEFGHIJKLMNOPQRSTUVWXYZ0123456",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijk",
        ] {
            let masked = masked(&format!("found {token}."));
            assert!(masked.contains("*****") && masked.len() == token.len() + 7, "{masked}");
        }
    }

    #[test]
    fn width_stays_and_control_characters_go() {
        assert_eq!(masked("`password` is `pässwörd大`"), "`password` is `**********`");
        assert_eq!(masked("a\u{1b}[31mb\nc\u{202e}"), "a\u{fffd}[31mb c\u{fffd}");
    }

    #[test]
    fn words_about_secrets_stay_readable() {
        for text in [
            "`aws_secretsmanager_secret.db` has no rotation",
            "`var.db_password` has no default and no value was given",
            "`Secret/prod/db` is mounted by `Pod/prod/api`",
            "automountServiceAccountToken is `true`",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn a_manifest_of_kind_secret_shows_no_value() {
        let text = "kind: ConfigMap\ndata:\n  a: shown\n---\ndata:\n  ca.crt: |\n    line\n  user: YWRtaW4=\n  empty: \"\"\nkind: Secret\ntype: Opaque\n";
        let shown = shown("a.yaml", text, "  a: shown");
        assert_eq!(
            shown,
            "  a: shown\n---\ndata:\n  ca.crt: |\n    ****\n  user: ********\n  empty: \"\"\nkind: Secret\ntype: Opaque\n"
        );
    }

    #[test]
    fn a_json_manifest_of_kind_secret_shows_no_value() {
        let text = "{\"kind\": \"Secret\", \"metadata\": {\"name\": \"db\"},\n \"data\": {\"user\": \"YWRtaW4=\"}}";
        assert!(shown("a.json", text, "{").ends_with("{\"name\": \"db\"},\n \"data\": {\"user\": \"********\"}}"));
    }

    #[test]
    fn a_key_that_begins_above_the_excerpt_is_hidden() {
        let body = "MIIEowIBAAKCAQEAv+abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST";
        let text = format!(
            "key = <<EOT\n-----BEGIN RSA PRIVATE KEY-----\n{body}\n{body}\nxyz=\n-----END RSA PRIVATE KEY-----\nEOT\n"
        );
        assert_eq!(shown("a.tf", &text, "xyz="), "****\n-----END RSA PRIVATE KEY-----\nEOT\n");
    }

    #[test]
    fn a_value_in_another_line_than_its_name_is_hidden() {
        let text = "env:\n  - name: API_TOKEN\n    value: hunter2\n  - name: HOST\n    value: db\n";
        assert_eq!(shown("a.yaml", text, "    value: h"), "    value: *******\n  - name: HOST\n    value: db\n");
    }
}
