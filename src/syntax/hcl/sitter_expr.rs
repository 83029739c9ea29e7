//! Lowers the tree of `tree-sitter-hcl`: expressions. Templates are in [`super::sitter_template`].
//!
//! The grammar takes `!a.b` for `(!a).b` and chains conditionals to the left. So the nodes of
//! a chain are laid out flat again, and [`Chain`] applies HCL's precedence.

use std::ops::Range;

use tree_sitter::Node;

use super::chain::{Chain, Item};
use super::limits::MAX_DEPTH;
use super::literal::number;
use super::sitter::{Lowering, children};
use super::{Call, Expr, ExprKind, For, ObjectItem, StepKind, TraversalStep};

impl Lowering<'_> {
    /// Lowers an `expression` node, without parentheses around it.
    pub(super) fn expr(&mut self, node: Node<'_>) -> Expr {
        if self.depth >= MAX_DEPTH {
            return self.invalid(node.byte_range(), "nested too deeply");
        }
        self.depth += 1;
        let mut items = Vec::new();
        self.flatten(node, &mut items);
        let expr = Chain::new(self.slice, items, self.depth).parse();
        self.depth -= 1;
        expr.unwrap_or_else(|why| self.invalid(node.byte_range(), why))
    }

    fn invalid(&self, at: Range<usize>, why: &str) -> Expr {
        Expr { kind: ExprKind::Invalid(why.into()), span: self.slice.span(at) }
    }

    /// Lays out operands, steps and operators in the order of the text. Walks with its own
    /// stack, as a chain nests as deeply as it is long.
    fn flatten(&mut self, node: Node<'_>, items: &mut Vec<Item>) {
        let mut pending = vec![node];
        let mut paren = None;
        while let Some(node) = pending.pop() {
            let at = node.byte_range();
            match node.kind() {
                "expression" if paren.is_some() => {
                    let inner = self.expr(node);
                    items.push(Item::Operand { expr: inner, at, paren: true });
                }
                "expression" | "conditional" | "operation" | "binary_operation" | "unary_operation" | "index"
                | "splat" => {
                    pending.extend(children(node).into_iter().rev());
                }
                "(" => paren = Some(at.start),
                ")" => {
                    if let (Some(start), Some(Item::Operand { at: inner, .. })) = (paren.take(), items.last_mut()) {
                        *inner = start..at.end;
                    }
                }
                "get_attr" | "new_index" | "legacy_index" => items.extend(self.step(node)),
                "attr_splat" | "full_splat" => {
                    let mut parts = children(node).into_iter();
                    let sign = parts.next().map_or(at, |sign| sign.byte_range());
                    let kind = if node.kind() == "attr_splat" { StepKind::AttrSplat } else { StepKind::FullSplat };
                    items.push(Item::Step(TraversalStep { kind, span: self.slice.span(sign.clone()) }, sign));
                    pending.extend(parts.rev());
                }
                "comment" => {}
                kind if node.is_named() => {
                    let expr = Expr { kind: self.operand(kind, node), span: self.slice.span(at.clone()) };
                    items.push(Item::Operand { expr, at, paren: false });
                }
                _ => items.push(Item::Sign(at)),
            }
        }
    }

    fn step(&mut self, node: Node<'_>) -> Option<Item> {
        let at = node.byte_range();
        let inner = children(node).into_iter().find(|child| child.is_named() && child.kind() != "comment");
        let kind = match (node.kind(), inner) {
            ("get_attr", Some(name)) => StepKind::Attr(self.ident(name).name),
            ("new_index", Some(index)) => StepKind::Index(self.expr(index)),
            ("legacy_index", _) => {
                let text = self.slice.str(at.clone());
                let n_digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
                let digits = at.end - n_digits..at.end;
                let kind = ExprKind::Number(number(self.slice.str(digits.clone())));
                StepKind::Index(Expr { kind, span: self.slice.span(digits) })
            }
            _ => return None,
        };
        Some(Item::Step(TraversalStep { kind, span: self.slice.span(at.clone()) }, at))
    }

    fn operand(&mut self, kind: &str, node: Node<'_>) -> ExprKind {
        let text = self.slice.str(node.byte_range());
        match kind {
            "literal_value" => match children(node).into_iter().find(|child| child.kind() != "comment") {
                Some(inner) if inner.kind() == "string_lit" => self.quoted(inner),
                Some(inner) => literal(inner.kind(), text),
                None => ExprKind::Invalid("not a literal".into()),
            },
            "variable_expr" => ExprKind::Variable(text.into()),
            "template_expr" | "collection_value" | "for_expr" => {
                match children(node).into_iter().find(|child| child.kind() != "comment") {
                    Some(inner) => self.composite(inner),
                    None => ExprKind::Invalid("empty".into()),
                }
            }
            "function_call" => self.call(node),
            _ => ExprKind::Invalid("not an expression".into()),
        }
    }

    fn composite(&mut self, node: Node<'_>) -> ExprKind {
        match node.kind() {
            "quoted_template" => self.quoted(node),
            "heredoc_template" => self.heredoc(node),
            "tuple" => ExprKind::Tuple(self.exprs(node)),
            "object" => {
                let items = children(node).into_iter().filter(|child| child.kind() == "object_elem");
                ExprKind::Object(items.filter_map(|item| self.object_item(item)).collect())
            }
            "for_tuple_expr" | "for_object_expr" => {
                self.for_expr(node).unwrap_or_else(|| ExprKind::Invalid("incomplete `for`".into()))
            }
            _ => ExprKind::Invalid("not an expression".into()),
        }
    }

    fn exprs(&mut self, node: Node<'_>) -> Vec<Expr> {
        let nodes = children(node).into_iter().filter(|child| child.kind() == "expression");
        nodes.map(|child| self.expr(child)).collect()
    }

    fn object_item(&mut self, node: Node<'_>) -> Option<ObjectItem> {
        let key = node.child_by_field_name("key")?;
        let value = node.child_by_field_name("val")?;
        let text = self.slice.str(key.byte_range());
        let is_bare = !text.starts_with('(');
        let mut key = self.expr(key);
        match &key.kind {
            ExprKind::Variable(_) | ExprKind::Null | ExprKind::Bool(_) if is_bare => {
                key.kind = ExprKind::String(text.into());
            }
            _ => {}
        }
        let is_bare = is_bare && matches!(key.kind, ExprKind::Traversal(_));
        Some(ObjectItem { key, is_bare, value: self.expr(value) })
    }

    fn call(&mut self, node: Node<'_>) -> ExprKind {
        let (mut name, mut args, mut expand_last) = (None, Vec::new(), false);
        for child in children(node) {
            match child.kind() {
                "identifier" => name = Some(self.ident(child)),
                "function_arguments" => {
                    args = self.exprs(child);
                    expand_last = children(child).iter().any(|part| part.kind() == "ellipsis");
                }
                _ => {}
            }
        }
        match name {
            Some(name) => ExprKind::Call(Box::new(Call { name, args, expand_last })),
            None => ExprKind::Invalid("a call without a name".into()),
        }
    }

    fn for_expr(&mut self, node: Node<'_>) -> Option<ExprKind> {
        let parts = children(node);
        let find = |kind: &str| parts.iter().copied().find(|part| part.kind() == kind);
        let intro = children(find("for_intro")?);
        let mut names = intro.iter().filter(|part| part.kind() == "identifier").map(|name| self.ident(*name));
        let (first, second) = (names.next()?, names.next());
        let collection = *intro.iter().find(|part| part.kind() == "expression")?;
        let mut results = parts.iter().copied().filter(|part| part.kind() == "expression");
        let (result, second_result) = (results.next()?, results.next());
        let (key, value) = match second {
            Some(value) => (Some(first), value),
            None => (None, first),
        };
        let condition = find("for_cond").and_then(|node| children(node).into_iter().find(|n| n.kind() == "expression"));
        let collection = self.expr(collection);
        let key_expr = second_result.map(|_| self.expr(result));
        let value_expr = self.expr(second_result.unwrap_or(result));
        let condition = condition.map(|node| self.expr(node));
        let grouping = find("ellipsis").is_some();
        Some(ExprKind::For(Box::new(For { key, value, collection, key_expr, value_expr, condition, grouping })))
    }
}

fn literal(kind: &str, text: &str) -> ExprKind {
    match kind {
        "null_lit" => ExprKind::Null,
        "bool_lit" => ExprKind::Bool(text == "true"),
        _ => match text.strip_prefix("0x") {
            None => ExprKind::Number(number(text)),
            Some(_) => ExprKind::Invalid("hexadecimal numbers are not part of HCL".into()),
        },
    }
}
