use super::Draft;
use super::index::{Index, Object, pod_labels};
use crate::graph::{EdgeKind, ResourceId};
use crate::source::Problem;
use crate::value::{Path, Value};

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

/// Edges from selectors to workloads; a selector or label that is not known makes none.
pub(super) fn collect(index: &Index<'_>, drafts: &mut Vec<Draft>) -> Vec<Problem> {
    for object in &index.objects {
        let of_kind = SELECTORS.iter().filter(|(kind, ..)| *kind == object.resource.type_name);
        for (_, keys, form) in of_kind {
            let Some(selector) = Selector::of(&object.resource.attributes, keys, *form) else { continue };
            let via = keys.iter().fold(Path::default(), |path, key| path.key(*key));
            let selected = select(index, object, &selector).into_iter();
            drafts.extend(selected.map(|to| Draft { from: object.id, to, kind: EdgeKind::Selects, via: via.clone() }));
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

#[derive(Default)]
struct Selector<'v> {
    labels: Vec<(&'v str, &'v str)>,
    expressions: Vec<(&'v str, &'v str, Vec<&'v str>)>,
}

impl<'v> Selector<'v> {
    fn of(attributes: &'v Value, keys: &[&str], form: Form) -> Option<Self> {
        let value = keys.iter().try_fold(attributes, |value, key| value.get(key)).filter(|value| !value.is_null());
        let Some(value) = value else {
            return (form == Form::SelectorOrAll).then(Self::default);
        };
        if form == Form::Labels {
            let labels = labels(value)?;
            return (!labels.is_empty()).then_some(Self { labels, expressions: Vec::new() });
        }
        value.as_object()?;
        let labels = value.get("matchLabels").map_or(Some(Vec::new()), labels)?;
        let expressions = value.get("matchExpressions").and_then(Value::as_list).unwrap_or(&[]);
        Some(Self { labels, expressions: expressions.iter().map(expression).collect::<Option<_>>()? })
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
