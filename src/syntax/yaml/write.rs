use super::visit::{Flavor, Reader};
use crate::syntax::{Content, Member};
use crate::value::{Data, Value};

/// The text of a value in one line, as JSON or as flow style of YAML.
pub(super) fn flow(value: &Value, flavor: Flavor) -> String {
    match &value.data {
        Data::String(text) if flavor == Flavor::Yaml => scalar(text),
        Data::String(text) => quoted(text),
        Data::List(items) | Data::Set(items) => {
            let items: Vec<String> = items.iter().map(|item| flow(item, flavor)).collect();
            format!("[{}]", items.join(", "))
        }
        Data::Object(map) if map.is_empty() => "{}".to_owned(),
        Data::Object(map) => {
            let members = map.iter().map(|(key, value)| format!("{}: {}", name(key, flavor), flow(value, flavor)));
            let pad = if flavor == Flavor::Json { " " } else { "" };
            format!("{{{pad}{}{pad}}}", members.collect::<Vec<_>>().join(", "))
        }
        Data::Unknown(_) => "null".to_owned(),
        other => format!("{other:?}"),
    }
}

/// A key.
pub(super) fn name(key: &str, flavor: Flavor) -> String {
    if flavor == Flavor::Yaml { scalar(key) } else { quoted(key) }
}

/// A string: plain where it reads as the same string.
fn scalar(text: &str) -> String {
    let is_simple = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/' || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:+=".contains(c))
        && !text.ends_with(':');
    let is_text = || Reader::new(text, Flavor::Yaml).yaml(text).is_ok_and(|value| value.as_str() == Some(text));
    if is_simple && is_text() { text.to_owned() } else { quoted(text) }
}

/// A string in double quotes, which JSON and YAML read alike.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The value of a member, the members of a block as an object.
pub(super) fn value(content: &Content) -> Value {
    match content {
        Content::Value(value) => value.clone(),
        Content::Block(members) => {
            let members = members.iter().map(|member| (member.name.clone(), value(&member.content)));
            Value::from(Data::Object(members.collect()))
        }
    }
}

/// The lines of members in block style, each with its line end before it.
pub(super) fn block(members: &[Member], indent: &str, (step, ending): (&str, &str)) -> String {
    let line = |member: &Member| {
        let key = name(&member.name, Flavor::Yaml);
        let nested: Option<Vec<Member>> = match &value(&member.content).data {
            Data::Object(map) if !map.is_empty() => {
                let member = |(name, value): (&ecow::EcoString, &Value)| Member {
                    name: name.clone(),
                    content: Content::Value(value.clone()),
                };
                Some(map.iter().map(member).collect())
            }
            _ => None,
        };
        match nested {
            Some(nested) => {
                format!("{ending}{indent}{key}:{}", block(&nested, &format!("{indent}{step}"), (step, ending)))
            }
            None => format!("{ending}{indent}{key}: {}", flow(&value(&member.content), Flavor::Yaml)),
        }
    };
    members.iter().map(line).collect()
}

/// The lines of members in JSON, separated by commas, each with its line end before it.
pub(super) fn json(members: &[Member], indent: &str, (step, ending): (&str, &str)) -> String {
    let line = |member: &Member| {
        let key = quoted(&member.name);
        format!("{ending}{indent}{key}: {}", json_value(&value(&member.content), indent, (step, ending)))
    };
    members.iter().map(line).collect::<Vec<_>>().join(",")
}

fn json_value(value: &Value, indent: &str, (step, ending): (&str, &str)) -> String {
    match &value.data {
        Data::Object(map) if !map.is_empty() => {
            let member = |(name, value): (&ecow::EcoString, &Value)| Member {
                name: name.clone(),
                content: Content::Value(value.clone()),
            };
            let members: Vec<Member> = map.iter().map(member).collect();
            format!("{{{}{ending}{indent}}}", json(&members, &format!("{indent}{step}"), (step, ending)))
        }
        _ => flow(value, Flavor::Json),
    }
}
