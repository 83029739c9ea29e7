use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::terraform::module::local_source;

/// The parts of `terraform show -json` that are read; the format is Terraform's "JSON Output Format".
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Document {
    pub(super) format_version: Option<String>,
    pub(super) terraform_version: Option<String>,
    /// In a plan: what will be.
    pub(super) planned_values: Option<State>,
    /// In a state: what is.
    pub(super) values: Option<State>,
    /// In a plan: what was, with the data sources that could be read.
    pub(super) prior_state: Option<Prior>,
    pub(super) resource_changes: Vec<ResourceChange>,
    pub(super) configuration: Option<Configuration>,
    /// Whether everything in the configuration was planned: false with `-target`.
    pub(super) complete: Option<bool>,
    pub(super) variables: BTreeMap<String, Variable>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Prior {
    pub(super) values: Option<State>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct State {
    pub(super) root_module: StateModule,
    pub(super) outputs: BTreeMap<String, Output>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StateModule {
    pub(super) resources: Vec<StateResource>,
    pub(super) child_modules: Vec<Self>,
}

#[derive(Debug, Deserialize)]
pub(super) struct StateResource {
    pub(super) address: String,
    #[serde(default)]
    pub(super) mode: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) values: Option<Json>,
    #[serde(default)]
    pub(super) sensitive_values: Json,
    #[serde(default)]
    pub(super) depends_on: Vec<String>,
    pub(super) deposed_key: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Output {
    pub(super) sensitive: bool,
    pub(super) value: Json,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Variable {
    pub(super) value: Json,
}

#[derive(Debug, Deserialize)]
pub(super) struct ResourceChange {
    pub(super) address: String,
    pub(super) deposed: Option<String>,
    pub(super) change: Change,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Change {
    pub(super) before: Json,
    pub(super) after: Json,
    /// `true` where a value is known only after apply.
    pub(super) after_unknown: Json,
    pub(super) before_sensitive: Json,
    pub(super) after_sensitive: Json,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Configuration {
    pub(super) root_module: Module,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Module {
    pub(super) resources: Vec<Resource>,
    #[serde(rename = "module_calls")]
    pub(super) calls: BTreeMap<String, Call>,
    pub(super) outputs: BTreeMap<String, ConfiguredOutput>,
    pub(super) variables: BTreeMap<String, ConfiguredVariable>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Resource {
    /// `type.name`, without the module's path.
    pub(super) address: String,
    #[serde(default)]
    pub(super) expressions: Map<String, Json>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Call {
    source: String,
    pub(super) expressions: Map<String, Json>,
    pub(super) module: Option<Module>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConfiguredOutput {
    pub(super) expression: Json,
    pub(super) sensitive: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConfiguredVariable {
    pub(super) default: Json,
    pub(super) sensitive: bool,
}

impl Document {
    /// What will be, or what is, and the name under which the document has it.
    pub(super) fn state(&self) -> Option<(&'static str, &State)> {
        let planned = self.planned_values.as_ref().map(|state| ("planned_values", state));
        planned.or_else(|| self.values.as_ref().map(|state| ("values", state)))
    }
}

impl Module {
    /// Adds all blocks below a module path, by their addresses.
    pub(super) fn blocks<'d>(&'d self, prefix: &str, found: &mut FxHashMap<EcoString, &'d Resource>) {
        found.extend(self.resources.iter().map(|resource| (eco_format!("{prefix}{}", resource.address), resource)));
        for (name, call) in &self.calls {
            if let Some(module) = &call.module {
                module.blocks(&format!("{prefix}module.{name}."), found);
            }
        }
    }

    /// Adds the folders of local modules below the one that stands in `folder`.
    pub(super) fn folders(&self, folder: &Path, found: &mut Vec<PathBuf>) {
        for call in self.calls.values() {
            if let (Some(target), Some(module)) = (local_source(folder, &call.source), &call.module) {
                found.push(target.clone());
                module.folders(&target, found);
            }
        }
    }
}
