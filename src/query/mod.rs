//! Questions to values: paths that lead to them, and other ways to look at them.
//!
//! Takes evaluated values; gives what stands at a path, the way to it, and views such as an IAM
//! policy in one form. It does not know rules, facts or any provider.
//! Start reading at [`PathExpr`], then `slots.rs`.

mod locate;
mod parts;
/// Paths and their text form.
pub mod path_expr;
pub(crate) mod policy;
mod slots;
mod views;

pub(crate) use locate::{Found, elements, find, place};
pub use path_expr::{Base, PathExpr, PathStep, View};
pub(crate) use slots::{Frames, Slot, scalar_text, visit};
#[cfg(feature = "classifier")]
pub(crate) use views::see;
