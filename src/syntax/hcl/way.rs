use super::{Attribute, Block, Body, Expr, ExprKind, ObjectItem, StepKind};
use crate::source::Span;

/// A node on the way from a file's body to a place.
#[derive(Clone, Copy, Debug)]
pub enum Node<'b> {
    /// `kind "label" { … }`
    Block(&'b Block),
    /// `name = value`
    Attribute(&'b Attribute),
    /// `key = value` of an object.
    Item(&'b ObjectItem),
    /// A value.
    Expr(&'b Expr),
}

/// The way to the block or value that stands exactly at a span, outermost first; `None` where
/// nothing does, or only a part of something that is computed.
pub fn way(body: &Body, span: Span) -> Option<Vec<Node<'_>>> {
    let mut way = Vec::new();
    in_body(body, span, &mut way).then_some(way)
}

fn in_body<'b>(body: &'b Body, span: Span, way: &mut Vec<Node<'b>>) -> bool {
    if let Some(block) = body.blocks.iter().find(|block| block.span.contains(span)) {
        way.push(Node::Block(block));
        return block.span == span || in_body(&block.body, span, way);
    }
    let attribute = body.attributes.iter().find(|attribute| attribute.value.span.contains(span));
    attribute.is_some_and(|attribute| {
        way.push(Node::Attribute(attribute));
        in_expr(&attribute.value, span, way)
    })
}

fn in_expr<'b>(expr: &'b Expr, span: Span, way: &mut Vec<Node<'b>>) -> bool {
    way.push(Node::Expr(expr));
    if expr.span == span {
        return true;
    }
    match &expr.kind {
        ExprKind::Tuple(items) => {
            items.iter().find(|item| item.span.contains(span)).is_some_and(|item| in_expr(item, span, way))
        }
        ExprKind::Object(items) => items.iter().find(|item| item.value.span.contains(span)).is_some_and(|item| {
            way.push(Node::Item(item));
            in_expr(&item.value, span, way)
        }),
        _ => false,
    }
}

impl Expr {
    /// Whether it is written out: it hangs on nothing.
    pub fn is_literal(&self) -> bool {
        match &self.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => true,
            ExprKind::Tuple(items) => items.iter().all(Self::is_literal),
            ExprKind::Object(items) => items.iter().all(|item| item.value.is_literal()),
            _ => false,
        }
    }

    /// The first name of a mere reference such as `var.a.b` or `local.c[0]`.
    pub fn reference(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Variable(name) => Some(name),
            ExprKind::Traversal(traversal) => {
                let is_plain = traversal.steps.iter().all(|step| match &step.kind {
                    StepKind::Attr(_) => true,
                    StepKind::Index(index) => index.is_literal(),
                    StepKind::AttrSplat | StepKind::FullSplat => false,
                });
                if is_plain { traversal.root.reference() } else { None }
            }
            _ => None,
        }
    }
}
