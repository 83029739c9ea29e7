use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

/// A case of another analyzer's own tests.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) peer: String,
    pub(crate) check: String,
    pub(crate) provider: String,
    pub(crate) title: String,
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) expect: Vec<Expect>,
}

/// What that analyzer says of one unit.
#[derive(Deserialize)]
pub(crate) struct Expect {
    pub(crate) verdict: String,
    pub(crate) address: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) lines: Option<Vec<u32>>,
}

impl Case {
    /// The folder of its files below the root, named as the shared tool names it.
    pub(crate) fn folder(&self, root: &Path) -> PathBuf {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        root.join(self.id.chars().map(|c| if is_plain(c) { c } else { '_' }).collect::<String>())
    }

    pub(crate) fn write(&self, root: &Path) {
        for (name, text) in &self.files {
            let is_below = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
            assert!(is_below, "`{name}` leads out of its case");
            let path = self.folder(root).join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }
}

/// All cases of a packed file, one JSON object a line.
pub(crate) fn load(path: &Path) -> std::io::Result<Vec<Case>> {
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path)?).read_to_string(&mut text)?;
    text.lines().map(|line| serde_json::from_str(line).map_err(std::io::Error::other)).collect()
}
