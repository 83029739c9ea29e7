use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::ParseError;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::json_string::{Reading, string};
use super::literal::number;
use super::{Attribute, Block, Body, Expr, ExprKind, Ident, MAX_NESTING, ObjectItem};
use crate::source::{FileId, Problem, Span};
use crate::syntax::Parsed;

/// The blocks of a module's files and how many labels each has.
const BLOCKS: &[(&str, usize)] = &[
    ("resource", 2),
    ("data", 2),
    ("ephemeral", 2),
    ("module", 1),
    ("provider", 1),
    ("variable", 1),
    ("output", 1),
    ("check", 1),
    ("locals", 0),
    ("terraform", 0),
    ("moved", 0),
    ("import", 0),
    ("removed", 0),
];

/// Parses a `.tf.json` file, following Terraform's JSON configuration syntax.
///
/// Top-level objects become blocks with labels. Within them everything is an attribute: only
/// a provider's schema tells a nested block from an object.
pub fn parse_json(text: &str, file: FileId) -> Parsed<Body> {
    read(text, file, root)
}

/// Parses a `.tfvars.json` file: attributes with literal values.
pub fn parse_tfvars_json(text: &str, file: FileId) -> Parsed<Body> {
    read(text, file, |reader, root, body| match root {
        Value::Object(object) => body.attributes = reader.attributes(object, |_| Reading::Literal),
        other => reader.expected("an object", other.range()),
    })
}

fn root(reader: &mut Reader<'_>, value: &Value<'_>, body: &mut Body) {
    reader.root(value, body);
}

fn read(text: &str, file: FileId, lower: impl FnOnce(&mut Reader<'_>, &Value<'_>, &mut Body)) -> Parsed<Body> {
    let mut reader = Reader { text, file, problems: Vec::new() };
    let mut body = Body::default();
    match reader.value() {
        Some(root) => lower(&mut reader, &root, &mut body),
        None if reader.problems.is_empty() => reader.expected("an object", 0..0),
        None => {}
    }
    reader.problems.sort();
    Parsed { tree: body, problems: reader.problems }
}

