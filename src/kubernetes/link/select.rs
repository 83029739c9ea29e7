use rustc_hash::FxHashSet;

use super::Draft;
use super::index::{Index, Label, NamespaceOf, Object, pod_labels};
use crate::graph::{EdgeKind, Resource, ResourceId};
use crate::source::Problem;
use crate::value::{Map, Path, Value};

/// Where a kind keeps a selector of pods, and whether an empty one selects all.
const SELECTORS: &[(&str, &[&str], Form)] = &[
    ("Service", &["spec", "selector"], Form::Labels),
    ("ReplicationController", &["spec", "selector"], Form::Labels),
    ("NetworkPolicy", &["spec", "podSelector"], Form::Selector),
    ("CiliumNetworkPolicy", &["spec", "endpointSelector"], Form::Selector),
    ("PodDisruptionBudget", &["spec", "selector"], Form::Selector),
    ("PodMonitor", &["spec", "selector"], Form::Selector),
    ("AuthorizationPolicy", &["spec", "selector"], Form::SelectorOrAll),
    ("PeerAuthentication", &["spec", "selector"], Form::SelectorOrAll),
    ("RequestAuthentication", &["spec", "selector"], Form::SelectorOrAll),
];

/// How a selector is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A map of labels; none or an empty one selects nothing.
    Labels,
    /// `matchLabels` and `matchExpressions`; an empty one selects all pods of the namespace.
    Selector,
    /// The same, and where it is absent all pods of the namespace are meant.
    SelectorOrAll,
}

/// Kinds of which it matters that they may select something: what they do not select is open.
const LIMITING: &[&str] = &["NetworkPolicy"];

/// Edges from selectors to workloads; where something is not known, only those of limiting kinds
/// that may turn out to be there.
pub(super) fn collect(index: &Index<'_>, drafts: &mut Vec<Draft>) -> Vec<Problem> {
    for object in &index.objects {
        let of_kind = SELECTORS.iter().filter(|(kind, ..)| *kind == object.resource.type_name);
        for (kind, keys, form) in of_kind {
            let Some(selector) = Selector::of(&object.resource.attributes, keys, *form) else { continue };
            let via = keys.iter().fold(Path::default(), |path, key| path.key(*key));
            let selected = if selector.is_whole { select(index, object, &selector) } else { Vec::new() };
            let possible =
                if LIMITING.contains(kind) { may_select(index, object, &selector, &selected) } else { Vec::new() };
            let draft = |to, kind| Draft { from: object.id, to, kind, via: via.clone() };
            drafts.extend(selected.into_iter().map(|to| draft(to, EdgeKind::Selects)));
            drafts.extend(possible.into_iter().map(|to| draft(to, EdgeKind::MaySelect)));
        }
    }
    index.exhausted().into_iter().collect()
}

fn select(index: &Index<'_>, object: &Object<'_>, selector: &Selector<'_>) -> Vec<ResourceId> {
    let matching = |namespace| {
        let candidates = index.candidates(object, &selector.labels, namespace).into_iter();
        candidates.filter(|id| *id != object.id && selector.holds(&pod_labels(index.graph.resource(*id)))).collect()
    };
    let mut found: Vec<_> = matching(object.namespace);
    if found.is_empty() && object.namespace.is_some() {
        found = index.nearest_of(object, matching(None));
    } else if object.namespace.is_none() && selector.labels.is_empty() {
        // All of a namespace that is named elsewhere: of the one that the nearest pods go to.
        found = index.nearest_of(object, found);
    }
    index.without_farther_twins(object, &found)
}

/// Workloads that an object may select beside those that it does: what is known of its selector
/// and namespace, and of their labels and namespaces, speaks for it or not against it. Those
/// without a namespace that is known to be the same are the nearest ones, as everywhere.
fn may_select(
    index: &Index<'_>,
    object: &Object<'_>,
    selector: &Selector<'_>,
    selected: &[ResourceId],
) -> Vec<ResourceId> {
    let own = NamespaceOf::of(object.resource);
    let is_known = selector.is_whole && own != NamespaceOf::Hidden;
    let candidates = if is_known { index.vague(object) } else { index.possible(object) };
    let known: FxHashSet<ResourceId> = selected.iter().copied().collect();
    let may_be = |id: &ResourceId| {
        let resource = index.graph.resource(*id);
        let theirs = NamespaceOf::of(resource);
        let is_there = own.may_be(theirs) || (selected.is_empty() && theirs == NamespaceOf::Absent);
        !known.contains(id) && is_there && selector.may_hold(resource)
    };
    let (mut possible, elsewhere): (Vec<ResourceId>, Vec<ResourceId>) = candidates
        .into_iter()
        .filter(may_be)
        .partition(|id| object.namespace.is_some() && NamespaceOf::of(index.graph.resource(*id)) == own);
    let near = index.nearest_of(object, elsewhere.into_iter().chain(selected.iter().copied()).collect());
    possible.extend(near.into_iter().filter(|id| !known.contains(id)));
    possible
}

