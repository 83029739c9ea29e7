use super::Span;

/// Something wrong with the input: broken syntax, a cycle, a value that cannot be.
/// It is shown to the user and never stops the analysis of the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where the input is wrong.
    pub span: Span,
    /// What is wrong, one line, lower case, no full stop.
    pub message: String,
    /// What was expected, or what to type instead.
    pub help: Option<String>,
    /// In how many places of one module it is; `span` is the first of them.
    pub n_places: usize,
}

impl Problem {
    /// A problem at `span`.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None, n_places: 1 }
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
