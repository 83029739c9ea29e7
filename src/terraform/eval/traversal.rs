use ecow::{EcoVec, eco_format};

use super::{Evaluator, Fail, child, combined, first_unknown, settled, unknown_like};
use crate::source::Span;
use crate::syntax::hcl::{ExprKind, StepKind, Traversal, TraversalStep};
use crate::terraform::types::{kind_name, to_number, to_text};
use crate::value::{Data, HopKind, Reason, Value};

impl Evaluator<'_> {
    pub(super) fn traversal(&self, traversal: &Traversal, span: Span) -> Value {
        let (value, consumed) = match &traversal.root.kind {
            ExprKind::Variable(name) => self.root(name, &traversal.steps, span),
            _ => (self.evaluate(&traversal.root), 0),
        };
        self.walk(value, traversal.steps.get(consumed..).unwrap_or_default())
    }

    /// The value of a root name: a local iterator, or what the environment knows.
    pub(super) fn root(&self, name: &str, steps: &[TraversalStep], span: Span) -> (Value, usize) {
        let local = self.locals.borrow().iter().rev().find(|(local, _)| local == name).map(|(_, value)| value.clone());
        if let Some(value) = local {
            return (value, 0);
        }
        let (value, consumed) = self.env.resolve(name, steps, span);
        if let Data::Unknown(unknown) = &value.data
            && matches!(unknown.reason, Reason::Undeclared(_))
            && unknown.span == Some(span)
        {
            let problem = crate::source::Problem::new(span, unknown.reason.to_string());
            self.problems.borrow_mut().push(problem);
            if let Some(meant) = misspelled_bool(name).filter(|_| steps.is_empty()) {
                return (meant, 0);
            }
        }
        (value, consumed)
    }

    fn walk(&self, mut value: Value, mut steps: &[TraversalStep]) -> Value {
        while let Some((step, rest)) = steps.split_first() {
            steps = rest;
            value = match &step.kind {
                StepKind::Attr(name) => {
                    attribute(&value, name).unwrap_or_else(|fail| self.lost(fail, step.span, &value))
                }
                StepKind::Index(key) => {
                    let key = self.evaluate(key);
                    index(&value, &key).unwrap_or_else(|fail| self.lost_index(fail, step.span, &value, &key))
                }
                StepKind::FullSplat => return self.splat(&value, rest, step.span),
                StepKind::AttrSplat => {
                    let n = rest.iter().take_while(|step| is_attribute_like(step)).count();
                    let (each, after) = rest.split_at(n);
                    steps = after;
                    self.splat(&value, each, step.span)
                }
            };
        }
        value
    }

    fn lost_index(&self, fail: Fail, span: Span, value: &Value, key: &Value) -> Value {
        let mut lost = self.failed(fail, span);
        lost.origin.hop = combined([value, key]);
        lost
    }

    fn splat(&self, value: &Value, each: &[TraversalStep], span: Span) -> Value {
        let is_open = value.as_unknown().is_some() || settled(value).is_err();
        if let Some(unknown) = first_unknown(value).filter(|_| is_open) {
            let mut lost = unknown_like(&unknown);
            lost.origin.hop = splat_hop(value, each);
            return lost;
        }
        if let Err(fail) = self.charge_for(value) {
            return self.failed(fail, span);
        }
        let items: EcoVec<Value> = match &value.data {
            Data::Null => EcoVec::new(),
            Data::List(items) | Data::Set(items) => {
                items.iter().map(|item| self.walk(child(value, item, None), each)).collect()
            }
            _ => std::iter::once(self.walk(value.clone(), each)).collect(),
        };
        Data::List(items).into()
    }
}

/// The history of a splat over an unknown: the attribute that follows is what is read.
fn splat_hop(value: &Value, each: &[TraversalStep]) -> Option<std::sync::Arc<crate::value::Hop>> {
    match each.first().map(|step| &step.kind) {
        Some(StepKind::Attr(name)) => attribute_of_unknown(value, name).origin.hop,
        _ => value.origin.hop.clone(),
    }
}

