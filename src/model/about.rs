use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::precedent::Precedent;
use super::tensor::FEATURES;
use crate::finding::Category;

/// What is told about a model beside its weights, as `training/` writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The name people tell it by.
    pub version: String,
    /// The encoder it was trained on: [`FEATURES`].
    pub features: u32,
    /// What each column of its output stands for.
    pub categories: Vec<Category>,
    /// From which probability on a suspicion is shown, for each category; 1 where none is.
    pub thresholds: Vec<f32>,
    /// How many of a hundred resources are taken to have such a defect, for each category: by this the
    /// even odds of training become probabilities.
    pub prevalence: Vec<f32>,
    /// Settings that mark known defects, sorted by value and key: a suspicion needs one.
    pub precedents: Vec<Precedent>,
    /// 32-bit hashes of the words that it knows, sorted.
    pub vocabulary: Vec<u32>,
    /// SHA-256 of the weights, hex.
    pub sha256: String,
    /// SHA-256 of the training units, hex.
    pub data: String,
    /// The git revision of the training code.
    pub revision: String,
}

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It cannot be read from disk.
    #[error("cannot read the model `{path}`")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// What is told about it is not what is expected.
    #[error("`{path}` does not describe a model: {why}")]
    About {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// It was made for another encoder.
    #[error(
        "the model `{path}` was trained on features version {found}, this program has version {FEATURES}: train it again"
    )]
    Features {
        /// The file.
        path: String,
        /// The version it wants.
        found: u32,
    },
    /// Its weights are not those that were described.
    #[error("the model `{path}` is damaged: its SHA-256 is {found}, {expected} was expected")]
    Digest {
        /// The file.
        path: String,
        /// As computed.
        found: String,
        /// As told.
        expected: String,
    },
    /// The runtime refuses it.
    #[error("the model `{path}` cannot be run: {why}")]
    Run {
        /// The file.
        path: String,
        /// What the runtime said.
        why: String,
    },
    /// The runtime itself cannot be loaded.
    #[error("cannot load ONNX Runtime from `{path}`: {why}")]
    Runtime {
        /// The library.
        path: String,
        /// What it said.
        why: String,
    },
}

impl About {
    /// Reads what is told about a model.
    ///
    /// # Errors
    /// [`ModelError`] if it is no description, or of another encoder.
    pub fn parse(path: &str, json: &str) -> Result<Self, ModelError> {
        let wrong = |why: String| ModelError::About { path: path.to_owned(), why };
        let about: Self = serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
        if about.features != FEATURES {
            return Err(ModelError::Features { path: path.to_owned(), found: about.features });
        }
        let n = about.categories.len();
        if n == 0 || about.thresholds.len() != n || about.prevalence.len() != n {
            return Err(wrong("categories, thresholds and prevalence are not of one length".to_owned()));
        }
        if !about.precedents.is_sorted_by_key(|it| (&it.value, &it.key)) {
            return Err(wrong("precedents are not sorted by value and key".to_owned()));
        }
        Ok(about)
    }

    /// Reads what is told about a model, and holds the weights against it.
    ///
    /// # Errors
    /// [`ModelError`] as [`Self::parse`], or if it is of other weights.
    pub fn read(path: &str, json: &str, weights: &[u8]) -> Result<Self, ModelError> {
        let about = Self::parse(path, json)?;
        let found = format!("{:x}", Sha256::digest(weights));
        if found != about.sha256 {
            return Err(ModelError::Digest { path: path.to_owned(), found, expected: about.sha256 });
        }
        Ok(about)
    }
}
