//! Lowers the tree of `hcl-edit`: expressions and templates.

use std::ops::Range;

use ecow::EcoString;
use hcl_edit::expr as edit;
use hcl_edit::template as tpl;

use super::edit::range;
use super::literal::number;
use super::slice::Slice;
use super::template::{Flavor, Marker, Strip, TemplateBuilder};
use super::{
    Binary, BinaryOp, Call, Conditional, Expr, ExprKind, For, Ident, ObjectItem, StepKind, Traversal, TraversalStep,
    UnaryOp,
};

/// Lowers an expression; parentheses leave no trace.
pub(super) fn expr(slice: Slice<'_>, tree: &edit::Expression) -> Expr {
    use edit::Expression as E;
    let at = range(tree);
    let kind = match tree {
        E::Parenthesis(inner) => return expr(slice, inner.inner()),
        E::Null(_) => ExprKind::Null,
        E::Bool(value) => ExprKind::Bool(*value.value()),
        E::Number(_) => ExprKind::Number(signed_number(slice.str(at.clone()))),
        E::String(value) => ExprKind::String(EcoString::from(value.value().as_str())),
        E::Array(items) => ExprKind::Tuple(items.iter().map(|tree| expr(slice, tree)).collect()),
        E::Object(items) => ExprKind::Object(items.iter().map(|item| object_item(slice, item)).collect()),
        E::StringTemplate(tree) => quoted(slice, at.start + 1..at.end.saturating_sub(1), tree),
        E::HeredocTemplate(tree) => heredoc(slice, at.start, tree),
        E::Variable(name) => ExprKind::Variable(EcoString::from(name.as_str())),
        E::Traversal(tree) => ExprKind::Traversal(Box::new(traversal(slice, tree))),
        E::FuncCall(tree) => ExprKind::Call(Box::new(call(slice, tree))),
        E::Conditional(tree) => ExprKind::Conditional(Box::new(conditional(slice, tree))),
        E::UnaryOp(tree) => unary(slice, tree),
        E::BinaryOp(tree) => ExprKind::Binary(Box::new(binary(slice, tree))),
        E::ForExpr(tree) => ExprKind::For(Box::new(for_expr(slice, tree))),
    };
    Expr { kind, span: slice.span(at) }
}

/// A number with the sign that `hcl-edit` makes part of it; blanks may stand between.
fn signed_number(text: &str) -> crate::value::Number {
    match text.strip_prefix('-') {
        None => number(text),
        Some(rest) => {
            let digits = rest.rsplit(|c: char| c.is_whitespace() || c == '/').next().unwrap_or(rest);
            number(&format!("-{digits}"))
        }
    }
}

fn object_item(slice: Slice<'_>, (key_kind, value): (&edit::ObjectKey, &edit::ObjectValue)) -> ObjectItem {
    let key = match key_kind {
        edit::ObjectKey::Ident(name) => {
            Expr { kind: ExprKind::String(EcoString::from(name.as_str())), span: slice.span(range(name)) }
        }
        edit::ObjectKey::Expression(tree @ (edit::Expression::Null(_) | edit::Expression::Bool(_))) => {
            let at = range(tree);
            Expr { kind: ExprKind::String(slice.str(at.clone()).into()), span: slice.span(at) }
        }
        edit::ObjectKey::Expression(tree) => expr(slice, tree),
    };
    let is_bare = matches!(key_kind, edit::ObjectKey::Expression(edit::Expression::Traversal(_)));
    ObjectItem { key, is_bare, value: expr(slice, value.expr()) }
}

fn traversal(slice: Slice<'_>, tree: &edit::Traversal) -> Traversal {
    use edit::TraversalOperator as Op;
    let step = |op: &hcl_edit::Decorated<Op>| {
        let kind = match op.value() {
            Op::AttrSplat(_) => StepKind::AttrSplat,
            Op::FullSplat(_) => StepKind::FullSplat,
            Op::GetAttr(name) => StepKind::Attr(EcoString::from(name.as_str())),
            Op::Index(index) => StepKind::Index(expr(slice, index)),
            Op::LegacyIndex(index) => {
                let at = range(op);
                let digits = at.end - digits_at_end(slice.str(at.clone()))..at.end;
                let kind = ExprKind::Number(number(&index.value().to_string()));
                StepKind::Index(Expr { kind, span: slice.span(digits) })
            }
        };
        TraversalStep { kind, span: slice.span(range(op)) }
    };
    Traversal { root: expr(slice, &tree.expr), steps: tree.operators.iter().map(step).collect() }
}

fn digits_at_end(text: &str) -> usize {
    text.bytes().rev().take_while(u8::is_ascii_digit).count()
}

fn call(slice: Slice<'_>, tree: &edit::FuncCall) -> Call {
    let last = range(&tree.name.name);
    let name = match tree.name.namespace.first() {
        None => slice.ident(last),
        Some(first) => {
            let words = tree.name.namespace.iter().chain([&tree.name.name]).map(|word| word.as_str());
            let name = words.collect::<Vec<_>>().join("::");
            Ident { name: name.into(), span: slice.span(range(first).start..last.end) }
        }
    };
    let args = tree.args.iter().map(|tree| expr(slice, tree)).collect();
    Call { name, args, expand_last: tree.args.expand_final() }
}

