use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::eval::{Environment, Evaluator, evaluate};
use super::module::File;
use crate::source::{Problem, Span, normalize};
use crate::syntax::hcl::{Expr, ExprKind, TraversalStep, parse_expression};
use crate::value::{Data, Hop, HopKind, Place, Reason, Value};

/// Parsed variable files by the folder they lie in.
pub(crate) type Folders<'f> = FxHashMap<PathBuf, Vec<&'f File>>;

/// Groups variable files by their folder.
pub(crate) fn by_folder(variables: &[File]) -> Folders<'_> {
    let mut folders = Folders::default();
    for file in variables {
        folders.entry(file.path.parent().map(normalize).unwrap_or_default()).or_default().push(file);
    }
    folders
}

/// Values that are given to root modules from outside of their folders.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The environment's, which every file outweighs.
    pub environment: Vec<Text>,
    /// The command line's, in order, which outweigh every file of a folder.
    pub arguments: Vec<Given>,
}

/// One thing on the command line that gives values.
#[derive(Clone, Debug)]
pub enum Given {
    /// One variable's text.
    Text(Text),
    /// A variable file.
    File(File),
}

impl Given {
    /// Whether the other is the same, a file read once and shared.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::File(a), Self::File(b)) => a.is(b),
            _ => false,
        }
    }
}

/// A variable's value as text; what it means depends on the variable's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The variable.
    pub name: EcoString,
    /// The text.
    pub text: EcoString,
    /// Where the text stands.
    pub span: Span,
}

/// A root module and variable files that it is deployed with.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The root module's folder, as its files name it.
    pub folder: PathBuf,
    /// What tells it from other deployments of the same module, if there are any.
    pub name: Option<EcoString>,
    /// Later ones count; the command line outweighs them.
    pub files: Vec<File>,
}

/// What a root variable is set to.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    Value(Value),
    Text(Text),
}

/// What gives values to a root module's variables, later ones over earlier ones: the environment,
/// `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars(.json)` by name, the deployment's own,
/// and the command line. `folder` is normalized.
pub(crate) fn given(
    folder: &Path,
    variables: &Folders<'_>,
    deployment: Option<&Deployment>,
    inputs: &Inputs,
) -> Vec<Given> {
    let files = own_files(folder, variables).into_iter().chain(deployment.iter().flat_map(|one| &one.files));
    let environment = inputs.environment.iter().cloned().map(Given::Text);
    environment.chain(files.cloned().map(Given::File)).chain(inputs.arguments.iter().cloned()).collect()
}

/// The values that a root module's variables are set to.
pub(crate) fn values(given: &[Given]) -> BTreeMap<EcoString, Input> {
    let mut all = BTreeMap::new();
    for one in given {
        match one {
            Given::Text(text) => _ = all.insert(text.name.clone(), Input::Text(text.clone())),
            Given::File(file) => add_file(&mut all, file),
        }
    }
    all
}

fn own_files<'f>(folder: &Path, variables: &Folders<'f>) -> Vec<&'f File> {
    let rank = |file: &File| {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let rank = match name.as_str() {
            "terraform.tfvars" => 0,
            "terraform.tfvars.json" => 1,
            other if other.ends_with(".auto.tfvars") || other.ends_with(".auto.tfvars.json") => 2,
            _ => return None,
        };
        Some((rank, name))
    };
    let here = variables.get(folder).into_iter().flatten().copied();
    let mut own: Vec<_> = here.filter_map(|file| Some((rank(file)?, file))).collect();
    own.sort_by(|(a, _), (b, _)| a.cmp(b));
    own.into_iter().map(|(_, file)| file).collect()
}

fn add_file(all: &mut BTreeMap<EcoString, Input>, file: &File) {
    for attribute in &file.body.attributes {
        let name = &attribute.name.name;
        let value = set_at(evaluate(&attribute.value, &Nothing), name, attribute.value.span);
        all.insert(name.clone(), Input::Value(value));
    }
}

fn set_at(mut value: Value, name: &EcoString, span: Span) -> Value {
    let kind = HopKind::Input(name.clone());
    value.origin.hop = Some(Arc::new(Hop { kind, place: Place::Span(span), next: Vec::new() }));
    value
}

impl Input {
    /// The value for a variable of this type constraint, which text is read by: as it stands for
    /// primitive types and where there is none, else as an expression.
    pub(crate) fn value(&self, constraint: Option<&Expr>) -> (Value, Vec<Problem>) {
        let text = match self {
            Self::Value(value) => return (value.clone(), Vec::new()),
            Self::Text(text) => text,
        };
        if constraint.is_none_or(is_primitive) {
            let value = Value::new(Data::String(text.text.clone()), Place::Span(text.span));
            return (set_at(value, &text.name, text.span), Vec::new());
        }
        let parsed = parse_expression(&text.text, text.span.file, text.span.start as usize);
        let evaluator = Evaluator::new(&Nothing);
        let value = set_at(evaluator.evaluate(&parsed.tree), &text.name, text.span);
        let problems = parsed.problems.into_iter().chain(evaluator.into_problems()).collect();
        (value, problems)
    }
}

fn is_primitive(constraint: &Expr) -> bool {
    match &constraint.kind {
        ExprKind::Variable(name) | ExprKind::String(name) => matches!(name.as_str(), "string" | "number" | "bool"),
        _ => false,
    }
}

/// A variable file may name nothing.
struct Nothing;

impl Environment for Nothing {
    fn resolve(&self, root: &str, steps: &[TraversalStep], span: Span) -> (Value, usize) {
        (Value::unknown(Reason::Undeclared(root.into()), Some(span)), steps.len())
    }
    fn read(&self, path: &str) -> Result<Arc<str>, Reason> {
        Err(Reason::Invalid(path.into()))
    }
    fn exists(&self, path: &str) -> Result<bool, Reason> {
        Err(Reason::Invalid(path.into()))
    }
    fn files(&self, folder: &str) -> Result<Vec<EcoString>, Reason> {
        Err(Reason::Invalid(folder.into()))
    }
}
