//! Text to trees with spans, plus problems.
//!
//! Takes one file's text; gives [`hcl::Body`] for Terraform (also from its JSON twin) or
//! [`yaml::Document`]s. Parsing is total: broken text gives problems, and the healthy parts
//! around them. It does not know what a resource or a manifest is. Start reading at
//! [`hcl::parse`] and [`yaml::parse`].

pub mod hcl;
mod lines;
mod splice;
pub mod yaml;

pub use splice::{Content, Member, Splice, spliced};

use crate::source::Problem;

/// A tree, and what was wrong with the text.
#[derive(Clone, Debug, Default)]
pub struct Parsed<T> {
    /// What could be read.
    pub tree: T,
    /// What could not, in the order of the text.
    pub problems: Vec<Problem>,
}
