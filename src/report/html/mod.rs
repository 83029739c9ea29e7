//! One page to open in a browser: what was found, how bad, where, and who reaches it.
//!
//! Everything is within the file: style, script and data. The page may run its own script alone and
//! load nothing, which its first lines tell the browser. The data is JSON in which no `<` is left,
//! and the script puts text into the page as text, so that no text of the input becomes markup.
//! `page.js` is made from `ui/` by `npm run build` there. Start reading at [`write()`], then `data`.

mod data;
mod neighborhood;
mod picture;

use std::io::{self, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};
use sha2::{Digest, Sha256};

use super::Report;
use crate::graph::Graph;
pub use picture::{Drawn, Picture, draw_finding, draw_resource};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes the page about a report and the graph that it is of; files below `folder` are named from there.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, report: Report<'_>, graph: &Graph, folder: &Path) -> io::Result<()> {
    let mut rest = PAGE;
    while let Some((before, slot)) = rest.split_once("{{") {
        out.write_all(before.as_bytes())?;
        let (name, after) = slot.split_once("}}").unwrap_or((slot, ""));
        match name {
            "style" => out.write_all(STYLE.as_bytes())?,
            "script" => out.write_all(SCRIPT.as_bytes())?,
            "script-hash" => out.write_all(STANDARD.encode(Sha256::digest(SCRIPT)).as_bytes())?,
            _ => {
                let mut serializer = serde_json::Serializer::with_formatter(&mut *out, WithoutMarkup);
                data::Data::of(report, graph, folder).serialize(&mut serializer)?;
            }
        }
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

/// Compact JSON that HTML does not read anything into: `<` is written as an escape.
struct WithoutMarkup;

impl Formatter for WithoutMarkup {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut parts = fragment.split('<');
        let first = parts.next().unwrap_or_default();
        CompactFormatter.write_string_fragment(writer, first)?;
        for part in parts {
            writer.write_all(b"\\u003c")?;
            CompactFormatter.write_string_fragment(writer, part)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_the_script_that_holds_it() {
        let mut json = Vec::new();
        let text = "</script><!--<script>\u{2028}\"";
        text.serialize(&mut serde_json::Serializer::with_formatter(&mut json, WithoutMarkup)).unwrap();
        assert!(!json.contains(&b'<'));
        assert_eq!(serde_json::from_slice::<String>(&json).unwrap(), text);
    }

    /// A script that held these would end early, or would not be what its hash is of.
    #[test]
    fn the_script_and_the_style_do_not_end_their_elements() {
        for text in [SCRIPT, STYLE] {
            assert!(!text.contains("</script") && !text.contains("</style") && !text.contains("<!--"));
            assert!(!text.contains('\r'));
        }
    }
}
