use ecow::EcoString;

use crate::graph::{Edge, EdgeKind, Graph, Presence, Resource, ResourceId};
use crate::query::{self, Found, PathExpr, scalar_text};
use crate::value::{Data, Path, Truth, Value};

/// Edges that come from the value of an attribute.
pub(crate) const VALUES: &[EdgeKind] = &[EdgeKind::References, EdgeKind::AttachesTo];

/// A resource of a graph, and questions to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'g> {
    pub(crate) graph: &'g Graph,
    pub(crate) id: ResourceId,
}

/// What stands at a path as a scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nothing, or null.
    Absent,
    /// A scalar as text, and the way to it.
    Text(EcoString, Path),
    /// Not known, or no scalar.
    Unknown(Path),
}

impl Seen {
    /// The text if it is known.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text, _) = self { Some(text) } else { None }
    }

    /// Where it stands; the empty path if it is absent.
    pub(crate) fn path(&self) -> Path {
        match self {
            Self::Absent => Path::default(),
            Self::Text(_, path) | Self::Unknown(path) => path.clone(),
        }
    }

    /// Whether the text, or `default` where it is absent, passes a test.
    pub(crate) fn passes(&self, default: &str, test: impl Fn(&str) -> bool) -> Truth {
        match self {
            Self::Absent => test(default).into(),
            Self::Text(found, _) => test(found).into(),
            Self::Unknown(_) => Truth::Unknown,
        }
    }

    /// Whether it is one of some texts, upper and lower case alike; false where it is absent.
    pub(crate) fn is_one_of(&self, texts: &[&str]) -> Truth {
        self.passes("", |text| texts.iter().any(|wanted| text.eq_ignore_ascii_case(wanted)))
    }
}

impl<'g> Look<'g> {
    pub(crate) fn at(graph: &'g Graph, id: ResourceId) -> Self {
        Self { graph, id }
    }

    /// All resources of some types or classes.
    pub(crate) fn all(graph: &'g Graph, types: &[&str]) -> Vec<Self> {
        types.iter().flat_map(|name| graph.of_type(name)).map(|id| Self::at(graph, *id)).collect()
    }

    pub(crate) fn resource(&self) -> &'g Resource {
        self.graph.resource(self.id)
    }

    /// The values that exist at a path as rules write it, each with the way to it; those that are
    /// null or not known too.
    ///
    /// # Panics
    /// If the path cannot be read: paths in code are constants.
    pub(crate) fn find(&self, path: &str) -> Vec<Found> {
        query::find(&self.resource().attributes, &path.parse::<PathExpr>().expect("a constant path"))
    }

    /// The first scalar at a path; unknown also where the resource is completed by other files.
    pub(crate) fn scalar(&self, path: &str) -> Seen {
        let found = self.find(path).into_iter().find(|found| !found.value.is_null());
        match found {
            Some(found) => match scalar_text(&found.value) {
                Some(text) => Seen::Text(text, found.path().clone()),
                None => Seen::Unknown(found.path().clone()),
            },
            None if self.resource().presence == Presence::Partial => Seen::Unknown(Path::default()),
            None => Seen::Absent,
        }
    }

    /// Whether a switch is on, given what it is where nobody sets it.
    pub(crate) fn is_on(&self, path: &str, default: bool) -> Truth {
        self.scalar(path).passes(if default { "true" } else { "false" }, |text| text == "true")
    }

    /// Whether a list at a path holds something; an unknown one may.
    pub(crate) fn holds_some(&self, path: &str) -> Truth {
        self.find(path).iter().map(|found| holds_some(&found.value)).max().unwrap_or(Truth::False)
    }

    /// Resources that this one's edges of some kinds lead to, with the edges.
    pub(crate) fn outgoing(&self, kinds: &'static [EdgeKind]) -> impl Iterator<Item = (&'g Edge, Look<'g>)> {
        let graph = self.graph;
        graph
            .outgoing(self.id)
            .filter(move |edge| kinds.contains(&edge.kind))
            .map(move |edge| (edge, Look::at(graph, edge.to)))
    }

    /// Resources whose edges of some kinds lead here, with the edges.
    pub(crate) fn incoming(&self, kinds: &'static [EdgeKind]) -> impl Iterator<Item = (&'g Edge, Look<'g>)> {
        let graph = self.graph;
        graph
            .incoming(self.id)
            .filter(move |edge| kinds.contains(&edge.kind))
            .map(move |edge| (edge, Look::at(graph, edge.from)))
    }

    /// Whether the type is one of some.
    pub(crate) fn is_a(&self, types: &[&str]) -> bool {
        types.contains(&self.resource().type_name.as_str())
    }
}

fn holds_some(value: &Value) -> Truth {
    match &value.data {
        Data::Unknown(_) => Truth::Unknown,
        Data::Null => Truth::False,
        Data::List(items) | Data::Set(items) => (!items.is_empty()).into(),
        Data::Object(map) => (!map.is_empty()).into(),
        Data::String(text) => (!text.is_empty()).into(),
        _ => Truth::True,
    }
}
