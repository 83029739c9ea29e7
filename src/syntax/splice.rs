use std::ops::Range;

use ecow::EcoString;

use crate::value::Value;

/// Text that comes in place of a range of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splice {
    /// What goes; empty where text is only added.
    pub range: Range<usize>,
    /// What comes.
    pub text: String,
}

/// Something to be written under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The attribute, block type or key.
    pub name: EcoString,
    /// What stands there.
    pub content: Content,
}

/// What stands under a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// `name = value`, `name: value`
    Value(Value),
    /// `name { … }`; in a document a mapping.
    Block(Vec<Member>),
}

/// A text with changes, which are sorted and do not overlap.
pub fn spliced<'s>(text: &str, splices: impl IntoIterator<Item = (Range<usize>, &'s str)>) -> String {
    let mut result = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for (range, new) in splices {
        result.push_str(text.get(at..range.start).unwrap_or(""));
        result.push_str(new);
        at = range.end;
    }
    result.push_str(text.get(at..).unwrap_or(""));
    result
}
