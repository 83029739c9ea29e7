use std::collections::BTreeSet;
use std::path::Path;

use super::bodies::Bodies;
use super::read::Files;
use crate::source::{FileId, FileKind, FileSystem, normalize};
use crate::terraform::{Locks, locked};

/// Where `terraform init` writes which version of each provider it chose.
const LOCK: &str = ".terraform.lock.hcl";

/// Reads the lock files beside the Terraform files. Nothing is said about places in them, so they
/// are no sources.
pub(super) fn read(files: &Files, fs: &dyn FileSystem, bodies: &mut Bodies) -> Locks {
    let folders: BTreeSet<&Path> = files.terraform.iter().filter_map(|file| file.path.parent()).collect();
    let lock = |folder: &Path| {
        let path = folder.join(LOCK);
        let (body, _) = bodies.parse(&path, FileKind::Terraform, &fs.read(&path).ok()?, FileId(0));
        Some((normalize(folder), locked(&body)))
    };
    folders.into_iter().filter_map(lock).collect()
}
