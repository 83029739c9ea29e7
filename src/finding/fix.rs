use std::borrow::Cow;

use crate::source::Span;

/// Edits of files that make a finding go away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What they do, in a few words.
    pub title: String,
    /// Whether no person has to weigh them first.
    pub safe: bool,
    /// The edits, sorted by their place; they do not overlap.
    pub edits: Vec<TextEdit>,
}

/// Text that comes in place of a range of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextEdit {
    /// What goes; empty where text is only added.
    pub span: Span,
    /// What comes.
    pub text: String,
}

impl TextEdit {
    /// Whether two edits cannot both be made as they are: they overlap, or add at one place.
    pub fn is_at_odds(&self, other: &Self) -> bool {
        let (a, b) = (self.span, other.span);
        let is_apart = a.end < b.start || b.end < a.start;
        let is_adjacent = a.end == b.start || b.end == a.start;
        let is_empty = a.start == a.end || b.start == b.end;
        a.file == b.file && self != other && !is_apart && (is_empty || !is_adjacent)
    }
}

/// Why a finding is not fixed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoFix {
    /// The rule knows no mechanical edit.
    NoEdit,
    /// The value is read from something that is no literal, or is not ours to edit.
    From(String),
    /// The value is computed.
    Computed,
    /// The value is made for each instance of the block.
    PerInstance,
    /// The place is made by a `dynamic` block.
    Dynamic,
    /// The place is inside of a text that encodes something.
    Encoded,
    /// The text stands at an anchor that is used elsewhere too.
    Shared,
    /// The file is a plan or a state.
    Plan,
    /// A program writes the file.
    Generated(String),
    /// The file belongs to a downloaded module.
    Downloaded,
    /// The text is laid out in a way that no edit is known for.
    Layout,
    /// With the edits the finding would still be there.
    Stays,
    /// With the edits something new would be found: its rule and where.
    Brings(String),
    /// With the edits another resource would change.
    Changes(String),
    /// With the edits a file could not be read as before.
    Breaks(String),
    /// Edits for another finding change the same place.
    AtOdds,
}

impl NoFix {
    /// A short name for counting.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoEdit => "no-edit",
            Self::From(_) => "value-from-elsewhere",
            Self::Computed => "computed",
            Self::PerInstance => "per-instance",
            Self::Dynamic => "dynamic-block",
            Self::Encoded => "encoded",
            Self::Shared => "shared-anchor",
            Self::Plan => "plan",
            Self::Generated(_) => "generated",
            Self::Downloaded => "downloaded",
            Self::Layout => "layout",
            Self::Stays => "stays",
            Self::Brings(_) => "brings-another",
            Self::Changes(_) => "changes-another",
            Self::Breaks(_) => "breaks",
            Self::AtOdds => "at-odds",
        }
    }
}

impl std::fmt::Display for NoFix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: Cow<'_, str> = match self {
            Self::NoEdit => "a person has to choose what to write".into(),
            Self::From(what) => format!("the value comes from {what}").into(),
            Self::Computed => "the value is computed by an expression".into(),
            Self::PerInstance => "the value is another one for each instance (`count`, `for_each`)".into(),
            Self::Dynamic => "a `dynamic` block makes this place".into(),
            Self::Encoded => "the place is inside of an encoded text".into(),
            Self::Shared => "the text stands at an anchor, and is used elsewhere too".into(),
            Self::Plan => "it was found in a plan: change the sources that it was made from".into(),
            Self::Generated(how) => format!("the file is generated (`{how}`): change what it is made from").into(),
            Self::Downloaded => "the file belongs to a downloaded module".into(),
            Self::Layout => "no edit is known for the way the text is written".into(),
            Self::Stays => "after the edit it would still be found".into(),
            Self::Brings(what) => format!("after the edit there would be {what}").into(),
            Self::Changes(address) => format!("the edit would change `{address}` too").into(),
            Self::Breaks(why) => format!("after the edit there would be a problem: {why}").into(),
            Self::AtOdds => "the edit is at odds with that of another finding".into(),
        };
        f.write_str(&text)
    }
}
