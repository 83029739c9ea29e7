use std::sync::Arc;

use super::{Evaluator, Fail, combined, first_unknown, truth_value};
use crate::source::Span;
use crate::syntax::hcl::{Binary, BinaryOp, Conditional, Expr, ExprKind, UnaryOp};
use crate::terraform::types::{to_bool, to_number, try_convert, type_of, unify};
use crate::value::{Data, Number, Partial, Reason, Truth, Unknown, Value};

/// Most values that an unknown is known to be one of.
const MAX_CANDIDATES: usize = 64;

impl Evaluator<'_> {
    pub(super) fn unary(&self, op: UnaryOp, operand: &Expr, span: Span) -> Value {
        let value = self.evaluate(operand);
        let result = match op {
            UnaryOp::Not => to_bool(&value).map(|truth| Data::Bool(!truth)),
            UnaryOp::Negate => to_number(&value).map(|n| Data::Number(negate(n))),
        };
        let mut result = result.map_or_else(|fail| self.failed(fail, span), Value::from);
        result.origin.hop = value.origin.hop;
        result
    }

    pub(super) fn binary(&self, binary: &Binary, span: Span) -> Value {
        match binary.op {
            BinaryOp::And | BinaryOp::Or => self.logic(binary),
            BinaryOp::Equal | BinaryOp::NotEqual => self.equality(binary, span),
            _ => self.arithmetic(binary, span),
        }
    }

    /// `&&` and `||`: one controlling operand decides, and problems of the other are dropped.
    fn logic(&self, binary: &Binary) -> Value {
        let controlling = binary.op == BinaryOp::Or;
        let before = self.n_problems();
        let (left, left_truth) = self.bool_operand(&binary.left);
        let middle = self.n_problems();
        let (right, right_truth) = self.bool_operand(&binary.right);
        let (left_truth, right_truth) = match (left_truth, right_truth) {
            (Some(left), Some(right)) => (left, right),
            (None, _) => return left,
            (_, None) => return right,
        };
        let wanted = Truth::from(controlling);
        if left_truth == wanted {
            self.take_problems(middle);
            return with_hop(Data::Bool(controlling).into(), &[&left]);
        }
        if right_truth == wanted {
            let kept = self.take_problems(middle);
            self.take_problems(before);
            self.problems.borrow_mut().extend(kept);
            return with_hop(Data::Bool(controlling).into(), &[&right]);
        }
        let truth = if controlling { left_truth | right_truth } else { left_truth & right_truth };
        with_hop(truth_value(truth, &[&left, &right]), &[&left, &right])
    }

    /// The operand of a logical operator; what is no bool is a problem and then unknown. Null,
    /// which has no truth, makes the whole wrong.
    fn bool_operand(&self, expr: &Expr) -> (Value, Option<Truth>) {
        let value = self.evaluate(expr);
        match to_bool(&value) {
            Ok(truth) => (value, Some(truth.into())),
            Err(fail) if value.is_null() => (self.failed(fail, expr.span), None),
            Err(Fail::Unknown(_)) => (value, Some(Truth::Unknown)),
            Err(fail) => (self.failed(fail, expr.span), Some(Truth::Unknown)),
        }
    }

    /// Terraform holds a list never equal to a tuple, nor a map to an object. As the data does
    /// not tell them apart, equal collections of which one is written out here are undecided.
    fn equality(&self, binary: &Binary, span: Span) -> Value {
        let left = self.evaluate(&binary.left);
        let right = self.evaluate(&binary.right);
        let same = equal(&left, &right);
        let is_collection = matches!(left.data, Data::List(_) | Data::Object(_));
        if same == Truth::True && is_collection && is_written_out(&binary.left) != is_written_out(&binary.right) {
            let reason = Reason::Limit("lists and tuples are not told apart".into());
            return with_hop(Value::unknown(reason, Some(span)), &[&left, &right]);
        }
        let truth = if binary.op == BinaryOp::Equal { same } else { !same };
        with_hop(truth_value(truth, &[&left, &right]), &[&left, &right])
    }

    fn arithmetic(&self, binary: &Binary, span: Span) -> Value {
        let left = self.evaluate(&binary.left);
        let right = self.evaluate(&binary.right);
        let a = to_number(&left).map_err(|fail| self.failed(fail, binary.left.span));
        let b = to_number(&right).map_err(|fail| self.failed(fail, binary.right.span));
        let result = match (a, b) {
            (Ok(a), Ok(b)) => compute(binary.op, a, b).map_or_else(|fail| self.failed(fail, span), Value::from),
            (Err(unknown), _) | (_, Err(unknown)) => unknown,
        };
        with_hop(result, &[&left, &right])
    }

    /// Both branches are evaluated, as their common type decides what the result is; only the
    /// problems of the taken branch count.
    pub(super) fn conditional(&self, conditional: &Conditional, span: Span) -> Value {
        let condition = self.evaluate(&conditional.condition);
        let decided =
            if condition.is_null() { Err(Fail::invalid("the condition is null")) } else { to_bool(&condition) };
        let before = self.n_problems();
        let then = self.evaluate(&conditional.then);
        let middle = self.n_problems();
        let otherwise = self.evaluate(&conditional.otherwise);
        let otherwise_problems = self.take_problems(middle);
        let then_problems = self.take_problems(before);
        match decided {
            Ok(true) => self.taken(then, &otherwise, then_problems, span),
            Ok(false) => self.taken(otherwise, &then, otherwise_problems, span),
            Err(fail) => {
                let unknown = self.failed(fail, conditional.condition.span);
                with_hop(either(unknown, &then, &otherwise), &[&condition, &then, &otherwise])
            }
        }
    }

    fn taken(&self, value: Value, other: &Value, problems: Vec<crate::source::Problem>, span: Span) -> Value {
        self.problems.borrow_mut().extend(problems);
        if same_primitive(&value, other) {
            return value;
        }
        let origin = value.origin.clone();
        let Some(to) = unify(&type_of(&value), &type_of(other)) else {
            return self.invalid("both results of a conditional must have the same type", span);
        };
        let data = try_convert(value, &to).map_or_else(|fail| self.failed(fail, span).data, |value| value.data);
        Value { data, origin }
    }
}

