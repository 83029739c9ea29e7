use std::borrow::Cow;

use ecow::EcoString;

use super::path_expr::{Base, PathExpr, PathStep, View};
use super::views;
use crate::value::{Data, Reason, Unknown, Value};

/// What a path leads to.
#[derive(Clone, Debug)]
pub(crate) enum Slot<'a> {
    /// Nothing is there.
    Absent,
    /// A value, which may be null or unknown.
    Value(Cow<'a, Value>),
}

/// Calls `visit` for each slot that `steps` lead to from `value`, until it returns true.
///
/// A key steps into each element of a list; a list that is empty, or a member that is not there,
/// leads to one absent slot. Below an unknown value there is that unknown.
pub(crate) fn visit<'a>(value: &'a Value, steps: &[PathStep], visit: &mut dyn FnMut(Slot<'a>) -> bool) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return visit(Slot::Value(Cow::Borrowed(value)));
    };
    match (step, &value.data) {
        (_, Data::Unknown(unknown)) if !matches!(step, PathStep::View(_)) => visit(Slot::Value(below(unknown, value))),
        (PathStep::View(view), _) => visit_view(*view, value, rest, visit),
        (PathStep::Every, Data::Object(map)) => {
            let mut found = false;
            let stopped = map.iter().any(|(_, member)| {
                found = true;
                self::visit(member, rest, visit)
            });
            if found { stopped } else { visit(Slot::Absent) }
        }
        (_, Data::List(items) | Data::Set(items)) => {
            if items.is_empty() {
                return visit(Slot::Absent);
            }
            let steps = if matches!(step, PathStep::Every) { rest } else { steps };
            items.iter().any(|item| self::visit(item, steps, visit))
        }
        (PathStep::Key(key), Data::Object(map)) => match map.get(key) {
            Some(member) => self::visit(member, rest, visit),
            None => visit(Slot::Absent),
        },
        _ => visit(Slot::Absent),
    }
}

/// What lies below an unknown: that unknown. What no expression sets may yet be a dynamic block, in
/// which something is set.
fn below<'a>(unknown: &Unknown, value: &'a Value) -> Cow<'a, Value> {
    match &unknown.reason {
        Reason::Unset(what) => Cow::Owned(Value::unknown(Reason::Computed(what.clone()), unknown.span)),
        _ => Cow::Borrowed(value),
    }
}

fn visit_view<'a>(view: View, value: &'a Value, rest: &[PathStep], visit: &mut dyn FnMut(Slot<'a>) -> bool) -> bool {
    if value.is_unset() && view.is_of_text() {
        return visit(Slot::Absent);
    }
    let seen = views::see(view, value);
    self::visit(&seen, rest, &mut |slot| {
        visit(match slot {
            Slot::Absent => Slot::Absent,
            Slot::Value(value) => Slot::Value(Cow::Owned(value.into_owned())),
        })
    })
}

/// The elements around a condition, innermost last; the first is the resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frames<'a> {
    pub(crate) value: &'a Value,
    pub(crate) outer: Option<&'a Frames<'a>>,
}

impl<'a> Frames<'a> {
    /// The value at which a path starts.
    pub(crate) fn base(&self, base: Base) -> &'a Value {
        let mut frame = self;
        let mut left = match base {
            Base::Element(outer) => outer,
            Base::Resource => usize::MAX,
        };
        while let Some(outer) = frame.outer {
            if left == 0 {
                break;
            }
            left -= 1;
            frame = outer;
        }
        frame.value
    }

    /// Visits the slots of a path.
    pub(crate) fn visit(&self, path: &PathExpr, visit: &mut dyn FnMut(Slot<'a>) -> bool) -> bool {
        self::visit(self.base(path.base), &path.steps, visit)
    }

    /// The first slot's value; what no expression sets is absent.
    pub(crate) fn first(&self, path: &PathExpr) -> Slot<'a> {
        let mut first = Slot::Absent;
        self.visit(path, &mut |slot| {
            let is_there = matches!(&slot, Slot::Value(value) if !value.is_unset());
            if is_there {
                first = slot;
            }
            is_there
        });
        first
    }
}

/// The text that a scalar has when Terraform converts it; `None` for anything else.
pub(crate) fn scalar_text(value: &Value) -> Option<EcoString> {
    match &value.data {
        Data::Bool(value) => Some(if *value { "true".into() } else { "false".into() }),
        Data::Number(number) => Some(ecow::eco_format!("{number}")),
        Data::String(text) => Some(text.clone()),
        _ => None,
    }
}
