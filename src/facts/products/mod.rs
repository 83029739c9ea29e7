//! AI products: what a workload or release runs, and whether it asks its callers for a login.
//!
//! Products are data, `rules/ai/products/`. They are recognized by evidence: the image, the
//! command, the kind of a custom resource, the chart; never by the name that somebody gave. What
//! a cloud runs itself is told by the type of its resource, `rules/ai/managed.yaml`.

mod catalog;
mod chart;
mod container;
mod endpoint;
mod managed;
mod recognize;
mod release;
/// The shape of a product's file.
pub mod schema;
mod switch;
#[cfg(test)]
mod tests;

pub(super) use catalog::Catalog;
pub(super) use container::{Container, all as containers};
pub(super) use endpoint::endpoints;
pub(super) use managed::managed;
pub(super) use recognize::{Ai, recognize};
pub(super) use release::{Release, all as releases, open};
pub(super) use switch::{Set, Subject, is_on, setting, settings};
