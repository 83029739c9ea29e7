use std::ops::{BitAnd, BitOr, Not};

/// Answer to a question about a configuration that is only partly known before apply.
/// Ordered `False < Unknown < True`: "and" is `min`, "or" is `max` (Kleene).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// Certainly not.
    False,
    /// Depends on something that is not known yet.
    Unknown,
    /// Certainly.
    True,
}

impl Truth {
    /// Whether the answer is certainly yes.
    pub fn is_true(self) -> bool {
        self == Self::True
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl BitAnd for Truth {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        self.min(other)
    }
}

impl BitOr for Truth {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        self.max(other)
    }
}

impl Not for Truth {
    type Output = Self;
    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, False, True, Unknown};

    #[test]
    fn kleene_tables_hold() {
        for a in [False, Unknown, True] {
            for b in [False, Unknown, True] {
                assert_eq!(!(a & b), !a | !b, "de Morgan for {a:?}, {b:?}");
            }
            assert_eq!(a & False, False);
            assert_eq!(a | True, True);
        }
        assert_eq!(Truth::from(true), True);
    }
}
