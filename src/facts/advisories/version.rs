use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// How the versions of a product are written and ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// `1.2.3`, with the pre-releases of semantic versioning and of `PyPI`, and `.post1`.
    #[default]
    Semver,
    /// `2024.1.0`: like `semver`, counted from the year.
    Calver,
    /// `24.04`: a year and a month of two digits each.
    CalverYymm,
    /// `b3561`: one number.
    Build,
    /// `RELEASE.2023-03-20T20-16-18Z`.
    MinioRelease,
}

/// A version. Versions of different schemes are never compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    numbers: Vec<u64>,
    stage: Stage,
}

/// How far a version is from the final one of its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Dev(u64),
    Alpha(u64),
    Beta(u64),
    Candidate(u64),
    Final,
    Post(u64),
    /// After everything that begins with these numbers.
    End,
}

impl Ord for Version {
    /// Missing numbers are zeros, so that `1.2` is `1.2.0`.
    fn cmp(&self, other: &Self) -> Ordering {
        if self.stage == Stage::End || other.stage == Stage::End {
            return self.cmp_with_end(other);
        }
        let n = self.numbers.len().max(other.numbers.len());
        let padded = |version: &Self| (0..n).map(|i| version.numbers.get(i).copied().unwrap_or(0)).collect::<Vec<_>>();
        padded(self).cmp(&padded(other)).then(self.stage.cmp(&other.stage))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Version {
    fn cmp_with_end(&self, other: &Self) -> Ordering {
        let filled = |version: &Self, n: usize| {
            let filler = if version.stage == Stage::End { u64::MAX } else { 0 };
            (0..n).map(|i| version.numbers.get(i).copied().unwrap_or(filler)).collect::<Vec<_>>()
        };
        let n = self.numbers.len().max(other.numbers.len());
        filled(self, n).cmp(&filled(other, n)).then(self.stage.cmp(&other.stage))
    }

    /// A version as advisories write it; `0` is before all others. Nothing may follow it.
    pub(crate) fn parse(text: &str, scheme: Scheme) -> Option<Self> {
        if text == "0" {
            return Some(Self { numbers: vec![0], stage: Stage::Dev(0) });
        }
        let (version, rest) = Self::split(text, scheme)?;
        rest.is_empty().then_some(version)
    }

    /// The version at the start of a text, and what follows it.
    fn split(text: &str, scheme: Scheme) -> Option<(Self, &str)> {
        match scheme {
            Scheme::Semver | Scheme::Calver => Self::split_dotted(text),
            Scheme::CalverYymm => Self::split_month(text),
            Scheme::Build => {
                let (number, rest) = digits(text.strip_prefix('b')?)?;
                Some((Self { numbers: vec![number], stage: Stage::Final }, rest))
            }
            Scheme::MinioRelease => Self::split_release(text),
        }
    }

    fn split_dotted(text: &str) -> Option<(Self, &str)> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (first, mut rest) = digits(text)?;
        let mut numbers = vec![first];
        while let Some((number, after)) = rest.strip_prefix('.').and_then(digits) {
            numbers.push(number);
            rest = after;
        }
        let (stage, rest) = Stage::split(rest).unwrap_or((Stage::Final, rest));
        Some((Self { numbers, stage }, rest))
    }

    fn split_month(text: &str) -> Option<(Self, &str)> {
        let (year, rest) = text.split_at_checked(2)?;
        let (month, rest) = rest.strip_prefix('.')?.split_at_checked(2)?;
        let (year, month) = (whole(year)?, whole(month)?);
        let is_month = (1..=12).contains(&month) && !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        is_month.then_some((Self { numbers: vec![year, month], stage: Stage::Final }, rest))
    }

    /// The time of a release; its numbers have fixed widths.
    fn split_release(text: &str) -> Option<(Self, &str)> {
        let (time, rest) = text.strip_prefix("RELEASE.")?.split_once('Z')?;
        let (day, clock) = time.split_once('T')?;
        let numbers: Option<Vec<u64>> = day.split('-').chain(clock.split('-')).map(whole).collect();
        let numbers = numbers.filter(|numbers| numbers.len() == 6)?;
        Some((Self { numbers, stage: Stage::Final }, rest))
    }
}

impl Stage {
    /// The stage that a suffix such as `rc1`, `-beta.2`, `.dev3` or `.post1` begins with, and what
    /// follows it.
    fn split(suffix: &str) -> Option<(Self, &str)> {
        let text = suffix.strip_prefix(['-', '.', '_']).unwrap_or(suffix);
        let is_apart = text.len() < suffix.len();
        let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end)?;
        let stage: fn(u64) -> Self = match word {
            "dev" | "nightly" | "snapshot" | "SNAPSHOT" => Self::Dev,
            // Behind a dash a single letter is a variant: `-a10` is a graphics card.
            "a" | "b" | "c" if is_apart => return None,
            "a" | "alpha" => Self::Alpha,
            "b" | "beta" => Self::Beta,
            "rc" | "RC" | "c" | "pre" | "preview" => Self::Candidate,
            "post" => Self::Post,
            _ => return None,
        };
        let numbered = digits(rest).or_else(|| rest.strip_prefix(['.', '-']).and_then(digits));
        let (number, rest) = numbered.unwrap_or((0, rest));
        Some((stage(number), rest))
    }
}

