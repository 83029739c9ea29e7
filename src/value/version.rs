/// Dotted numbers; trailing zeros say nothing, so that `4` is `4.0.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<u64>);

impl Version {
    /// The numbers at the start of a text, a leading `v` dropped; `None` if there are none.
    pub fn parse(text: &str) -> Option<Self> {
        Self::numbers(text).map(Self::of)
    }

    /// The numbers as they are written.
    fn numbers(text: &str) -> Option<Vec<u64>> {
        let text = text.trim().trim_start_matches('v');
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let parts: Option<Vec<u64>> =
            text.get(..end)?.trim_end_matches('.').split('.').map(|part| part.parse().ok()).collect();
        parts.filter(|parts| !parts.is_empty())
    }

    fn of(mut parts: Vec<u64>) -> Self {
        while parts.last() == Some(&0) && parts.len() > 1 {
            parts.pop();
        }
        Self(parts)
    }
}

/// Up to which version something is allowed, which is the one that an installer takes: the newest
/// that fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ceiling {
    /// The newest there is.
    #[default]
    None,
    /// This version, or older ones.
    At(Version),
    /// Only older ones than this.
    Below(Version),
    /// A constraint that cannot be read.
    Unknown,
}

impl Ceiling {
    /// The ceiling of a constraint as Terraform writes it: `~> 5.0, != 5.3.1`.
    pub fn of(constraint: &str) -> Self {
        constraint.split(',').map(Self::of_part).fold(Self::None, Self::and)
    }

    fn of_part(part: &str) -> Self {
        let part = part.trim();
        let number = part.trim_start_matches(['=', '!', '<', '>', '~', ' ']);
        let operator = part.strip_suffix(number).unwrap_or("").trim();
        let Some(numbers) = Version::numbers(number) else { return Self::Unknown };
        match operator {
            "" | "=" | "<=" => Self::At(Version::of(numbers)),
            "<" => Self::Below(Version::of(numbers)),
            "~>" => Self::Below(Version::of(successor(numbers))),
            ">" | ">=" | "!=" => Self::None,
            _ => Self::Unknown,
        }
    }

    /// What two constraints allow together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let height = |ceiling: &Self| match ceiling {
            Self::At(version) => Some((version.clone(), true)),
            Self::Below(version) => Some((version.clone(), false)),
            Self::None | Self::Unknown => None,
        };
        match (height(&self), height(&other)) {
            _ if self == Self::Unknown || other == Self::Unknown => Self::Unknown,
            (Some(own), Some(others)) if others < own => other,
            (None, Some(_)) => other,
            _ => self,
        }
    }

    /// Whether the newest allowed version is older than `limit`, a version that exists.
    pub fn is_below(&self, limit: &Version) -> super::Truth {
        match self {
            Self::None => super::Truth::False,
            Self::At(version) => super::Truth::from(version < limit),
            Self::Below(version) => super::Truth::from(version <= limit),
            Self::Unknown => super::Truth::Unknown,
        }
    }
}

/// The first version that `~>` leaves out: its last number but one is greater by one.
fn successor(mut numbers: Vec<u64>) -> Vec<u64> {
    if numbers.len() > 1 {
        numbers.pop();
    }
    if let Some(last) = numbers.last_mut() {
        *last = last.saturating_add(1);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Truth;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(version("v1.9.3-gke") < version("1.10"));
        assert_eq!(version("4"), version("4.0.0"));
        assert!(Version::parse("latest").is_none());
    }

    #[test]
    fn a_constraint_allows_up_to_its_ceiling() {
        let is_below_4 = |constraint: &str| Ceiling::of(constraint).is_below(&version("4.0"));
        for old in
            ["~> 3.0", "~> 3", "~> 3.117.0", "3.9", "= 3.9.1", "< 4.0.0", ">= 2.0, < 4", "<= 3.99", "~>3.0,!=3.1"]
        {
            assert_eq!(is_below_4(old), Truth::True, "{old}");
        }
        for new in [">= 3.0", "> 2", "!= 3.0", "~> 4.0", "4.0.0", "<= 4.0", "< 4.1", ">= 3.0, < 5.0", "~> 4.1.0"] {
            assert_eq!(is_below_4(new), Truth::False, "{new}");
        }
        for unclear in ["", "latest", "=> 3.0", "~> 3.0, whatever"] {
            assert_eq!(is_below_4(unclear), Truth::Unknown, "{unclear}");
        }
    }
}
