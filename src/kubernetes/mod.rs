//! Kubernetes objects in one normal form, from YAML, JSON and Terraform alike.
//!
//! Takes documents ([`objects`]) or Terraform's `kubernetes_*` resources ([`adopt`]); gives graph
//! resources whose attributes are the manifest, workloads with their pod under `pod`, and the
//! edges between them ([`link()`]). It does not know Terraform's evaluation, rules, or how files
//! are found. Start reading at [`objects`], then `pod.rs`.

mod camel;
mod chart;
mod kinds;
mod link;
mod object;
mod operators;
mod place;
mod pod;
mod security;
mod template;
mod twin;

pub use camel::{attribute_name, is_map};
pub use chart::chart;
pub use link::link;
pub use object::{objects, objects_in};
pub use template::is_helm_template;
pub use twin::{adopt, is_twin};

/// The class of resources that hold a pod template.
pub const WORKLOAD: &str = "workload";
