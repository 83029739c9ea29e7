use std::borrow::Cow;
use std::path::PathBuf;

use super::AnalyzeError;
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
