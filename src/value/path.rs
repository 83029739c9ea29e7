use std::fmt;

use ecow::EcoString;

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Attribute or key.
    Key(EcoString),
    /// Zero-based element.
    Index(u32),
}

/// The way from a resource's attributes to one value, written `ingress[0].cidr_blocks`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// This path and one more key.
    #[must_use]
    pub fn key(&self, key: impl Into<EcoString>) -> Self {
        self.with(Step::Key(key.into()))
    }

    /// This path and one more index.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Step::Index(u32::try_from(index).unwrap_or(u32::MAX)))
    }

    /// This path and one more step.
    #[must_use]
    pub fn with(&self, step: Step) -> Self {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend_from_slice(&self.0);
        steps.push(step);
        Self(steps)
    }

    /// Whether this is `above` or a path below it.
    pub fn is_within(&self, above: &Self) -> bool {
        self.0.starts_with(&above.0)
    }

    /// This path followed by `rest`.
    #[must_use]
    pub fn join(&self, rest: &Self) -> Self {
        Self(self.0.iter().chain(&rest.0).cloned().collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if i == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