fn conditional(slice: Slice<'_>, tree: &edit::Conditional) -> Conditional {
    Conditional {
        condition: expr(slice, &tree.cond_expr),
        then: expr(slice, &tree.true_expr),
        otherwise: expr(slice, &tree.false_expr),
    }
}

fn unary(slice: Slice<'_>, tree: &edit::UnaryOp) -> ExprKind {
    let op = match tree.operator.value() {
        edit::UnaryOperator::Neg => UnaryOp::Negate,
        edit::UnaryOperator::Not => UnaryOp::Not,
    };
    ExprKind::Unary(op, Box::new(expr(slice, &tree.expr)))
}

fn binary(slice: Slice<'_>, tree: &edit::BinaryOp) -> Binary {
    use edit::BinaryOperator as Op;
    let op = match tree.operator.value() {
        Op::Plus => BinaryOp::Add,
        Op::Minus => BinaryOp::Subtract,
        Op::Mul => BinaryOp::Multiply,
        Op::Div => BinaryOp::Divide,
        Op::Mod => BinaryOp::Modulo,
        Op::Eq => BinaryOp::Equal,
        Op::NotEq => BinaryOp::NotEqual,
        Op::Less => BinaryOp::Less,
        Op::LessEq => BinaryOp::LessOrEqual,
        Op::Greater => BinaryOp::Greater,
        Op::GreaterEq => BinaryOp::GreaterOrEqual,
        Op::And => BinaryOp::And,
        Op::Or => BinaryOp::Or,
    };
    Binary { op, left: expr(slice, &tree.lhs_expr), right: expr(slice, &tree.rhs_expr) }
}

fn for_expr(slice: Slice<'_>, tree: &edit::ForExpr) -> For {
    For {
        key: tree.intro.key_var.as_ref().map(|name| slice.ident(range(name))),
        value: slice.ident(range(&tree.intro.value_var)),
        collection: expr(slice, &tree.intro.collection_expr),
        key_expr: tree.key_expr.as_ref().map(|tree| expr(slice, tree)),
        value_expr: expr(slice, &tree.value_expr),
        condition: tree.cond.as_ref().map(|cond| expr(slice, &cond.expr)),
        grouping: tree.grouping,
    }
}

fn quoted(slice: Slice<'_>, inner: Range<usize>, tree: &tpl::Template) -> ExprKind {
    let mut builder = TemplateBuilder::new(slice, Flavor::Quoted);
    template(&mut builder, slice, inner, tree);
    builder.finish()
}

/// A template without quotes around it.
pub(super) fn bare(slice: Slice<'_>, tree: &tpl::Template) -> ExprKind {
    let mut builder = TemplateBuilder::new(slice, Flavor::Bare);
    template(&mut builder, slice, 0..slice.text.len(), tree);
    builder.finish()
}

/// The parser has already taken indentation off the literals, by rules that are not quite
/// HCL's; so the text is read again from the source.
fn heredoc(slice: Slice<'_>, start: usize, tree: &tpl::HeredocTemplate) -> ExprKind {
    let flush = slice.str(start..start + 3) == "<<-";
    let mut builder = TemplateBuilder::new(slice, if flush { Flavor::Flush } else { Flavor::Heredoc });
    template(&mut builder, slice, range(&tree.template), &tree.template);
    builder.finish()
}

/// Feeds the parts of a template that covers `at`; what is no element is literal text.
fn template(builder: &mut TemplateBuilder<'_>, slice: Slice<'_>, at: Range<usize>, tree: &tpl::Template) {
    let mut end = at.start;
    for element in tree {
        if element.is_literal() {
            continue;
        }
        let here = range(element);
        builder.text(end..here.start);
        end = here.end;
        match element {
            tpl::Element::Literal(_) => {}
            tpl::Element::Interpolation(tree) => {
                builder.marker(strip(tree.strip), Marker::Interpolation(expr(slice, &tree.expr)));
            }
            tpl::Element::Directive(tree) => directive(builder, slice, tree),
        }
    }
    builder.text(end..at.end);
}

fn directive(builder: &mut TemplateBuilder<'_>, slice: Slice<'_>, tree: &tpl::Directive) {
    match tree {
        tpl::Directive::If(tree) => {
            let start = &tree.if_expr;
            builder.marker(strip(start.strip), Marker::If(expr(slice, &start.cond_expr)));
            template(builder, slice, range(&start.template), &start.template);
            if let Some(middle) = &tree.else_expr {
                builder.marker(strip(middle.strip), Marker::Else);
                template(builder, slice, range(&middle.template), &middle.template);
            }
            builder.marker(strip(tree.endif_expr.strip), Marker::EndIf);
        }
        tpl::Directive::For(tree) => {
            let start = &tree.for_expr;
            let marker = Marker::For {
                key: start.key_var.as_ref().map(|name| slice.ident(range(name))),
                value: slice.ident(range(&start.value_var)),
                collection: expr(slice, &start.collection_expr),
            };
            builder.marker(strip(start.strip), marker);
            template(builder, slice, range(&start.template), &start.template);
            builder.marker(strip(tree.endfor_expr.strip), Marker::EndFor);
        }
    }
}

fn strip(strip: tpl::Strip) -> Strip {
    Strip { before: strip.strip_start(), after: strip.strip_end() }
}
