use std::cmp::Ordering;
use std::fmt;

/// A number of HCL, YAML or JSON: a whole number where it fits 64 bits, else a double.
/// Whole doubles are normalized, so `1` and `1.0` are one value.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number.
    Int(i64),
    /// Anything else; never a whole number that fits, never NaN.
    Float(f64),
}

impl Number {
    /// Normalizes a double; NaN and the infinities, which no format can write, become zero.
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    pub fn from_f64(value: f64) -> Self {
        const LIMIT: f64 = 9_007_199_254_740_992.0;
        if value.is_nan() {
            Self::Int(0)
        } else if value.fract() == 0.0 && value.abs() <= LIMIT {
            Self::Int(value as i64)
        } else {
            Self::Float(value)
        }
    }

    /// The number as a double, rounded where it has more than 53 bits.
    #[expect(clippy::cast_precision_loss, reason = "documented rounding")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(i) => i as f64,
            Self::Float(f) => f,
        }
    }

    /// The whole number, `None` where it has a fraction or is too large.
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Self::Int(i) => Some(i),
            Self::Float(_) => None,
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            _ => self.as_f64().total_cmp(&other.as_f64()),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(i) => write!(f, "{i}"),
            Self::Float(x) => write!(f, "{x}"),
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
