use super::place::{Node, Target, member, named, refused};
use super::{Action, Found, Inner, Part, Planner, literals};
use crate::finding::NoFix;
use crate::graph::Resource;
use crate::kubernetes;
use crate::rules::{Change, RepairEdit};
use crate::source::{FileKind, Span};
use crate::syntax::hcl::{self, Block, Body, Expr, ExprKind, Node as Tree};
use crate::syntax::yaml::Draft;
use crate::syntax::{Content, Member, Splice};
use crate::value::{Data, Hop, HopKind, Path, Place, Step, Value};
use std::sync::Arc;

/// Attributes that are maps, whatever resource they are in: a missing one is no block.
const MAPS: &[&str] = &["annotations", "labels", "metadata", "tags"];

/// Longest way of a value that is followed.
const MAX_HOPS: usize = 16;

impl Planner<'_> {
    /// What an edit comes to at a value or block that stands at `span`, or in it.
    pub(super) fn hcl_target(
        &self,
        resource: &Resource,
        value: &Value,
        span: Span,
        missing: &[Step],
        edit: &RepairEdit,
    ) -> Found {
        let body = self.body(span.file);
        let way = hcl::way(&body, span).ok_or(NoFix::Computed)?;
        refuse_dynamic(&way)?;
        let is_elsewhere = !resource.block.contains(span);
        let target = |node, action, name: String| Target {
            actions: vec![(Node::Hcl(node), action)],
            name,
            is_missing: !missing.is_empty(),
            is_elsewhere,
        };
        if !missing.is_empty() {
            if is_elsewhere {
                return Err(NoFix::From(origin(value)));
            }
            let added = self.new_member(&way, member(missing, &edit.change)?)?;
            let name = Path(missing.to_vec()).to_string();
            return Ok(target(span, Action::Change(Inner { added: vec![added], removed: Vec::new() }), name));
        }
        match &edit.change {
            Change::Set(to) => self.hcl_set(resource, value, span, literals::value(to), named(&edit.path)),
            Change::Add(_) => Err(NoFix::Layout),
            Change::Remove => {
                let (around, part) = hcl_part(&body, &way).ok_or(NoFix::Layout)?;
                // Whatever a variable or local is for besides would be left without a use.
                if let Some(Tree::Expr(expr)) = way.last()
                    && !expr.is_literal()
                    && value.origin.hop.as_ref().is_some_and(|hop| is_defined(hop, 0))
                {
                    return Err(NoFix::From(origin(value)));
                }
                Ok(target(around, Action::Change(Inner { removed: vec![part], added: Vec::new() }), named(&edit.path)))
            }
        }
    }

    /// What an edit comes to at all blocks of one type.
    pub(super) fn hcl_blocks(&self, spans: &[Span], missing: &[Step], edit: &RepairEdit) -> Found {
        if edit.change != Change::Remove || !missing.is_empty() {
            return Err(NoFix::Layout);
        }
        let mut actions = Vec::new();
        for span in spans {
            let body = self.body(span.file);
            let way = hcl::way(&body, *span).ok_or(NoFix::Computed)?;
            refuse_dynamic(&way)?;
            let (around, part) = hcl_part(&body, &way).ok_or(NoFix::Layout)?;
            actions.push((Node::Hcl(around), Action::Change(Inner { removed: vec![part], added: Vec::new() })));
        }
        Ok(Target { actions, name: named(&edit.path), is_missing: false, is_elsewhere: false })
    }

    /// A value is set where it is written out: here, or at the end of its way.
    fn hcl_set(&self, resource: &Resource, value: &Value, span: Span, to: Value, name: String) -> Found {
        let mut at = span;
        let mut hop = value.origin.hop.as_ref();
        let mut says = name;
        for _ in 0..MAX_HOPS {
            let body = self.body(at.file);
            let way = hcl::way(&body, at).ok_or_else(|| Self::lost(value, at == span))?;
            refuse_dynamic(&way)?;
            let Some(Tree::Expr(expr)) = way.last() else { return Err(NoFix::Layout) };
            if expr.is_literal() {
                let is_elsewhere = !resource.block.contains(at);
                let actions = vec![(Node::Hcl(at), Action::Set(to))];
                return Ok(Target { actions, name: says, is_missing: false, is_elsewhere });
            }
            let root = expr.reference().ok_or(NoFix::Computed)?;
            let next = hop.filter(|_| matches!(root, "var" | "local"));
            let Some(next) = next else {
                return Err(if root == "each" || root == "count" {
                    NoFix::PerInstance
                } else {
                    NoFix::From(origin(value))
                });
            };
            (at, says) = followed(next).ok_or_else(|| NoFix::From(origin(value)))?;
            hop = match &next.next[..] {
                [] => None,
                [only] => Some(only),
                _ => return Err(NoFix::Computed),
            };
        }
        Err(NoFix::Computed)
    }

    fn lost(value: &Value, is_first: bool) -> NoFix {
        if is_first || value.origin.hop.is_none() { NoFix::Computed } else { NoFix::From(origin(value)) }
    }

    /// A missing member as it is written at the end of a way: as a block or an attribute, under the
    /// name that Terraform has for it.
    fn new_member(&self, way: &[Tree<'_>], member: Member) -> Result<Member, NoFix> {
        match way.last() {
            Some(Tree::Block(block)) => {
                let is_made = |inner: &&Block| {
                    inner.kind.name == "dynamic" && inner.labels.first().is_some_and(|label| label.name == member.name)
                };
                if block.body.blocks.iter().any(|inner| is_made(&inner)) {
                    return Err(NoFix::Dynamic);
                }
                let Some(Tree::Block(outer)) = way.first() else { return Err(NoFix::Layout) };
                let kind = outer.labels.first().map_or("", |label| label.name.as_str());
                let is_twin = kind.starts_with("kubernetes_") && kind != "kubernetes_manifest";
                Ok(if is_twin { of_twin(member) } else { of_block(member) })
            }
            Some(Tree::Expr(Expr { kind: ExprKind::Object(_), .. })) => Ok(member),
            Some(Tree::Expr(expr)) if expr.reference().is_some() => {
                Err(NoFix::From(format!("`{}`", self.outcome.sources.text(expr.span))))
            }
            Some(Tree::Expr(expr)) if !expr.is_literal() => Err(NoFix::Computed),
            _ => Err(NoFix::Layout),
        }
    }

    /// The changes of the text of a file of Terraform.
    pub(super) fn in_hcl(&self, span: Span, action: &Action) -> Result<Vec<Splice>, NoFix> {
        let text = self.text(span.file);
        if matches!(self.outcome.sources.file(span.file).kind, FileKind::TerraformJson | FileKind::TfvarsJson) {
            let draft = self.draft(span.file, 0)?;
            return in_json(&draft, span, action);
        }
        let body = self.body(span.file);
        let way = hcl::way(&body, span).ok_or(NoFix::Layout)?;
        let splices = match (way.last(), action) {
            (Some(Tree::Expr(expr)), Action::Set(value)) => Some(vec![hcl::set(text, expr.span, value)]),
            (Some(Tree::Block(block)), Action::Change(inner)) => {
                hcl::change_block(text, block, &inner.spans(), &inner.added)
            }
            (Some(Tree::Expr(expr)), Action::Change(inner)) => match &expr.kind {
                ExprKind::Object(_) => hcl::change_object(text, expr, &inner.spans(), &inner.added),
                ExprKind::Tuple(_) => hcl::change_list(text, expr, &inner.spans()),
                _ => None,
            },
            _ => None,
        };
        splices.ok_or(NoFix::Layout)
    }
}

