use std::rc::Rc;

use ecow::{EcoString, eco_format};

use super::body;
use super::expand::{self, Instances, Repetition};
use super::module::Declaration;
use super::providers;
use super::world::{Instance, World};
use crate::graph::{Presence, Resource, ResourceKind, Scope};
use crate::value::{Data, Map, Place, Value};

/// Most nodes of one root module.
const MAX_NODES: usize = 200_000;

/// Evaluates everything below a root module: providers, variables, module calls, resources and
/// outputs, module by module, each in the order of the text;
/// all are of that scope.
pub(crate) fn all(world: &World<'_>, scope: Scope) -> Vec<Resource> {
    let mut all = Vec::new();
    let mut index = 0;
    while let Some(instance) = world.instance(index) {
        if all.len() > MAX_NODES {
            world.stop_at(&instance);
            break;
        }
        one_module(world, &instance, scope, &mut all);
        index += 1;
    }
    all
}

fn one_module<'s>(world: &World<'s>, instance: &Rc<Instance<'s>>, scope: Scope, all: &mut Vec<Resource>) {
    let env = world.environment(instance, Repetition::default());
    let module = instance.module;
    let node = |kind,
                type_name: EcoString,
                name: &EcoString,
                address: EcoString,
                declaration: &Declaration<'_>,
                attributes| Resource {
        kind,
        type_name,
        class: None,
        name: name.clone(),
        address: eco_format!("{}{address}", instance.prefix),
        scope,
        presence: Presence::Certain,
        attributes,
        block: declaration.block.span,
        header: Place::Span(declaration.block.header),
    };
    for d in &module.providers {
        let value = body::value(world, &env, &d.block.body, &[]);
        let type_name = eco_format!("provider.{}", d.name);
        all.push(node(ResourceKind::Provider, type_name, &d.name, providers::address(d), d, value));
    }
    for d in &module.variables {
        world.validate(instance, d);
        let value = body::value(world, &env, &d.block.body, &["type", "validation"]);
        all.push(node(ResourceKind::Variable, "variable".into(), &d.name, eco_format!("var.{}", d.name), d, value));
    }
    for (index, d) in module.resources.iter().enumerate() {
        let provider = providers::of_resource(world, instance, d);
        for (suffix, value, presence) in instances(world, instance, index) {
            let is_data = d.name.starts_with("data.");
            let kind = if is_data { ResourceKind::Data } else { ResourceKind::Managed };
            let (type_name, name) = d.name.rsplit_once('.').unwrap_or(("", &d.name));
            let address = eco_format!("{}{suffix}", d.name);
            let mut resource = node(kind, type_name.into(), &name.into(), address, d, value);
            resource.presence = presence;
            resource.attributes.origin.hop = None;
            if let (Some(provider), Data::Object(members)) = (&provider, &mut resource.attributes.data) {
                members.insert("provider".into(), provider.clone());
            }
            all.push(resource);
        }
    }
    for d in &module.calls {
        let repeated = expand::expand(world, &env, d.block);
        let presence = presence(&repeated);
        for (suffix, repetition) in repeated.with_suffixes() {
            let env = world.environment(instance, repetition.clone());
            let value = body::value(world, &env, &d.block.body, body::META);
            let address = eco_format!("module.{}{suffix}", d.name);
            let mut call = node(ResourceKind::Module, "module".into(), &d.name, address, d, value);
            call.presence = presence;
            all.push(call);
        }
    }
    for index in 0..module.calls.len() {
        world.call(instance, index);
    }
    for (index, d) in module.outputs.iter().enumerate().filter(|_| world.caller(instance).is_none()) {
        let mut members: Map = [("value".into(), world.own_output(instance, index))].into_iter().collect();
        for attribute in d.block.body.attributes.iter().filter(|a| a.name.name != "value") {
            members.insert(attribute.name.name.clone(), env.evaluate(&attribute.value));
        }
        let value = Value::from(Data::Object(members));
        all.push(node(ResourceKind::Output, "output".into(), &d.name, eco_format!("output.{}", d.name), d, value));
    }
}

fn instances<'s>(world: &World<'s>, instance: &Rc<Instance<'s>>, index: usize) -> Vec<(EcoString, Value, Presence)> {
    let Some(instances) = world.resource_instances(instance, index) else { return Vec::new() };
    let presence = presence(&instances);
    instances.with_suffixes().into_iter().map(|(suffix, value)| (suffix, value.clone(), presence)).collect()
}

fn presence<T>(instances: &Instances<T>) -> Presence {
    if matches!(instances, Instances::Unknown(_)) { Presence::Maybe } else { Presence::Certain }
}
