use std::fmt::Write;

use super::scan::is_name_char;
use crate::syntax::{Content, Member};
use crate::value::{Data, Value};

/// One level of indentation, as `terraform fmt` writes it.
const STEP: &str = "  ";

/// The text of a value, in one line; an object in lines of its own where `indent` says how far in
/// they stand.
pub(super) fn literal(value: &Value, indent: Option<(&str, &str)>) -> String {
    match &value.data {
        Data::String(text) => quoted(text),
        Data::List(items) | Data::Set(items) => {
            let items: Vec<String> = items.iter().map(|item| literal(item, None)).collect();
            format!("[{}]", items.join(", "))
        }
        Data::Object(map) if map.is_empty() => "{}".to_owned(),
        Data::Object(map) => {
            let members = map
                .iter()
                .map(|(name, value)| Member { name: key(name).into(), content: Content::Value(value.clone()) });
            let members: Vec<Member> = members.collect();
            if let Some((indent, ending)) = indent {
                return format!("{{{ending}{}{ending}{indent}}}", body(&members, &deeper(indent), ending));
            }
            let item = |member: &Member| format!("{} = {}", member.name, self::value(member, None));
            let items: Vec<String> = members.iter().map(item).collect();
            format!("{{ {} }}", items.join(", "))
        }
        Data::Unknown(_) => "null".to_owned(),
        other => format!("{other:?}"),
    }
}

/// A string with what HCL would read as something else escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => quoted.extend([c, c]),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A key of an object: bare where it can be.
pub(super) fn key(name: &str) -> String {
    let is_bare = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(is_name_char);
    if is_bare { name.to_owned() } else { quoted(name) }
}

pub(super) fn deeper(indent: &str) -> String {
    format!("{indent}{}", if indent.ends_with('\t') { "\t" } else { STEP })
}

/// What stands behind the `=` of a member.
pub(super) fn value(member: &Member, indent: Option<(&str, &str)>) -> String {
    match &member.content {
        Content::Value(value) => literal(value, indent),
        Content::Block(members) => literal(&object(members), indent),
    }
}

/// The members of a block as an object.
fn object(members: &[Member]) -> Value {
    let members = members.iter().map(|member| {
        let value = match &member.content {
            Content::Value(value) => value.clone(),
            Content::Block(members) => object(members),
        };
        (member.name.clone(), value)
    });
    Value::from(Data::Object(members.collect()))
}

/// Whether it is written in one line, so that its `=` is aligned with its neighbors'.
pub(super) fn is_aligned(member: &Member) -> bool {
    match &member.content {
        Content::Value(value) => value.as_object().is_none_or(crate::value::Map::is_empty),
        Content::Block(_) => false,
    }
}

/// The lines of a new block's body, without the last line end: attributes, then blocks.
fn body(members: &[Member], indent: &str, ending: &str) -> String {
    let mut text = String::new();
    let (attributes, blocks): (Vec<&Member>, Vec<&Member>) =
        members.iter().partition(|member| matches!(member.content, Content::Value(_)));
    let widest = attributes.iter().filter(|member| is_aligned(member)).map(|member| member.name.chars().count()).max();
    for member in attributes {
        let width = if is_aligned(member) { widest.unwrap_or(0) } else { 0 };
        let separator = if text.is_empty() { "" } else { ending };
        let value = value(member, Some((indent, ending)));
        let _ = write!(text, "{separator}{indent}{:width$} = {value}", member.name);
    }
    for member in blocks {
        if !text.is_empty() {
            text.push_str(ending);
            text.push_str(ending);
        }
        text.push_str(&block(member, indent, ending));
    }
    text
}

/// The lines of a new block, without the last line end.
pub(super) fn block(member: &Member, indent: &str, ending: &str) -> String {
    let name = &member.name;
    match &member.content {
        Content::Block(members) if members.is_empty() => format!("{indent}{name} {{}}"),
        Content::Block(members) => {
            format!("{indent}{name} {{{ending}{}{ending}{indent}}}", body(members, &deeper(indent), ending))
        }
        Content::Value(_) => format!("{indent}{name} = {}", value(member, Some((indent, ending)))),
    }
}
