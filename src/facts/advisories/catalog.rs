use std::collections::BTreeMap;
use std::sync::LazyLock;

use globset::{Glob, GlobSet, GlobSetBuilder};
use rustc_hash::FxHashMap;

use super::schema::{Affected, End, Evidence, Interval, Record, intervals, mistake};
use super::version::{Running, Scheme, Version};
use crate::finding::Severity;

/// All advisories, indexed by what shows that they are about something.
#[derive(Clone, Debug)]
pub struct Advisories {
    records: Vec<Record>,
    entries: Vec<Entry>,
    images: GlobSet,
    /// The entries of each glob of `images`.
    of_image: Vec<Vec<usize>>,
    /// By the product's id.
    products: FxHashMap<String, Vec<usize>>,
    /// By the chart's name.
    charts: FxHashMap<String, Vec<usize>>,
}

/// An advisory, as it is about one package.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) aliases: Vec<String>,
    pub(super) summary: String,
    pub(super) product: String,
    /// What the product is called, where it is no AI product.
    pub(super) name: Option<String>,
    pub(super) severity: Severity,
    pub(super) evidence: Evidence,
    pub(super) known_exploited: bool,
    pub(super) scheme: Scheme,
    pub(super) intervals: Vec<Interval>,
}

impl Entry {
    /// The affected versions among which a running one is for certain.
    pub(super) fn interval_of(&self, running: &Running) -> Option<&Interval> {
        self.intervals.iter().find(|interval| interval.holds(&running.low) && interval.holds(&running.high))
    }
}

impl Interval {
    fn holds(&self, version: &Version) -> bool {
        self.from <= *version
            && match &self.end {
                End::Before(end, _) => version < end,
                End::With(end, _) => version <= end,
                End::Never => true,
            }
    }

    /// Whether the first version that another interval leaves out is in this one.
    fn goes_beyond(&self, other: &End) -> bool {
        match other {
            End::Before(version, _) => self.holds(version),
            End::With(version, _) => {
                self.from <= *version
                    && match &self.end {
                        End::Before(end, _) | End::With(end, _) => end > version,
                        End::Never => true,
                    }
            }
            End::Never => false,
        }
    }
}

/// Where the versions of some entries that follow `end` are affected no more. Entries that no
/// version ends are left out.
pub(super) fn clean_after<'e>(mut end: &'e End, entries: &[&'e Entry]) -> &'e End {
    let intervals = || entries.iter().flat_map(|entry| &entry.intervals).filter(|interval| interval.end != End::Never);
    while let Some(beyond) = intervals().find(|interval| interval.goes_beyond(end)) {
        end = &beyond.end;
    }
    end
}

/// Why a text is no list of advisories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// One-based line.
    pub line: usize,
    /// One-based column.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads one record or an array of them.
///
/// # Errors
/// The first [`Mistake`].
pub fn read(text: &str) -> Result<Vec<Record>, Mistake> {
    let is_one = text.trim_start().starts_with('{');
    let records =
        if is_one { serde_json::from_str(text).map(|record| vec![record]) } else { serde_json::from_str(text) };
    let records: Vec<Record> = records.map_err(|error| Mistake {
        line: error.line().max(1),
        column: error.column().max(1),
        message: error.to_string(),
    })?;
    for record in &records {
        if let Some(message) = mistake(record) {
            let before = text.split(&format!("\"{}\"", record.id)).next().unwrap_or_default();
            let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1) + 1;
            let message = format!("`{}`: {message}", record.id);
            return Err(Mistake { line: before.matches('\n').count() + 1, column, message });
        }
    }
    Ok(records)
}

