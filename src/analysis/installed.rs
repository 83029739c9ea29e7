use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::bodies::Bodies;
use super::read::Files;
use crate::source::{FileKind, FileSystem, Skipped, normalize};
use crate::terraform::{File, Installed};

/// Where `terraform init` writes which call leads to which folder.
const MANIFEST: &str = ".terraform/modules/modules.json";

/// Reads the modules that were downloaded for the folders among `files`, and adds their files.
/// A folder outside of `bounds` is left alone.
pub(super) fn read(files: &mut Files, bounds: &[PathBuf], fs: &dyn FileSystem, bodies: &mut Bodies) -> Installed {
    let folder = |file: &File| file.path.parent().map(Path::to_path_buf);
    let mut known: BTreeSet<PathBuf> = files.terraform.iter().filter_map(folder).collect();
    let mut installed = Installed::new();
    for root in known.clone() {
        let Ok(manifest) = fs.read(&root.join(MANIFEST)) else { continue };
        let manifest: Json = serde_json::from_str(&manifest).unwrap_or_default();
        for module in manifest["Modules"].as_array().into_iter().flatten() {
            let (Some(key), Some(dir)) = (module["Key"].as_str(), module["Dir"].as_str()) else { continue };
            let dir = normalize(&root.join(dir));
            let is_inside = fs.real_path(&dir).is_some_and(|real| bounds.iter().any(|bound| real.starts_with(bound)));
            if key.is_empty() || !is_inside {
                continue;
            }
            installed.insert((normalize(&root), key.into()), dir.clone());
            if known.insert(dir.clone()) {
                add_folder(files, &dir, fs, bodies);
            }
        }
    }
    installed
}

fn add_folder(files: &mut Files, folder: &Path, fs: &dyn FileSystem, bodies: &mut Bodies) {
    for path in fs.list(folder) {
        let kind = match FileKind::of(&path) {
            Some(kind @ (FileKind::Terraform | FileKind::TerraformJson)) if path.parent() == Some(folder) => kind,
            _ => continue,
        };
        let text = match fs.read(&path) {
            Ok(text) => text,
            Err(error) => {
                files.skipped.push(Skipped { path, reason: error.into_skip() });
                continue;
            }
        };
        let id = files.sources.add(path.clone(), kind, text.clone());
        let (body, problems) = bodies.parse(&path, kind, &text, id);
        files.problems.extend(problems);
        files.parsed.push(id);
        files.terraform.push(File { path, body });
    }
}
