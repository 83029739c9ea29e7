use std::fmt;

use ecow::EcoString;

use super::Value;
use crate::source::Span;

/// A value that the files do not decide, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Why it is not known.
    pub reason: Reason,
    /// Where the missing thing is named, if anywhere.
    pub span: Option<Span>,
    /// What is known about it all the same.
    pub partial: Option<Partial>,
}

/// What is known about a value that is not known as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Partial {
    /// It encodes this value, whose leaves are unknown in part: `jsonencode`, `yamlencode`.
    Encoded(Value),
    /// Its pieces from left to right, no two known ones in a row: templates, `join`, `format`.
    Template(Vec<PartialSegment>),
    /// It is one of these, which are neither null nor collections: a variable's `validation`, the
    /// branches of a conditional.
    OneOf(Vec<Value>),
}

/// A piece of a text that is known in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartialSegment {
    /// Text that certainly stands there.
    Known(EcoString),
    /// An unknown value, whose text stands there.
    Unknown(Value),
}

impl Unknown {
    /// The structure that would be encoded, if that much is known.
    pub fn structure(&self) -> Option<&Value> {
        if let Some(Partial::Encoded(value)) = &self.partial { Some(value) } else { None }
    }

    /// The text that certainly stands at the end, if that much is known.
    pub fn known_end(&self) -> Option<&EcoString> {
        match &self.partial {
            Some(Partial::Template(pieces)) => match pieces.last() {
                Some(PartialSegment::Known(text)) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// What it may turn out to be, if that is a finite list.
    pub fn candidates(&self) -> Option<&[Value]> {
        if let Some(Partial::OneOf(values)) = &self.partial { Some(values) } else { None }
    }

    /// Whether the text may turn out to be `candidate`: its known start, end and length agree, or
    /// one of the texts that it may be does.
    pub fn may_equal(&self, candidate: &str) -> bool {
        if let Some(values) = self.candidates() {
            return values.iter().any(|value| value.as_str().is_none_or(|text| text == candidate));
        }
        let Some(Partial::Template(pieces)) = &self.partial else { return true };
        let text = |piece: Option<&PartialSegment>| match piece {
            Some(PartialSegment::Known(text)) => text.clone(),
            _ => EcoString::new(),
        };
        let n_known: usize = pieces.iter().map(|piece| text(Some(piece)).len()).sum();
        candidate.len() >= n_known
            && candidate.starts_with(text(pieces.first()).as_str())
            && candidate.ends_with(text(pieces.last()).as_str())
    }
}

/// Why a value is unknown. Shown to the user, so each variant names what is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// An input variable without a default, and nobody gave a value.
    NoDefault(EcoString),
    /// An attribute that the provider computes, as `address.attribute`.
    KnownAfterApply(EcoString),
    /// An attribute of a plan of which it is not known whether anybody sets it, so that the provider
    /// may choose its value, as `address.attribute`.
    Computed(EcoString),
    /// An attribute that no expression sets, so that the provider chooses its value or leaves it
    /// unset, as `address.attribute`. A rule that reads it takes it for absent, as in sources.
    Unset(EcoString),
    /// A sensitive text that a plan or state holds and the code does not, as `address.attribute`:
    /// it is left out on purpose.
    Withheld(EcoString),
    /// A data source's attribute, as `address.attribute`.
    DataSource(EcoString),
    /// An output of a module whose source is not on disk, as `module.name.output`.
    ModuleNotOnDisk(EcoString),
    /// A function whose result differs from run to run, or is computed by a provider.
    Impure(EcoString),
    /// A function that is not implemented.
    Unsupported(EcoString),
    /// A name that nothing declares.
    Undeclared(EcoString),
    /// The expression cannot be evaluated; the text says why.
    Invalid(EcoString),
    /// A definition that depends on itself.
    Cycle(EcoString),
    /// How many instances or blocks there are is not known.
    Cardinality,
    /// A template placeholder that is filled in later, such as `{{ … }}`.
    Placeholder,
    /// A patch, completed by a file it is merged into.
    Partial,
    /// A derived statement that the code does not settle; the text says what is open.
    Open(EcoString),
    /// A stated limit was reached.
    Limit(EcoString),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDefault(name) => write!(f, "`var.{name}` has no default and no value was given"),
            Self::KnownAfterApply(what) => write!(f, "`{what}` is known only after apply"),
            Self::Computed(what) => {
                write!(f, "`{what}` is known only after apply; a plan does not show whether a dynamic block sets it")
            }
            Self::Unset(what) => write!(f, "`{what}` is not set, the provider decides it when applying"),
            Self::Withheld(what) => write!(f, "`{what}` is sensitive, and its value is not in the code"),
            Self::DataSource(what) => write!(f, "`{what}` is read from the cloud when planning"),
            Self::ModuleNotOnDisk(what) => write!(f, "`{what}` comes from a module that is not on disk"),
            Self::Impure(name) => write!(f, "`{name}()` gives another result on every run"),
            Self::Unsupported(name) => write!(f, "`{name}()` is not implemented"),
            Self::Undeclared(name) => write!(f, "`{name}` is not declared"),
            Self::Invalid(why) => write!(f, "cannot be evaluated: {why}"),
            Self::Cycle(name) => write!(f, "`{name}` depends on itself"),
            Self::Cardinality => f.write_str("the number of instances is not known"),
            Self::Placeholder => f.write_str("a template placeholder is filled in later"),
            Self::Partial => f.write_str("the file is a patch, the rest is set by what it is merged into"),
            Self::Open(what) => write!(f, "the code does not say {what}"),
            Self::Limit(what) => write!(f, "limit reached: {what}"),
        }
    }
}

impl Reason {
    /// The stable kebab-case name used in machine formats.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoDefault(_) => "no-default",
            Self::KnownAfterApply(_) => "known-after-apply",
            Self::Computed(_) => "computed",
            Self::Unset(_) => "unset",
            Self::Withheld(_) => "withheld",
            Self::DataSource(_) => "data-source",
            Self::ModuleNotOnDisk(_) => "module-not-on-disk",
            Self::Impure(_) => "impure-function",
            Self::Unsupported(_) => "unsupported-function",
            Self::Undeclared(_) => "undeclared",
            Self::Invalid(_) => "invalid",
            Self::Cycle(_) => "cycle",
            Self::Cardinality => "unknown-cardinality",
            Self::Placeholder => "placeholder",
            Self::Partial => "partial",
            Self::Open(_) => "open",
            Self::Limit(_) => "limit",
        }
    }
}
