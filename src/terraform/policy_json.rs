use ecow::EcoString;
use serde_json::{Map, Value as Json, json};

use super::types::to_text;
use crate::value::{Data, Value};

/// The members of a statement in the order in which the provider writes them.
const MEMBERS: &[&str] =
    &["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"];
/// The version that documents have unless they say another.
const VERSION: &str = "2012-10-17";

/// A policy document as the AWS provider builds it, shaped like the JSON.
#[derive(Default)]
struct Document {
    version: String,
    id: String,
    statements: Vec<Map<String, Json>>,
}

/// The text that `aws_iam_policy_document` gives, to the byte; `None` where it depends on
/// anything unknown, or on what the provider leaves to chance.
pub(crate) fn text(document: &Value) -> Option<EcoString> {
    if !document.is_wholly_known() {
        return None;
    }
    let mut merged = Document::default();
    for name in ["source_json", "source_policy_documents"] {
        for text in sources(document, name)? {
            merged.merge(parsed(&text)?);
        }
    }
    merged.merge(own(document)?);
    for name in ["override_policy_documents", "override_json"] {
        for text in sources(document, name)? {
            merged.merge(parsed(&text)?);
        }
    }
    let mut all = Map::new();
    let texts = [("Version", merged.version), ("Id", merged.id)];
    all.extend(
        texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.to_owned(), json!(text))),
    );
    if !merged.statements.is_empty() {
        all.insert("Statement".into(), merged.statements.into_iter().map(Json::Object).collect());
    }
    let text = serde_json::to_string_pretty(&all).ok()?;
    Some(escaped(&text).into())
}

/// The text without white space between its parts.
pub(super) fn minified(text: &str) -> Option<EcoString> {
    let document: Json = serde_json::from_str(text).ok()?;
    Some(escaped(&document.to_string()).into())
}

/// What Go's encoder escapes besides quotes and control characters.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    text.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

impl Document {
    /// Statements replace those of their `Sid`; the later id and the higher version count.
    fn merge(&mut self, other: Self) {
        if !other.id.is_empty() {
            self.id = other.id;
        }
        self.version = std::mem::take(&mut self.version).max(other.version);
        for statement in other.statements {
            let sid = statement.get("Sid").and_then(Json::as_str);
            let same = sid.and_then(|sid| {
                self.statements.iter().position(|known| known.get("Sid").and_then(Json::as_str) == Some(sid))
            });
            match same {
                Some(index) => self.statements[index] = statement,
                None => self.statements.push(statement),
            }
        }
    }
}

fn sources(document: &Value, name: &str) -> Option<Vec<EcoString>> {
    texts(document.get(name)).map(|texts| texts.into_iter().filter(|text| !text.is_empty()).collect())
}

/// The texts of a list, a set or one scalar; none for null.
fn texts(value: Option<&Value>) -> Option<Vec<EcoString>> {
    match value.map(|value| &value.data) {
        None | Some(Data::Null) => Some(Vec::new()),
        Some(Data::List(items) | Data::Set(items)) => items.iter().map(|item| to_text(item).ok()).collect(),
        Some(_) => Some(vec![to_text(value?).ok()?]),
    }
}

/// Reads a document that was written as JSON, by the provider or by hand.
fn parsed(text: &str) -> Option<Document> {
    let json: Json = serde_json::from_str(text).ok()?;
    let text = |name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let statements = json.get("Statement").map_or(Some(&[][..]), |all| all.as_array().map(Vec::as_slice))?;
    let statements = statements.iter().map(read).collect::<Option<_>>()?;
    Some(Document { version: text("Version"), id: text("Id"), statements })
}

fn read(statement: &Json) -> Option<Map<String, Json>> {
    let mut all = Map::new();
    for name in MEMBERS {
        let Some(value) = statement.get(*name) else { continue };
        let value = match *name {
            "Principal" | "NotPrincipal" => read_principals(value),
            "Condition" => read_conditions(value)?,
            _ => value.clone(),
        };
        all.insert((*name).to_owned(), value);
    }
    Some(all)
}

fn read_principals(value: &Json) -> Json {
    let Json::Object(types) = value else { return value.clone() };
    let mut types: Vec<(String, Json)> = types.clone().into_iter().collect();
    types.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (_, ids) in &mut types {
        if let Json::Array(ids) = ids {
            ids.sort_by(|a, b| b.as_str().cmp(&a.as_str()));
        }
    }
    Json::Object(types.into_iter().collect())
}

