//! Lowers the tree of `tree-sitter-hcl`: templates.

use std::ops::Range;

use tree_sitter::Node;

use super::ExprKind;
use super::sitter::{Lowering, children};
use super::template::{Flavor, Marker, Strip, TemplateBuilder};

impl Lowering<'_> {
    pub(super) fn quoted(&mut self, node: Node<'_>) -> ExprKind {
        let at = node.byte_range();
        self.template(node, at.start + 1..at.end.saturating_sub(1), Flavor::Quoted)
    }

    pub(super) fn heredoc(&mut self, node: Node<'_>) -> ExprKind {
        let at = node.byte_range();
        let text = self.slice.str(at.clone());
        let flavor = if text.starts_with("<<-") { Flavor::Flush } else { Flavor::Heredoc };
        let start = text.find('\n').map_or(at.end, |line_end| at.start + line_end + 1);
        let end = text.rfind('\n').map_or(at.end, |line_end| at.start + line_end + 1);
        self.template(node, start..end, flavor)
    }

    /// Literal text is what lies between the markers: the grammar's own literals lack the white
    /// space before them.
    fn template(&mut self, node: Node<'_>, at: Range<usize>, flavor: Flavor) -> ExprKind {
        let mut builder = TemplateBuilder::new(self.slice, flavor);
        let mut end = at.start;
        let mut pending: Vec<Node<'_>> = children(node).into_iter().rev().collect();
        while let Some(node) = pending.pop() {
            match node.kind() {
                "template_directive" | "template_for" | "template_if" => {
                    pending.extend(children(node).into_iter().rev());
                }
                // `$$${`: the grammar takes the first two for an escape, HCL the last two.
                _ if node.start_byte() > at.start && self.is_escaped(node.start_byte()) => {}
                kind => {
                    if let Some((strip, marker)) = self.marker(kind, node) {
                        let here = node.byte_range();
                        builder.text(end..here.start.max(end));
                        builder.marker(strip, marker);
                        end = here.end;
                    }
                }
            }
        }
        builder.text(end..at.end.max(end));
        builder.finish()
    }

    fn is_escaped(&self, at: usize) -> bool {
        matches!(self.slice.text.as_bytes().get(at - 1..at + 2), Some(b"$${" | b"%%{"))
    }

    fn marker(&mut self, kind: &str, node: Node<'_>) -> Option<(Strip, Marker)> {
        let parts = children(node);
        let expr = parts.iter().copied().find(|part| part.kind() == "expression");
        let marker = match kind {
            "template_interpolation" => Marker::Interpolation(self.expr(expr?)),
            "template_if_intro" => Marker::If(self.expr(expr?)),
            "template_else_intro" => Marker::Else,
            "template_if_end" => Marker::EndIf,
            "template_for_end" => Marker::EndFor,
            "template_for_start" => {
                let mut names = parts.iter().filter(|part| part.kind() == "identifier").map(|name| self.ident(*name));
                let (key, value) = match (names.next()?, names.next()) {
                    (key, Some(value)) => (Some(key), value),
                    (value, None) => (None, value),
                };
                Marker::For { key, value, collection: self.expr(expr?) }
            }
            _ => return None,
        };
        let text = self.slice.str(node.byte_range());
        let strip = Strip { before: text.get(2..3) == Some("~"), after: text.ends_with("~}") };
        Some((strip, marker))
    }
}