/// The unknown result of a conditional, which is one of its branches.
fn either(unknown: Value, then: &Value, otherwise: &Value) -> Value {
    let (Data::Unknown(why), Some(mut all), Some(more)) = (&unknown.data, scalars(then), scalars(otherwise)) else {
        return unknown;
    };
    all.extend(more);
    all.dedup_by(|a, b| a.data == b.data);
    if all.len() > MAX_CANDIDATES {
        return unknown;
    }
    let narrowed = Unknown { partial: Some(Partial::OneOf(all)), ..(**why).clone() };
    Value { data: Data::Unknown(Arc::new(narrowed)), origin: unknown.origin }
}

/// The value, if it is a scalar, or those that it may be.
fn scalars(value: &Value) -> Option<Vec<Value>> {
    match &value.data {
        Data::String(_) | Data::Number(_) | Data::Bool(_) => Some(vec![Data::clone(&value.data).into()]),
        Data::Unknown(unknown) => unknown.candidates().map(<[Value]>::to_vec),
        _ => None,
    }
}

/// Whether an expression gives a tuple or object for certain.
fn is_written_out(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Tuple(_) | ExprKind::Object(_) | ExprKind::For(_))
}

/// Whether unifying the two cannot change the first: the common case.
fn same_primitive(a: &Value, b: &Value) -> bool {
    matches!(
        (&a.data, &b.data),
        (Data::Null | Data::Unknown(_), _)
            | (_, Data::Null | Data::Unknown(_))
            | (Data::String(_), Data::String(_) | Data::Number(_) | Data::Bool(_))
            | (Data::Number(_), Data::Number(_))
            | (Data::Bool(_), Data::Bool(_))
    )
}

