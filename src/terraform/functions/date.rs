use std::cmp::Ordering;
use std::fmt::Write;

use ecow::eco_format;

use super::signature::Param::Text;
use super::signature::{Function, impure, int, text};
use crate::terraform::eval::Fail;
use crate::value::Value;

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "timestamp" | "plantimestamp" => Function::new(&[], impure),
        "timeadd" => Function::new(&[Text, Text], |_, a| {
            let sum = Instant::parse(text(a, 0))?.plus(duration(text(a, 1))?);
            Ok(Value::string(sum.rfc3339()))
        }),
        "timecmp" => Function::new(&[Text, Text], |_, a| {
            let (left, right) = (Instant::parse(text(a, 0))?, Instant::parse(text(a, 1))?);
            Ok(int(match left.utc().cmp(&right.utc()) {
                Ordering::Less => -1,
                Ordering::Equal => 0,
                Ordering::Greater => 1,
            }))
        }),
        "formatdate" => {
            Function::new(&[Text, Text], |_, a| Instant::parse(text(a, 1))?.formatted(text(a, 0)).map(Value::string))
        }
        _ => return None,
    })
}

/// A time of the proleptic Gregorian calendar with its offset from UTC.
#[derive(Clone, Copy)]
struct Instant {
    /// Seconds since 1970 on the local clock.
    local: i64,
    nanos: i64,
    /// Seconds that the local clock is ahead of UTC.
    offset: i64,
}

impl Instant {
    /// RFC 3339, such as `2017-11-22T00:00:00Z`.
    fn parse(text: &str) -> Result<Self, Fail> {
        Self::read(text).ok_or_else(|| Fail::Invalid(eco_format!("{text:?} is no RFC 3339 time")))
    }

