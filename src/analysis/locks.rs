use std::collections::BTreeSet;
use std::path::Path;

use super::read::Files;
use crate::source::{FileId, FileSystem, normalize};
use crate::syntax::hcl;
use crate::terraform::{Locks, locked};

/// Where `terraform init` writes which version of each provider it chose.
const LOCK: &str = ".terraform.lock.hcl";

/// Reads the lock files beside the Terraform files. Nothing is said about places in them, so they
/// are no sources.
pub(super) fn read(files: &Files, fs: &dyn FileSystem) -> Locks {
    let folders: BTreeSet<&Path> = files.terraform.iter().filter_map(|file| file.path.parent()).collect();
    let lock = |folder: &Path| {
        let text = fs.read(&folder.join(LOCK)).ok()?;
        Some((normalize(folder), locked(&hcl::parse(&text, FileId(0)).tree)))
    };
    folders.into_iter().filter_map(lock).collect()
}