/// Whether a step belongs to an attribute splat: `.name` and the legacy `.0`, but not `[0]`.
fn is_attribute_like(step: &TraversalStep) -> bool {
    match &step.kind {
        StepKind::Attr(_) => true,
        StepKind::Index(key) => key.span.end == step.span.end,
        StepKind::AttrSplat | StepKind::FullSplat => false,
    }
}

fn attribute(value: &Value, name: &ecow::EcoString) -> Result<Value, Fail> {
    match &value.data {
        Data::Object(map) => match map.get(name) {
            Some(member) => Ok(child(value, member, Some(name))),
            None => computed(value, name).ok_or_else(|| Fail::Invalid(eco_format!("there is no attribute `{name}`"))),
        },
        Data::Unknown(_) => Ok(attribute_of_unknown(value, name)),
        Data::Null => Err(Fail::Invalid(eco_format!("cannot take `{name}` of null"))),
        _ => Err(Fail::Invalid(eco_format!("{} has no attribute `{name}`", kind_name(value)))),
    }
}

/// An attribute that a resource's block, or a block in it, does not set: the provider computes it.
fn computed(value: &Value, name: &ecow::EcoString) -> Option<Value> {
    let mut hop = value.origin.hop.as_ref()?;
    let (address, attribute) = loop {
        match (&hop.kind, &hop.next[..]) {
            (HopKind::Resource { address, attribute }, _) => break (address, attribute),
            (_, [next]) => hop = next,
            _ => return None,
        }
    };
    let dot = if attribute.is_empty() { "" } else { "." };
    let full = eco_format!("{address}.{attribute}{dot}{name}");
    let is_data = address.starts_with("data.") || address.contains(".data.");
    let reason = if is_data { Reason::DataSource(full) } else { Reason::KnownAfterApply(full) };
    Some(child(value, &Value::unknown(reason, None), Some(name)))
}

/// Unknown for the same reason; a resource's history learns which attribute is read.
fn attribute_of_unknown(value: &Value, name: &ecow::EcoString) -> Value {
    let Data::Unknown(unknown) = &value.data else { return value.clone() };
    let mut result = unknown_like(unknown);
    let whole_resource =
        |hop: &crate::value::Hop| matches!(&hop.kind, HopKind::Resource { attribute, .. } if attribute.is_empty());
    result.origin.hop = match &value.origin.hop {
        Some(hop) if whole_resource(hop) => child(value, &result, Some(name)).origin.hop,
        other => other.clone(),
    };
    result
}

/// `value[key]`
pub(super) fn index(value: &Value, key: &Value) -> Result<Value, Fail> {
    if key.is_null() {
        return Err(Fail::invalid("the index is null"));
    }
    match (&value.data, &key.data) {
        (Data::Unknown(unknown), _) | (Data::List(_) | Data::Object(_), Data::Unknown(unknown)) => Err(unknown.into()),
        (Data::List(items), _) => {
            let number = to_number(key)?;
            let found = number.as_i64().and_then(|i| usize::try_from(i).ok()).and_then(|i| items.get(i));
            match found {
                Some(item) => Ok(child(value, item, None)),
                None => Err(Fail::Invalid(eco_format!("there is no element {number}, the list has {}", items.len()))),
            }
        }
        (Data::Object(map), _) => {
            let name = to_text(key)?;
            match map.get(&name) {
                Some(member) => Ok(child(value, member, Some(&name))),
                None => Err(Fail::Invalid(eco_format!("there is no element {:?}", name.as_str()))),
            }
        }
        _ => Err(Fail::Invalid(eco_format!("{} cannot be indexed", kind_name(value)))),
    }
}

/// What `True` and `FALSE` can only mean. Terraform refuses them, and so they stay a problem.
fn misspelled_bool(name: &str) -> Option<Value> {
    let truth = name.to_ascii_lowercase().parse().ok()?;
    Some(Data::Bool(truth).into())
}
