use serde_json::{Value as Json, json};

use super::Resource;
use crate::value::{Data, Map, Number, Value, is_placeholder, names_secret, without_secrets};

/// Members that hold nothing but secrets in a resource whose type names a secret.
const CONTENT: &[&str] = &["data", "stringData", "string_data", "binaryData", "binary_data", "data_wo"];

/// A resource's attributes as JSON that may be shown: secrets are replaced by `***`, unknowns
/// by `<unknown: code>`.
pub(super) fn attributes(resource: &Resource) -> Vec<(&str, Json)> {
    let is_secret = names_secret(&resource.type_name);
    let members = resource.attributes.as_object().into_iter().flat_map(Map::iter);
    let shown = members.map(|(key, value)| {
        let is_content = is_secret && CONTENT.contains(&key.as_str());
        (key.as_str(), shown(value, is_content || names_secret(key)))
    });
    shown.collect()
}

fn shown(value: &Value, is_hidden: bool) -> Json {
    let is_hidden = is_hidden || value.is_sensitive();
    match &value.data {
        Data::Null => Json::Null,
        Data::Bool(value) => json!(value),
        Data::Number(Number::Int(number)) => json!(number),
        Data::Number(Number::Float(number)) => json!(number),
        Data::String(text) if is_hidden && !is_placeholder(text) => json!("***"),
        Data::String(text) => json!(without_secrets(text)),
        Data::List(items) | Data::Set(items) => items.iter().map(|item| shown(item, is_hidden)).collect(),
        Data::Object(members) => {
            let is_pair = value.get("name").and_then(Value::as_str).is_some_and(names_secret);
            let is_hidden_at = |key: &str| is_hidden || names_secret(key) || (is_pair && key == "value");
            members.iter().map(|(key, value)| (key.to_string(), shown(value, is_hidden_at(key)))).collect()
        }
        Data::Unknown(unknown) => json!(format!("<unknown: {}>", unknown.reason.code())),
    }
}
