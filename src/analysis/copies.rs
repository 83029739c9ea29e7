use std::hash::BuildHasher;
use std::path::Path;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::finding::{Finding, Purpose};
use crate::source::{FileId, SourceMap, Span};

/// A finding, the block of its resource, the index of its match, and of the match that explains it.
pub(super) struct Made {
    pub(super) finding: Finding,
    pub(super) block: Span,
    pub(super) index: usize,
    pub(super) cause: Option<usize>,
}

/// What copies of one finding share: the rule, the message, the block's text and what it is for.
type Key = (String, String, u64, Purpose);

/// Marks findings that say the same of the same block in another file as copies of the first:
/// frozen releases of manifests, charts rendered several times. Two alike in one file are two.
pub(super) fn mark(made: &mut [Made], sources: &SourceMap) {
    let mut first: FxHashMap<Key, (FileId, String)> = FxHashMap::default();
    // Objects of one list share a block, which is then read once.
    let mut hashes: FxHashMap<Span, u64> = FxHashMap::default();
    for Made { finding, block, .. } in made {
        let hash = *hashes.entry(*block).or_insert_with(|| FxBuildHasher.hash_one(sources.text(*block)));
        let file = finding.primary.span.file;
        let key = (finding.rule.to_string(), finding.message.clone(), hash, finding.purpose);
        let (lead_file, lead) = first.entry(key).or_insert_with(|| (file, finding.fingerprint.clone()));
        if *lead_file != file {
            finding.copy_of = Some(lead.clone());
        }
    }
}

/// Folders whose code shows or tests something, by their whole name.
const SAMPLE_FOLDERS: &[&str] = &[
    "example",
    "examples",
    "test",
    "tests",
    "testing",
    "testdata",
    "test-data",
    "test-fixtures",
    "fixture",
    "fixtures",
    "e2e",
];
/// The same by the first word of their name.
const SAMPLE_WORDS: &[&str] =
    &["tutorial", "tutorials", "sample", "samples", "demo", "demos", "vulnerable", "insecure"];
/// Below these, `test` is an environment that is deployed.
const ENVIRONMENTS: &[&str] =
    &["env", "envs", "environment", "environments", "stage", "stages", "overlays", "clusters"];
/// Deliberately vulnerable projects end in this word: `terragoat`, `kubernetes-goat`.
const GOAT: &str = "goat";

/// What the code of a file is for, by the folders between its root and it. The root's own way is
/// not looked at: whoever names a folder of examples means it.
pub(super) fn purpose(file: &Path, roots: &[std::path::PathBuf]) -> Purpose {
    let below = roots.iter().filter_map(|root| file.strip_prefix(root).ok());
    // The innermost of several roots counts.
    let below = below.min_by_key(|rest| rest.components().count()).unwrap_or(file);
    let folders = below.parent().into_iter().flat_map(Path::components);
    let names: Vec<String> = folders.map(|folder| folder.as_os_str().to_string_lossy().to_ascii_lowercase()).collect();
    let is_sample = |(n, name): (usize, &String)| {
        let above = n.checked_sub(1).and_then(|n| names.get(n));
        is_sample_name(name) && !(name == "test" && above.is_some_and(|above| ENVIRONMENTS.contains(&above.as_str())))
    };
    if names.iter().enumerate().any(is_sample) { Purpose::Sample } else { Purpose::Deployed }
}

fn is_sample_name(name: &str) -> bool {
    let word = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    name.ends_with(GOAT) || SAMPLE_FOLDERS.contains(&name) || SAMPLE_WORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_told_by_folders_below_the_root() {
        let of = |file: &str| purpose(Path::new(file), &["/examples/repo".into(), "/examples/repo/tests/own".into()]);
        for sample in
            ["examples/a.tf", "k8s/test-data/a.yaml", "src/terragoat/a.tf", "x/vulnerable-app/a.tf", "tutorials/a.tf"]
        {
            assert_eq!(of(&format!("/examples/repo/{sample}")), Purpose::Sample, "{sample}");
        }
        for deployed in [
            "a.tf",
            "latest/a.tf",
            "demographics/a.tf",
            "tests.tf",
            "test-env/a.tf",
            "environments/test/a.tf",
            "tests/own/a.tf",
        ] {
            assert_eq!(of(&format!("/examples/repo/{deployed}")), Purpose::Deployed, "{deployed}");
        }
    }
}