    fn read(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once('T')?;
        let mut parts = date.split('-').map(Some);
        let (year, month, day) = (digits(parts.next()??, 4)?, digits(parts.next()??, 2)?, digits(parts.next()??, 2)?);
        if parts.next().is_some() || !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
            return None;
        }
        let zone = rest.find(['Z', '+', '-'])?;
        let (clock, zone) = rest.split_at_checked(zone)?;
        let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, f)| (clock, Some(f)));
        let mut parts = clock.split(':');
        let (hour, minute, second) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
        if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let local = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
        Some(Self { local, nanos: fraction.map_or(Some(0), nanos)?, offset: zone_offset(zone)? })
    }

    fn utc(self) -> (i64, i64) {
        (self.local - self.offset, self.nanos)
    }

    fn plus(self, nanos: i64) -> Self {
        let total = self.nanos + nanos.rem_euclid(1_000_000_000);
        let seconds = nanos.div_euclid(1_000_000_000) + total.div_euclid(1_000_000_000);
        Self { local: self.local + seconds, nanos: total.rem_euclid(1_000_000_000), offset: self.offset }
    }

    fn rfc3339(self) -> String {
        let (year, month, day) = civil_from_days(self.local.div_euclid(86_400));
        let (hour, minute, second) = self.clock();
        let zone = if self.offset == 0 { "Z".into() } else { self.zone(true) };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}")
    }

    fn clock(self) -> (i64, i64, i64) {
        let seconds = self.local.rem_euclid(86_400);
        (seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    fn zone(self, colon: bool) -> String {
        let (sign, minutes) = (if self.offset < 0 { '-' } else { '+' }, self.offset.abs() / 60);
        let between = if colon { ":" } else { "" };
        format!("{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
    }

    /// Runs of one letter are fields, the rest and what stands in single quotes is text.
    fn formatted(self, layout: &str) -> Result<String, Fail> {
        let mut out = String::new();
        let mut rest = layout;
        while let Some(c) = rest.chars().next() {
            if c == '\'' {
                rest = quoted(rest, &mut out)?;
            } else if c.is_ascii_alphabetic() {
                let after = rest.trim_start_matches(c);
                let n = rest.len() - after.len();
                self.field(c, n, &mut out)?;
                rest = after;
            } else {
                out.push(c);
                rest = rest.strip_prefix(c).unwrap_or_default();
            }
        }
        Ok(out)
    }

    fn field(self, letter: char, n: usize, out: &mut String) -> Result<(), Fail> {
        let days = self.local.div_euclid(86_400);
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = self.clock();
        let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
        let name =
            |names: &[&'static str], i: i64| usize::try_from(i).ok().and_then(|i| names.get(i)).copied().unwrap_or("");
        let short = |name: &'static str| name.get(..3).unwrap_or(name);
        let weekday = name(&DAYS, (days + 4).rem_euclid(7));
        let _ = match (letter, n) {
            ('Y', 2) => write!(out, "{:02}", year.rem_euclid(100)),
            ('Y', 4) => write!(out, "{year:04}"),
            ('M', 1) => write!(out, "{month}"),
            ('M', 2) => write!(out, "{month:02}"),
            ('M', 3) => out.write_str(short(name(&MONTHS, month - 1))),
            ('M', 4) => out.write_str(name(&MONTHS, month - 1)),
            ('D', 1) => write!(out, "{day}"),
            ('D', 2) => write!(out, "{day:02}"),
            ('E', 3) => out.write_str(short(weekday)),
            ('E', 4) => out.write_str(weekday),
            ('h', 1) => write!(out, "{hour}"),
            ('h', 2) => write!(out, "{hour:02}"),
            ('H', 1) => write!(out, "{twelve}"),
            ('H', 2) => write!(out, "{twelve:02}"),
            ('A', 2) => out.write_str(if hour < 12 { "AM" } else { "PM" }),
            ('a', 2) => out.write_str(if hour < 12 { "am" } else { "pm" }),
            ('m', 1) => write!(out, "{minute}"),
            ('m', 2) => write!(out, "{minute:02}"),
            ('s', 1) => write!(out, "{second}"),
            ('s', 2) => write!(out, "{second:02}"),
            ('Z', 1) if self.offset == 0 => out.write_str("Z"),
            ('Z', 3) if self.offset == 0 => out.write_str("UTC"),
            ('Z', 3 | 4) => out.write_str(&self.zone(false)),
            ('Z', 1 | 5) => out.write_str(&self.zone(true)),
            _ => return Err(Fail::Invalid(eco_format!("{n} times `{letter}` is no field of a date"))),
        };
        Ok(())
    }
}

/// Text in single quotes, in which two quotes are one.
fn quoted<'l>(layout: &'l str, out: &mut String) -> Result<&'l str, Fail> {
    let mut rest = layout.strip_prefix('\'').unwrap_or(layout);
    loop {
        let Some((inside, after)) = rest.split_once('\'') else {
            return Err(Fail::invalid("a quote is not closed"));
        };
        out.push_str(inside);
        match after.strip_prefix('\'') {
            Some(more) => {
                out.push('\'');
                rest = more;
            }
            None => return Ok(after),
        }
    }
}

fn digits(text: &str, n: usize) -> Option<i64> {
    (text.len() == n && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn nanos(fraction: &str) -> Option<i64> {
    let first: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    (!fraction.is_empty()).then(|| digits(&first, 9)).flatten()
}

fn zone_offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, clock) = zone.strip_prefix('-').map_or((1, zone.strip_prefix('+')), |clock| (-1, Some(clock)));
    let (hours, minutes) = clock?.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours <= 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Nanoseconds of a duration such as `1h30m` or `-1.5s`.
fn duration(text: &str) -> Result<i64, Fail> {
    let refuse = || Fail::Invalid(eco_format!("{text:?} is no duration such as 1h30m"));
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    let mut total = 0.0;
    if rest.is_empty() {
        return Err(refuse());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(refuse)?;
        let (amount, unit) = rest.split_at_checked(end).ok_or_else(refuse)?;
        let amount: f64 = amount.parse().map_err(|_| refuse())?;
        let (scale, after) = unit_of(unit).ok_or_else(refuse)?;
        total += amount * scale;
        rest = after;
    }
    if total > 9e18 {
        return Err(refuse());
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    let whole = total.round() as i64;
    Ok(if negative { -whole } else { whole })
}

fn unit_of(text: &str) -> Option<(f64, &str)> {
    let units = [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12)];
    units.iter().find_map(|(name, scale)| Some((*scale, text.strip_prefix(name)?)))
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970; years start in March so that the leap day is the last one.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}
