//! Plans and states of `terraform show -json`: documents to the same resources as sources give.
//!
//! Takes the text of one file ([`Plan::parse`]); gives the resources that will exist, with what is
//! known only after apply as unknowns, their references as the history of values, and the places
//! of the `.tf` blocks they come from where those were read too ([`merge`]). It does not know
//! providers, rules or Kubernetes. Start reading at [`merge`], then `resources.rs`.

mod address;
mod document;
mod hops;
mod overlay;
mod pairs;
mod references;
mod resources;
mod secrets;
mod sources;
mod values;

use std::path::PathBuf;
use std::sync::Arc;

pub use secrets::without_secrets;
pub use sources::merge;

use crate::source::FileId;
use document::Document;

/// A plan or a state, as `terraform show -json` writes it.
#[derive(Debug)]
pub struct Plan(Document);

/// A plan and the file it stands in.
#[derive(Debug)]
pub struct File {
    /// Its path.
    pub path: PathBuf,
    /// Its id.
    pub id: FileId,
    /// Length of its text.
    pub n_bytes: usize,
    /// What it says.
    pub plan: Arc<Plan>,
}

/// Whether a JSON text can be a plan or a state at all; much cheaper than reading it.
pub fn looks_like_plan(text: &str) -> bool {
    let has = |key: &str| text.contains(key);
    has("\"format_version\"") && has("\"terraform_version\"") && (has("\"planned_values\"") || has("\"values\""))
}

impl Plan {
    /// Reads a document; `None` if it is JSON of another kind.
    ///
    /// # Errors
    /// What the reader says of a text that is no JSON, or has the names of a plan and not its shape.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let is_plan = document.format_version.is_some()
            && document.terraform_version.is_some()
            && (document.planned_values.is_some() || document.values.is_some());
        Ok(is_plan.then_some(Self(document)))
    }

    /// Folders of the local modules that the configuration calls, relative to the root module, the
    /// root module's own first.
    pub fn folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![PathBuf::new()];
        if let Some(configuration) = &self.0.configuration {
            configuration.root_module.folders(&PathBuf::new(), &mut folders);
        }
        folders.sort();
        folders.dedup();
        folders
    }
}

#[cfg(test)]
mod tests;
