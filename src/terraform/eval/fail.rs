use std::sync::Arc;

use ecow::EcoString;

use crate::value::{Reason, Unknown};

/// Why an operation gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fail {
    /// The configuration is wrong; one line, lower case, no full stop.
    Invalid(EcoString),
    /// An operand is not known.
    Unknown(Arc<Unknown>),
    /// The result is not decided, which is nobody's fault.
    Undecided(Reason),
    /// The result would be larger, or take more work, than is allowed.
    Limit(EcoString),
}

impl Fail {
    /// The configuration is wrong.
    pub(crate) fn invalid(why: impl Into<EcoString>) -> Self {
        Self::Invalid(why.into())
    }

    /// A stated limit was reached.
    pub(crate) fn limit(what: impl Into<EcoString>) -> Self {
        Self::Limit(what.into())
    }
}

/// An operand that must be known is not.
impl From<&Arc<Unknown>> for Fail {
    fn from(unknown: &Arc<Unknown>) -> Self {
        Self::Unknown(Arc::clone(unknown))
    }
}
