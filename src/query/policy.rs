//! Policy documents in one form.

use ecow::EcoString;

use crate::value::{Data, Hop, HopKind, Map, Reason, Value, read_json};

/// Gives `{statements: […]}` for an IAM policy in any spelling: JSON text, the value that was
/// encoded into it, or the body of an `aws_iam_policy_document`.
///
/// A statement has `sid`, `effect` (`Allow` if absent), `actions`, `not_actions`, `resources`,
/// `not_resources`, `principals` and `not_principals` (each with `type` and `id`) and
/// `conditions` (each with `test`, `variable` and `values`). What is unknown stays so in place.
pub(crate) fn normalize(value: &Value) -> Value {
    let document = match document(value) {
        Ok(document) => document,
        Err(unknown) => return unknown,
    };
    let statements = member(&document, &["Statement", "statement"]).map(listed);
    let statements = statements.unwrap_or_default().into_iter().map(|each| statement(&each));
    let list = Value { data: Data::List(statements.collect()), origin: document.origin.clone() };
    Value { data: Data::Object([("statements".into(), list)].into_iter().collect()), origin: document.origin }
}

/// The structured document behind a value, or the unknown that hides it.
fn document(value: &Value) -> Result<Value, Value> {
    if let Some(structure) = structure(value) {
        return Ok(structure.clone());
    }
    match &value.data {
        Data::Unknown(_) => Err(value.clone()),
        Data::Object(_) => Ok(value.clone()),
        Data::List(items) if items.len() == 1 => document(&items[0]),
        Data::String(text) => match read_json(text) {
            Some(json) => Ok(Value { data: json.data, origin: value.origin.clone() }),
            None if text.trim().is_empty() => Ok(Data::Object(Map::default()).into()),
            None => Err(Value::unknown(Reason::Invalid("the policy is not JSON".into()), None)),
        },
        _ => Ok(Data::Object(Map::default()).into()),
    }
}

/// The value that a text encodes, parts of it perhaps unknown, where it was built by encoding.
pub(crate) fn structure(value: &Value) -> Option<&Value> {
    let known = value.origin.hop.as_deref().and_then(encoded);
    known.or_else(|| value.as_unknown().and_then(|unknown| unknown.structure()))
}

fn encoded(hop: &Hop) -> Option<&Value> {
    match &hop.kind {
        HopKind::Encoded(value) => Some(value),
        _ if hop.next.len() == 1 => encoded(&hop.next[0]),
        _ => None,
    }
}

fn member<'a>(value: &'a Value, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| value.get(name)).filter(|found| !found.is_null())
}

/// A list as it is, anything else as a list of one.
fn listed(value: &Value) -> Vec<Value> {
    value.as_list().map_or_else(|| vec![value.clone()], <[Value]>::to_vec)
}

fn statement(value: &Value) -> Value {
    if value.as_unknown().is_some() {
        return value.clone();
    }
    let mut members = Map::default();
    let effect = member(value, &["Effect", "effect"]).cloned().unwrap_or_else(|| Value::string("Allow"));
    members.insert("effect".into(), effect);
    if let Some(sid) = member(value, &["Sid", "sid"]) {
        members.insert("sid".into(), sid.clone());
    }
    for (name, json, block) in [
        ("actions", "Action", "actions"),
        ("not_actions", "NotAction", "not_actions"),
        ("resources", "Resource", "resources"),
        ("not_resources", "NotResource", "not_resources"),
    ] {
        if let Some(found) = member(value, &[json, block]) {
            members.insert(name.into(), list_like(found));
        }
    }
    for (name, json) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(found) = member(value, &[json, name]) {
            members.insert(name.into(), principals(found));
        }
    }
    if let Some(found) = member(value, &["Condition", "condition"]) {
        members.insert("conditions".into(), conditions(found));
    }
    Value { data: Data::Object(members), origin: value.origin.clone() }
}

fn list_like(value: &Value) -> Value {
    match value.data {
        Data::List(_) | Data::Set(_) | Data::Unknown(_) => value.clone(),
        _ => Value { data: Data::List([value.clone()].into_iter().collect()), origin: value.origin.clone() },
    }
}

