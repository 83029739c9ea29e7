use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::module::{Declaration, attribute, literal};
use super::world::{Instance, World};
use crate::source::Span;
use crate::syntax::hcl::{Expr, ExprKind, StepKind};
use crate::value::{Data, Hop, HopKind, Place, Value};

/// The address of a provider configuration within its module: `provider.aws`, `provider.aws.eu`.
pub(crate) fn address(declaration: &Declaration<'_>) -> EcoString {
    let alias = literal(&declaration.block.body, "alias").map(|alias| eco_format!(".{alias}")).unwrap_or_default();
    eco_format!("provider.{}{alias}", declaration.name)
}

/// The provider configuration of a resource, as a value read from that configuration: the one it
/// names, or the one that its type begins with. `None` where no file configures it.
pub(crate) fn of_resource<'s>(
    world: &World<'s>,
    instance: &Rc<Instance<'s>>,
    declaration: &Declaration<'s>,
) -> Option<Value> {
    let written = attribute(&declaration.block.body, "provider");
    let name = written.map_or_else(|| Some(by_type(&declaration.name)), reference)?;
    let address = configuration(world, Rc::clone(instance), &name)?;
    Some(value(name, address, written.map_or(declaration.block.header, |expr| expr.span)))
}

/// `aws` of `aws_s3_bucket.logs` and of `data.aws_ami.base`.
fn by_type(name: &str) -> EcoString {
    let type_name = name.strip_prefix("data.").unwrap_or(name);
    type_name.split(['_', '.']).next().unwrap_or(type_name).into()
}

fn value(name: EcoString, address: EcoString, span: Span) -> Value {
    let mut value = Value::new(Data::String(name), Place::Span(span));
    let kind = HopKind::Resource { address, attribute: EcoString::new() };
    value.origin.hop = Some(Arc::new(Hop { kind, place: Place::Span(span), next: Vec::new() }));
    value
}

/// The address of the configuration that `aws` or `aws.eu` names in a module: one of its own, one
/// that the call passes in, or, for a name without an alias, the caller's.
fn configuration<'s>(world: &World<'s>, instance: Rc<Instance<'s>>, name: &str) -> Option<EcoString> {
    let (mut instance, mut name) = (instance, EcoString::from(name));
    loop {
        let full = eco_format!("provider.{name}");
        if instance.module.providers.iter().any(|declaration| address(declaration) == full) {
            return Some(instance.prefix.clone() + full.as_str());
        }
        let (caller, call) = world.caller(&instance)?;
        let passed = attribute(&call.block.body, "providers");
        name = match passed.and_then(|expr| passed_as(expr, &name)) {
            Some(passed) => passed,
            None if name.contains('.') => return None,
            None => name,
        };
        instance = caller;
    }
}

/// What `providers = { aws = aws.eu }` gives for `aws`.
fn passed_as(providers: &Expr, name: &str) -> Option<EcoString> {
    let ExprKind::Object(items) = &providers.kind else { return None };
    let item = items.iter().find(|item| reference(&item.key).is_some_and(|key| key == name))?;
    reference(&item.value)
}

/// `aws`, `aws.eu`, and the same in quotes.
fn reference(expr: &Expr) -> Option<EcoString> {
    match &expr.kind {
        ExprKind::Variable(name) | ExprKind::String(name) => Some(name.clone()),
        ExprKind::Traversal(traversal) => {
            let (root, [step]) = (reference(&traversal.root)?, &traversal.steps[..]) else { return None };
            match &step.kind {
                StepKind::Attr(alias) => Some(eco_format!("{root}.{alias}")),
                _ => None,
            }
        }
        _ => None,
    }
}
