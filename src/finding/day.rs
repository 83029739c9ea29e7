use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A day of the calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: u16,
    month: u8,
    of_month: u8,
}

impl Day {
    /// The day it is.
    pub fn today() -> Self {
        const SECONDS: u64 = 24 * 60 * 60;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::since_epoch(since.as_secs() / SECONDS)
    }

    /// Reads `2030-01-31`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut part = |width: usize| parts.next().filter(|part| part.len() == width);
        let (year, month, day) = (part(4)?.parse().ok()?, part(2)?.parse().ok()?, part(2)?.parse().ok()?);
        let is_real = (1..=12).contains(&month) && (1..=n_days(year, month)).contains(&day) && parts.next().is_none();
        is_real.then_some(Self { year, month, of_month: day })
    }

    /// So many days after the first of January 1970.
    pub(crate) fn since_epoch(mut n: u64) -> Self {
        let mut day = Self { year: 1970, month: 1, of_month: 1 };
        loop {
            let length = u64::from(n_days(day.year, day.month));
            if n < length {
                return Self { of_month: day.of_month + u8::try_from(n).unwrap_or(0), ..day };
            }
            n -= length;
            day = match day.month {
                12 => Self { year: day.year.saturating_add(1), month: 1, of_month: 1 },
                month => Self { month: month + 1, ..day },
            };
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.of_month)
    }
}

fn n_days(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u8::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_and_read() {
        assert_eq!(Day::since_epoch(0).to_string(), "1970-01-01");
        assert_eq!(Day::since_epoch(19_782).to_string(), "2024-02-29");
        assert_eq!(Day::parse("2024-02-29"), Some(Day::since_epoch(19_782)));
        assert!(
            ["2023-02-29", "2024-13-01", "24-01-01", "2024-01-01-01", "soon"].iter().all(|t| Day::parse(t).is_none())
        );
        assert!(Day::parse("2024-12-31") < Day::parse("2025-01-01"));
    }
}
