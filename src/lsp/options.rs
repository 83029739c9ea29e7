use std::path::PathBuf;

use serde::Deserialize;

/// What the user sets in the editor, in the section `stanchion`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Options {
    pub(super) persona: Persona,
    /// Run only these; where empty, what the settings file says.
    pub(super) select: Vec<String>,
    /// Do not run these.
    pub(super) ignore: Vec<String>,
    /// Variable files, relative to the folder.
    pub(super) var_files: Vec<PathBuf>,
    /// A settings file, relative to the folder; by default the nearest above it.
    pub(super) config: Option<PathBuf>,
    pub(super) inlay_hints: bool,
    pub(super) code_lens: bool,
    pub(super) suspicions: bool,
}

/// For whom rules are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Persona {
    #[default]
    Default,
    Pedantic,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            persona: Persona::Default,
            select: Vec::new(),
            ignore: Vec::new(),
            var_files: Vec::new(),
            config: None,
            inlay_hints: false,
            code_lens: true,
            suspicions: true,
        }
    }
}

impl Options {
    /// Reads what a client gives; null is nothing.
    ///
    /// # Errors
    /// What is wrong, if a key has a value that it cannot have.
    pub(super) fn read(given: serde_json::Value) -> Result<Self, String> {
        let given: Option<Self> = serde_json::from_value(given).map_err(|error| error.to_string())?;
        let mut options = given.unwrap_or_default();
        options.config = options.config.filter(|path| !path.as_os_str().is_empty());
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_given_has_its_default() {
        assert_eq!(Options::read(json!(null)), Ok(Options::default()));
        let options = Options::read(json!({ "persona": "pedantic", "config": "", "inlayHints": true, "else": 1 }));
        let expected = Options { persona: Persona::Pedantic, inlay_hints: true, ..Options::default() };
        assert_eq!(options, Ok(expected));
        assert!(Options::read(json!({ "select": "all" })).is_err());
    }
}