/// Tests and variables are sorted.
fn read_conditions(value: &Json) -> Option<Json> {
    let mut tests: Vec<(&String, &Json)> = value.as_object()?.iter().collect();
    tests.sort_by_key(|(test, _)| *test);
    let mut all = Map::new();
    for (test, variables) in tests {
        let mut variables: Vec<(String, Json)> = variables.as_object()?.clone().into_iter().collect();
        variables.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (_, values) in &mut variables {
            match values {
                Json::Bool(truth) => *values = json!(truth.to_string()),
                Json::String(_) | Json::Array(_) => {}
                _ => return None,
            }
        }
        all.insert(test.clone(), Json::Object(variables.into_iter().collect()));
    }
    Some(Json::Object(all))
}

/// The document that the block itself writes.
fn own(document: &Value) -> Option<Document> {
    let text = |name: &str| document.get(name).filter(|value| !value.is_null()).map(|value| to_text(value).ok());
    let version = text("version").unwrap_or_else(|| Some(VERSION.into()))?;
    let id = text("policy_id").unwrap_or_default().unwrap_or_default();
    let blocks = document.get("statement").and_then(Value::as_list).unwrap_or_default();
    let statements = blocks.iter().map(|block| own_statement(block, &version)).collect::<Option<_>>()?;
    Some(Document { version: version.to_string(), id: id.to_string(), statements })
}

fn own_statement(block: &Value, version: &str) -> Option<Map<String, Json>> {
    let scalar = |name: &str| block.get(name).filter(|value| !value.is_null());
    let mut all = Map::new();
    if let Some(sid) = scalar("sid") {
        let sid = to_text(sid).ok()?;
        if !sid.is_empty() {
            all.insert("Sid".into(), json!(sid.as_str()));
        }
    }
    let effect = scalar("effect").map_or_else(|| Some("Allow".into()), |effect| to_text(effect).ok())?;
    all.insert("Effect".into(), json!(effect.as_str()));
    for (name, member) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        let texts = set(texts(block.get(name))?, version)?;
        if !texts.is_empty() {
            all.insert(member.into(), collapsed(texts));
        }
    }
    for (name, member) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        let principals = principals(block.get(name), version)?;
        if !principals.is_null() {
            all.insert(member.into(), principals);
        }
    }
    let conditions = conditions(block.get("condition"), version)?;
    if !conditions.is_null() {
        all.insert("Condition".into(), conditions);
    }
    Some(all)
}

/// A set as the provider writes it: from the last to the first, AWS's own variables restored.
fn set(texts: Vec<EcoString>, version: &str) -> Option<Vec<String>> {
    let mut texts = restored(texts, version)?;
    texts.sort_by(|a, b| b.cmp(a));
    texts.dedup();
    Some(texts)
}

fn restored(texts: Vec<EcoString>, version: &str) -> Option<Vec<String>> {
    let one = |text: EcoString| match (text.contains("&{"), version) {
        (false, _) => Some(text.to_string()),
        (true, VERSION) => Some(text.replace("&{", "${").to_string()),
        (true, _) => None,
    };
    texts.into_iter().map(one).collect()
}

/// A list of one is written as its element.
fn collapsed(mut texts: Vec<String>) -> Json {
    if texts.len() == 1 { json!(texts.pop()) } else { json!(texts) }
}

fn principals(blocks: Option<&Value>, version: &str) -> Option<Json> {
    let mut types = Vec::new();
    for block in blocks.and_then(Value::as_list).unwrap_or_default() {
        let kind = to_text(block.get("type")?).ok()?;
        types.push((kind.to_string(), collapsed(set(texts(block.get("identifiers"))?, version)?)));
    }
    if let [(kind, ids)] = &types[..]
        && kind == "*"
        && *ids == "*"
    {
        return Some(json!("*"));
    }
    types.sort_by(|(a, _), (b, _)| a.cmp(b));
    unrepeated(types)
}

/// An object, or null for no member. How members of one name are merged follows no stated order.
fn unrepeated(members: Vec<(String, Json)>) -> Option<Json> {
    let is_repeated = members.windows(2).any(|pair| pair[0].0 == pair[1].0);
    let is_empty = members.is_empty();
    (!is_repeated).then(|| if is_empty { Json::Null } else { Json::Object(members.into_iter().collect()) })
}

fn conditions(blocks: Option<&Value>, version: &str) -> Option<Json> {
    let mut all: Vec<(String, String, Json)> = Vec::new();
    for block in blocks.and_then(Value::as_list).unwrap_or_default() {
        let text = |name: &str| to_text(block.get(name)?).ok().filter(|text| !text.contains("&{"));
        let values = restored(texts(block.get("values"))?, version)?;
        all.push((text("test")?.to_string(), text("variable")?.to_string(), collapsed(values)));
    }
    all.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    let mut tests: Vec<(String, Json)> = Vec::new();
    for group in all.chunk_by(|a, b| a.0 == b.0) {
        let variables = group.iter().map(|(_, variable, values)| (variable.clone(), values.clone())).collect();
        tests.push((group[0].0.clone(), unrepeated(variables)?));
    }
    unrepeated(tests)
}
