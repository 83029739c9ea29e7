use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecow::EcoString;
use globset::GlobBuilder;

use super::signature::Param::{Any, Text};
use super::signature::{Context, Function, impure, text};
use crate::terraform::eval::Fail;
use crate::terraform::types::set_of;
use crate::value::{Data, Hop, HopKind, Place, Reason, Value};

pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "file" => Function::new(&[Text], |c, a| Ok(from_file(Value::string(&*content(c, a)?), a))),
        "filebase64" => {
            Function::new(&[Text], |c, a| Ok(from_file(Value::string(STANDARD.encode(&*content(c, a)?)), a)))
        }
        "fileexists" => Function::new(&[Text], |c, a| {
            c.env.exists(text(a, 0)).map(|exists| Data::Bool(exists).into()).map_err(refused)
        }),
        "fileset" => Function::new(&[Text, Text], |c, a| file_set(c, text(a, 0), text(a, 1))),
        "templatefile" => Function::new(&[Text, Any], |c, a| Ok(from_file(template(c, &content(c, a)?, &a[1])?, a))),
        "templatestring" => Function::new(&[Text, Any], |c, a| template(c, text(a, 0), &a[1])),
        "basename" => Function::new(&[Text], |_, a| Ok(Value::string(base(text(a, 0))))),
        "dirname" => Function::new(&[Text], |_, a| Ok(Value::string(folder(text(a, 0))))),
        "pathexpand" => {
            Function::new(&[Text], |c, a| if text(a, 0).starts_with('~') { impure(c, a) } else { Ok(a[0].clone()) })
        }
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

/// Remembers the file a value was read from, and what the file's name and variables were read from.
fn from_file(mut value: Value, args: &[Value]) -> Value {
    let sources = args.iter().chain([&value]);
    let next = crate::terraform::eval::combined(sources).into_iter().collect();
    value.origin.hop = Some(Arc::new(Hop { kind: HopKind::File(text(args, 0).into()), place: Place::Above, next }));
    value
}

fn template(context: &Context, source: &str, names: &Value) -> Result<Value, Fail> {
    let Data::Object(names) = &names.data else { return Err(Fail::invalid("the variables must be a map")) };
    context.evaluator.template_text(source, names, context.span)
}

/// The files below a folder that a glob matches: `*` stays within a folder, `**` does not.
fn file_set(context: &Context, folder: &str, pattern: &str) -> Result<Value, Fail> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    let matcher = glob.map_err(|_| Fail::invalid("the pattern is not valid"))?.compile_matcher();
    let files = context.env.files(folder).map_err(refused)?;
    let matching = files.into_iter().filter(|file| matcher.is_match(file.as_str())).map(Value::string);
    Ok(Data::Set(set_of(matching.collect())).into())
}

/// The last part of a path.
fn base(path: &str) -> EcoString {
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        _ if path.is_empty() => ".".into(),
        Some("") | None => "/".into(),
        Some(last) => last.into(),
    }
}

/// A path without its last part, in its shortest form.
fn folder(path: &str) -> String {
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in parent.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match parts.last() {
            Some(&last) if part == ".." && last != ".." => {
                parts.pop();
            }
            None if part == ".." && rooted => {}
            _ => parts.push(part),
        }
    }
    match (rooted, parts.join("/")) {
        (true, joined) => format!("/{joined}"),
        (false, joined) if joined.is_empty() => ".".into(),
        (false, joined) => joined,
    }
}
