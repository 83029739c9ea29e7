use std::sync::Arc;

use ecow::EcoString;

use super::{Path, Value};
use crate::source::{FileId, Span};

/// Where a value stands in the input, and the way by which it came there.
/// Two values that differ only in origin are equal.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The place that the user would edit at the point of use.
    pub place: Place,
    /// What it was read from, nearest first; `None` for a literal.
    pub hop: Option<Arc<Hop>>,
}

/// A place in the input.
#[derive(Clone, Debug, Default)]
pub enum Place {
    /// None of its own: it is found by way of the nearest value above that has one.
    #[default]
    Above,
    /// A byte range.
    Span(Span),
    /// A node of a YAML or JSON document, turned into a range only where something points there.
    Pointer(Arc<Pointer>),
}

/// The node of a document: `path` counted from the document's root.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pointer {
    /// The file.
    pub file: FileId,
    /// Zero-based index of the document in the file.
    pub document: u32,
    /// The way from the document's root.
    pub path: Path,
}

/// One step on the way of a value, from the use towards the literal.
#[derive(Clone, Debug)]
pub struct Hop {
    /// What was read.
    pub kind: HopKind,
    /// Where that is defined.
    pub place: Place,
    /// What that was read from in turn; several where an expression combines several.
    pub next: Vec<Arc<Hop>>,
}

/// What a value was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HopKind {
    /// A variable's default, `var.name`.
    Default(EcoString),
    /// A value given to a variable from outside: a tfvars file, the command line, the environment.
    Input(EcoString),
    /// An argument of a module call, `module.name.variable`.
    Argument(EcoString),
    /// A local value, `local.name`.
    Local(EcoString),
    /// An output of a module, `module.name.output`.
    Output(EcoString),
    /// An attribute of a resource or data source: the address of the instance, and the attribute
    /// (empty for the whole object).
    Resource {
        /// Instance address, as in the graph.
        address: EcoString,
        /// First attribute name read.
        attribute: EcoString,
    },
    /// A file's content.
    File(EcoString),
    /// Several values were combined by an operator, a template or a function.
    Combined,
    /// The text encodes this value: `jsonencode`, `yamlencode`. Its parts keep their places.
    Encoded(Value),
    /// A value marked by `sensitive()` or declared so; its text must not be shown.
    Sensitive,
}
