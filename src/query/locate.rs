use super::parts::{Part, as_entry, as_object, parts};
use super::path_expr::{Base, PathExpr, PathStep, View};
use super::slots::Frames;
use super::views;
use crate::graph::{Graph, ResourceId};
use crate::value::{Data, Path, Place, Step, Value};

/// A value found in a resource, and the way to it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) value: Value,
    pub(crate) way: Way,
}

impl Found {
    /// The real part of the way to it.
    pub(crate) fn path(&self) -> &Path {
        &self.way.path
    }
}

/// The way to a value: real steps, and whether a view was crossed after them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Way {
    path: Path,
    crossed: Crossed,
}

/// Whether the steps of a path are still those of the value itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Crossed {
    #[default]
    No,
    /// At a member seen as `key` and `value`, of which `value` is real.
    Entry,
    Yes,
}

impl Way {
    fn step(&self, step: Step) -> Self {
        let crossed = match (self.crossed, &step) {
            (Crossed::No, _) => return Self { path: self.path.with(step), crossed: Crossed::No },
            (Crossed::Entry, Step::Key(key)) if key == "value" => Crossed::No,
            _ => Crossed::Yes,
        };
        Self { crossed, ..self.clone() }
    }

    fn crossed(self, crossed: Crossed) -> Self {
        Self { crossed: if self.crossed == Crossed::Yes { Crossed::Yes } else { crossed }, ..self }
    }
}

/// The elements of the lists at a path; a value that is no list is its own element.
pub(crate) fn elements(root: &Frames<'_>, each: &PathExpr) -> Vec<Found> {
    let mut all = Vec::new();
    collect(root.value, &each.steps, &Way::default(), &mut |found| {
        match &found.value.data {
            Data::Null => {}
            Data::List(items) | Data::Set(items) => {
                for (index, item) in items.iter().enumerate() {
                    let way = found.way.step(index_step(index));
                    all.push(Found { value: item.clone(), way });
                }
            }
            _ => all.push(found),
        }
        false
    });
    all
}

/// Every value that exists at a path, with the way to it. What lies below an unknown value is that
/// unknown.
pub(crate) fn find(value: &Value, path: &PathExpr) -> Vec<Found> {
    let mut all = Vec::new();
    collect(value, &path.steps, &Way::default(), &mut |found| {
        all.push(found);
        false
    });
    all
}

fn index_step(index: usize) -> Step {
    Step::Index(u32::try_from(index).unwrap_or(u32::MAX))
}

/// Calls `visit` for each value that exists at `steps`, until it returns true. What lies below an
/// unknown value is that unknown.
fn collect(value: &Value, steps: &[PathStep], way: &Way, visit: &mut dyn FnMut(Found) -> bool) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return visit(Found { value: value.clone(), way: way.clone() });
    };
    match (step, &value.data) {
        (PathStep::View(view), _) if parts(*view, value).is_some() => {
            let parts = parts(*view, value).unwrap_or_default();
            collect_parts(parts, *view, rest, way, visit)
        }
        (PathStep::Key(_) | PathStep::Every, Data::Unknown(_)) => {
            visit(Found { value: value.clone(), way: way.clone() })
        }
        (PathStep::View(view), _) if value.is_unset() && view.is_of_text() => false,
        (PathStep::View(view), _) => {
            let way = way.clone().crossed(Crossed::Yes);
            collect(&views::see(*view, value), rest, &way, visit)
        }
        (_, Data::List(items) | Data::Set(items)) => {
            let steps = if matches!(step, PathStep::Every) { rest } else { steps };
            let mut items = items.iter().enumerate();
            items.any(|(index, item)| collect(item, steps, &way.step(index_step(index)), visit))
        }
        (PathStep::Every, Data::Object(map)) => {
            let mut members = map.iter();
            members.any(|(key, member)| collect(member, rest, &way.step(Step::Key(key.clone())), visit))
        }
        (PathStep::Key(key), Data::Object(map)) => {
            map.get(key).is_some_and(|member| collect(member, rest, &way.step(Step::Key(key.as_str().into())), visit))
        }
        _ => false,
    }
}

/// As [`collect`] for a value seen as members, each at its own place.
fn collect_parts(
    parts: Vec<Part>,
    view: View,
    steps: &[PathStep],
    way: &Way,
    visit: &mut dyn FnMut(Found) -> bool,
) -> bool {
    let (as_list, wanted, rest) = match (view, steps.split_first()) {
        (View::Entries | View::Leaves, _) => (true, None, steps),
        (_, Some((PathStep::View(View::Entries), rest))) => (true, None, rest),
        (_, Some((PathStep::Key(key), rest))) => (false, Some(key), rest),
        (_, Some((PathStep::Every, rest))) => (false, None, rest),
        _ => {
            let way = way.clone().crossed(Crossed::Yes);
            return collect(&as_object(parts), steps, &way, visit);
        }
    };
    parts.into_iter().filter(|part| wanted.is_none_or(|key| *key == part.key)).any(|part| {
        let is_real = as_list && view != View::Flags;
        let way = part.steps.iter().fold(way.clone(), |way, step| way.step(step.clone()));
        let way = way.crossed(if is_real { Crossed::Entry } else { Crossed::Yes });
        let value = if as_list { as_entry(part) } else { part.value };
        collect(&value, rest, &way, visit)
    })
}

/// The place to show: the first of the `at` paths that exists, else the element, else the header.
/// Also gives the value that stands there.
pub(crate) fn place(
    graph: &Graph,
    id: ResourceId,
    element: Option<&Found>,
    frame: &Frames<'_>,
    at: &[PathExpr],
) -> (Place, Option<Value>) {
    let resource = &graph.resource(id).attributes;
    let mut first = None;
    for path in at {
        let (start, way) = match (path.base, element) {
            (Base::Element(0), Some(found)) => (frame.value, found.way.clone()),
            _ => (resource, Way::default()),
        };
        collect(start, &path.steps, &way, &mut |found| {
            first = Some(found);
            true
        });
        if first.is_some() {
            break;
        }
    }
    let first = first.map(first_block);
    match first.as_ref().or(element) {
        Some(found) => (place_of(graph, id, found), Some(found.value.clone())),
        None => (graph.resource(id).header.clone(), None),
    }
}

/// Of a list of blocks, which has no place of its own, the first block; anything else as it is.
fn first_block(found: Found) -> Found {
    match found.value.as_list() {
        Some([block, ..])
            if matches!((&found.value.origin.place, &block.origin.place), (Place::Above, Place::Span(_))) =>
        {
            Found { value: block.clone(), way: found.way.step(Step::Index(0)) }
        }
        _ => found,
    }
}

fn place_of(graph: &Graph, id: ResourceId, found: &Found) -> Place {
    match &found.value.origin.place {
        Place::Span(span) if found.way.crossed != Crossed::No && graph.resource(id).block.contains(*span) => {
            Place::Span(*span)
        }
        _ => graph.locate(id, &found.way.path).0,
    }
}
