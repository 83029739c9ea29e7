use std::collections::BTreeMap;
use std::sync::LazyLock;

use globset::{Glob, GlobSet, GlobSetBuilder};
use rustc_hash::FxHashMap;

use super::schema::{Affected, Condition, End, Evidence, Interval, Record, intervals, mistake};
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
    pub(super) reachable_when: Vec<Condition>,
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

    /// How many there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// When the newest was last changed, as the records write it.
    pub fn newest(&self) -> Option<&str> {
        self.records.iter().map(|record| &*record.modified).max()
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
        for image in globs.keys() {
            images.add(Glob::new(image).expect("checked when reading"));
        }
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
        name: details.name.clone().filter(|_| affected.package.ecosystem != "Helm"),
        severity: record.severity()?,
        evidence: details.evidence,
        known_exploited: details.known_exploited,
        scheme,
        intervals,
        reachable_when: details.reachable_when.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, product: &str, events: &str) -> String {
        format!(
            r#"{{"id": "{id}", "affected": [{{"package": {{"ecosystem": "OCI", "name": "{product}"}},
            "ranges": [{{"type": "ECOSYSTEM", "events": [{events}]}}],
            "ecosystem_specific": {{"images": ["example/{product}"]}}}}]}}"#
        )
    }

    fn ids(advisories: &Advisories, repository: &str, tag: &str) -> Vec<String> {
        let entries = advisories.of_repository(repository);
        let hits = entries.iter().filter(|entry| {
            Running::of_tag(tag, entry.scheme).is_some_and(|running| entry.interval_of(&running).is_some())
        });
        hits.map(|entry| entry.id.clone()).collect()
    }

    #[test]
    fn every_record_is_well_formed_and_found_in_code() {
        let advisories = Advisories::embedded();
        let mut seen = std::collections::BTreeSet::new();
        for record in &advisories.records {
            let id = &record.id;
            assert!(seen.insert(id), "{id} is there twice");
            assert_eq!(mistake(record), None, "{id}");
            assert!(id.starts_with("CVE-") || id.starts_with("SUPPLY-CHAIN-"), "{id}");
            assert!(!record.summary.is_empty() && !record.summary.ends_with('.'), "{id}");
            assert!(!record.references.is_empty() && record.database_specific.severity.is_some(), "{id}");
            for affected in &record.affected {
                let is_chart = affected.package.ecosystem == "Helm";
                let found = &affected.ecosystem_specific;
                assert!(is_chart || !found.images.is_empty(), "{id}: nothing shows the product");
                assert_ne!(intervals(affected, found.scheme), Ok(Vec::new()), "{id}");
            }
        }
        let n_entries: usize = advisories.records.iter().map(|record| record.affected.len()).sum();
        assert_eq!(advisories.entries.len(), n_entries);
        assert!(n_entries > 180);
    }

    #[test]
    fn ranges_are_matched_by_the_scheme_of_the_product() {
        let advisories = Advisories::embedded();
        let cases = [
            ("ollama/ollama", "0.1.33", "CVE-2024-37032", true),
            ("ollama/ollama", "0.1.34-rocm", "CVE-2024-37032", false),
            ("ollama/ollama", "0.1.34-rc1", "CVE-2024-37032", true),
            ("vllm/vllm-openai", "v0.8.5.post1", "CVE-2025-30165", true),
            ("vllm/vllm-openai", "v0.8.5.post2", "CVE-2025-30165", false),
            ("vllm/vllm-openai", "v0.6.2", "CVE-2024-11041", true),
            ("vllm/vllm-openai", "v0.6.1", "CVE-2024-11041", false),
            ("berriai/litellm", "main-v1.82.0-stable", "CVE-2026-42208", true),
            ("berriai/litellm", "main-stable", "CVE-2026-42208", false),
            ("nvidia/tritonserver", "25.06-py3", "CVE-2025-23310", true),
            ("nvidia/tritonserver", "25.07-py3", "CVE-2025-23310", false),
            ("ggml-org/llama.cpp", "server-b999", "CVE-2024-42479", true),
            ("ggml-org/llama.cpp", "server-b10000", "CVE-2024-42479", false),
            ("minio/minio", "RELEASE.2019-12-17T23-16-33Z", "CVE-2023-28432", true),
            ("minio/minio", "RELEASE.2019-12-16T23-16-33Z", "CVE-2023-28432", false),
            ("nvidia/tensorrt-llm/release", "1.3.0rc9", "CVE-2026-24229", true),
            ("nvidia/tensorrt-llm/release", "1.3.0rc17", "CVE-2026-24229", false),
            ("semitechnologies/weaviate", "1.31.5", "CVE-2025-67818", true),
            ("semitechnologies/weaviate", "1.31.19", "CVE-2025-67818", false),
            ("redis", "7.4", "CVE-2025-49844", false),
            ("redis", "7.1", "CVE-2025-49844", true),
            ("team/redis", "7.1", "CVE-2025-49844", false),
            ("mirror/deep/daskdev/dask", "2021.9.1", "CVE-2021-42343", true),
            ("langgenius/dify-api", "1.5.0", "CVE-2025-55182", false),
            ("langgenius/dify-web", "1.5.0", "CVE-2025-55182", true),
        ];
        for (repository, tag, id, is_hit) in cases {
            let ids = ids(advisories, repository, tag);
            assert_eq!(ids.iter().any(|found| found == id), is_hit, "{repository}:{tag} {ids:?}");
        }
    }

    #[test]
    fn a_chart_has_the_first_version_without() {
        let advisories = Advisories::embedded();
        for (id, last, first) in [
            ("CVE-2024-0132", "v24.6.1", "v24.6.2"),
            ("CVE-2025-23359", "v24.9.1", "v24.9.2"),
            ("CVE-2025-23266", "v25.3.1", "v25.3.2"),
            ("CVE-2026-24260", "v26.3.1", "v26.3.2"),
        ] {
            let is_hit = |version: &str| {
                let running = Running::of_chart(version).unwrap();
                let entries = advisories.of_chart("gpu-operator");
                entries.iter().any(|entry| entry.id == id && entry.interval_of(&running).is_some())
            };
            assert_eq!([is_hit(last), is_hit(first)], [true, false], "{id}");
        }
    }

    #[test]
    fn the_fix_has_none_of_the_later_weaknesses() {
        let first = record("A", "x", r#"{"introduced": "0"}, {"fixed": "1.2.0"}"#);
        let second = record("B", "x", r#"{"introduced": "1.1.0"}, {"last_affected": "1.3.0"}"#);
        let third = record("C", "x", r#"{"introduced": "1.3.1"}, {"fixed": "1.4.0"}"#);
        let all = read(&format!("[{first}, {second}, {third}]")).unwrap();
        let advisories = Advisories::new(all);
        let entries = advisories.of_product("x");
        let running = Running::of_tag("1.0.0", Scheme::Semver).unwrap();
        let hit = entries.iter().find_map(|entry| entry.interval_of(&running)).unwrap();
        let End::With(_, text) = clean_after(&hit.end, &entries) else { panic!("ends with a last affected version") };
        assert_eq!(text, "1.3.0");
    }

    #[test]
    fn a_record_of_a_feed_takes_the_place_of_ours() {
        let feed = r#"[
            {"id": "CVE-2024-37032", "withdrawn": "2026-01-01T00:00:00Z"},
            {"id": "PYSEC-1", "details": "…", "affected": [
                {"package": {"ecosystem": "PyPI", "name": "vllm"}, "ranges": [
                    {"type": "GIT", "events": [{"introduced": "0"}]},
                    {"type": "ECOSYSTEM", "events": [{"introduced": "9.0.0"}, {"fixed": "9.1.0"}]}]},
                {"package": {"ecosystem": "PyPI", "name": "unheard-of"}, "versions": ["whatever"]}]}
        ]"#;
        let advisories = Advisories::embedded().with(read(feed).unwrap());
        assert!(!ids(&advisories, "ollama/ollama", "0.1.33").contains(&"CVE-2024-37032".to_owned()));
        assert_eq!(ids(&advisories, "vllm/vllm-openai", "v9.0.4"), ["PYSEC-1"]);
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        let place = |text: &str| read(text).map_err(|mistake| (mistake.line, mistake.message)).unwrap_err();
        let bad = record("B", "x", r#"{"introduced": "0"}, {"fixed": "soon"}"#);
        let good = record("A", "x", r#"{"introduced": "0"}"#);
        assert_eq!(place(&format!("[{good},\n{bad}]")), (4, "`B`: `soon` is no version".into()));
        assert_eq!(place("[\n{}]").0, 2);
        assert!(place(&record("A", "x", r#"{"fixed": "1.0.0"}"#)).1.contains("before it begins"));
        assert!(place(&record("A", "x", "")).1.contains("no version is affected"));
    }
}
