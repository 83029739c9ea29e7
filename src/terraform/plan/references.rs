use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use super::address::{Part, block, parts, prefix, suffix};
use super::document::{Document, Module, Resource};

/// Most resources that one value is said to be read from.
const MAX_FOUND: usize = 16;
/// Most references that are followed for one value.
const MAX_STEPS: u32 = 500;
/// Deepest nesting of modules that is followed.
const MAX_DEPTH: usize = 32;

/// Resolves the references of a configuration to instances that the document has.
#[derive(Debug)]
pub(super) struct References<'d> {
    root: Option<&'d Module>,
    /// Configured blocks by their address.
    blocks: FxHashMap<EcoString, &'d Resource>,
    /// Instances by their address without the last index.
    instances: FxHashMap<EcoString, Vec<EcoString>>,
    /// Prefixes of module instances by the call, `module.a["x"].module.b`.
    calls: FxHashMap<EcoString, Vec<EcoString>>,
}

/// What a value was read from: the address of an instance, and its attribute.
pub(super) type Target = (EcoString, EcoString);

/// A module on the way from the root, and the prefix of its instance.
#[derive(Clone, Debug)]
struct Level<'d> {
    module: &'d Module,
    prefix: EcoString,
}

/// Where references stand: the way to their module, and the indexes around them, innermost first.
#[derive(Clone, Debug)]
pub(super) struct Scope<'d> {
    levels: Vec<Level<'d>>,
    indexes: Vec<EcoString>,
}

struct Search {
    found: Vec<Target>,
    steps_left: u32,
}

