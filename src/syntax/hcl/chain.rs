use std::ops::Range;

use super::limits::MAX_DEPTH;
use super::literal::number;
use super::slice::Slice;
use super::{Binary, BinaryOp, Conditional, Expr, ExprKind, Traversal, TraversalStep, UnaryOp};

/// One element of a chain of operators.
#[derive(Debug)]
pub(super) enum Item {
    /// A term; `at` includes the parentheses that `expr.span` leaves out.
    Operand { expr: Expr, at: Range<usize>, paren: bool },
    /// `.name`, `[0]` … behind a term.
    Step(TraversalStep, Range<usize>),
    /// An operator, `?` or `:`.
    Sign(Range<usize>),
}

/// An expression with its range including parentheses, from which its parent's span is made.
type Ranged = (Expr, Range<usize>);

/// Parses operands and operators by HCL's precedence.
pub(super) struct Chain<'a> {
    slice: Slice<'a>,
    items: std::iter::Peekable<std::vec::IntoIter<Item>>,
    too_deep: bool,
}

impl<'a> Chain<'a> {
    /// A chain that stands `depth` levels deep.
    pub(super) fn new(slice: Slice<'a>, items: Vec<Item>, depth: usize) -> Self {
        let n_signs = items.iter().filter(|item| matches!(item, Item::Sign(_))).count();
        let too_deep = depth + n_signs > 2 * MAX_DEPTH;
        Self { slice, items: items.into_iter().peekable(), too_deep }
    }

    /// The chain's expression.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(mut self) -> Result<Expr, &'static str> {
        if self.too_deep {
            return Err("operators are chained too deeply");
        }
        let (expr, _) = self.ternary().ok_or("an operand is missing")?;
        if self.items.next().is_some() { Err("an operator is missing") } else { Ok(expr) }
    }

    fn sign(&mut self) -> Option<&'a str> {
        match self.items.peek() {
            Some(Item::Sign(at)) => Some(self.slice.str(at.clone())),
            _ => None,
        }
    }

    fn eat(&mut self, sign: &str) -> Option<()> {
        (self.sign()? == sign).then(|| drop(self.items.next()))
    }

    fn join(&self, kind: ExprKind, at: Range<usize>) -> Ranged {
        (Expr { kind, span: self.slice.span(at.clone()) }, at)
    }

    fn ternary(&mut self) -> Option<Ranged> {
        let (condition, start) = self.binary(1)?;
        if self.eat("?").is_none() {
            return Some((condition, start));
        }
        let (then, _) = self.ternary()?;
        self.eat(":")?;
        let (otherwise, end) = self.ternary()?;
        let conditional = Conditional { condition, then, otherwise };
        Some(self.join(ExprKind::Conditional(Box::new(conditional)), start.start..end.end))
    }

    fn binary(&mut self, least: u8) -> Option<Ranged> {
        let (mut left, mut at) = self.unary()?;
        while let Some((op, precedence)) = self.sign().and_then(binary_op) {
            if precedence < least {
                break;
            }
            self.items.next();
            let (right, end) = self.binary(precedence + 1)?;
            let kind = ExprKind::Binary(Box::new(Binary { op, left, right }));
            (left, at) = self.join(kind, at.start..end.end);
        }
        Some((left, at))
    }

    fn unary(&mut self) -> Option<Ranged> {
        let op = match self.sign() {
            Some("-") => UnaryOp::Negate,
            Some("!") => UnaryOp::Not,
            _ => return self.term(),
        };
        let Some(Item::Sign(start)) = self.items.next() else { return None };
        let literal = self.sign().is_none() && !matches!(self.items.peek(), Some(Item::Operand { paren: true, .. }));
        let (operand, end) = self.unary()?;
        let kind = match (op, &operand.kind) {
            (UnaryOp::Negate, ExprKind::Number(_)) if literal => {
                ExprKind::Number(number(&format!("-{}", self.slice.str(end.clone()))))
            }
            _ => ExprKind::Unary(op, Box::new(operand)),
        };
        Some(self.join(kind, start.start..end.end))
    }

    fn term(&mut self) -> Option<Ranged> {
        let Some(Item::Operand { expr, at, .. }) = self.items.next() else { return None };
        let mut steps = Vec::new();
        let mut end = at.end;
        while let Some(Item::Step(..)) = self.items.peek() {
            if let Some(Item::Step(step, at)) = self.items.next() {
                steps.push(step);
                end = at.end;
            }
        }
        if steps.is_empty() {
            return Some((expr, at));
        }
        let traversal = Traversal { root: expr, steps };
        Some(self.join(ExprKind::Traversal(Box::new(traversal)), at.start..end))
    }
}

fn binary_op(sign: &str) -> Option<(BinaryOp, u8)> {
    Some(match sign {
        "||" => (BinaryOp::Or, 1),
        "&&" => (BinaryOp::And, 2),
        "==" => (BinaryOp::Equal, 3),
        "!=" => (BinaryOp::NotEqual, 3),
        "<" => (BinaryOp::Less, 4),
        "<=" => (BinaryOp::LessOrEqual, 4),
        ">" => (BinaryOp::Greater, 4),
        ">=" => (BinaryOp::GreaterOrEqual, 4),
        "+" => (BinaryOp::Add, 5),
        "-" => (BinaryOp::Subtract, 5),
        "*" => (BinaryOp::Multiply, 6),
        "/" => (BinaryOp::Divide, 6),
        "%" => (BinaryOp::Modulo, 6),
        _ => return None,
    })
}
