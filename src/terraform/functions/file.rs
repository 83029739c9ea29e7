use std::sync::Arc;

use super::signature::Param::{Any, Text};
use super::signature::{Context, Function, impure, text};
use crate::terraform::eval::Fail;
use crate::value::{Data, Reason, Value};

pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "file" => Function::new(&[Text], |c, a| Ok(Value::string(&*content(c, a)?))),
        "fileexists" => Function::new(&[Text], |c, a| {
            c.env.exists(text(a, 0)).map(|exists| Data::Bool(exists).into()).map_err(refused)
        }),
        "abspath" => Function::new(&[Text], impure),
        _ => return None,
    })
}

/// The text of the file that the first argument names.
pub(super) fn content(context: &Context, args: &[Value]) -> Result<Arc<str>, Fail> {
    context.env.read(text(args, 0)).map_err(refused)
}

fn refused(reason: Reason) -> Fail {
    match reason {
        Reason::Invalid(why) => Fail::Invalid(why),
        other => Fail::Undecided(other),
    }
}

pub(super) fn template_string(context: &Context, _: &[Value]) -> Result<Value, Fail> {
    Err(Fail::Undecided(Reason::Unsupported(context.name.into())))
}