/// `"*"`, `{"AWS": […]}` or `principals { type identifiers }` as a list of `type` and `id`.
fn principals(value: &Value) -> Value {
    let mut all = Vec::new();
    let pair = |kind: &Value, id: &Value| {
        let members = [("type".into(), kind.clone()), ("id".into(), id.clone())];
        Value { data: Data::Object(members.into_iter().collect()), origin: id.origin.clone() }
    };
    for entry in listed(value) {
        match &entry.data {
            Data::Object(map) => match (map.get("type"), map.get("identifiers")) {
                (Some(kind), Some(ids)) => all.extend(listed(ids).iter().map(|id| pair(kind, id))),
                _ => {
                    for (kind, ids) in map.iter() {
                        let kind = Value::string(kind.clone());
                        all.extend(listed(ids).iter().map(|id| pair(&kind, id)));
                    }
                }
            },
            Data::Unknown(_) => all.push(entry),
            _ => all.push(pair(&entry, &entry)),
        }
    }
    Value { data: Data::List(all.into_iter().collect()), origin: value.origin.clone() }
}

/// `{Test: {variable: values}}` or `condition { test variable values }` as a list.
fn conditions(value: &Value) -> Value {
    let mut all = Vec::new();
    let triple = |test: &Value, variable: &Value, values: &Value| -> Value {
        let members: [(EcoString, Value); 3] = [
            ("test".into(), test.clone()),
            ("variable".into(), variable.clone()),
            ("values".into(), list_like(values)),
        ];
        Value { data: Data::Object(members.into_iter().collect()), origin: values.origin.clone() }
    };
    for entry in listed(value) {
        let Some(map) = entry.as_object() else {
            all.push(entry);
            continue;
        };
        if let (Some(test), Some(variable), Some(values)) = (map.get("test"), map.get("variable"), map.get("values")) {
            all.push(triple(test, variable, values));
            continue;
        }
        for (test, variables) in map.iter() {
            let test = Value::string(test.clone());
            match variables.as_object() {
                Some(variables) => {
                    all.extend(variables.iter().map(|(name, v)| triple(&test, &Value::string(name.clone()), v)));
                }
                None => all.push(variables.clone()),
            }
        }
    }
    Value { data: Data::List(all.into_iter().collect()), origin: value.origin.clone() }
}

/// Whether an IAM action pattern covers an action; both in lower case.
///
/// `*` stands for any run of characters and `?` for one. An action given as `iam:*` is covered
/// only by a pattern at least as wide.
pub(crate) fn covers(pattern: &str, action: &str) -> bool {
    let (mut p, mut a) = (0, 0);
    let (pattern, action) = (pattern.as_bytes(), action.as_bytes());
    let mut retry: Option<(usize, usize)> = None;
    while a < action.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, a));
                p += 1;
            }
            Some(&byte) if byte == action[a] || (byte == b'?' && action[a] != b'*') => {
                p += 1;
                a += 1;
            }
            _ => {
                let Some((after, from)) = retry else { return false };
                retry = Some((after, from + 1));
                p = after;
                a = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str) -> String {
        format!("{:?}", normalize(&Value::string(json)).data)
    }

    #[test]
    fn one_statement_need_not_be_a_list() {
        let text = r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Principal": {"AWS": ["*"]}}}"#;
        assert_eq!(
            shown(text),
            r#"{"statements": [{"actions": ["s3:*"], "effect": "Allow", "principals": [{"id": "*", "type": "AWS"}]}]}"#
        );
    }

    #[test]
    fn conditions_are_flat() {
        let text = r#"{"Statement": [{"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}]}"#;
        assert!(shown(text).contains(
            r#""conditions": [{"test": "StringEquals", "values": ["o-1"], "variable": "aws:PrincipalOrgID"}]"#
        ));
    }

    #[test]
    fn wildcards_cover_as_iam_does() {
        for (pattern, action, expected) in [
            ("*", "iam:passrole", true),
            ("iam:*", "iam:passrole", true),
            ("iam:p*role", "iam:passrole", true),
            ("iam:get*", "iam:passrole", false),
            ("iam:get*", "iam:*", false),
            ("iam:*", "iam:*", true),
            ("i?m:passrole", "iam:passrole", true),
        ] {
            assert_eq!(covers(pattern, action), expected, "{pattern} covers {action}");
        }
    }
}
