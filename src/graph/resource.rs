use ecow::EcoString;

use super::EdgeKind;
use crate::source::Span;
use crate::value::{Path, Place, Value};

/// Index of a resource in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(pub u32);

/// Index of an edge in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EdgeId(pub u32);

/// One world of names: a root module with all it calls, or a folder of manifests.
/// Addresses are unique within a scope, and joins never cross scopes by name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(pub u32);

/// What a node stands for. One node type serves all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// Something that is created: a Terraform resource.
    Managed,
    /// A Terraform data source; its type name starts with `data.`.
    Data,
    /// A module call; its type name is `module`.
    Module,
    /// A provider configuration; its type name is `provider.NAME`.
    Provider,
    /// An input variable; its type name is `variable`.
    Variable,
    /// An output; its type name is `output`.
    Output,
    /// A Kubernetes object; its type name is its kind.
    Object,
}

/// Whether a resource exists in the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// It does.
    Certain,
    /// `count` or `for_each` is not known: this node stands for any number of instances.
    Maybe,
    /// A patch or a part that other files complete: what is absent here may be set there, so
    /// an absent attribute reads as unknown.
    Partial,
}

/// A node of the graph.
#[derive(Clone, Debug)]
pub struct Resource {
    /// What it stands for.
    pub kind: ResourceKind,
    /// `aws_s3_bucket`, `data.aws_ami`, `module`, `provider.aws`, `Deployment`.
    pub type_name: EcoString,
    /// A second name under which rules may target it, such as `workload`.
    pub class: Option<EcoString>,
    /// The name in the code.
    pub name: EcoString,
    /// Instance address: `module.a["x"].aws_s3_bucket.b[0]`, `Deployment/prod/api`.
    pub address: EcoString,
    /// The world of names it lives in.
    pub scope: Scope,
    /// Whether it exists.
    pub presence: Presence,
    /// Evaluated content: an object. Nested blocks are lists of objects under the block's type.
    pub attributes: Value,
    /// The whole block or document.
    pub block: Span,
    /// The line that introduces it.
    pub header: Place,
}

/// A directed, typed edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Where it starts.
    pub from: ResourceId,
    /// Where it ends.
    pub to: ResourceId,
    /// What it means.
    pub kind: EdgeKind,
    /// The value in `from` that makes it.
    pub via: Path,
}
