//! HCL and its JSON twin.

mod ast;

pub use ast::*;