impl<'d> References<'d> {
    pub(super) fn new<'a>(document: &'d Document, addresses: impl Iterator<Item = &'a str>) -> Self {
        let root = document.configuration.as_ref().map(|configuration| &configuration.root_module);
        let mut blocks = FxHashMap::default();
        if let Some(root) = root {
            root.blocks("", &mut blocks);
        }
        let mut new = Self { root, blocks, instances: FxHashMap::default(), calls: FxHashMap::default() };
        for address in addresses {
            let base = address.strip_suffix(suffix(address)).unwrap_or(address);
            new.instances.entry(base.into()).or_default().push(address.into());
            let mut inner = prefix(address);
            while let Some(call) = inner.strip_suffix('.') {
                let key = call.strip_suffix(suffix(call)).unwrap_or(call);
                let known = new.calls.entry(key.into()).or_default();
                if known.iter().any(|known| known == inner) {
                    break;
                }
                known.push(inner.into());
                inner = outer(inner);
            }
        }
        new
    }

    /// The configuration of an instance, and the scope of its expressions.
    pub(super) fn configured(&self, address: &str) -> Option<(&'d Resource, Scope<'d>)> {
        let mut levels = vec![Level { module: self.root?, prefix: EcoString::new() }];
        let way = prefix(address);
        let mut names = parts(way).into_iter().peekable();
        while let (Some(Part::Name(_)), Some(Part::Name(name))) = (names.next(), names.next()) {
            let index = names.next_if(|part| matches!(part, Part::Index(_)));
            let index = if let Some(Part::Index(index)) = index { index } else { "" };
            let level = levels.last()?;
            let module = level.module.calls.get(name)?.module.as_ref()?;
            let prefix = eco_format!("{}module.{name}{index}.", level.prefix);
            levels.push(Level { module, prefix });
        }
        let resource = *self.blocks.get(&block(address))?;
        let indexes = parts(address).into_iter().rev().filter_map(|part| match part {
            Part::Index(index) => Some(index.into()),
            Part::Name(_) => None,
        });
        Some((resource, Scope { levels, indexes: indexes.collect() }))
    }

    /// The resources that an expression reads, directly or by way of modules.
    pub(super) fn of_expression(&self, expression: &Json, scope: &Scope<'d>) -> Vec<Target> {
        let mut search = Search { found: Vec::new(), steps_left: MAX_STEPS };
        self.expression(expression, scope, &mut search);
        search.found
    }

    fn expression(&self, expression: &Json, scope: &Scope<'d>, search: &mut Search) {
        match expression {
            Json::Object(members) => match members.get("references").and_then(Json::as_array) {
                Some(references) => {
                    let all: Vec<&str> = references.iter().filter_map(Json::as_str).collect();
                    for reference in all.iter().filter(|reference| !is_part_of_another(reference, &all)) {
                        self.reference(reference, scope, search);
                    }
                }
                None => members.values().for_each(|member| self.expression(member, scope, search)),
            },
            Json::Array(items) => items.iter().for_each(|item| self.expression(item, scope, search)),
            _ => {}
        }
    }

    fn reference(&self, reference: &str, scope: &Scope<'d>, search: &mut Search) {
        if search.steps_left == 0 || search.found.len() >= MAX_FOUND {
            return;
        }
        search.steps_left -= 1;
        let parts = parts(reference);
        match parts[..] {
            [Part::Name("var"), Part::Name(name), ..] => self.variable(name, scope, search),
            [Part::Name("module"), Part::Name(call), Part::Index(index), Part::Name(output), ..] => {
                self.output(call, Some(index), output, scope, search);
            }
            [Part::Name("module"), Part::Name(call), Part::Name(output), ..] => {
                self.output(call, None, output, scope, search);
            }
            [Part::Name("module" | "each" | "count" | "local" | "path" | "terraform" | "self"), ..] => {}
            [Part::Name("data"), Part::Name(kind), Part::Name(name), ref rest @ ..] => {
                self.instance(&eco_format!("data.{kind}.{name}"), rest, scope, search);
            }
            [Part::Name(kind), Part::Name(name), ref rest @ ..] => {
                self.instance(&eco_format!("{kind}.{name}"), rest, scope, search);
            }
            _ => {}
        }
    }

    /// A variable's value is what the caller passes.
    fn variable(&self, name: &str, scope: &Scope<'d>, search: &mut Search) {
        let [levels @ .., caller, own] = &scope.levels[..] else { return };
        let call = parts(&own.prefix).into_iter().rev().find_map(|part| match part {
            Part::Name(name) => Some(name),
            Part::Index(_) => None,
        });
        let passed = call.and_then(|call| caller.module.calls.get(call)?.expressions.get(name));
        if let Some(expression) = passed {
            let levels = levels.iter().chain([caller]).cloned().collect();
            self.expression(expression, &Scope { levels, indexes: scope.indexes.clone() }, search);
        }
    }

    fn output(&self, call: &str, index: Option<&str>, output: &str, scope: &Scope<'d>, search: &mut Search) {
        let Some(own) = scope.levels.last().filter(|_| scope.levels.len() < MAX_DEPTH) else { return };
        let Some(module) = own.module.calls.get(call).and_then(|call| call.module.as_ref()) else { return };
        let Some(output) = module.outputs.get(output) else { return };
        let key = eco_format!("{}module.{call}", own.prefix);
        let known = self.calls.get(&key).map_or(&[][..], Vec::as_slice);
        let index_of = |prefix: &EcoString| -> EcoString { suffix(prefix.trim_end_matches('.')).into() };
        for prefix in chosen(known, index, &scope.indexes, index_of) {
            let mut inner = scope.clone();
            inner.levels.push(Level { module, prefix: prefix.clone() });
            self.expression(&output.expression, &inner, search);
        }
    }

    fn instance(&self, block: &str, rest: &[Part<'_>], scope: &Scope<'d>, search: &mut Search) {
        let Some(own) = scope.levels.last() else { return };
        let (index, rest) = match rest {
            [Part::Index(index), rest @ ..] => (Some(*index), rest),
            rest => (None, rest),
        };
        let attribute = if let Some(Part::Name(name)) = rest.first() { *name } else { "" };
        let known = self.instances.get(&eco_format!("{}{block}", own.prefix)).map_or(&[][..], Vec::as_slice);
        for address in chosen(known, index, &scope.indexes, |address| suffix(address).into()) {
            let target = (address.clone(), attribute.into());
            if search.found.len() < MAX_FOUND && !search.found.contains(&target) {
                search.found.push(target);
            }
        }
    }
}

/// Of several instances the one that is named, else the one with an index that stands around the
/// reference, as with `each.key`, else all.
fn chosen<'k>(
    known: &'k [EcoString],
    index: Option<&str>,
    around: &[EcoString],
    index_of: impl Fn(&EcoString) -> EcoString,
) -> Vec<&'k EcoString> {
    let at = |index: &str| known.iter().find(|instance| index_of(instance) == index);
    match index {
        Some(index) => at(index).into_iter().collect(),
        None => around.iter().find_map(|index| at(index)).map_or_else(|| known.iter().collect(), |one| vec![one]),
    }
}

/// Terraform lists `a.b.c` and then `a.b` for one expression.
fn is_part_of_another(reference: &str, all: &[&str]) -> bool {
    all.iter().any(|other| other.strip_prefix(reference).is_some_and(|rest| rest.starts_with(['.', '['])))
}

/// The prefix of the module around the one with this prefix.
fn outer(inner: &str) -> &str {
    let call = inner.strip_suffix('.').unwrap_or(inner);
    let without_index = call.strip_suffix(suffix(call)).unwrap_or(call);
    let name_start = without_index.rfind("module.").unwrap_or(0);
    inner.get(..name_start).unwrap_or("")
}
