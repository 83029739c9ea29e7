use std::borrow::Cow;

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};

use super::parts::{as_entry, as_object, parts};
use super::path_expr::View;
use super::policy;
use super::slots::scalar_text;
use crate::value::{Data, Number, Place, Reason, Value, read_json};

/// A value seen in another way. An unknown stays unknown, and so does what cannot be read; of a
/// text that encodes a value known in part, the known parts are seen.
pub(crate) fn see(view: View, value: &Value) -> Cow<'_, Value> {
    if view == View::Policy {
        return Cow::Owned(policy::normalize(value));
    }
    if let (View::Json | View::Yaml, Some(structure)) = (view, policy::structure(value)) {
        return Cow::Borrowed(structure);
    }
    match (&value.data, view) {
        (Data::Unknown(_), _) => Cow::Borrowed(value),
        (_, View::Length) => Cow::Owned(number(length(value))),
        (Data::Object(map), View::Keys) => {
            let names = map.iter().map(|(key, member)| placed(Value::string(key.clone()), member));
            Cow::Owned(Data::List(names.collect()).into())
        }
        (Data::Object(_), View::Entries) | (Data::Object(_) | Data::List(_), View::Leaves) => {
            let parts = parts(view, value).unwrap_or_default();
            Cow::Owned(Data::List(parts.into_iter().map(as_entry).collect()).into())
        }
        (Data::List(items), View::First) => items.first().map_or_else(|| Cow::Owned(Data::Null.into()), Cow::Borrowed),
        (_, View::First) => Cow::Borrowed(value),
        (_, View::Flags) => Cow::Owned(parts(view, value).map_or_else(|| hidden(value), as_object)),
        (Data::List(items) | Data::Set(items), _) if !matches!(view, View::Json | View::Yaml) => {
            let seen = items.iter().map(|item| see(view, item).into_owned());
            Cow::Owned(Data::List(seen.collect()).into())
        }
        _ => match scalar_text(value) {
            Some(text) => Cow::Owned(placed(see_text(view, &text), value)),
            None if matches!(view, View::Json | View::Yaml) => Cow::Borrowed(value),
            None => Cow::Owned(Data::Null.into()),
        },
    }
}

fn see_text(view: View, text: &str) -> Value {
    match view {
        View::Json => read_json(text).unwrap_or_else(|| unreadable("JSON")),
        View::Yaml => serde_yaml::from_str::<serde_json::Value>(text).map_or_else(|_| unreadable("YAML"), Value::from),
        View::Base64 => decode(text).map_or_else(|| unreadable("base64"), Value::string),
        View::Lower => Value::string(text.to_lowercase()),
        View::Words => {
            let words = text.split(|c: char| c.is_whitespace() || c == '=').filter(|word| !word.is_empty());
            Data::List(words.map(Value::string).collect()).into()
        }
        View::Image => image(text),
        View::Policy | View::Length | View::Keys | View::Entries | View::Leaves | View::First | View::Flags => {
            Data::Null.into()
        }
    }
}

fn placed(mut seen: Value, source: &Value) -> Value {
    if matches!(seen.origin.place, Place::Above) {
        seen.origin = source.origin.clone();
    }
    seen
}

/// An unknown where an argument that is not known may hide an option; null where there is no
/// command line at all. What is known of the argument is not known of the option.
fn hidden(value: &Value) -> Value {
    let items = value.as_list().unwrap_or_default();
    let hiding = items.iter().find_map(Value::as_unknown);
    hiding.map_or_else(
        || Data::Null.into(),
        |unknown| {
            let reason = match &unknown.reason {
                reason @ (Reason::NoDefault(_) | Reason::Placeholder | Reason::Partial) => reason.clone(),
                _ => Reason::Open("which options are given".into()),
            };
            Value::unknown(reason, unknown.span)
        },
    )
}

fn unreadable(what: &str) -> Value {
    Value::unknown(Reason::Invalid(ecow::eco_format!("not {what}")), None)
}

fn length(value: &Value) -> usize {
    match &value.data {
        Data::Null => 0,
        Data::List(items) | Data::Set(items) => items.len(),
        Data::Object(map) => map.len(),
        _ => scalar_text(value).map_or(0, |text| text.chars().count()),
    }
}

fn number(n: usize) -> Value {
    Data::Number(Number::Int(i64::try_from(n).unwrap_or(i64::MAX))).into()
}

/// Decodes base64 in either alphabet, padding optional; `None` unless the result is text.
fn decode(text: &str) -> Option<String> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let standard = text.replace('-', "+").replace('_', "/");
    let compact: String = standard.split_whitespace().collect();
    String::from_utf8(GeneralPurpose::new(&alphabet::STANDARD, config).decode(compact).ok()?).ok()
}

/// Splits an image reference by the rules of the distribution project: a first component with a
/// dot or colon, or `localhost`, is the registry; a colon after the last slash starts the tag.
fn image(text: &str) -> Value {
    let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
    let (rest, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    let (registry, repository) = match rest.split_once('/') {
        Some((first, path)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), path),
        _ => (None, rest),
    };
    let parts = [("registry", registry), ("repository", Some(repository)), ("tag", tag), ("digest", digest)];
    let members = parts.into_iter().filter_map(|(key, part)| Some((key.into(), Value::string(part?))));
    Data::Object(members.collect()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(view: View, text: &str) -> String {
        format!("{:?}", see(view, &Value::string(text)).data)
    }

    #[test]
    fn registry_port_is_no_tag() {
        assert_eq!(shown(View::Image, "registry:5000/app"), r#"{"registry": "registry:5000", "repository": "app"}"#);
        assert_eq!(
            shown(View::Image, "registry:5000/app:latest"),
            r#"{"registry": "registry:5000", "repository": "app", "tag": "latest"}"#
        );
        assert_eq!(
            shown(View::Image, "library/nginx@sha256:ab"),
            r#"{"digest": "sha256:ab", "repository": "library/nginx"}"#
        );
    }

    #[test]
    fn json_built_from_parts_is_seen_in_part() {
        use crate::value::{Partial, Unknown};
        let structure = Data::Object([("privileged".into(), Data::Bool(true).into())].into_iter().collect()).into();
        let reason = Reason::NoDefault("image".into());
        let unknown = Unknown { reason, span: None, partial: Some(Partial::Encoded(structure)) };
        let text: Value = Data::Unknown(std::sync::Arc::new(unknown)).into();
        assert_eq!(format!("{:?}", see(View::Json, &text).data), r#"{"privileged": true}"#);
    }

    #[test]
    fn base64_is_decoded() {
        assert_eq!(shown(View::Base64, "aGVsbG8="), r#""hello""#);
        assert_eq!(shown(View::Base64, "aGVsbG8"), r#""hello""#);
    }
}
