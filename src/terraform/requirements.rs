use std::collections::BTreeMap;
use std::path::PathBuf;

use ecow::EcoString;

use super::module::{attribute, literal};
use super::world::World;
use crate::syntax::hcl::{Body, Expr, ExprKind};
use crate::value::{Ceiling, Version};

/// Providers, by their type, and up to which version they may be.
pub type Ceilings = BTreeMap<EcoString, Ceiling>;
/// The versions that lock files state, by the folder of the root module.
pub type Locks = BTreeMap<PathBuf, Ceilings>;

/// The versions that a lock file states.
pub fn locked(file: &Body) -> Ceilings {
    let providers = file.blocks.iter().filter(|block| block.kind.name == "provider");
    let version = |text: Option<&str>| text.and_then(Version::parse).map_or(Ceiling::Unknown, Ceiling::At);
    let of = |block: &crate::syntax::hcl::Block| {
        let source = block.labels.first()?;
        Some((type_of(&source.name), version(literal(&block.body, "version"))))
    };
    providers.filter_map(of).collect()
}

/// What the root module and all modules below it require together; a locked version outweighs it.
pub(crate) fn ceilings(world: &World<'_>, locks: &Locks) -> Ceilings {
    let mut all = Ceilings::new();
    let mut require = |name: EcoString, ceiling: Ceiling| {
        let known = all.entry(name).or_default();
        *known = std::mem::take(known).and(ceiling);
    };
    for module in world.modules() {
        for (name, value) in module.terraform.iter().flat_map(|block| required_providers(&block.body)) {
            let (name, ceiling) = required(&name, value);
            require(name, ceiling);
        }
        for provider in &module.providers {
            if let Some(version) = attribute(&provider.block.body, "version") {
                require(provider.name.clone(), constraint(version));
            }
        }
    }
    all.extend(locks.get(&crate::source::normalize(world.root)).cloned().unwrap_or_default());
    all
}

/// The entries of `required_providers`, which is a block, and an attribute in JSON.
fn required_providers(terraform: &Body) -> Vec<(EcoString, &Expr)> {
    let blocks = terraform.blocks.iter().filter(|block| block.kind.name == "required_providers");
    let mut all: Vec<_> =
        blocks.flat_map(|block| &block.body.attributes).map(|entry| (entry.name.name.clone(), &entry.value)).collect();
    if let Some(ExprKind::Object(items)) = attribute(terraform, "required_providers").map(|expr| &expr.kind) {
        all.extend(items.iter().filter_map(|item| Some((text(&item.key)?, &item.value))));
    }
    all
}

fn text(expr: &Expr) -> Option<EcoString> {
    match &expr.kind {
        ExprKind::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// `aws = { source = "hashicorp/aws", version = "~> 5.0" }`, or only the version's text.
fn required(name: &EcoString, value: &Expr) -> (EcoString, Ceiling) {
    let ExprKind::Object(items) = &value.kind else { return (name.clone(), constraint(value)) };
    let member = |key: &str| items.iter().find(|item| text(&item.key).is_some_and(|name| name == key));
    let source = member("source").and_then(|item| text(&item.value));
    let ceiling = member("version").map_or(Ceiling::None, |item| constraint(&item.value));
    (source.map_or_else(|| name.clone(), |source| type_of(&source)), ceiling)
}

fn constraint(value: &Expr) -> Ceiling {
    match &value.kind {
        ExprKind::String(text) => Ceiling::of(text),
        _ => Ceiling::Unknown,
    }
}

/// `aws` of `registry.example/hashicorp/aws`.
fn type_of(source: &str) -> EcoString {
    source.rsplit('/').next().unwrap_or(source).into()
}
