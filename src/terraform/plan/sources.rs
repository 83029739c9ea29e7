use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::{File, address, overlay, resources};
use crate::graph::{Resource, ResourceKind};
use crate::source::normalize;
use crate::terraform::Root;

/// Evaluated sources by the address of the block, one root module.
struct Blocks<'r>(BTreeMap<EcoString, Vec<&'r Resource>>);

/// Puts plans among evaluated root modules. A plan and a root module that describe the same
/// resources become one: the plan's values at the source's places, each resource once.
///
/// Guests were read for nothing but their places: what no plan has is left out, but for the module
/// calls, at which a suppression may stand. A root module that two plans describe is two deployments, the second a world of its own.
pub fn merge(roots: Vec<Arc<Root>>, plans: &[File], are_guests: bool) -> Vec<Arc<Root>> {
    if plans.is_empty() {
        return roots;
    }
    let blocks: Vec<Blocks<'_>> = roots.iter().map(|root| Blocks::new(root)).collect();
    let mut firsts: BTreeMap<usize, (&File, Vec<Resource>)> = BTreeMap::new();
    let mut others: Vec<Arc<Root>> = Vec::new();
    for plan in plans {
        let mut planned = resources::all(plan);
        let home = home(&roots, &blocks, plan, &planned);
        for resource in &mut planned {
            match home.and_then(|home| blocks[home].find(resource)) {
                Some(source) => overlay::onto_source(resource, source),
                None => overlay::onto_document(resource),
            }
        }
        match home.filter(|home| !firsts.contains_key(home)) {
            Some(home) => {
                firsts.insert(home, (plan, planned));
            }
            None => {
                others.push(Arc::new(Root { folder: folder(plan), resources: shared(planned), ..Root::default() }));
            }
        }
    }
    drop(blocks);
    let mut merged = Vec::new();
    for (index, root) in roots.into_iter().enumerate() {
        match firsts.remove(&index) {
            Some((_, planned)) if are_guests => {
                let calls = root.resources.iter().filter(|resource| resource.kind == ResourceKind::Module);
                let resources = shared(planned).into_iter().chain(calls.cloned()).collect();
                merged.push(Arc::new(Root { resources, ceilings: root.ceilings.clone(), ..Root::default() }));
            }
            Some((plan, planned)) => {
                let mut root = Root::clone(&root);
                replace(&mut root, plan, planned);
                merged.push(Arc::new(root));
            }
            None if are_guests => {}
            None => merged.push(root),
        }
    }
    merged.extend(others);
    merged
}

impl<'r> Blocks<'r> {
    fn new(root: &'r Root) -> Self {
        let mut blocks: BTreeMap<EcoString, Vec<&Resource>> = BTreeMap::new();
        for resource in root.resources.iter().map(|resource| &**resource).filter(|resource| is_deployed(resource)) {
            blocks.entry(address::block(&resource.address)).or_default().push(resource);
        }
        Self(blocks)
    }

    /// The same instance, else any of the same block.
    fn find(&self, planned: &Resource) -> Option<&'r Resource> {
        let known = self.0.get(&address::block(&planned.address))?;
        known.iter().find(|source| source.address == planned.address).or(known.first()).copied()
    }
}

fn is_deployed(resource: &Resource) -> bool {
    matches!(resource.kind, ResourceKind::Managed | ResourceKind::Data)
}

fn folder(plan: &File) -> std::path::PathBuf {
    normalize(plan.path.parent().unwrap_or(std::path::Path::new("")))
}

/// The root module that a plan was made from: the one with the most of its blocks, at least half
/// of them unless it stands in the plan's folder; of equals the one nearest above the plan, and
/// none where that does not decide.
fn home(roots: &[Arc<Root>], blocks: &[Blocks<'_>], plan: &File, planned: &[Resource]) -> Option<usize> {
    let wanted: BTreeSet<EcoString> = planned.iter().map(|resource| address::block(&resource.address)).collect();
    let folder = folder(plan);
    let mut ranked = Vec::new();
    for (index, (root, blocks)) in roots.iter().zip(blocks).enumerate() {
        let n_found = wanted.iter().filter(|block| blocks.0.contains_key(*block)).count();
        let above = folder.starts_with(&root.folder).then(|| root.folder.components().count());
        if n_found > 0 && (2 * n_found >= wanted.len() || root.folder == folder) {
            ranked.push((n_found, above, index));
        }
    }
    ranked.sort_by_key(|&(n_found, above, _)| std::cmp::Reverse((n_found, above)));
    match ranked[..] {
        [] => None,
        [(_, _, index)] => Some(index),
        [(n, above, index), (next_n, next_above, _), ..] => ((n, above) != (next_n, next_above)).then_some(index),
    }
}

/// Resources of the sources make room for the instances that are planned; a block of which the
/// plan has no instance makes room for none.
fn replace(root: &mut Root, plan: &File, planned: Vec<Resource>) {
    let document = &plan.plan.0;
    let known: BTreeSet<EcoString> = planned.iter().map(|resource| address::block(&resource.address)).collect();
    let mut configured = FxHashMap::default();
    if let Some(configuration) = document.configuration.as_ref().filter(|_| document.complete != Some(false)) {
        configuration.root_module.blocks("", &mut configured);
    }
    let is_known = |block: &EcoString| known.contains(block) || configured.contains_key(block);
    root.resources.retain(|resource| !(is_deployed(resource) && is_known(&address::block(&resource.address))));
    root.resources.extend(shared(planned));
}

fn shared(resources: Vec<Resource>) -> Vec<Arc<Resource>> {
    resources.into_iter().map(Arc::new).collect()
}
