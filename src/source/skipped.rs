use std::path::PathBuf;

/// A file that looks like ours and was not analyzed, or not in whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The path as it is shown to the user.
    pub path: PathBuf,
    /// Why.
    pub reason: SkipReason,
}

/// Why a file was not analyzed. Every variant is listed to the user and counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// A Helm template: it means nothing until it is rendered.
    HelmTemplate,
    /// Larger than [`MAX_FILE_BYTES`](super::MAX_FILE_BYTES).
    TooLarge {
        /// The file's size.
        bytes: u64,
    },
    /// Not UTF-8 text.
    NotUtf8,
    /// Holds a NUL byte.
    Binary,
    /// The file system refused.
    Unreadable(String),
    /// A symbolic link that leads out of the roots.
    OutsideRoots,
    /// A symbolic link that leads back to a folder above it.
    LinkLoop,
    /// Nesting, aliases or the number of nodes exceed a limit; the text names it.
    LimitExceeded(String),
    /// Nothing in the file could be parsed; the text is the first problem.
    Broken(String),
}

impl std::fmt::Display for SkipReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::HelmTemplate => f.write_str("Helm template, render the chart and check the output"),
            Self::TooLarge { bytes } => {
                let limit = super::MAX_FILE_BYTES >> 20;
                write!(f, "too large: {} MiB, the limit is {limit} MiB", bytes >> 20)
            }
            Self::NotUtf8 => f.write_str("not UTF-8 text"),
            Self::Binary => f.write_str("binary file"),
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
            Self::OutsideRoots => f.write_str("symbolic link that leads out of the given paths"),
            Self::LinkLoop => f.write_str("symbolic link that leads back to a folder above it"),
            Self::LimitExceeded(what) => write!(f, "limit exceeded: {what}"),
            Self::Broken(what) => write!(f, "cannot be parsed: {what}"),
        }
    }
}

impl SkipReason {
    /// A root that is not there.
    pub(super) fn nothing_there() -> Self {
        Self::Unreadable("no such file or folder".into())
    }

    /// The stable kebab-case name used in machine formats.
    pub fn code(&self) -> &'static str {
        match self {
            Self::HelmTemplate => "helm-template",
            Self::TooLarge { .. } => "too-large",
            Self::NotUtf8 => "not-utf8",
            Self::Binary => "binary",
            Self::Unreadable(_) => "unreadable",
            Self::OutsideRoots => "outside-roots",
            Self::LinkLoop => "link-loop",
            Self::LimitExceeded(_) => "limit-exceeded",
            Self::Broken(_) => "broken",
        }
    }
}
