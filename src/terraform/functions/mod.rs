//! The built-in functions of Terraform and OpenTofu, by family.
//!
//! Takes a name and argument values; gives a value or why there is none. Arguments are checked
//! and converted by the function's signature before its body sees them. Pure functions only:
//! what differs from run to run is unknown. It knows no scope; files are read by the
//! environment. Start reading at [`find`] and [`Function::call`].

mod collection;
mod conversion;
mod date;
mod encoding;
mod file;
mod format;
mod hash;
mod json;
mod map;
mod network;
mod number;
mod regex;
mod set;
mod signature;
mod string;
mod yaml;

pub(crate) use signature::{Context, Function, Refused};

/// The function of that name.
pub(crate) fn find(name: &str) -> Option<Function> {
    string::find(name)
        .or_else(|| collection::find(name))
        .or_else(|| map::find(name))
        .or_else(|| set::find(name))
        .or_else(|| conversion::find(name))
        .or_else(|| encoding::find(name))
        .or_else(|| number::find(name))
        .or_else(|| network::find(name))
        .or_else(|| file::find(name))
        .or_else(|| hash::find(name))
        .or_else(|| date::find(name))
}
