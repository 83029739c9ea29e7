use std::path::{Path, PathBuf, absolute};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use super::normalize;

/// A pattern for paths, such as `legacy/**`: `*` stays within a folder, `**` crosses folders, and
/// what matches a folder matches all that lies below it.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct PathGlob(GlobSet);

impl PathGlob {
    /// Whether a path, relative to where the pattern was written, is meant.
    pub fn matches(&self, path: &Path) -> bool {
        self.0.is_match(path)
    }

    /// The pattern as it was written in a folder, whose path is absolute.
    pub fn within(self, folder: &Path) -> PlacedGlob {
        PlacedGlob { folder: normalize(folder), glob: self }
    }
}

/// A pattern for paths below one folder.
#[derive(Clone, Debug)]
pub struct PlacedGlob {
    folder: PathBuf,
    glob: PathGlob,
}

impl PlacedGlob {
    /// Whether a path, relative to the working directory, is meant.
    pub fn matches(&self, path: &Path) -> bool {
        let whole = absolute(path).map(|path| normalize(&path)).unwrap_or_default();
        whole.strip_prefix(&self.folder).is_ok_and(|rest| self.glob.matches(rest))
    }
}

impl TryFrom<String> for PathGlob {
    type Error = String;

    fn try_from(pattern: String) -> Result<Self, String> {
        let plain = pattern.trim_start_matches("./").trim_end_matches('/');
        if plain.is_empty() {
            return Err("the pattern is empty".to_owned());
        }
        let mut set = GlobSetBuilder::new();
        for pattern in [plain.to_owned(), format!("{plain}/**")] {
            let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
            set.add(glob.map_err(|error| format!("`{plain}` is no pattern: {}", error.kind()))?);
        }
        set.build().map(Self).map_err(|error| format!("`{plain}` is no pattern: {}", error.kind()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_means_all_below_it() {
        for (pattern, path, expected) in [
            ("legacy", "legacy/a/b.tf", true),
            ("./legacy/", "legacy/b.tf", true),
            ("legacy", "old/legacy/b.tf", false),
            ("**/legacy", "old/legacy/b.tf", true),
            ("**/legacy", "legacy/b.tf", true),
            ("*.tf", "a.tf", true),
            ("*.tf", "a/b.tf", false),
            ("a/*/c.tf", "a/b/c.tf", true),
        ] {
            let glob = PathGlob::try_from(pattern.to_owned()).unwrap();
            assert_eq!(glob.matches(Path::new(path)), expected, "{pattern} {path}");
        }
        assert!(PathGlob::try_from("a[".to_owned()).is_err() && PathGlob::try_from("./".to_owned()).is_err());
    }
}
