use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::cells::Cells;
use super::environment::Env;
use super::eval::Evaluator;
use super::expand::{self, Instances, Repetition};
use super::input::Input;
use super::module::{Declaration, Kind, Module, attribute, literal, local_source};
use super::tree::Modules;
use super::{body, policy_document, types, validation};
use crate::source::{FileSystem, Problem, Span};
use crate::syntax::hcl::Expr;
use crate::value::{Data, Hop, HopKind, Place, Reason, Value};

/// Deepest nesting of module calls.
const MAX_MODULE_DEPTH: u32 = 32;
/// Most module instances below one root.
const MAX_MODULE_INSTANCES: usize = 20_000;
/// Longest chain of definitions that depend on each other.
const MAX_CHAIN: u32 = 400;

/// Folders of downloaded modules by root module and by the names of the calls: `a.b`.
pub type Installed = BTreeMap<(PathBuf, EcoString), PathBuf>;
/// Calls by the source that they name.
pub(crate) type Missing = BTreeMap<EcoString, BTreeSet<Span>>;

/// One root module and all module instances below it, evaluated when asked for.
pub(crate) struct World<'s> {
    pub(super) modules: &'s Modules<'s>,
    pub(super) root: &'s Path,
    pub(super) files: &'s dyn FileSystem,
    pub(super) bounds: &'s [PathBuf],
    inputs: BTreeMap<EcoString, Input>,
    installed: &'s Installed,
    /// Folders of modules that were looked for.
    pub(super) asked: RefCell<BTreeSet<PathBuf>>,
    /// Sources of modules that are not on disk, and the calls of each.
    pub(super) missing: RefCell<Missing>,
    instances: RefCell<Vec<Rc<Instance<'s>>>>,
    pub(super) problems: RefCell<Vec<Problem>>,
    chain: Cell<u32>,
}

/// One instance of a module.
pub(crate) struct Instance<'s> {
    pub(super) module: &'s Module<'s>,
    /// `module.a["x"].`, empty for the root.
    pub(super) prefix: EcoString,
    /// The names of the calls that lead here: `a.b.`, empty for the root.
    key: EcoString,
    /// Its place among the instances.
    index: usize,
    parent: Option<Caller<'s>>,
    depth: u32,
    variables: Cells<Value>,
    locals: Cells<Value>,
    outputs: Cells<Value>,
    resources: Cells<Rc<Instances<Value>>>,
    calls: Cells<Called<'s>>,
}

struct Caller<'s> {
    instance: usize,
    call: &'s Declaration<'s>,
    repetition: Repetition,
}

/// What a module call leads to.
#[derive(Clone)]
pub(super) enum Called<'s> {
    /// Instances of a module on disk.
    Here(Rc<Instances<Rc<Instance<'s>>>>),
    /// The source is not on disk.
    Elsewhere,
}

impl<'s> World<'s> {
    pub(crate) fn new(
        modules: &'s Modules<'s>,
        root: &'s Path,
        inputs: BTreeMap<EcoString, Input>,
        sources: super::Sources<'s>,
    ) -> Self {
        let world = Self {
            modules,
            root,
            files: sources.fs,
            bounds: sources.bounds,
            inputs,
            installed: sources.installed,
            asked: RefCell::new([root.to_path_buf()].into()),
            missing: RefCell::default(),
            instances: RefCell::default(),
            problems: RefCell::default(),
            chain: Cell::new(0),
        };
        if let Some(module) = modules.get(root) {
            world.add(module, EcoString::new(), EcoString::new(), None, 0);
        }
        world
    }