impl Advisories {
    /// The advisories packed into the binary.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Advisories> = LazyLock::new(|| {
            let packed = include_bytes!(concat!(env!("OUT_DIR"), "/advisories.bin"));
            Advisories::new(postcard::from_bytes(packed).expect("packed by this build"))
        });
        &EMBEDDED
    }

    /// These and others. One with the id of another takes its place; one that was withdrawn takes
    /// it away.
    #[must_use]
    pub fn with(&self, records: Vec<Record>) -> Self {
        let mut by_id: BTreeMap<String, Record> =
            self.records.iter().map(|record| (record.id.clone(), record.clone())).collect();
        by_id.extend(records.into_iter().map(|record| (record.id.clone(), record)));
        Self::new(by_id.into_values().collect())
    }

    /// The advisory of that name, upper and lower case alike.
    pub fn find(&self, name: &str) -> Option<&Record> {
        let is_named = |text: &String| text.eq_ignore_ascii_case(name);
        self.records.iter().find(|record| is_named(&record.id) || record.aliases.iter().any(is_named))
    }

    fn new(records: Vec<Record>) -> Self {
        let mut globs: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let (mut entries, mut products, mut charts) = (Vec::new(), FxHashMap::default(), FxHashMap::default());
        let known = Images::of(&records);
        for record in records.iter().filter(|record| record.withdrawn.is_none()) {
            for affected in &record.affected {
                let is_chart = affected.package.ecosystem == "Helm";
                let own = &affected.ecosystem_specific;
                let product = product_id(affected);
                let (images, scheme) = match known.0.get(&product) {
                    _ if is_chart || !own.images.is_empty() => (&own.images, own.scheme),
                    Some((images, scheme)) => (images, *scheme),
                    None => continue,
                };
                let Some(entry) = entry(record, affected, scheme) else { continue };
                let index = entries.len();
                let by_name = if is_chart { &mut charts } else { &mut products };
                by_name.entry(product).or_insert_with(Vec::new).push(index);
                for image in images {
                    globs.entry(image.clone()).or_default().push(index);
                }
                entries.push(entry);
            }
        }
        let mut images = GlobSetBuilder::new();
        globs.keys().for_each(|image| {
            images.add(Glob::new(image).expect("checked when reading"));
        });
        let images = images.build().expect("checked when reading");
        Self { records, entries, images, of_image: globs.into_values().collect(), products, charts }
    }

    /// What is known of images of a repository, without registry and tag. A mirror keeps the last
    /// parts of the path.
    pub(super) fn of_repository(&self, repository: &str) -> Vec<&Entry> {
        let repository = repository.to_ascii_lowercase();
        let mut rest = repository.as_str();
        loop {
            let mut found: Vec<usize> =
                self.images.matches(rest).into_iter().flat_map(|glob| &self.of_image[glob]).copied().collect();
            let shorter = rest.split_once('/').map(|(_, rest)| rest).filter(|rest| rest.contains('/'));
            match shorter {
                Some(shorter) if found.is_empty() => rest = shorter,
                _ => {
                    found.sort_unstable();
                    found.dedup();
                    return found.into_iter().map(|index| &self.entries[index]).collect();
                }
            }
        }
    }

    /// What is known of a product.
    pub(super) fn of_product(&self, id: &str) -> Vec<&Entry> {
        self.products.get(id).into_iter().flatten().map(|index| &self.entries[*index]).collect()
    }

    /// What is known of a chart.
    pub(super) fn of_chart(&self, name: &str) -> Vec<&Entry> {
        self.charts.get(name).into_iter().flatten().map(|index| &self.entries[*index]).collect()
    }
}

/// The images of products, and how their versions are written.
struct Images(FxHashMap<String, (Vec<String>, Scheme)>);

impl Images {
    fn of(records: &[Record]) -> Self {
        let mut known: FxHashMap<String, (Vec<String>, Scheme)> = FxHashMap::default();
        for affected in records.iter().flat_map(|record| &record.affected) {
            let found = &affected.ecosystem_specific;
            if affected.package.ecosystem == "Helm" || found.images.is_empty() {
                continue;
            }
            let (images, _) = known.entry(product_id(affected)).or_insert_with(|| (Vec::new(), found.scheme));
            for image in &found.images {
                if !images.contains(image) {
                    images.push(image.clone());
                }
            }
        }
        Self(known)
    }
}

fn product_id(affected: &Affected) -> String {
    affected.package.name.to_ascii_lowercase().replace('_', "-")
}

fn entry(record: &Record, affected: &Affected, scheme: Scheme) -> Option<Entry> {
    let intervals = intervals(affected, scheme).ok().filter(|intervals| !intervals.is_empty())?;
    let details = &record.database_specific;
    Some(Entry {
        id: record.id.clone(),
        aliases: record.aliases.clone(),
        summary: record.summary.clone(),
        product: product_id(affected),
        name: details.name.clone(),
        severity: record.severity()?,
        evidence: details.evidence,
        known_exploited: details.known_exploited,
        scheme,
        intervals,
    })
}
