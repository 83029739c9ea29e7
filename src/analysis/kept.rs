use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::bodies::Bodies;
use super::places::Locators;
use super::suppress::{self, Marks, Meant};
#[cfg(feature = "classifier")]
use super::suspicions;
use super::{AnalyzeError, Settings, advisory_files, manifests, read, rules};
use crate::facts::Advisories;
use crate::graph::{Part, Resource, Scope};
use crate::kubernetes;
use crate::rules::RuleSet;
use crate::rules::framework::Frameworks;
use crate::source::{FileSystem, Walked, walk};
use crate::terraform::{self, Root};

/// What an analysis leaves behind for the next one of the same settings. An analysis from cold starts
/// with nothing; whatever is here, the outcome is the same.
#[derive(Debug, Default)]
pub(super) struct Kept {
    walked: Option<Arc<Walked>>,
    rules: Option<Arc<Rules>>,
    pub(super) files: read::Kept,
    pub(super) bodies: Bodies,
    pub(super) terraform: terraform::Kept,
    /// By the address of the root module.
    parts: FxHashMap<usize, RootPart>,
    pub(super) objects: manifests::Kept,
    pub(super) marks: Marks,
    pub(super) locators: Arc<Locators>,
    #[cfg(feature = "classifier")]
    pub(super) suspicions: suspicions::Kept,
}

/// What is read from outside of the roots: rules and advisories.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) set: RuleSet,
    pub(super) allowed: Vec<Vec<Meant>>,
    pub(super) advisories: Cow<'static, Advisories>,
}

/// A root module's part of the graph.
#[derive(Clone, Debug)]
struct RootPart {
    /// Held, so that no other one is found at its address.
    root: Arc<Root>,
    part: Arc<Part>,
}

impl Kept {
    /// The files below the roots.
    pub(super) fn walked(&mut self, settings: &Settings, fs: &dyn FileSystem) -> Arc<Walked> {
        let new = || Arc::new(walk(&settings.roots, &settings.exclude, fs));
        Arc::clone(self.walked.get_or_insert_with(new))
    }

    /// The files of the last walk, unless it is to be made again.
    pub(super) fn last_walk(&self) -> Option<&Arc<Walked>> {
        self.walked.as_ref()
    }

    /// Files came or went.
    pub(super) fn walk_again(&mut self) {
        self.walked = None;
    }

    /// A file may hold another text.
    pub(super) fn read_again(&mut self, path: PathBuf) {
        self.files.read_again(path);
    }

    /// The same paths lead to other files.
    pub(super) fn look_again(&mut self) {
        self.walk_again();
        self.files.read_all_again();
    }

    /// Rules or advisories changed.
    pub(super) fn load_again(&mut self) {
        self.rules = None;
    }

    /// The rules that run, and the advisories.
    pub(super) fn rules(&mut self, settings: &Settings) -> Result<Arc<Rules>, AnalyzeError> {
        if let Some(rules) = &self.rules {
            return Ok(Arc::clone(rules));
        }
        let mut all = rules(&settings.rule_folders)?;
        all.weigh(&settings.severities)?;
        let allowed = suppress::resolve(&settings.allowances, &all)?;
        all.choose(&settings.choice)?;
        if let Some(name) = &settings.controls.framework {
            Frameworks::embedded().find(name)?;
        }
        let advisories = advisory_files::read(&settings.advisory_files)?;
        Ok(Arc::clone(self.rules.insert(Arc::new(Rules { set: all, allowed, advisories }))))
    }

    /// The parts of the graph that root modules make, each a scope, in their order.
    pub(super) fn parts(&mut self, roots: &[Arc<Root>]) -> Vec<Arc<Part>> {
        let scoped = roots.par_iter().enumerate().map(|(index, root)| {
            let scope = Scope(u32::try_from(index).unwrap_or(u32::MAX));
            let known = self.parts.get(&address(root)).filter(|known| known.part.scope() == scope);
            known.cloned().unwrap_or_else(|| RootPart { root: Arc::clone(root), part: Arc::new(part(root, scope)) })
        });
        let parts: Vec<RootPart> = scoped.collect();
        self.parts = parts.iter().map(|one| (address(&one.root), one.clone())).collect();
        parts.into_iter().map(|one| one.part).collect()
    }
}

fn address(root: &Arc<Root>) -> usize {
    Arc::as_ptr(root).addr()
}

fn part(root: &Root, scope: Scope) -> Part {
    let adopted: Vec<Vec<Arc<Resource>>> = root.resources.par_iter().map(|resource| adopt(resource, scope)).collect();
    let part = Part::new(scope, adopted.into_iter().flatten().collect());
    let edges = terraform::edges(&part);
    part.with_edges(edges)
}

/// A resource in its scope; one that stands for a Kubernetes object in the form of one.
fn adopt(resource: &Arc<Resource>, scope: Scope) -> Vec<Arc<Resource>> {
    if resource.scope == scope && !kubernetes::is_twin(resource) {
        return vec![Arc::clone(resource)];
    }
    let mut resource = Resource { scope, ..Resource::clone(resource) };
    let parts = kubernetes::adopt(&mut resource).unwrap_or_default();
    std::iter::once(resource).chain(parts).map(Arc::new).collect()
}
