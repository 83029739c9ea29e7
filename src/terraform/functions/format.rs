use super::signature::text;
use crate::terraform::eval::{Fail, TextBuilder};
use crate::value::Value;

pub(super) fn format(args: &[Value]) -> Result<Value, Fail> {
    let mut out = TextBuilder::default();
    out.known(text(args, 0))?;
    Ok(out.finish())
}

pub(super) fn format_list(args: &[Value]) -> Result<Value, Fail> {
    format(args)
}