fn in_json(draft: &Draft, span: Span, action: &Action) -> Result<Vec<Splice>, NoFix> {
    let path = draft.path_to(&span.range()).ok_or(NoFix::Layout)?;
    match action {
        Action::Set(value) => draft.set(&path, value),
        Action::Change(inner) => {
            let step = |span: &Span| draft.path_to(&span.range())?.0.pop();
            let removed: Option<Vec<Step>> = inner.spans().iter().map(step).collect();
            draft.change(&path, &removed.ok_or(NoFix::Layout)?, &inner.added)
        }
    }
    .map_err(refused)
}

/// The place of a definition that a user can edit, and what it is called.
fn followed(hop: &Arc<Hop>) -> Option<(Span, String)> {
    let Place::Span(span) = hop.place else { return None };
    let name = match &hop.kind {
        HopKind::Default(name) => format!("the default of var.{name}"),
        HopKind::Input(name) => format!("var.{name}"),
        HopKind::Argument(name) => name.to_string(),
        HopKind::Local(name) => format!("local.{name}"),
        _ => return None,
    };
    Some((span, name))
}

/// Whether a value was read from a variable or a local value.
fn is_defined(hop: &Hop, depth: usize) -> bool {
    use HopKind::{Argument, Default, Input, Local};
    matches!(hop.kind, Default(_) | Input(_) | Argument(_) | Local(_))
        || depth < MAX_HOPS && hop.next.iter().any(|next| is_defined(next, depth + 1))
}

