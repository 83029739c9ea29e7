use ecow::{EcoString, eco_format};

use super::{Field, Type};
use crate::source::{Problem, Span};
use crate::syntax::hcl::{Call, Expr, ExprKind};
use crate::value::Value;

/// Deepest nesting of a type constraint.
const MAX_DEPTH: u32 = 64;

/// Reads a type constraint; `default` evaluates the default of an optional attribute.
///
/// A quoted `"string"`, `"list"` or `"map"` is the old spelling and is read like the new one.
///
/// # Errors
/// A problem at the part that is no type.
pub(crate) fn parse(expr: &Expr, default: &mut dyn FnMut(&Expr) -> Value) -> Result<Type, Problem> {
    Parser { default, depth: 0 }.of(expr)
}

struct Parser<'d> {
    default: &'d mut dyn FnMut(&Expr) -> Value,
    depth: u32,
}

impl Parser<'_> {
    fn of(&mut self, expr: &Expr) -> Result<Type, Problem> {
        if self.depth >= MAX_DEPTH {
            return Err(Problem::new(expr.span, format!("a type is nested at most {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        let parsed = match &expr.kind {
            ExprKind::Variable(name) | ExprKind::String(name) => named(name, expr.span),
            ExprKind::Call(call) => self.constructor(call, expr.span),
            _ => Err(unknown_type(expr.span)),
        };
        self.depth -= 1;
        parsed
    }

    fn constructor(&mut self, call: &Call, span: Span) -> Result<Type, Problem> {
        let [argument] = call.args.as_slice() else {
            return Err(Problem::new(span, format!("`{}` takes one type", call.name.name)));
        };
        match call.name.name.as_str() {
            "list" => Ok(Type::List(Box::new(self.of(argument)?))),
            "set" => Ok(Type::Set(Box::new(self.of(argument)?))),
            "map" => Ok(Type::Map(Box::new(self.of(argument)?))),
            "tuple" => self.tuple(argument),
            "object" => self.object(argument),
            _ => Err(unknown_type(call.name.span)),
        }
    }

    fn tuple(&mut self, expr: &Expr) -> Result<Type, Problem> {
        let ExprKind::Tuple(items) = &expr.kind else {
            return Err(Problem::new(expr.span, "`tuple` takes a list of types in brackets"));
        };
        items.iter().map(|item| self.of(item)).collect::<Result<_, _>>().map(Type::Tuple)
    }

    fn object(&mut self, expr: &Expr) -> Result<Type, Problem> {
        let ExprKind::Object(items) = &expr.kind else {
            return Err(Problem::new(expr.span, "`object` takes attributes in braces"));
        };
        let mut fields = std::collections::BTreeMap::new();
        for item in items {
            let name = match &item.key.kind {
                ExprKind::String(name) | ExprKind::Variable(name) => name.clone(),
                ExprKind::Null => EcoString::from("null"),
                ExprKind::Bool(truth) => eco_format!("{truth}"),
                _ => return Err(Problem::new(item.key.span, "an attribute name is required")),
            };
            fields.insert(name, self.field(&item.value)?);
        }
        Ok(Type::Object(fields))
    }

    fn field(&mut self, expr: &Expr) -> Result<Field, Problem> {
        let ExprKind::Call(call) = &expr.kind else { return Ok(Field::required(self.of(expr)?)) };
        if call.name.name != "optional" {
            return Ok(Field::required(self.of(expr)?));
        }
        let (of, default) = match call.args.as_slice() {
            [of] => (of, Value::default()),
            [of, default] => (of, (self.default)(default)),
            _ => return Err(Problem::new(expr.span, "`optional` takes a type and a default")),
        };
        Ok(Field { of: self.of(of)?, optional: Some(default) })
    }
}

fn named(name: &str, span: Span) -> Result<Type, Problem> {
    match name {
        "any" => Ok(Type::Any),
        "string" => Ok(Type::String),
        "number" => Ok(Type::Number),
        "bool" => Ok(Type::Bool),
        "list" => Ok(Type::List(Box::new(Type::Any))),
        "set" => Ok(Type::Set(Box::new(Type::Any))),
        "map" => Ok(Type::Map(Box::new(Type::Any))),
        _ => Err(unknown_type(span)),
    }
}

fn unknown_type(span: Span) -> Problem {
    Problem::new(span, "no type constraint")
        .with_help("write string, number, bool, any, list(T), set(T), map(T), tuple([T]) or object({ name = T })")
}