/// What is known of a selector.
struct Selector<'v> {
    labels: Vec<(&'v str, &'v str)>,
    expressions: Vec<(&'v str, &'v str, Vec<&'v str>)>,
    /// Whether that is all of it.
    is_whole: bool,
}

impl<'v> Selector<'v> {
    fn of(attributes: &'v Value, keys: &[&str], form: Form) -> Option<Self> {
        let mut value = attributes;
        for key in keys {
            match value.get(key).filter(|value| !value.is_null()) {
                Some(next) => value = next,
                None if value.as_unknown().is_some() => break,
                None => return (form == Form::SelectorOrAll).then(Self::default),
            }
        }
        if form == Form::Labels {
            let labels = labels(value)?;
            return (!labels.is_empty()).then_some(Self { labels, ..Self::default() });
        }
        if value.as_unknown().is_some() {
            return Some(Self { is_whole: false, ..Self::default() });
        }
        value.as_object()?;
        let mut selector = Self::default();
        if let Some(map) = value.get("matchLabels").filter(|map| !map.is_null()) {
            let members = map.as_object().into_iter().flat_map(Map::iter);
            selector.labels.extend(members.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))));
            selector.is_whole &= map.as_object().is_some_and(|all| all.iter().count() == selector.labels.len());
        }
        if let Some(list) = value.get("matchExpressions").filter(|list| !list.is_null()) {
            let items = list.as_list().unwrap_or(&[]);
            selector.expressions.extend(items.iter().filter_map(expression));
            selector.is_whole &= list.as_list().is_some_and(|all| all.len() == selector.expressions.len());
        }
        Some(selector)
    }

    fn holds(&self, labels: &[(&str, &str)]) -> bool {
        let value_of = |key: &str| labels.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
        self.labels.iter().all(|(key, value)| value_of(key) == Some(value))
            && self.expressions.iter().all(|(key, operator, values)| match (*operator, value_of(key)) {
                ("In", Some(value)) => values.contains(&value),
                ("NotIn", value) => value.is_none_or(|value| !values.contains(&value)),
                ("Exists", value) => value.is_some(),
                ("DoesNotExist", value) => value.is_none(),
                _ => false,
            })
    }

    /// Whether nothing that is known of a workload's labels speaks against it.
    fn may_hold(&self, resource: &Resource) -> bool {
        self.labels.iter().all(|(key, value)| match Label::of(resource, key) {
            Label::Known(found) => found == *value,
            Label::Absent => false,
            Label::Hidden => true,
        }) && self.expressions.iter().all(|(key, operator, values)| match (*operator, Label::of(resource, key)) {
            ("In" | "NotIn" | "Exists" | "DoesNotExist", Label::Hidden) | ("NotIn", Label::Absent) => true,
            ("In", Label::Known(found)) => values.contains(&found),
            ("NotIn", Label::Known(found)) => !values.contains(&found),
            (operator, found) => operator == if matches!(found, Label::Absent) { "DoesNotExist" } else { "Exists" },
        })
    }
}

impl Default for Selector<'_> {
    /// The selector of all pods.
    fn default() -> Self {
        Self { labels: Vec::new(), expressions: Vec::new(), is_whole: true }
    }
}

/// Labels that are all known.
fn labels(value: &Value) -> Option<Vec<(&str, &str)>> {
    value.as_object()?.iter().map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
}

fn expression(value: &Value) -> Option<(&str, &str, Vec<&str>)> {
    let text = |key| value.get(key).and_then(Value::as_str);
    let values = value.get("values").and_then(Value::as_list).unwrap_or(&[]);
    Some((text("key")?, text("operator")?, values.iter().map(Value::as_str).collect::<Option<_>>()?))
}
