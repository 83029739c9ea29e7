use super::compile::{Message, Piece};
use crate::graph::Resource;
use crate::query::{Frames, PathExpr, Slot, scalar_text};
use crate::value::Value;

impl Message {
    /// The text with all placeholders filled in; what is not there reads "unset".
    pub(super) fn render(&self, resource: &Resource, frame: &Frames<'_>, at: Option<&Value>) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(known) => text.push_str(known),
                Piece::Address => text.push_str(&resource.address),
                Piece::Type => text.push_str(&resource.type_name),
                Piece::At => text.push_str(&at.map_or_else(|| "unset".to_owned(), short)),
                Piece::Value(path) => text.push_str(&first(path, frame)),
            }
        }
        text
    }
}

fn first(path: &PathExpr, frame: &Frames<'_>) -> String {
    match frame.first(path) {
        Slot::Absent => "unset".to_owned(),
        Slot::Value(value) => short(&value),
    }
}

/// A value in at most 80 characters, on one line.
fn short(value: &Value) -> String {
    const LONGEST: usize = 80;
    if value.is_sensitive() && value.as_unknown().is_none() && !value.is_null() {
        return "***".to_owned();
    }
    let full = match (scalar_text(value), value.as_list()) {
        (Some(text), _) => text.to_string(),
        (None, Some(items)) => items.iter().map(short).collect::<Vec<_>>().join(", "),
        (None, None) if value.is_null() => "unset".to_owned(),
        (None, None) => "…".to_owned(),
    };
    let line = full.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or("")),
        None => line,
    }
}
