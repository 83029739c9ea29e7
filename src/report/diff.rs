//! Changes of a file as a unified diff.
//!
//! Takes a file's text before and after; writes what differs, with three lines around it. Secrets
//! are masked as in any report, so a diff that shows one cannot be applied. It does not know why
//! the text changed. Start reading at [`write()`].

use std::io::{self, Write};
use std::path::Path;

use owo_colors::{OwoColorize, Style};
use similar::{ChangeTag, TextDiff};

use super::{masked, shown_path};

/// Lines that are shown around a change.
const CONTEXT: usize = 3;

/// Writes what `after` changes of `before`; nothing where they are equal.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, path: &Path, before: &str, after: &str, is_colored: bool) -> io::Result<()> {
    let diff = TextDiff::from_lines(before, after);
    let style = |style: Style| if is_colored { style } else { Style::new() };
    let (head, hunk_head) = (style(Style::new().bold()), style(Style::new().cyan()));
    let (red, green) = (style(Style::new().red()), style(Style::new().green()));
    let path = shown_path(path);
    let mut hunks = diff.unified_diff().context_radius(CONTEXT).iter_hunks().peekable();
    if hunks.peek().is_some() {
        writeln!(out, "{}", format!("--- a/{path}").style(head))?;
        writeln!(out, "{}", format!("+++ b/{path}").style(head))?;
    }
    for hunk in hunks {
        writeln!(out, "{}", hunk.header().to_string().style(hunk_head))?;
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', red),
                ChangeTag::Insert => ('+', green),
                ChangeTag::Equal => (' ', Style::new()),
            };
            let line = change.value().trim_end_matches(['\n', '\r']);
            let shown: Vec<String> = line.split('\t').map(masked).collect();
            writeln!(out, "{}", format!("{sign}{}", shown.join("\t")).style(style))?;
            if change.missing_newline() {
                writeln!(out, "\\ No newline at end of file")?;
            }
        }
    }
    Ok(())
}