struct Reader<'a> {
    text: &'a str,
    file: FileId,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// The file's value; comments and trailing commas are reported and passed over.
    fn value(&mut self) -> Option<Value<'a>> {
        if let Some(at) = too_deep(self.text) {
            let message = format!("limit exceeded: brackets are nested more than {MAX_NESTING} levels deep");
            self.problems.push(Problem::new(self.span(at), message));
            return None;
        }
        let error = match parse_to_ast(self.text, &CollectOptions::default(), &options(false)) {
            Ok(result) => return result.value,
            Err(error) => error,
        };
        self.report(&error);
        let relaxed = parse_to_ast(self.text, &CollectOptions::default(), &options(true)).ok()?;
        relaxed.value
    }

    fn report(&mut self, error: &ParseError) {
        let range = error.range();
        let problem = Problem::new(self.span(range.start..range.end), error.kind().to_string().to_lowercase());
        self.problems.push(problem.with_help("JSON knows no comments and no comma before a closing bracket"));
    }

    fn expected(&mut self, what: &str, at: impl Into<JsonRange>) {
        let span = self.span(at.into().0);
        self.problems.push(Problem::new(span, format!("expected {what}")));
    }

    fn span(&self, at: Range<usize>) -> Span {
        Span::new(self.file, at.start, at.end)
    }

    fn root(&mut self, value: &Value<'_>, body: &mut Body) {
        match value {
            Value::Object(object) => object.properties.iter().for_each(|prop| self.top_level(prop, body)),
            Value::Array(parts) => parts.elements.iter().for_each(|part| self.root(part, body)),
            other => self.expected("an object", other.range()),
        }
    }

    fn top_level(&mut self, prop: &ObjectProp<'_>, body: &mut Body) {
        let name = prop.name.as_str();
        if name == "//" {
            return;
        }
        let kind = self.ident(prop);
        if let Some((_, n_labels)) = BLOCKS.iter().find(|(block, _)| *block == name) {
            self.blocks(&kind, &mut Vec::new(), *n_labels, prop, &prop.value, body);
        } else {
            let value = self.expr(&prop.value, Reading::Template);
            let span = self.span(range(prop));
            body.attributes.push(Attribute { name: kind, value, span });
        }
    }

    /// Descends one label at a time; lists of blocks may stand at every level.
    fn blocks(
        &mut self,
        kind: &Ident,
        labels: &mut Vec<Ident>,
        n_labels: usize,
        prop: &ObjectProp<'_>,
        value: &Value<'_>,
        body: &mut Body,
    ) {
        match value {
            Value::Array(parts) => {
                for part in &parts.elements {
                    self.blocks(kind, labels, n_labels, prop, part, body);
                }
            }
            Value::Object(object) if labels.len() < n_labels => {
                for inner in object.properties.iter().filter(|inner| inner.name.as_str() != "//") {
                    labels.push(self.ident(inner));
                    self.blocks(kind, labels, n_labels, inner, &inner.value, body);
                    labels.pop();
                }
            }
            Value::Object(object) => {
                let header = labels.last().map_or(kind.span, |label| label.span);
                let span = header.to(self.span(range(object)));
                let attributes = self.attributes(object, |key| reading(&kind.name, key));
                let inner = Body { attributes, blocks: Vec::new() };
                body.blocks.push(Block { kind: kind.clone(), labels: labels.clone(), body: inner, span, header });
            }
            Value::NullKeyword(_) => {}
            other => self.expected(&format!("an object for `{}`", prop.name.as_str()), other.range()),
        }
    }

    fn attributes(&mut self, object: &Object<'_>, reading: impl Fn(&str) -> Reading) -> Vec<Attribute> {
        let props = object.properties.iter().filter(|prop| prop.name.as_str() != "//");
        let attribute = |prop: &ObjectProp<'_>| Attribute {
            name: self.ident(prop),
            value: self.expr(&prop.value, reading(prop.name.as_str())),
            span: self.span(range(prop)),
        };
        props.map(attribute).collect()
    }

    fn ident(&self, prop: &ObjectProp<'_>) -> Ident {
        Ident { name: prop.name.as_str().into(), span: self.span(range(&prop.name)) }
    }

    fn expr(&mut self, value: &Value<'_>, reading: Reading) -> Expr {
        let at = range(value);
        let kind = match value {
            Value::StringLit(_) => return string(self.text, self.file, at, reading, &mut self.problems),
            Value::NumberLit(literal) => ExprKind::Number(number(literal.value)),
            Value::BooleanLit(literal) => ExprKind::Bool(literal.value),
            Value::NullKeyword(_) => ExprKind::Null,
            Value::Array(items) => {
                ExprKind::Tuple(items.elements.iter().map(|item| self.expr(item, reading)).collect())
            }
            Value::Object(object) => {
                let props = object.properties.iter().filter(|prop| prop.name.as_str() != "//");
                ExprKind::Object(props.map(|prop| self.object_item(prop, reading)).collect())
            }
        };
        Expr { kind, span: self.span(at) }
    }

    fn object_item(&mut self, prop: &ObjectProp<'_>, reading: Reading) -> ObjectItem {
        let name = prop.name.as_str();
        let inner =
            if matches!(name, "ignore_changes" | "replace_triggered_by") { Reading::Expression } else { reading };
        let key_reading = if reading == Reading::Template { reading } else { Reading::Literal };
        let key = string(self.text, self.file, range(&prop.name), key_reading, &mut self.problems);
        ObjectItem { key, is_bare: false, value: self.expr(&prop.value, inner) }
    }
}

/// How Terraform reads the strings of an attribute of a block.
fn reading(kind: &str, attribute: &str) -> Reading {
    match (kind, attribute) {
        ("variable", "type")
        | (_, "depends_on")
        | ("resource" | "data" | "ephemeral", "provider")
        | ("module", "providers")
        | ("moved", "from" | "to")
        | ("removed", "from")
        | ("import", "to" | "provider") => Reading::Expression,
        ("variable", "validation") => Reading::Template,
        ("variable" | "terraform", _) => Reading::Literal,
        _ => Reading::Template,
    }
}

fn range(node: &impl Ranged) -> Range<usize> {
    let range = node.range();
    range.start..range.end
}

/// A range of either library.
struct JsonRange(Range<usize>);

impl From<Range<usize>> for JsonRange {
    fn from(range: Range<usize>) -> Self {
        Self(range)
    }
}

impl From<jsonc_parser::common::Range> for JsonRange {
    fn from(range: jsonc_parser::common::Range) -> Self {
        Self(range.start..range.end)
    }
}

fn options(relaxed: bool) -> ParseOptions {
    ParseOptions {
        allow_comments: relaxed,
        allow_trailing_commas: relaxed,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// The first bracket over the limit; brackets in strings do not count.
fn too_deep(text: &str) -> Option<Range<usize>> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Some(at..at + 1);
        }
    }
    None
}
