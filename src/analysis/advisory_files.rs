use std::borrow::Cow;
use std::fmt::Write;
use std::path::PathBuf;

use super::AnalyzeError;
use crate::facts::advisory::Record;
use crate::facts::{Advisories, read_advisories};

/// The advisories of the binary, and those of the user's files; later ones count.
pub(super) fn read(files: &[PathBuf]) -> Result<Cow<'static, Advisories>, AnalyzeError> {
    let mut records = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path)
            .map_err(|source| AnalyzeError::ReadAdvisories { path: path.clone(), source })?;
        let read = read_advisories(&text);
        records.extend(read.map_err(|mistake| AnalyzeError::RefusedAdvisory { path: path.clone(), mistake })?);
    }
    let embedded = Advisories::embedded();
    Ok(if records.is_empty() { Cow::Borrowed(embedded) } else { Cow::Owned(embedded.with(records)) })
}

/// An advisory in words, by its id or an alias: one of the binary or of the user's files.
///
/// # Errors
/// [`AnalyzeError`] if a file cannot be used.
pub fn explain_advisory(name: &str, files: &[PathBuf]) -> Result<Option<String>, AnalyzeError> {
    Ok(read(files)?.find(name).map(page))
}

fn page(record: &Record) -> String {
    let severity = record.database_specific.severity.as_deref().unwrap_or("medium");
    let mut page = format!("{} ({severity}): {}\n", record.id, record.summary);
    for affected in &record.affected {
        let _ = writeln!(page, "\n  {} {}", affected.package.ecosystem, affected.package.name);
        for version in &affected.versions {
            let _ = writeln!(page, "    in {version}");
        }
        for event in affected.ranges.iter().flat_map(|range| &range.events) {
            let _ = writeln!(page, "    {}", event.words());
        }
    }
    let conditions = &record.database_specific.reachable_when;
    if !conditions.is_empty() {
        page.push_str("\n  of use to an attacker where\n");
    }
    for condition in conditions {
        let _ = writeln!(page, "    {}", condition.words());
    }
    page.push('\n');
    for reference in &record.references {
        let _ = writeln!(page, "  {}", reference.url);
    }
    page
}
