use std::collections::BTreeMap;

use ecow::{EcoString, EcoVec, eco_format};

use super::{Evaluator, Fail, MAX_ELEMENTS, child, combined, first_unknown};
use crate::source::Span;
use crate::syntax::hcl::{Expr, ExprKind, For, ObjectItem};
use crate::terraform::types::{kind_name, to_bool, to_text};
use crate::value::{Data, Number, Reason, Value};

/// One turn of a loop: the key and the value that the iterators get.
pub(super) type Turn = (Value, Value);

/// What is said of `{ var.x = 1 }`, in which HCL takes no side.
const AMBIGUOUS_KEY: &str = "a reference as a key stands in parentheses, as in `(var.x)`";

impl Evaluator<'_> {
    pub(super) fn tuple(&self, items: &[Expr]) -> Value {
        Data::List(items.iter().map(|item| self.evaluate(item)).collect()).into()
    }

    pub(super) fn object(&self, items: &[ObjectItem]) -> Value {
        let mut members = Vec::with_capacity(items.len());
        let mut broken = None;
        for item in items {
            let key = match &item.key.kind {
                _ if item.is_bare => self.invalid(AMBIGUOUS_KEY, item.key.span),
                ExprKind::Invalid(why) => self.invalid(why.clone(), item.key.span),
                _ => self.evaluate(&item.key),
            };
            let value = self.evaluate(&item.value);
            match to_text(&key) {
                Ok(key) => members.push((key, value)),
                Err(fail) => broken = Some(self.failed(fail, item.key.span)),
            }
        }
        broken.unwrap_or_else(|| Data::Object(members.into_iter().collect()).into())
    }

    pub(super) fn for_expr(&self, each: &For, span: Span) -> Value {
        let collection = self.evaluate(&each.collection);
        let turns = match turns(&collection) {
            Ok(turns) => turns,
            Err(fail) => return self.lost(fail, each.collection.span, &collection),
        };
        if let Some(refused) = self.refused_condition(each) {
            return refused;
        }
        match &each.key_expr {
            Some(key) => self.for_object(each, key, turns),
            None => self.for_tuple(each, turns),
        }
        .unwrap_or_else(|fail| self.lost(fail, span, &collection))
    }

    /// An unknown that keeps the history of the collection it was made from.
    pub(super) fn lost(&self, fail: Fail, span: Span, from: &Value) -> Value {
        let mut value = self.failed(fail, span);
        value.origin.hop = combined([from]);
        value
    }

    /// A condition that no element can satisfy by its type is reported once, before the loop.
    fn refused_condition(&self, each: &For) -> Option<Value> {
        let condition = each.condition.as_ref()?;
        let before = self.n_problems();
        let any = Value::unknown(Reason::Partial, None);
        let value = self.turn(each, (any.clone(), any), |e| e.evaluate(condition));
        if self.n_problems() > before {
            let wrong =
                || Value::unknown(Reason::Invalid("the loop's condition is wrong".into()), Some(condition.span));
            return Some(if value.as_unknown().is_some() { value } else { wrong() });
        }
        match to_bool(&value) {
            Err(fail @ Fail::Invalid(_)) => Some(self.failed(fail, condition.span)),
            _ => None,
        }
    }

    fn turn<T>(&self, each: &For, (key, value): Turn, body: impl FnOnce(&Self) -> T) -> T {
        match &each.key {
            Some(name) => self.with_local(&name.name, key, |e| e.with_local(&each.value.name, value, body)),
            None => self.with_local(&each.value.name, value, body),
        }
    }

    /// Whether the filter lets the current element through.
    fn passes(&self, each: &For) -> Result<bool, Fail> {
        let Some(condition) = &each.condition else { return Ok(true) };
        let value = self.evaluate(condition);
        to_bool(&value).map_err(|fail| self.reported(fail, condition.span))
    }

    /// Reports a failure now and turns it into the unknown that it leaves.
    fn reported(&self, fail: Fail, span: Span) -> Fail {
        let value = self.failed(fail, span);
        value.as_unknown().map_or(Fail::Undecided(Reason::Partial), Fail::from)
    }

    fn for_tuple(&self, each: &For, turns: Vec<Turn>) -> Result<Value, Fail> {
        let mut items = EcoVec::new();
        let mut unknown = None;
        for turn in turns {
            self.turn(each, turn, |e| match e.passes(each) {
                Ok(true) => items.push(e.evaluate(&each.value_expr)),
                Ok(false) => {}
                Err(fail) => unknown = Some(fail),
            });
        }
        unknown.map_or_else(|| Ok(Data::List(items).into()), Err)
    }

    fn for_object(&self, each: &For, key: &Expr, turns: Vec<Turn>) -> Result<Value, Fail> {
        let mut groups: BTreeMap<EcoString, Vec<Value>> = BTreeMap::new();
        let mut unknown = None;
        for turn in turns {
            self.turn(each, turn, |e| match e.passes(each).and_then(|passes| passes.then(|| e.key(key)).transpose()) {
                Ok(Some(name)) => {
                    let value = e.evaluate(&each.value_expr);
                    let group = groups.entry(name).or_default();
                    if !each.grouping && !group.is_empty() {
                        e.invalid("two elements have the same key; add `...` to group them", key.span);
                    } else {
                        group.push(value);
                    }
                }
                Ok(None) => {}
                Err(fail) => unknown = Some(fail),
            });
        }
        if let Some(fail) = unknown {
            return Err(fail);
        }
        let members = groups.into_iter().map(|(name, mut group)| {
            let value = if each.grouping { Data::List(group.into()).into() } else { group.swap_remove(0) };
            (name, value)
        });
        Ok(Data::Object(members.collect()).into())
    }

    fn key(&self, key: &Expr) -> Result<EcoString, Fail> {
        let value = self.evaluate(key);
        to_text(&value).map_err(|fail| self.reported(fail, key.span))
    }
}

/// What a loop over a collection visits.
pub(super) fn turns(collection: &Value) -> Result<Vec<Turn>, Fail> {
    let visited: Vec<Turn> = match &collection.data {
        Data::List(items) => {
            let keyed = items.iter().enumerate();
            keyed.map(|(i, item)| (index_value(i), child(collection, item, None))).collect()
        }
        Data::Set(items) => {
            if let Some(unknown) = first_unknown(collection) {
                return Err(Fail::Unknown(unknown));
            }
            items.iter().map(|item| child(collection, item, None)).map(|item| (item.clone(), item)).collect()
        }
        Data::Object(map) => {
            map.iter().map(|(key, item)| (key_value(collection, key), child(collection, item, Some(key)))).collect()
        }
        Data::Unknown(unknown) => return Err(unknown.into()),
        _ => return Err(Fail::Invalid(eco_format!("cannot iterate over {}", kind_name(collection)))),
    };
    if visited.len() > MAX_ELEMENTS { Err(Fail::limit("elements of a loop")) } else { Ok(visited) }
}

fn index_value(index: usize) -> Value {
    Data::Number(Number::Int(i64::try_from(index).unwrap_or(i64::MAX))).into()
}

/// A key has the history of the collection whose key it is.
fn key_value(collection: &Value, key: &EcoString) -> Value {
    let mut value = Value::string(key.clone());
    value.origin.hop.clone_from(&collection.origin.hop);
    value
}
