use std::cell::Cell;

use rustc_hash::FxHashMap;

use super::tree::{FileTree, NodeId};
use crate::graph::{Graph, Presence, Resource, ResourceId, Scope};
use crate::kubernetes::WORKLOAD;
use crate::source::{FileId, Problem, SourceMap, Span};
use crate::value::{Map, Value};

/// Comparisons that one run makes to find the nearest of equal candidates, which bounds the
/// time that a file made to be slow can take.
pub(super) const MAX_COMPARISONS: u64 = 20_000_000;

/// Kinds that live in no namespace.
const CLUSTER_WIDE: &[&str] = &[
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterServingRuntime",
    "GatewayClass",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

/// Kinds of which one deployment may well hold the same object twice. Two of any other kind with
/// one name cannot be applied together.
const REPEATED: &[&str] = &["CustomResourceDefinition", "Kustomization", "Namespace", "ServiceAccount"];

/// The objects of a graph by name and by label.
pub(super) struct Index<'g> {
    pub(super) graph: &'g Graph,
    pub(super) objects: Vec<Object<'g>>,
    tree: FileTree,
    leaf_of: FxHashMap<FileId, NodeId>,
    by_name: FxHashMap<(Scope, &'g str, Namespace<'g>, &'g str), Vec<ResourceId>>,
    by_label: FxHashMap<(Scope, Namespace<'g>, &'g str, &'g str), Vec<ResourceId>>,
    workloads: FxHashMap<(Scope, Namespace<'g>), Vec<ResourceId>>,
    all_workloads: FxHashMap<Scope, Vec<ResourceId>>,
    /// Those of which a label or the namespace is not known.
    vague: FxHashMap<Scope, Vec<ResourceId>>,
    n_left: Cell<u64>,
}

/// The namespace that a manifest names.
pub(super) type Namespace<'g> = Option<&'g str>;

/// A Kubernetes object of the graph.
pub(super) struct Object<'g> {
    pub(super) id: ResourceId,
    pub(super) resource: &'g Resource,
    pub(super) namespace: Namespace<'g>,
    name: Option<&'g str>,
}

impl<'g> Index<'g> {
    pub(super) fn new(graph: &'g Graph, sources: &SourceMap) -> Self {
        let resources = graph.resources().iter().map(|resource| &**resource);
        let objects: Vec<_> = (0..).map(ResourceId).zip(resources).filter_map(Object::of).collect();
        let (tree, leaves) = FileTree::new(sources.files().iter().map(|file| file.path.as_path()));
        let leaf_of = sources.files().iter().map(|file| file.id).zip(leaves).collect();
        let mut index = Self {
            graph,
            objects,
            tree,
            leaf_of,
            by_name: FxHashMap::default(),
            by_label: FxHashMap::default(),
            workloads: FxHashMap::default(),
            all_workloads: FxHashMap::default(),
            vague: FxHashMap::default(),
            n_left: Cell::new(MAX_COMPARISONS),
        };
        index.fill();
        index
    }

    fn fill(&mut self) {
        for object in &self.objects {
            let (scope, namespace) = (object.resource.scope, object.namespace);
            let is_part = object.resource.type_name.contains('#');
            if let Some(name) = object.name.filter(|_| !is_part) {
                let same =
                    self.by_name.entry((scope, object.resource.type_name.as_str(), namespace, name)).or_default();
                same.push(object.id);
                mark_copies(&self.tree, &self.leaf_of, self.graph, same, object);
            }
            if object.resource.class.as_deref() == Some(WORKLOAD) {
                self.workloads.entry((scope, namespace)).or_default().push(object.id);
                self.all_workloads.entry(scope).or_default().push(object.id);
                if hides_label(object.resource) || NamespaceOf::of(object.resource) == NamespaceOf::Hidden {
                    self.vague.entry(scope).or_default().push(object.id);
                }
                for (key, value) in pod_labels(object.resource) {
                    self.by_label.entry((scope, namespace, key, value)).or_default().push(object.id);
                }
            }
        }
    }

    /// The objects that a name stands for when it is read in `from`: the nearest ones.
    pub(super) fn named(&self, from: &Object<'g>, kind: &str, namespace: Namespace<'_>, name: &str) -> Vec<ResourceId> {
        let find =
            |namespace| self.by_name.get(&(from.resource.scope, kind, namespace, name)).map_or(&[][..], Vec::as_slice);
        if CLUSTER_WIDE.contains(&kind) {
            return self.nearest(from, find(None));
        }
        let own = self.nearest(from, find(namespace));
        if namespace.is_none() { own } else { self.nearer_of(from, own, self.nearest(from, find(None))) }
    }

    /// The objects of the namespace that is looked for, unless some without a namespace, which may
    /// be put there, are in a nearer folder.
    pub(super) fn nearer_of(
        &self,
        from: &Object<'g>,
        named: Vec<ResourceId>,
        unnamed: Vec<ResourceId>,
    ) -> Vec<ResourceId> {
        let nearness = |found: &[ResourceId]| found.first().map(|&id| self.nearness(from, id));
        if nearness(&unnamed) > nearness(&named) { unnamed } else { named }
    }

    fn nearest(&self, from: &Object<'g>, candidates: &[ResourceId]) -> Vec<ResourceId> {
        let mut nearest = Vec::new();
        let mut best = 0;
        if !self.spend(candidates.len()) {
            return nearest;
        }
        for &candidate in candidates.iter().filter(|candidate| !self.is_in_copy(from, **candidate)) {
            let closeness = self.closeness(from, candidate);
            if nearest.is_empty() || closeness > best {
                (best, nearest) = (closeness, Vec::new());
            }
            if closeness == best {
                nearest.push(candidate);
            }
        }
        nearest
    }

    /// Workloads in the namespace of `from` that have one of the labels, the rarest of them,
    /// or all workloads there; those in copies left out.
    pub(super) fn candidates(
        &self,
        from: &Object<'g>,
        labels: &[(&str, &str)],
        namespace: Namespace<'_>,
    ) -> Vec<ResourceId> {
        let scope = from.resource.scope;
        let buckets = labels.iter().map(|&(key, value)| self.by_label.get(&(scope, namespace, key, value)));
        let all = if labels.is_empty() { self.workloads.get(&(scope, namespace)) } else { None };
        let rarest = buckets.min_by_key(|bucket| bucket.map_or(0, Vec::len)).flatten().or(all);
        let Some(bucket) = rarest.filter(|bucket| self.spend(bucket.len())) else { return Vec::new() };
        bucket.iter().copied().filter(|candidate| !self.is_in_copy(from, *candidate)).collect()
    }

    /// Workloads of the scope of which a label or the namespace is not known; those in copies left out.
    pub(super) fn vague(&self, from: &Object<'g>) -> Vec<ResourceId> {
        self.outside_of_copies(from, self.vague.get(&from.resource.scope))
    }

    /// Workloads that are in the namespace of `from` or may be, or all where it is not known; those
    /// in copies left out.
    pub(super) fn possible(&self, from: &Object<'g>) -> Vec<ResourceId> {
        let scope = from.resource.scope;
        if NamespaceOf::of(from.resource) == NamespaceOf::Hidden {
            return self.outside_of_copies(from, self.all_workloads.get(&scope));
        }
        let mut found = self.outside_of_copies(from, self.workloads.get(&(scope, None)));
        if from.namespace.is_some() {
            found.extend(self.outside_of_copies(from, self.workloads.get(&(scope, from.namespace))));
        }
        found
    }

    fn outside_of_copies(&self, from: &Object<'g>, all: Option<&Vec<ResourceId>>) -> Vec<ResourceId> {
        let Some(all) = all.filter(|all| self.spend(all.len())) else { return Vec::new() };
        all.iter().copied().filter(|candidate| !self.is_in_copy(from, *candidate)).collect()
    }

    /// Only those that are nearest in the tree of folders.
    pub(super) fn nearest_of(&self, from: &Object<'g>, mut found: Vec<ResourceId>) -> Vec<ResourceId> {
        let best = found.iter().map(|&id| self.nearness(from, id)).max();
        found.retain(|&id| Some(self.nearness(from, id)) == best);
        found
    }

    /// Closeness of folders: all files of one folder are equally near.
    fn nearness(&self, from: &Object<'g>, to: ResourceId) -> u32 {
        let own_folder = self.closeness(from, from.id).saturating_sub(1);
        self.closeness(from, to).min(own_folder)
    }

    fn closeness(&self, from: &Object<'g>, to: ResourceId) -> u32 {
        self.tree.closeness(self.leaf(from.resource), self.leaf(self.graph.resource(to)))
    }

    /// Of objects with one kind, namespace and name only the nearest ones.
    pub(super) fn without_farther_twins(&self, from: &Object<'g>, found: &[ResourceId]) -> Vec<ResourceId> {
        let closeness = |id: ResourceId| self.closeness(from, id);
        let address = |id: ResourceId| &self.graph.resource(id).address;
        let mut best: FxHashMap<_, u32> = FxHashMap::default();
        for &id in found {
            let at = best.entry(address(id)).or_default();
            *at = closeness(id).max(*at);
        }
        found.iter().copied().filter(|&id| best.get(address(id)) == Some(&closeness(id))).collect()
    }

    fn is_in_copy(&self, from: &Object<'g>, candidate: ResourceId) -> bool {
        self.tree.is_across_copies(self.leaf(from.resource), self.leaf(self.graph.resource(candidate)))
    }

    fn leaf(&self, resource: &Resource) -> NodeId {
        self.leaf_of.get(&resource.block.file).copied().unwrap_or(0)
    }

    /// Whether so many comparisons may still be made.
    fn spend(&self, n: usize) -> bool {
        let left = self.n_left.get().checked_sub(n as u64);
        self.n_left.set(left.unwrap_or(0));
        left.is_some()
    }

    /// The problem to show if the comparisons ran out.
    pub(super) fn exhausted(&self) -> Option<Problem> {
        let span: Span = self.objects.first()?.resource.block;
        let message = format!("limit exceeded: more than {MAX_COMPARISONS} comparisons to connect Kubernetes objects");
        (self.n_left.get() == 0).then(|| Problem::new(span, message))
    }
}

/// Two files that hold the same object are copies of one deployment. Files of one folder may be
/// applied together, a secret repeated in each, but no workload or service.
fn mark_copies(
    tree: &FileTree,
    leaf_of: &FxHashMap<FileId, NodeId>,
    graph: &Graph,
    same: &[ResourceId],
    object: &Object<'_>,
) {
    let is_whole = |resource: &Resource| resource.presence != Presence::Partial;
    let is_telling = !REPEATED.contains(&object.resource.type_name.as_str());
    let [.., before, _] = same else { return };
    let before = graph.resource(*before);
    if !is_telling || !is_whole(before) || !is_whole(object.resource) {
        return;
    }
    let leaf = |resource: &Resource| leaf_of.get(&resource.block.file).copied();
    let is_unique = object.resource.class.as_deref() == Some(WORKLOAD) || object.resource.type_name == "Service";
    if let (Some(a), Some(b)) = (leaf(before), leaf(object.resource))
        && (is_unique || !tree.are_in_one_folder(a, b))
    {
        tree.mark_copies(a, b);
    }
}

impl<'g> Object<'g> {
    fn of((id, resource): (ResourceId, &'g Resource)) -> Option<Self> {
        let kind = resource.attributes.get("kind")?.as_str()?;
        resource.attributes.get("apiVersion")?.as_str()?;
        let type_name = resource.type_name.split('#').next();
        if type_name != Some(kind) {
            return None;
        }
        let metadata = resource.attributes.get("metadata");
        let text = |key| metadata.and_then(|metadata| metadata.get(key)).and_then(Value::as_str);
        let namespace = text("namespace").filter(|_| !CLUSTER_WIDE.contains(&kind));
        Some(Self { id, resource, namespace, name: text("name") })
    }
}

/// What is known of the namespace of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamespaceOf<'v> {
    Absent,
    Known(&'v str),
    /// It is set, and nobody knows to what.
    Hidden,
}

impl<'v> NamespaceOf<'v> {
    pub(super) fn of(resource: &'v Resource) -> Self {
        let metadata = resource.attributes.get("metadata");
        let is_hidden = |value: &Value| value.as_unknown().is_some();
        match metadata.and_then(|metadata| metadata.get("namespace")) {
            Some(value) if is_hidden(value) => Self::Hidden,
            Some(value) => value.as_str().map_or(Self::Absent, Self::Known),
            None if metadata.is_some_and(is_hidden) => Self::Hidden,
            None => Self::Absent,
        }
    }

    /// Whether both may be the same.
    pub(super) fn may_be(self, other: Self) -> bool {
        self == other || self == Self::Hidden || other == Self::Hidden
    }
}

/// What is known of a label of a workload's pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label<'v> {
    Absent,
    Known(&'v str),
    Hidden,
}

impl<'v> Label<'v> {
    pub(super) fn of(resource: &'v Resource, key: &str) -> Self {
        let absent = if resource.presence == Presence::Partial { Self::Hidden } else { Self::Absent };
        let Some(pod) = resource.attributes.get("pod") else { return absent };
        let labels = pod.get("labels");
        let is_hidden = |value: &Value| value.as_unknown().is_some();
        match labels.and_then(|labels| labels.get(key)) {
            Some(value) if is_hidden(value) => Self::Hidden,
            Some(value) => value.as_str().map_or(absent, Self::Known),
            None if is_hidden(labels.unwrap_or(pod)) => Self::Hidden,
            None => absent,
        }
    }
}

/// Whether some label of a workload's pod is not known.
fn hides_label(resource: &Resource) -> bool {
    let is_hidden = |value: &Value| value.as_unknown().is_some();
    let pod = resource.attributes.get("pod");
    let labels = pod.and_then(|pod| pod.get("labels"));
    let members = labels.and_then(Value::as_object).into_iter().flat_map(Map::iter);
    resource.presence == Presence::Partial
        || pod.is_some_and(is_hidden)
        || labels.is_some_and(is_hidden)
        || members.into_iter().any(|(_, value)| is_hidden(value))
}

/// Known labels of a workload's pod.
pub(super) fn pod_labels(resource: &Resource) -> Vec<(&str, &str)> {
    let labels = resource.attributes.get("pod").and_then(|pod| pod.get("labels")).and_then(Value::as_object);
    let members = labels.into_iter().flat_map(Map::iter);
    members.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
}
