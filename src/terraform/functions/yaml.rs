use std::fmt::Write;

use serde_yaml::Value as Yaml;

use super::json;
use crate::terraform::eval::{Fail, MAX_ELEMENTS, MAX_TEXT};
use crate::value::{Data, Number, Value};

/// Block style with quoted strings, as Terraform writes it.
pub(super) fn encode(value: &Value, out: &mut String) -> Result<(), Fail> {
    match &value.data {
        Data::String(text) if text.contains('\n') => literal(text, 2, out),
        _ => block(value, 0, out)?,
    }
    end_line(out);
    if matches!(value.data, Data::Null | Data::Bool(_) | Data::Number(_)) {
        out.push_str("...\n");
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
                quoted(key, out);
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
        Data::String(text) => quoted(text, out),
        Data::Number(number) => json::push_number(*number, out),
        _ => json::encode(value, out)?,
    }
    Ok(())
}

/// A string in double quotes.
fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02X}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// A literal block; its chomping mark says how many line ends close the text.
fn literal(text: &str, indent: usize, out: &mut String) {
    let hint = if text.starts_with([' ', '\n']) { "2" } else { "" };
    let chomp = match text.strip_suffix('\n') {
        None => "-",
        Some(rest) if rest.is_empty() || rest.ends_with('\n') => "+",
        Some(_) => "",
    };
    out.extend(["|", hint, chomp]);
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
    let refuse = || Fail::invalid("the text is not one valid YAML document");
    if text.trim().is_empty() {
        return Err(refuse());
    }
    let mut tree: Yaml = serde_yaml::from_str(text).map_err(|_| refuse())?;
    tree.apply_merge().map_err(|_| refuse())?;
    Decoder { text, n_nodes: 0 }.value_of(tree)
}

/// Builds values; the text tells which of the ambiguous scalars stand in quotes.
struct Decoder<'t> {
    text: &'t str,
    n_nodes: usize,
}

impl Decoder<'_> {
    fn value_of(&mut self, tree: Yaml) -> Result<Value, Fail> {
        self.n_nodes += 1;
        if self.n_nodes > MAX_ELEMENTS * 10 {
            return Err(Fail::limit("nodes of a YAML document"));
        }
        let data = match tree {
            Yaml::Null => Data::Null,
            Yaml::Bool(truth) => Data::Bool(truth),
            Yaml::Number(number) => Data::Number(number_of(&number)),
            Yaml::String(text) => self.scalar(text),
            Yaml::Sequence(items) => {
                Data::List(items.into_iter().map(|item| self.value_of(item)).collect::<Result<_, _>>()?)
            }
            Yaml::Mapping(map) => {
                let members = map.into_iter().map(|(key, item)| Ok((self.key_of(key)?, self.value_of(item)?)));
                Data::Object(members.collect::<Result<_, Fail>>()?)
            }
            Yaml::Tagged(tagged) => match tagged.value {
                Yaml::String(text) => Data::String(text.into()),
                other => return self.value_of(other),
            },
        };
        Ok(data.into())
    }

    /// Terraform reads plain `yes`, `010` and dates as YAML 1.1 does; quoted ones are text.
    fn scalar(&self, text: String) -> Data {
        match old_meaning(&text) {
            Some(data) if !self.is_quoted(&text) => data,
            _ => Data::String(text.into()),
        }
    }

    fn key_of(&self, key: Yaml) -> Result<ecow::EcoString, Fail> {
        match key {
            Yaml::String(text) => match old_meaning(&text) {
                Some(Data::Bool(truth)) if !self.is_quoted(&text) => Ok(ecow::eco_format!("{truth}")),
                _ => Ok(text.into()),
            },
            Yaml::Number(number) => Ok(number.to_string().into()),
            Yaml::Bool(truth) => Ok(ecow::eco_format!("{truth}")),
            Yaml::Null => Ok("null".into()),
            _ => Err(Fail::invalid("a mapping key must be a scalar")),
        }
    }

    fn is_quoted(&self, scalar: &str) -> bool {
        ['"', '\''].iter().any(|quote| self.text.contains(&format!("{quote}{scalar}{quote}")))
    }
}

fn old_meaning(text: &str) -> Option<Data> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some(Data::Bool(true)),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some(Data::Bool(false)),
        _ => {}
    }
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if shape == "0000-00-00" {
        return Some(Data::String(ecow::eco_format!("{text}T00:00:00Z")));
    }
    let is_number = text.starts_with('0') && shape.chars().all(|c| c == '0');
    is_number.then(|| text.parse().ok()).flatten().map(|n| Data::Number(Number::Int(n)))
}

fn number_of(number: &serde_yaml::Number) -> Number {
    number.as_i64().map_or_else(|| Number::from_f64(number.as_f64().unwrap_or(0.0)), Number::Int)
}
