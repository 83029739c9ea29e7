use std::sync::Arc;

use super::environment::Env;
use super::module::{Declaration, attribute};
use crate::syntax::hcl::{Binary, BinaryOp, Call, Expr, ExprKind, StepKind};
use crate::value::{Data, Partial, Unknown, Value};

/// A variable's value, narrowed to what its `validation` blocks let pass where it is unknown.
///
/// Only a finite list of values that are neither null nor collections is kept; what another
/// block would take from it is not, so that the list may be too long, never too short.
pub(crate) fn narrowed(env: &Env<'_, '_>, declaration: &Declaration<'_>, value: Value) -> Value {
    let Data::Unknown(unknown) = &value.data else { return value };
    if unknown.partial.is_some() {
        return value;
    }
    let blocks = declaration.block.body.blocks.iter().filter(|block| block.kind.name == "validation");
    let conditions = blocks.filter_map(|block| attribute(&block.body, "condition"));
    let passing = |condition| Passing { env, name: &declaration.name }.of(condition);
    match conditions.filter_map(passing).find(|values| values.iter().all(is_scalar)) {
        Some(values) => {
            let unknown = Unknown { partial: Some(Partial::OneOf(values)), ..(**unknown).clone() };
            Value { data: Data::Unknown(Arc::new(unknown)), origin: value.origin }
        }
        None => value,
    }
}

fn is_scalar(value: &Value) -> bool {
    matches!(value.data, Data::String(_) | Data::Number(_) | Data::Bool(_))
}

/// The values of a variable that pass a condition.
struct Passing<'e, 'w, 's> {
    env: &'e Env<'w, 's>,
    name: &'e str,
}

impl Passing<'_, '_, '_> {
    /// `None` where it is not a finite list that can be read from the condition.
    fn of(&self, condition: &Expr) -> Option<Vec<Value>> {
        match &condition.kind {
            ExprKind::Call(call) => self.contained(call),
            ExprKind::Binary(binary) => self.binary(binary),
            _ if self.is_variable(condition) => Some(vec![Data::Bool(true).into()]),
            ExprKind::Unary(crate::syntax::hcl::UnaryOp::Not, inner) if self.is_variable(inner) => {
                Some(vec![Data::Bool(false).into()])
            }
            _ => None,
        }
    }

    /// `contains(["a", "b"], var.name)`
    fn contained(&self, call: &Call) -> Option<Vec<Value>> {
        let [list, item] = &call.args[..] else { return None };
        if call.name.name != "contains" || !self.is_variable(item) {
            return None;
        }
        match self.env.evaluate(list).data {
            Data::List(items) | Data::Set(items) => Some(items.into_iter().collect()),
            _ => None,
        }
    }

    fn binary(&self, binary: &Binary) -> Option<Vec<Value>> {
        let (left, right) = (&binary.left, &binary.right);
        match binary.op {
            BinaryOp::Equal if self.is_variable(left) => Some(vec![self.env.evaluate(right)]),
            BinaryOp::Equal if self.is_variable(right) => Some(vec![self.env.evaluate(left)]),
            BinaryOp::Or => Some([self.of(left)?, self.of(right)?].concat()),
            BinaryOp::And => self.of(left).or_else(|| self.of(right)),
            _ => None,
        }
    }

    fn is_variable(&self, expr: &Expr) -> bool {
        let ExprKind::Traversal(traversal) = &expr.kind else { return false };
        let [step] = &traversal.steps[..] else { return false };
        matches!(&traversal.root.kind, ExprKind::Variable(root) if root == "var")
            && matches!(&step.kind, StepKind::Attr(name) if name == self.name)
    }
}
