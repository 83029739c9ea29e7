use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use crate::disagreements::{Disagreements, Kind};
use crate::judge::{Check, Key};

/// Checks that are an equivalent of a rule of the first priority, as `tool:ID`: columns `priority`
/// and `equivalents` of the tables in that folder. Empty where there are none.
pub(crate) fn first_priority(folder: &Path) -> BTreeSet<String> {
    let Ok(tables) = std::fs::read_dir(folder) else { return BTreeSet::new() };
    let texts = tables.flatten().filter_map(|entry| std::fs::read_to_string(entry.path()).ok());
    texts.flat_map(|text| equivalents(&text)).collect()
}

fn equivalents(table: &str) -> Vec<String> {
    let mut rows = table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect::<Vec<_>>());
    let header = rows.next().unwrap_or_default();
    let column = |name: &str| header.iter().position(|cell| *cell == name);
    let (Some(priority), Some(peers)) = (column("priority"), column("equivalents")) else { return Vec::new() };
    let rows = rows.filter(|row| row.get(priority) == Some(&"P0"));
    rows.flat_map(|row| row.get(peers).map_or_else(Vec::new, |cell| cell.split(' ').map(str::to_owned).collect()))
        .collect()
}

/// Counts over some of the checks.
#[derive(Default)]
struct Figures {
    n_checks: usize,
    n_discriminated: usize,
    /// Checks that are not discriminated, by whose it is to change; `None` where nobody says why.
    missed: Vec<Option<Kind>>,
    n_passing: usize,
    n_noisy: usize,
}

impl Figures {
    fn add(&mut self, name: &str, check: &Check, disagreements: &Disagreements) {
        self.n_checks += 1;
        self.n_passing += check.n_passing;
        self.n_noisy += check.noisy.len();
        if check.is_discriminated() {
            self.n_discriminated += 1;
        } else {
            let reasons = disagreements.of(name, &check.wrong_cases);
            let is_ours = reasons.iter().any(|one| one.kind == Kind::Ours);
            self.missed.push(if is_ours { Some(Kind::Ours) } else { reasons.first().map(|one| one.kind) });
        }
    }

    fn line(&self, name: &str) -> String {
        let n = |kind| self.missed.iter().filter(|one| **one == kind).count();
        let (peers, deliberate) = (n(Some(Kind::PeerMistake)), n(Some(Kind::Deliberate)));
        let agreed = self.n_checks - peers - deliberate;
        format!(
            "{name:26} checks {:4}  discriminated {:4} = {:5.1}%, of those not disputed {:5.1}%  missed: peer {peers:3}, deliberate {deliberate:3}, ours {:3}, no reason {:3}  noisy {:3} of {:4} = {:4.1}%\n",
            self.n_checks,
            self.n_discriminated,
            share(self.n_discriminated, self.n_checks),
            share(self.n_discriminated, agreed),
            n(Some(Kind::Ours)),
            n(None),
            self.n_noisy,
            self.n_passing,
            share(self.n_noisy, self.n_passing),
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

/// The checks that our rules claim, counted: all, those of the first priority, by analyzer and provider.
pub(crate) fn figures(
    checks: &BTreeMap<Key<'_>, Check>,
    first: &BTreeSet<String>,
    disagreements: &Disagreements,
) -> String {
    let mut groups: BTreeMap<String, Figures> = BTreeMap::new();
    for ((peer, id, provider), check) in checks {
        let name = format!("{peer}:{id}");
        let mut add = |group: String| groups.entry(group).or_default().add(&name, check, disagreements);
        add("all".to_owned());
        add(format!("{peer} {provider}"));
        if first.contains(&name) {
            add("first priority".to_owned());
            add(format!("first priority {provider}"));
        }
    }
    let mut text = "# Checks that rules of ours claim\n".to_owned();
    for (group, figures) in &groups {
        let _ = write!(text, "{}", figures.line(group));
    }
    text
}
