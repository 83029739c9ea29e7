use serde_yaml::Value as Yaml;

use super::json;
use crate::terraform::eval::{Fail, MAX_ELEMENTS, MAX_TEXT};
use crate::value::{Data, Number, Value};

/// Block style with quoted strings, as Terraform writes it.
pub(super) fn encode(value: &Value, out: &mut String) -> Result<(), Fail> {
    block(value, 0, out)?;
    if !out.ends_with('\n') {
        out.push('\n');
    }
    Ok(())
}

fn block(value: &Value, indent: usize, out: &mut String) -> Result<(), Fail> {
    if out.len() > MAX_TEXT {
        return Err(Fail::limit("length of a text"));
    }
    match &value.data {
        Data::List(items) | Data::Set(items) if !items.is_empty() => {
            for (i, item) in items.iter().enumerate() {
                pad(i, indent, out);
                out.push('-');
                nested(item, indent, " ", out)?;
            }
        }
        Data::Object(map) if !map.is_empty() => {
            for (i, (key, item)) in map.iter().enumerate() {
                pad(i, indent, out);
                json_like(key, out);
                out.push(':');
                member(item, indent, out)?;
            }
        }
        _ => scalar(value, indent, out)?,
    }
    Ok(())
}

fn pad(i: usize, indent: usize, out: &mut String) {
    if i > 0 || out.ends_with('\n') {
        out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// A list item: collections start on the line of their dash.
fn nested(item: &Value, indent: usize, gap: &str, out: &mut String) -> Result<(), Fail> {
    out.push_str(gap);
    block(item, indent + 2, out)?;
    end_line(out);
    Ok(())
}

/// A map member: lists are not indented, maps are.
fn member(item: &Value, indent: usize, out: &mut String) -> Result<(), Fail> {
    match &item.data {
        Data::List(items) | Data::Set(items) if !items.is_empty() => {
            out.push('\n');
            block(item, indent, out)?;
        }
        Data::Object(map) if !map.is_empty() => {
            out.push('\n');
            block(item, indent + 2, out)?;
        }
        _ => {
            out.push(' ');
            scalar(item, indent + 2, out)?;
        }
    }
    end_line(out);
    Ok(())
}

fn end_line(out: &mut String) {
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

fn scalar(value: &Value, indent: usize, out: &mut String) -> Result<(), Fail> {
    match &value.data {
        Data::String(text) if text.contains('\n') => literal(text, indent, out),
        Data::String(text) => json_like(text, out),
        Data::Number(number) => json::push_number(*number, out),
        _ => json::encode(value, out)?,
    }
    Ok(())
}

fn json_like(text: &str, out: &mut String) {
    json::push_string(text, out);
}

/// A literal block; its chomping mark says how many line ends close the text.
fn literal(text: &str, indent: usize, out: &mut String) {
    let mark = match text.strip_suffix('\n') {
        None => "|-",
        Some(rest) if rest.ends_with('\n') => "|+",
        Some(_) => "|",
    };
    out.push_str(mark);
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(line);
        }
    }
    out.push('\n');
}

/// The value that a YAML document spells.
pub(super) fn decode(text: &str) -> Result<Value, Fail> {
    let tree: Yaml =
        serde_yaml::from_str(text).map_err(|_| Fail::invalid("the text is not one valid YAML document"))?;
    let mut n_nodes = 0;
    value_of(tree, &mut n_nodes)
}

fn value_of(tree: Yaml, n_nodes: &mut usize) -> Result<Value, Fail> {
    *n_nodes += 1;
    if *n_nodes > MAX_ELEMENTS * 10 {
        return Err(Fail::limit("nodes of a YAML document"));
    }
    let data = match tree {
        Yaml::Null => Data::Null,
        Yaml::Bool(truth) => Data::Bool(truth),
        Yaml::Number(number) => Data::Number(number_of(&number)),
        Yaml::String(text) => Data::String(text.into()),
        Yaml::Sequence(items) => {
            Data::List(items.into_iter().map(|item| value_of(item, n_nodes)).collect::<Result<_, _>>()?)
        }
        Yaml::Mapping(map) => {
            let members = map.into_iter().map(|(key, item)| Ok((key_of(key)?, value_of(item, n_nodes)?)));
            Data::Object(members.collect::<Result<_, Fail>>()?)
        }
        Yaml::Tagged(tagged) => return value_of(tagged.value, n_nodes),
    };
    Ok(data.into())
}

fn key_of(key: Yaml) -> Result<ecow::EcoString, Fail> {
    match key {
        Yaml::String(text) => Ok(text.into()),
        Yaml::Number(number) => Ok(number.to_string().into()),
        Yaml::Bool(truth) => Ok(ecow::eco_format!("{truth}")),
        Yaml::Null => Ok("null".into()),
        _ => Err(Fail::invalid("a mapping key must be a scalar")),
    }
}

fn number_of(number: &serde_yaml::Number) -> Number {
    number.as_i64().map_or_else(|| Number::from_f64(number.as_f64().unwrap_or(0.0)), Number::Int)
}
