use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::eval::{Environment, evaluate};
use super::module::{File, normalize};
use crate::source::Span;
use crate::syntax::hcl::TraversalStep;
use crate::value::{Hop, HopKind, Place, Reason, Value};

/// Parsed variable files by the folder they lie in.
pub(crate) type Folders<'f> = FxHashMap<PathBuf, Vec<&'f File>>;

/// Groups variable files by their folder.
pub(crate) fn by_folder(variables: &[File]) -> Folders<'_> {
    let mut folders = Folders::default();
    for file in variables {
        folders.entry(file.path.parent().map(normalize).unwrap_or_default()).or_default().push(file);
    }
    folders
}

/// The values that a root module's variable files give, later files over earlier ones:
/// `terraform.tfvars`, `terraform.tfvars.json`, then `*.auto.tfvars(.json)` by name. `folder` is
/// normalized.
pub(crate) fn for_root(folder: &Path, variables: &Folders<'_>) -> BTreeMap<EcoString, Value> {
    let rank = |file: &File| {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let rank = match name.as_str() {
            "terraform.tfvars" => 0,
            "terraform.tfvars.json" => 1,
            other if other.ends_with(".auto.tfvars") || other.ends_with(".auto.tfvars.json") => 2,
            _ => return None,
        };
        Some((rank, name))
    };
    let here = variables.get(folder).into_iter().flatten();
    let mut own: Vec<_> = here.filter_map(|file| Some((rank(file)?, file))).collect();
    own.sort_by(|(a, _), (b, _)| a.cmp(b));
    let attributes = own.iter().flat_map(|(_, file)| file.body.attributes.iter());
    attributes
        .map(|attribute| {
            let mut value = evaluate(&attribute.value, &Nothing);
            let kind = HopKind::Input(attribute.name.name.clone());
            value.origin.hop = Some(Arc::new(Hop { kind, place: Place::Span(attribute.value.span), next: Vec::new() }));
            (attribute.name.name.clone(), value)
        })
        .collect()
}

/// A variable file may name nothing.
struct Nothing;

impl Environment for Nothing {
    fn resolve(&self, root: &str, steps: &[TraversalStep], span: Span) -> (Value, usize) {
        (Value::unknown(Reason::Undeclared(root.into()), Some(span)), steps.len())
    }
    fn read(&self, path: &str) -> Result<Arc<str>, Reason> {
        Err(Reason::Invalid(path.into()))
    }
    fn exists(&self, path: &str) -> Result<bool, Reason> {
        Err(Reason::Invalid(path.into()))
    }
    fn files(&self, folder: &str) -> Result<Vec<EcoString>, Reason> {
        Err(Reason::Invalid(folder.into()))
    }
}