/// What is known of a running version: it is one of those from `low` to `high`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    pub(crate) low: Version,
    pub(crate) high: Version,
}

impl Running {
    /// The version of an image's tag, which may have a variant behind it. A tag such as `7.2`
    /// moves: it is some version that begins so. `None` where the tag names no version.
    pub(crate) fn of_tag(tag: &str, scheme: Scheme) -> Option<Self> {
        match scheme {
            Scheme::Build => {
                let part = tag.split('-').rev().find_map(|part| Version::parse(part, scheme));
                part.map(Self::exactly)
            }
            Scheme::CalverYymm | Scheme::MinioRelease => {
                let (version, rest) = Version::split(tag, scheme)?;
                // The clients' image and a patched build are something else.
                let is_other = rest.contains("sdk") || rest.contains("hotfix");
                (is_variant(rest) && !is_other).then(|| Self::exactly(version))
            }
            Scheme::Semver | Scheme::Calver => {
                let text = tag.strip_prefix("main-").unwrap_or(tag);
                let (version, rest) = Version::split(text, scheme)?;
                let is_year = version.numbers.first().is_some_and(|first| *first >= 1000);
                if !is_variant(rest) || version.numbers.len() < 2 || is_year != (scheme == Scheme::Calver) {
                    return None;
                }
                Some(if version.numbers.len() == 2 && version.stage == Stage::Final {
                    let high = Version { stage: Stage::End, ..version.clone() };
                    Self { low: version, high }
                } else {
                    Self::exactly(version)
                })
            }
        }
    }

    /// The version of a Helm chart. A constraint such as `~> 4.0` names no version.
    pub(crate) fn of_chart(text: &str) -> Option<Self> {
        let running = Self::of_tag(text, Scheme::Semver)?;
        (running.low.numbers.len() > 2).then_some(running)
    }

    pub(crate) fn exactly(version: Version) -> Self {
        Self { high: version.clone(), low: version }
    }
}

/// Whether what follows a version names a variant of the image: `-cuda12`, `-py3`, `+build`.
fn is_variant(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['-', '_', '+'])
}

/// The number at the start of a text, and what follows it.
fn digits(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    Some((number.parse().ok()?, rest))
}

