use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use ecow::{EcoString, eco_format};

use super::eval::Environment;
use super::expand::Repetition;
use super::world::{Instance, World};
use crate::source::{ReadError, Span, normalize};
use crate::syntax::hcl::{Expr, StepKind, TraversalStep};
use crate::value::{Reason, Value};

/// What names mean in one module instance, in one instance of a block.
pub(crate) struct Env<'w, 's> {
    pub(super) world: &'w World<'s>,
    pub(super) instance: Rc<Instance<'s>>,
    pub(super) repetition: Repetition,
}

impl Env<'_, '_> {
    /// The value of an expression; problems go to the world.
    pub(crate) fn evaluate(&self, expr: &Expr) -> Value {
        self.world.evaluate(self, expr)
    }

    /// The path that an expression names, as seen from the root module's folder; `None` if nothing
    /// is there.
    ///
    /// # Errors
    /// [`Reason::Invalid`] if it leads out of the analyzed folders, links resolved.
    fn bounded(&self, path: &str) -> Result<Option<PathBuf>, Reason> {
        let target = normalize(&self.world.root.join(path));
        let Some(real) = self.world.files.real_path(&target) else { return Ok(None) };
        if self.world.bounds.iter().any(|bound| real.starts_with(bound)) {
            return Ok(Some(target));
        }
        Err(Reason::Invalid(eco_format!("`{path}` is outside of the analyzed folders")))
    }
}

fn attr(steps: &[TraversalStep], index: usize) -> Option<&EcoString> {
    match &steps.get(index)?.kind {
        StepKind::Attr(name) => Some(name),
        _ => None,
    }
}

fn undeclared(name: impl Into<EcoString>, span: Span) -> Value {
    Value::unknown(Reason::Undeclared(name.into()), Some(span))
}

impl Environment for Env<'_, '_> {
    fn resolve(&self, root: &str, steps: &[TraversalStep], span: Span) -> (Value, usize) {
        let Some(first) = attr(steps, 0) else { return (undeclared(root, span), steps.len()) };
        let or_undeclared =
            |value: &Option<Value>| value.clone().unwrap_or_else(|| undeclared(eco_format!("{root}.{first}"), span));
        match (root, first.as_str()) {
            ("var", name) => (self.world.variable(&self.instance, name, span), 1),
            ("local", name) => (self.world.local(&self.instance, name, span), 1),
            ("count", "index") => (or_undeclared(&self.repetition.index), 1),
            ("each", "key") => (or_undeclared(&self.repetition.key), 1),
            ("each", "value") => (or_undeclared(&self.repetition.value), 1),
            ("path", "module") => (Value::string(self.module_path()), 1),
            ("path", "root") => (Value::string("."), 1),
            ("path" | "terraform" | "tofu", name) => {
                (Value::unknown(Reason::Impure(eco_format!("{root}.{name}")), Some(span)), 1)
            }
            ("self", name) => {
                (Value::unknown(Reason::KnownAfterApply(eco_format!("self.{name}")), Some(span)), steps.len())
            }
            ("module", name) => {
                let output = attr(steps, 1).and_then(|output| self.world.module_output(&self.instance, name, output));
                match output {
                    Some(value) => (value, 2),
                    None => (self.world.module(&self.instance, name, span), 1),
                }
            }
            ("data" | "ephemeral", kind) => match attr(steps, 1) {
                Some(name) => {
                    let prefix = if root == "data" { "data." } else { "" };
                    (self.world.resource(&self.instance, &eco_format!("{prefix}{kind}.{name}"), span), 2)
                }
                None => (undeclared(eco_format!("data.{kind}"), span), steps.len()),
            },
            ("resource", kind) if attr(steps, 1).is_some() => {
                let name = attr(steps, 1).map_or("", EcoString::as_str);
                (self.world.resource(&self.instance, &eco_format!("{kind}.{name}"), span), 2)
            }
            (kind, name) => (self.world.resource(&self.instance, &eco_format!("{kind}.{name}"), span), 1),
        }
    }

    fn read(&self, path: &str) -> Result<Arc<str>, Reason> {
        let missing = || Reason::Invalid(eco_format!("there is no readable file `{path}`"));
        let target = self.bounded(path)?.ok_or_else(missing)?;
        self.world.files.read(&target).map_err(|error| match error {
            ReadError::Io(_) => missing(),
            ReadError::NotText(reason) => Reason::Limit(eco_format!("`{path}`: {reason}")),
        })
    }

    fn exists(&self, path: &str) -> Result<bool, Reason> {
        Ok(self.bounded(path)?.is_some())
    }

    fn files(&self, folder: &str) -> Result<Vec<EcoString>, Reason> {
        let Some(target) = self.bounded(folder)? else { return Ok(Vec::new()) };
        Ok(self.world.files.list(&target).iter().filter_map(|path| relative(path, &target)).collect())
    }
}

fn relative(path: &Path, folder: &Path) -> Option<EcoString> {
    let parts: Option<Vec<&str>> =
        path.strip_prefix(folder).ok()?.components().map(|c| c.as_os_str().to_str()).collect();
    Some(parts?.join("/").into())
}

impl Env<'_, '_> {
    /// `path.module` as Terraform writes it: relative to the root module, `.` for itself.
    fn module_path(&self) -> EcoString {
        let own = normalize(self.instance.module.folder);
        let root = normalize(self.world.root);
        let (mut a, mut b) = (own.components().peekable(), root.components().peekable());
        while a.peek().is_some() && a.peek() == b.peek() {
            a.next();
            b.next();
        }
        let up = b.map(|_| "..".to_owned());
        let down = a.map(|part| part.as_os_str().to_string_lossy().into_owned());
        let parts: Vec<String> = up.chain(down).collect();
        if parts.is_empty() { ".".into() } else { parts.join("/").into() }
    }
}