/// Whether two values are equal, as `==` asks; unknown where unknown parts decide it.
pub(crate) fn equal(a: &Value, b: &Value) -> Truth {
    match (&a.data, &b.data) {
        (Data::Unknown(unknown), known) | (known, Data::Unknown(unknown)) => unknown_equal(unknown, known),
        (Data::List(a), Data::List(b)) if a.len() == b.len() => all_equal(a.iter().zip(b)),
        (Data::Set(x), Data::Set(y)) => {
            let partly = first_unknown(a).is_some() || first_unknown(b).is_some();
            if partly { Truth::Unknown } else { Truth::from(x == y) }
        }
        (Data::Object(a), Data::Object(b)) if a.iter().map(|m| m.0).eq(b.iter().map(|m| m.0)) => {
            all_equal(a.iter().map(|m| m.1).zip(b.iter().map(|m| m.1)))
        }
        (Data::List(_) | Data::Object(_), _) => Truth::False,
        (a, b) => Truth::from(a == b),
    }
}

/// A text of which parts are known is not null, and differs from what those parts rule out.
fn unknown_equal(unknown: &Unknown, known: &Data) -> Truth {
    let may_equal = match known {
        Data::Null => unknown.partial.is_none(),
        Data::String(text) => unknown.may_equal(text),
        _ => true,
    };
    if may_equal { Truth::Unknown } else { Truth::False }
}

fn all_equal<'v>(mut pairs: impl Iterator<Item = (&'v Value, &'v Value)>) -> Truth {
    let mut all = Truth::True;
    while all != Truth::False
        && let Some((a, b)) = pairs.next()
    {
        all = all & equal(a, b);
    }
    all
}

/// Gives `value` the joint history of the values it was made of.
fn with_hop(mut value: Value, of: &[&Value]) -> Value {
    value.origin.hop = combined(of.iter().copied());
    value
}

fn negate(number: Number) -> Number {
    match number {
        Number::Int(i) => i.checked_neg().map_or_else(|| Number::from_f64(-number.as_f64()), Number::Int),
        Number::Float(f) => Number::from_f64(-f),
    }
}

fn compute(op: BinaryOp, a: Number, b: Number) -> Result<Data, Fail> {
    let number = |whole: Option<i64>, float: fn(f64, f64) -> f64| {
        Data::Number(whole.map_or_else(|| Number::from_f64(float(a.as_f64(), b.as_f64())), Number::Int))
    };
    let whole = |f: fn(i64, i64) -> Option<i64>| a.as_i64().zip(b.as_i64()).and_then(|(a, b)| f(a, b));
    match op {
        BinaryOp::Divide if b == Number::Int(0) => {
            return Err(Fail::Undecided(Reason::Limit("division by zero is infinite".into())));
        }
        BinaryOp::Modulo if b == Number::Int(0) => return Ok(Data::Number(a)),
        _ => {}
    }
    Ok(match op {
        BinaryOp::Add => number(whole(i64::checked_add), |a, b| a + b),
        BinaryOp::Subtract => number(whole(i64::checked_sub), |a, b| a - b),
        BinaryOp::Multiply => number(whole(i64::checked_mul), |a, b| a * b),
        BinaryOp::Divide => {
            number(whole(|a, b| if a.checked_rem(b)? == 0 { a.checked_div(b) } else { None }), |a, b| a / b)
        }
        BinaryOp::Modulo => number(whole(i64::checked_rem), |a, b| a % b),
        BinaryOp::Less => Data::Bool(a < b),
        BinaryOp::LessOrEqual => Data::Bool(a <= b),
        BinaryOp::Greater => Data::Bool(a > b),
        BinaryOp::GreaterOrEqual => Data::Bool(a >= b),
        BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::And | BinaryOp::Or => {
            return Err(Fail::invalid("no arithmetic operator"));
        }
    })
}