/// What a value was read from, in words.
fn origin(value: &Value) -> String {
    let Some(mut hop) = value.origin.hop.as_ref() else { return "elsewhere".to_owned() };
    while let (HopKind::Sensitive, [next]) = (&hop.kind, &hop.next[..]) {
        hop = next;
    }
    match &hop.kind {
        HopKind::Default(name) => format!("the default of `var.{name}`"),
        HopKind::Input(name) => format!("`var.{name}`, which is set from outside"),
        HopKind::Argument(name) => format!("the argument `{name}`"),
        HopKind::Local(name) => format!("`local.{name}`"),
        HopKind::Output(name) => format!("the output `{name}`"),
        HopKind::Resource { address, .. } => format!("`{address}`"),
        HopKind::File(name) => format!("the file `{name}`"),
        HopKind::Sensitive => "a sensitive value".to_owned(),
        HopKind::Combined | HopKind::Encoded(_) => "several places".to_owned(),
    }
}

fn refuse_dynamic(way: &[Tree<'_>]) -> Result<(), NoFix> {
    let is_dynamic = |node: &Tree<'_>| matches!(node, Tree::Block(block) if block.kind.name == "dynamic");
    if way.iter().any(is_dynamic) { Err(NoFix::Dynamic) } else { Ok(()) }
}

/// What the node at the end of a way is a part of, and the whole of it that goes with it.
fn hcl_part(body: &Body, way: &[Tree<'_>]) -> Option<(Span, Part)> {
    let span = |node: &Tree<'_>| match node {
        Tree::Block(block) => Some(block.span),
        Tree::Expr(expr) => Some(expr.span),
        Tree::Attribute(_) | Tree::Item(_) => None,
    };
    let (last, above) = way.split_last()?;
    // A map that nothing is left in goes as a whole.
    if let [.., around, Tree::Attribute(attribute), Tree::Expr(object), Tree::Item(_)] = above
        && matches!(&object.kind, ExprKind::Object(items) if items.len() == 1)
        && MAPS.contains(&attribute.name.name.as_str())
    {
        return Some((span(around)?, Part::Span(attribute.span)));
    }
    debug_assert!(!body.blocks.is_empty() || !body.attributes.is_empty(), "the way is in it");
    match (last, above) {
        (Tree::Block(block), [.., around]) => Some((span(around)?, Part::Span(block.span))),
        (Tree::Expr(_), [.., around, Tree::Attribute(attribute)]) => Some((span(around)?, Part::Span(attribute.span))),
        (Tree::Expr(expr), [.., around, Tree::Item(_)] | [.., around]) => Some((span(around)?, Part::Span(expr.span))),
        _ => None,
    }
}

/// A member of a block: what is to hold others is a block, unless all know it as a map.
fn of_block(member: Member) -> Member {
    let content = match member.content {
        Content::Block(inner) if MAPS.contains(&member.name.as_str()) => Content::Value(object(inner)),
        Content::Block(inner) => Content::Block(inner.into_iter().map(of_block).collect()),
        value @ Content::Value(_) => value,
    };
    Member { content, ..member }
}

/// The same for the twin of a Kubernetes object.
fn of_twin(member: Member) -> Member {
    let name = kubernetes::attribute_name(&member.name);
    let content = match member.content {
        Content::Block(inner) if kubernetes::is_map(&name) => Content::Value(object(inner)),
        Content::Block(inner) => Content::Block(inner.into_iter().map(of_twin).collect()),
        value @ Content::Value(_) => value,
    };
    Member { name, content }
}

fn object(members: Vec<Member>) -> Value {
    let members = members.into_iter().map(|member| {
        let value = match member.content {
            Content::Value(value) => value,
            Content::Block(inner) => object(inner),
        };
        (member.name, value)
    });
    Value::from(Data::Object(members.collect()))
}