    fn add(
        &self,
        module: &'s Module<'s>,
        prefix: EcoString,
        key: EcoString,
        parent: Option<Caller<'s>>,
        depth: u32,
    ) -> Rc<Instance<'s>> {
        let instance = Rc::new(Instance {
            module,
            prefix,
            key,
            index: self.instances.borrow().len(),
            parent,
            depth,
            variables: Cells::new(module.variables.len()),
            locals: Cells::new(module.locals.len()),
            outputs: Cells::new(module.outputs.len()),
            resources: Cells::new(module.resources.len()),
            calls: Cells::new(module.calls.len()),
        });
        self.instances.borrow_mut().push(Rc::clone(&instance));
        instance
    }

    /// The module instances there are so far, parents before children.
    pub(super) fn instance(&self, index: usize) -> Option<Rc<Instance<'s>>> {
        self.instances.borrow().get(index).cloned()
    }

    /// The instance that calls this one, and the call.
    pub(super) fn caller(&self, instance: &Instance<'s>) -> Option<(Rc<Instance<'s>>, &'s Declaration<'s>)> {
        let caller = instance.parent.as_ref()?;
        Some((self.instance(caller.instance)?, caller.call))
    }

    /// The modules that have instances so far, each once.
    pub(super) fn modules(&self) -> Vec<&'s Module<'s>> {
        let mut seen = BTreeSet::new();
        let instances = self.instances.borrow();
        let modules = instances.iter().map(|instance| instance.module);
        modules.filter(|module| seen.insert(module.folder)).collect()
    }

    /// Reports that nothing from this module instance on is analyzed.
    pub(super) fn stop_at(&self, instance: &Instance<'s>) {
        if let Some(caller) = &instance.parent {
            let message = format!("limit reached: number of nodes, from `{}` on nothing is analyzed", instance.prefix);
            self.problems.borrow_mut().push(Problem::new(caller.call.block.header, message));
        }
    }

    /// Evaluates an expression and keeps its problems.
    pub(super) fn evaluate(&self, env: &Env<'_, 's>, expr: &Expr) -> Value {
        let evaluator = Evaluator::new(env);
        let value = evaluator.evaluate(expr);
        self.problems.borrow_mut().extend(evaluator.into_problems());
        value
    }

    fn env<'w>(&'w self, instance: &Rc<Instance<'s>>, repetition: Repetition) -> Env<'w, 's> {
        Env { world: self, instance: Rc::clone(instance), repetition }
    }

    /// Runs one definition's computation, unless the chain of definitions is too long.
    fn chained<T>(&self, compute: impl FnOnce() -> T) -> Option<T> {
        if self.chain.get() >= MAX_CHAIN {
            return None;
        }
        self.chain.set(self.chain.get() + 1);
        let result = compute();
        self.chain.set(self.chain.get() - 1);
        Some(result)
    }

    /// A definition's value, or the unknown for a cycle or a chain that is too long.
    fn value(
        &self,
        cells: &Cells<Value>,
        index: usize,
        name: &dyn Fn() -> EcoString,
        span: Span,
        compute: impl FnOnce() -> Value,
    ) -> Value {
        let too_long = || Value::unknown(Reason::Limit("chain of definitions".into()), Some(span));
        cells.get(index, || self.chained(compute).unwrap_or_else(too_long)).unwrap_or_else(|| {
            let name = name();
            self.problems.borrow_mut().push(Problem::new(span, format!("`{name}` depends on itself")));
            Value::unknown(Reason::Cycle(name), Some(span))
        })
    }

    /// `var.name`
    pub(super) fn variable(&self, instance: &Rc<Instance<'s>>, name: &str, span: Span) -> Value {
        let Some(index) = instance.module.find(Kind::Variable, name) else {
            return Value::unknown(Reason::Undeclared(eco_format!("var.{name}")), Some(span));
        };
        let declaration = &instance.module.variables[index];
        let full = || eco_format!("var.{name}");
        self.value(&instance.variables, index, &full, declaration.block.header, || {
            self.variable_now(instance, declaration)
        })
    }

    fn variable_now(&self, instance: &Rc<Instance<'s>>, declaration: &Declaration<'s>) -> Value {
        let body = &declaration.block.body;
        let name = &declaration.name;
        let env = self.env(instance, Repetition::default());
        let default = || match attribute(body, "default") {
            Some(expr) => {
                let value = self.evaluate(&env, expr);
                read_from(value, HopKind::Default(name.clone()), expr.span)
            }
            None => Value::unknown(Reason::NoDefault(name.clone()), Some(declaration.block.header)),
        };
        let given = match &instance.parent {
            None => self.inputs.get(name).map(|input| {
                let (value, problems) = input.value(attribute(body, "type"));
                self.problems.borrow_mut().extend(problems);
                value
            }),
            Some(caller) => self.argument(caller, name),
        };
        let is_nullable =
            attribute(body, "nullable").is_none_or(|expr| self.evaluate(&env, expr).as_bool() != Some(false));
        let value = match given {
            Some(value) if !value.is_null() || is_nullable => value,
            _ => default(),
        };
        let value = match attribute(body, "type") {
            Some(constraint) => match types::parse(constraint, &mut |expr| self.evaluate(&env, expr)) {
                Ok(wanted) => types::convert(value, &wanted),
                Err(problem) => {
                    self.problems.borrow_mut().push(problem);
                    value
                }
            },
            None => value,
        };
        let value = validation::narrowed(&env, declaration, value);
        let is_sensitive =
            attribute(body, "sensitive").is_some_and(|expr| self.evaluate(&env, expr).as_bool() == Some(true));
        if is_sensitive { super::eval::mark_sensitive(value) } else { value }
    }

    /// The argument of a call; an argument that is not written leaves the default.
    fn argument(&self, caller: &Caller<'s>, name: &EcoString) -> Option<Value> {
        let expr = attribute(&caller.call.block.body, name)?;
        let parent = self.instance(caller.instance)?;
        let env = self.env(&parent, caller.repetition.clone());
        let kind = HopKind::Argument(eco_format!("module.{}.{name}", caller.call.name));
        Some(read_from(self.evaluate(&env, expr), kind, expr.span))
    }

    /// `local.name`
    pub(super) fn local(&self, instance: &Rc<Instance<'s>>, name: &str, span: Span) -> Value {
        let Some(index) = instance.module.find(Kind::Local, name) else {
            return Value::unknown(Reason::Undeclared(eco_format!("local.{name}")), Some(span));
        };
        let definition = instance.module.locals[index];
        let full = || eco_format!("local.{name}");
        self.value(&instance.locals, index, &full, definition.span, || {
            let env = self.env(instance, Repetition::default());
            let value = self.evaluate(&env, &definition.value);
            read_from(value, HopKind::Local(definition.name.name.clone()), definition.value.span)
        })
    }

    fn output(&self, instance: &Rc<Instance<'s>>, index: usize, call: &str) -> Value {
        let declaration = &instance.module.outputs[index];
        let full = || eco_format!("{}output.{}", instance.prefix, declaration.name);
        self.value(&instance.outputs, index, &full, declaration.block.header, || {
            let Some(expr) = attribute(&declaration.block.body, "value") else { return Data::Null.into() };
            let env = self.env(instance, Repetition::default());
            let name = &declaration.name;
            let full = if call.is_empty() { name.clone() } else { eco_format!("module.{call}.{name}") };
            let kind = HopKind::Output(full);
            read_from(self.evaluate(&env, expr), kind, expr.span)
        })
    }

    /// The value of an output, by index.
    pub(super) fn own_output(&self, instance: &Rc<Instance<'s>>, index: usize) -> Value {
        let call = instance.parent.as_ref().map_or("", |caller| caller.call.name.as_str());
        self.output(instance, index, call)
    }

    /// Reports the `validation` blocks of a variable that its value certainly fails.
    pub(super) fn validate(&self, instance: &Rc<Instance<'s>>, declaration: &Declaration<'s>) {
        let blocks = &declaration.block.body.blocks;
        let env = self.env(instance, Repetition::default());
        for block in blocks.iter().filter(|block| block.kind.name == "validation") {
            let Some(condition) = attribute(&block.body, "condition") else { continue };
            if self.evaluate(&env, condition).as_bool() != Some(false) {
                continue;
            }
            let why = attribute(&block.body, "error_message").map(|expr| self.evaluate(&env, expr));
            let why = why.filter(|why| !why.is_sensitive());
            let why = why.as_ref().and_then(Value::as_str).unwrap_or("its condition does not hold");
            let name = &declaration.name;
            let message = format!("the value of `{}var.{name}` is refused: {why}", instance.prefix);
            self.problems.borrow_mut().push(Problem::new(block.header, message));
        }
    }

    /// `type.name`: one object, or a list or map of them, as `count` and `for_each` say.
    pub(super) fn resource(&self, instance: &Rc<Instance<'s>>, name: &str, span: Span) -> Value {
        let Some(index) = instance.module.find(Kind::Resource, name) else {
            return Value::unknown(Reason::Undeclared(name.into()), Some(span));
        };
        let address = eco_format!("{}{name}", instance.prefix);
        if let Some(instances) = self.resource_instances(instance, index) {
            return instances.value(|| whole(&address, instance.module.resources[index].block.header));
        }
        let mut value = whole(&address, span);
        value.data = Value::unknown(Reason::Cycle(address), Some(span)).data;
        value
    }

    /// All instances of a resource block, evaluated; `None` within its own evaluation.
    pub(super) fn resource_instances(&self, instance: &Rc<Instance<'s>>, index: usize) -> Option<Rc<Instances<Value>>> {
        instance.resources.get(index, || {
            let declaration = &instance.module.resources[index];
            let computed = self.chained(|| {
                let env = self.env(instance, Repetition::default());
                let expansion = expand::expand(self, &env, declaration.block);
                expansion.map(|suffix, repetition| self.resource_object(instance, declaration, suffix, repetition))
            });
            Rc::new(computed.unwrap_or(Instances::Unknown(None)))
        })
    }

    fn resource_object(
        &self,
        instance: &Rc<Instance<'s>>,
        declaration: &Declaration<'s>,
        suffix: &str,
        repetition: Repetition,
    ) -> Value {
        let env = self.env(instance, repetition);
        let mut value = body::value(self, &env, &declaration.block.body, body::META);
        value.origin.place = Place::Span(declaration.block.span);
        let address = eco_format!("{}{}{suffix}", instance.prefix, declaration.name);
        if declaration.name.starts_with("data.aws_iam_policy_document.") {
            value = policy_document::with_json(value, &address);
        }
        value.origin.hop = whole(&address, declaration.block.header).origin.hop;
        value
    }

    /// The instances of a module call.
    pub(super) fn call(&self, instance: &Rc<Instance<'s>>, index: usize) -> Option<Called<'s>> {
        let declaration = &instance.module.calls[index];
        instance.calls.get(index, || self.call_now(instance, declaration))
    }

    fn call_now(&self, instance: &Rc<Instance<'s>>, call: &'s Declaration<'s>) -> Called<'s> {
        let body = &call.block.body;
        let folder = crate::source::normalize(instance.module.folder);
        let source = literal(body, "source");
        let key = eco_format!("{}{}", instance.key, call.name);
        let installed = || self.installed.get(&(crate::source::normalize(self.root), key.clone())).cloned();
        let target = source.and_then(|source| local_source(&folder, source)).or_else(installed);
        let module = target.and_then(|target| {
            let module = self.modules.get(&target);
            self.asked.borrow_mut().insert(target);
            module
        });
        let Some(module) = module else {
            let source = EcoString::from(source.unwrap_or("a source that is no literal"));
            self.missing.borrow_mut().entry(source).or_default().insert(call.block.header);
            return Called::Elsewhere;
        };
        let too_many = self.instances.borrow().len() >= MAX_MODULE_INSTANCES;
        if instance.depth >= MAX_MODULE_DEPTH || too_many {
            let what = if too_many { "number of module instances" } else { "nesting of module calls" };
            self.problems.borrow_mut().push(Problem::new(call.block.header, format!("limit reached: {what}")));
            return Called::Elsewhere;
        }
        let env = self.env(instance, Repetition::default());
        let expansion = expand::expand(self, &env, call.block);
        let parent = instance.index;
        Called::Here(Rc::new(expansion.map(|suffix, repetition| {
            let prefix = eco_format!("{}module.{}{suffix}.", instance.prefix, call.name);
            let caller = Caller { instance: parent, call, repetition };
            self.add(module, prefix, eco_format!("{key}."), Some(caller), instance.depth + 1)
        })))
    }

    /// `module.name`: an object of its outputs, or a list or map of such objects.
    pub(super) fn module(&self, instance: &Rc<Instance<'s>>, name: &str, span: Span) -> Value {
        let Some(index) = instance.module.find(Kind::Call, name) else {
            return Value::unknown(Reason::Undeclared(eco_format!("module.{name}")), Some(span));
        };
        match self.call(instance, index) {
            Some(Called::Here(instances)) => {
                let each = |child: &Rc<Instance<'s>>| {
                    let outputs = child.module.outputs.iter().enumerate();
                    let members = outputs.map(|(i, output)| (output.name.clone(), self.output(child, i, name)));
                    Value::from(Data::Object(members.collect()))
                };
                instances.each_value(each, || Value::unknown(Reason::Cardinality, Some(span)))
            }
            Some(Called::Elsewhere) => {
                let reason = Reason::ModuleNotOnDisk(eco_format!("{}module.{name}", instance.prefix));
                Value::unknown(reason, Some(instance.module.calls[index].block.header))
            }
            None => Value::unknown(Reason::Cycle(eco_format!("module.{name}")), Some(span)),
        }
    }

    /// `module.name.output` for a call that is not repeated, without asking for other outputs.
    pub(super) fn module_output(&self, instance: &Rc<Instance<'s>>, name: &str, output: &str) -> Option<Value> {
        let index = instance.module.find(Kind::Call, name)?;
        let Some(Called::Here(instances)) = self.call(instance, index) else { return None };
        let child = instances.only()?;
        let output = child.module.find(Kind::Output, output)?;
        Some(self.output(child, output, name))
    }

    pub(super) fn environment<'w>(&'w self, instance: &Rc<Instance<'s>>, repetition: Repetition) -> Env<'w, 's> {
        self.env(instance, repetition)
    }
}

/// A value read by a name: its history begins with that name.
fn read_from(mut value: Value, kind: HopKind, span: Span) -> Value {
    let next = value.origin.hop.take().into_iter().collect();
    value.origin.hop = Some(Arc::new(Hop { kind, place: Place::Span(span), next }));
    value
}

/// The unknown whole of a resource, with the history that says so.
fn whole(address: &EcoString, span: Span) -> Value {
    let mut value = Value::unknown(Reason::Cardinality, Some(span));
    let kind = HopKind::Resource { address: address.clone(), attribute: EcoString::new() };
    value.origin.hop = Some(Arc::new(Hop { kind, place: Place::Span(span), next: Vec::new() }));
    value
}
