use std::rc::Rc;

use ecow::{EcoString, eco_format};

use super::resources;
use super::world::{Instance, World};
use crate::graph::{Presence, ResourceKind, Scope};
use crate::value::{Data, Reason, Value};

/// Every named value below a root module by its address: variables, locals, resources and
/// outputs of all module instances, sorted by address.
pub(crate) fn all(world: &World<'_>) -> Vec<(EcoString, Value)> {
    let resources = resources::all(world, Scope(0)).into_iter();
    let deployed = resources.filter(|one| matches!(one.kind, ResourceKind::Managed | ResourceKind::Data));
    let mut all: Vec<(EcoString, Value)> = deployed
        .map(|resource| match resource.presence {
            Presence::Maybe => (resource.address, Value::unknown(Reason::Cardinality, Some(resource.block))),
            _ => (resource.address, written(resource.attributes)),
        })
        .collect();
    let mut index = 0;
    while let Some(instance) = world.instance(index) {
        named(world, &instance, &mut all);
        index += 1;
    }
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}

/// The attributes without the provider, which the graph keeps among them for the sake of its edge.
fn written(mut attributes: Value) -> Value {
    if let Data::Object(members) = &attributes.data {
        let own = members.iter().filter(|(name, _)| *name != "provider");
        attributes.data = Data::Object(own.map(|(name, value)| (name.clone(), value.clone())).collect());
    }
    attributes
}

fn named<'s>(world: &World<'s>, instance: &Rc<Instance<'s>>, all: &mut Vec<(EcoString, Value)>) {
    let prefix = &instance.prefix;
    for declaration in &instance.module.variables {
        let value = world.variable(instance, &declaration.name, declaration.block.header);
        all.push((eco_format!("{prefix}var.{}", declaration.name), value));
    }
    for attribute in &instance.module.locals {
        let value = world.local(instance, &attribute.name.name, attribute.span);
        all.push((eco_format!("{prefix}local.{}", attribute.name.name), value));
    }
    for (index, declaration) in instance.module.outputs.iter().enumerate() {
        let value = world.own_output(instance, index);
        all.push((eco_format!("{prefix}output.{}", declaration.name), value));
    }
}
