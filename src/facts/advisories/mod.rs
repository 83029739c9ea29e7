//! Advisories: known weaknesses of products, and the versions that have them.
//!
//! Advisories are data, `rules/ai/advisories.json`, to which a user may add others. They are
//! matched with the versions that images and charts name; a version that is not told is not guessed.

mod catalog;
/// The shape of an advisory.
pub mod schema;
mod statement;
mod version;
mod way;

pub use catalog::{Advisories, Mistake, read};
pub(super) use statement::{Known, statements};
