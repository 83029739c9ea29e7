use super::Finding;
use crate::source::Span;

/// How the settings allow a finding, not a comment or an annotation.
pub const BY_SETTINGS: &str = "stanchion.toml";

/// A finding that a comment, an annotation or the settings allow. It does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// What would have been reported.
    pub finding: Finding,
    /// The comment or annotation.
    pub by: Span,
    /// How it is allowed: `stanchion:allow`, `checkov:skip`, [`BY_SETTINGS`] and so on.
    pub how: &'static str,
    /// Why, in the user's words.
    pub reason: Option<String>,
}

/// What is wrong with a suppression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeKind {
    /// It allows nothing that is there.
    Unused,
    /// Another analyzer's, of a rule that is known here, allows nothing that is there.
    UnusedPeer,
    /// Its day is over.
    Expired,
    /// It does not say why.
    Reasonless,
    /// It names no rule.
    UnknownRule,
    /// It cannot be read.
    Malformed,
}

impl NoticeKind {
    /// The stable name used in machine formats.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unused => "unused-suppression",
            Self::UnusedPeer => "unused-peer-suppression",
            Self::Expired => "expired-suppression",
            Self::Reasonless => "suppression-without-reason",
            Self::UnknownRule => "suppression-of-unknown-rule",
            Self::Malformed => "malformed-suppression",
        }
    }
}

/// Something to tidy about a suppression. It counts only in a strict run, and not if it is
/// another analyzer's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// The comment or annotation.
    pub span: Span,
    /// What is wrong with it.
    pub kind: NoticeKind,
    /// The same in words, one line.
    pub message: String,
}
