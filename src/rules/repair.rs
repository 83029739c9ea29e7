use super::fix::{Change, Fix};
use crate::query::{Base, PathStep};
use crate::value::{Data, Path, Value};

/// What a fix comes to for one finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Repair {
    /// Whether no person has to weigh it first.
    pub safe: bool,
    /// The edits, to be made in this order. There is at least one.
    pub edits: Vec<RepairEdit>,
}

/// One change of a resource's attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct RepairEdit {
    /// Where. [`Graph::locate`](crate::graph::Graph::locate) gives the place in the file of as much
    /// of it as exists; the keys after that are blocks or mappings to be made.
    pub path: Path,
    /// What.
    pub change: Change,
}

/// What `fix` comes to for a resource, or for the element of it at `element`; `None` where an
/// unknown is in the way, or nothing would change.
pub(super) fn repair(fix: &Fix, attributes: &Value, element: Option<&Path>) -> Option<Repair> {
    let mut edits = Vec::new();
    for edit in &fix.edits {
        let start = match edit.path.base {
            Base::Element(0) => element.cloned().unwrap_or_default(),
            _ => Path::default(),
        };
        let mut ends = Vec::new();
        ends_of(attributes.at(&start), start, &edit.path.steps, &mut ends)?;
        let is_wanted = |end: &End<'_>| match edit.change {
            Change::Set(_) => true,
            Change::Add(_) => end.value.is_none_or(is_nothing),
            Change::Remove => end.value.is_some(),
        };
        let wanted = ends.into_iter().filter(is_wanted);
        edits.extend(wanted.map(|end| RepairEdit { path: end.path, change: edit.change.clone() }));
    }
    (!edits.is_empty()).then_some(Repair { safe: fix.safe, edits })
}

/// Where the steps of an edit lead, and what is there.
struct End<'v> {
    path: Path,
    value: Option<&'v Value>,
}

/// Follows keys into every element of the lists on the way; what is missing is taken as missing
/// to the end. `None` at an unknown.
fn ends_of<'v>(value: Option<&'v Value>, path: Path, steps: &[PathStep], ends: &mut Vec<End<'v>>) -> Option<()> {
    let Some((step, rest)) = steps.split_first() else {
        ends.push(End { path, value });
        return Some(());
    };
    if value.is_some_and(|value| value.as_unknown().is_some()) {
        return None;
    }
    let PathStep::Key(key) = step else { return None };
    match value.and_then(Value::as_list) {
        Some(items) if !items.is_empty() => {
            let mut items = items.iter().enumerate();
            items.try_for_each(|(index, item)| ends_of(Some(item), path.index(index), steps, ends))
        }
        _ => ends_of(value.and_then(|value| value.get(key)), path.key(key.as_str()), rest, ends),
    }
}

/// Whether a value stands for there being none.
fn is_nothing(value: &Value) -> bool {
    match &value.data {
        Data::Null => true,
        Data::List(items) | Data::Set(items) => items.is_empty(),
        _ => false,
    }
}