/// A text that is a number as a whole.
fn whole(text: &str) -> Option<u64> {
    digits(text).filter(|(_, rest)| rest.is_empty()).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(scheme: Scheme, texts: &[&str]) {
        let versions: Vec<Version> = texts.iter().map(|text| Version::parse(text, scheme).expect(text)).collect();
        for (pair, texts) in versions.windows(2).zip(texts.windows(2)) {
            assert!(pair[0] < pair[1], "{texts:?}");
        }
    }

    #[test]
    fn versions_are_ordered_within_their_scheme() {
        let semver = [
            "0",
            "0.1.0-alpha.1",
            "0.1.0",
            "0.8.5",
            "0.8.5.post1",
            "0.10.0",
            "0.10.1",
            "0.10.1.1",
            "1.0.0.dev3",
            "1.0.0a1",
            "1.0.0-alpha.2",
            "1.0.0b1",
            "1.0.0rc1",
            "1.0.0-rc.2",
            "1.0.0-rc.10",
            "1.0.0",
            "1.9.2",
            "1.9.2.post0",
            "1.10",
        ];
        sorted(Scheme::Semver, &semver);
        sorted(Scheme::Calver, &["0", "2021.9.1", "2021.10.0", "2024.1.0"]);
        sorted(Scheme::CalverYymm, &["0", "22.09", "23.11", "24.04", "25.10"]);
        sorted(Scheme::Build, &["0", "b999", "b3561", "b10000"]);
        sorted(Scheme::MinioRelease, &["0", "RELEASE.2019-12-17T23-16-33Z", "RELEASE.2023-03-20T20-16-18Z"]);
        assert_eq!(
            Version::parse("v1.2", Scheme::Semver).cmp(&Version::parse("1.2.0", Scheme::Semver)),
            Ordering::Equal
        );
    }

    #[test]
    fn a_variant_says_nothing_about_the_version() {
        let same = [
            (Scheme::Semver, "0.8.4", ["v0.8.4-cuda12", "0.8.4-alpine", "main-v0.8.4-stable", "0.8.4+build.5"]),
            (Scheme::Semver, "0.5.10.post1", ["v0.5.10.post1", "v0.5.10.post1-cu121", "0.5.10-post1", "0.5.10post1"]),
            (Scheme::CalverYymm, "24.04", ["24.04-py3", "24.04-vllm-python-py3", "24.04", "24.04-trtllm-python-py3"]),
            (Scheme::Build, "b3561", ["server-b3561", "server-cuda-b3561", "b3561", "full-rocm-b3561"]),
        ];
        for (scheme, plain, tags) in same {
            let version = Version::parse(plain, scheme).map(Running::exactly);
            for tag in tags {
                assert_eq!(Running::of_tag(tag, scheme), version, "{tag}");
            }
        }
    }

    #[test]
    fn a_tag_that_names_no_version_is_not_guessed() {
        for tag in [
            "latest",
            "main",
            "nightly",
            "v",
            "7",
            "7b3d9f1",
            "20240102",
            "2024.1.0",
            "1.2.3abc",
            "1.2.x",
            "stable-1.2.3",
            "",
        ] {
            assert_eq!(Running::of_tag(tag, Scheme::Semver), None, "{tag}");
        }
        for tag in ["24.04-py3-sdk", "2.42.0", "24.13", "24.04.1", "latest"] {
            assert_eq!(Running::of_tag(tag, Scheme::CalverYymm), None, "{tag}");
        }
        for tag in ["server", "server-cuda", "latest", "build-12", "bcd"] {
            assert_eq!(Running::of_tag(tag, Scheme::Build), None, "{tag}");
        }
        for tag in ["RELEASE.2023-03-20T20-16-18Z.hotfix.1", "RELEASE.2023-03-20Z", "2023.3.20", "latest"] {
            assert_eq!(Running::of_tag(tag, Scheme::MinioRelease), None, "{tag}");
        }
        for version in ["~> 4.0", ">= 4.1.0", "4.x", "4.1.*", "4.1", "^4.1.0"] {
            assert_eq!(Running::of_chart(version), None, "{version}");
        }
    }

    #[test]
    fn a_moving_tag_is_any_version_that_begins_so() {
        let running = Running::of_tag("7.2-alpine", Scheme::Semver).unwrap();
        let version = |text| Version::parse(text, Scheme::Semver).unwrap();
        assert!(running.low == version("7.2.0") || running.low.cmp(&version("7.2.0")) == Ordering::Equal);
        assert!(running.high > version("7.2.999") && running.high < version("7.3.0-alpha"));
    }
}
