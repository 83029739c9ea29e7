use std::sync::Arc;

use ecow::{EcoString, EcoVec, eco_format};

use crate::source::Span;
use crate::terraform::eval::{Environment, Evaluator, Fail, child, combined, first_unknown, settled};
use crate::terraform::types::{Type, kind_name, set_of, to_number, to_text, try_convert, unify_values};
use crate::value::{Data, Hop, Number, Reason, Value};

/// What a function may ask beside its arguments.
pub(crate) struct Context<'c> {
    /// The name it was called by.
    pub(crate) name: &'c str,
    /// Reads files.
    pub(crate) env: &'c dyn Environment,
    /// Who calls; evaluates templates.
    pub(crate) evaluator: &'c Evaluator<'c>,
    /// The call.
    pub(crate) span: Span,
}

/// A function: its signature and its body.
pub(crate) struct Function {
    params: &'static [Param],
    optional: &'static [Param],
    rest: Option<Param>,
    body: fn(&Context, &[Value]) -> Result<Value, Fail>,
    /// Whether results keep their own histories, as elements do that are passed through.
    through: bool,
}

/// What a parameter takes; arguments are converted to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Param {
    /// Text.
    Text,
    /// A number.
    Number,
    /// Anything but null.
    Any,
    /// Anything.
    Nullable,
    /// Anything, even unknown.
    Open,
    /// A list or set, given as a list of one type.
    List,
    /// A list of texts.
    Texts,
    /// A set.
    Set,
}

/// Why a call gave no value.
pub(crate) struct Refused {
    /// What happened.
    pub(crate) fail: Fail,
    /// The argument to blame, counted from 0.
    pub(crate) argument: Option<usize>,
    /// History of the arguments.
    pub(crate) hop: Option<Arc<Hop>>,
}

type Body = fn(&Context, &[Value]) -> Result<Value, Fail>;

impl Function {
    /// A function whose result is made from all its arguments.
    pub(super) const fn new(params: &'static [Param], body: Body) -> Self {
        Self { params, optional: &[], rest: None, body, through: false }
    }

    /// It takes any number of further arguments.
    pub(super) const fn rest(mut self, rest: Param) -> Self {
        self.rest = Some(rest);
        self
    }

    /// It takes up to that many further arguments.
    pub(super) const fn optional(mut self, optional: &'static [Param]) -> Self {
        self.optional = optional;
        self
    }

    /// It hands on parts of its arguments, which keep their own histories.
    pub(super) const fn through(mut self) -> Self {
        self.through = true;
        self
    }

    /// Checks and converts the arguments and runs the body.
    pub(crate) fn call(&self, context: &Context, args: &[Value]) -> Result<Value, Refused> {
        self.check_count(context, args.len()).map_err(|fail| Refused { fail, argument: None, hop: None })?;
        let mut converted = Vec::with_capacity(args.len());
        let mut unknown = None;
        for (i, arg) in args.iter().enumerate() {
            let param = self.param(i);
            match param.convert(arg) {
                Ok(value) => converted.push(value),
                Err(fail @ Fail::Unknown(_)) => unknown = unknown.or(Some(fail)),
                Err(fail) => return Err(Refused { fail, argument: Some(i), hop: combined(args) }),
            }
        }
        let result = match unknown {
            Some(fail) => Err(fail),
            None => (self.body)(context, &converted),
        };
        match result {
            Ok(mut value) => {
                if value.origin.hop.is_none() && !self.through {
                    value.origin.hop = combined(args);
                }
                Ok(value)
            }
            Err(fail) => Err(Refused { fail, argument: None, hop: combined(args) }),
        }
    }

    fn param(&self, i: usize) -> Param {
        let n = self.params.len();
        let optional = || self.optional.get(i.wrapping_sub(n));
        *self.params.get(i).or_else(optional).or(self.rest.as_ref()).unwrap_or(&Param::Open)
    }

    fn check_count(&self, context: &Context, n: usize) -> Result<(), Fail> {
        let least = self.params.len();
        let most = if self.rest.is_some() { usize::MAX } else { least + self.optional.len() };
        if (least..=most).contains(&n) {
            return Ok(());
        }
        let at_least = if most > least { "at least " } else { "" };
        Err(Fail::Invalid(eco_format!("`{}` takes {at_least}{least} arguments, {n} are given", context.name)))
    }
}

impl Param {
    fn convert(self, arg: &Value) -> Result<Value, Fail> {
        match &arg.data {
            Data::Unknown(unknown) if self != Self::Open => return Err(unknown.into()),
            Data::Null if !matches!(self, Self::Open | Self::Nullable) => {
                return Err(Fail::invalid("the argument must not be null"));
            }
            _ => {}
        }
        let data = match self {
            Self::Open | Self::Nullable | Self::Any => return Ok(arg.clone()),
            Self::Text => Data::String(to_text(arg)?),
            Self::Number => Data::Number(to_number(arg)?),
            Self::List => Data::List(unify_values(items(arg)?)?.into()),
            Self::Texts => return texts(arg),
            Self::Set => Data::Set(set_of(unify_values(unordered(arg)?)?)),
        };
        Ok(Value { data, origin: arg.origin.clone() })
    }
}

fn texts(arg: &Value) -> Result<Value, Fail> {
    let all: Result<EcoVec<Value>, Fail> = items(arg)?.into_iter().map(|v| try_convert(v, &Type::String)).collect();
    Ok(Value { data: Data::List(all?), origin: arg.origin.clone() })
}

/// The elements of a list or set in their order, each with the history of its collection.
pub(super) fn items(value: &Value) -> Result<Vec<Value>, Fail> {
    settled(value)?;
    unordered(value)
}

/// The elements of a list or set, of which some may coincide if they are unknown.
pub(super) fn unordered(value: &Value) -> Result<Vec<Value>, Fail> {
    match &value.data {
        Data::List(items) | Data::Set(items) => Ok(items.iter().map(|item| child(value, item, None)).collect()),
        Data::Unknown(unknown) => Err(unknown.into()),
        _ => Err(Fail::Invalid(eco_format!("a list is required, this is {}", kind_name(value)))),
    }
}

/// The members of a map or object, each with the history of its collection.
pub(super) fn members(value: &Value) -> Result<Vec<(EcoString, Value)>, Fail> {
    match &value.data {
        Data::Object(map) => Ok(map.iter().map(|(k, v)| (k.clone(), child(value, v, Some(k)))).collect()),
        Data::Unknown(unknown) => Err(unknown.into()),
        _ => Err(Fail::Invalid(eco_format!("a map is required, this is {}", kind_name(value)))),
    }
}

/// Refuses a value that is unknown in part.
pub(super) fn wholly_known(value: &Value) -> Result<(), Fail> {
    first_unknown(value).map_or(Ok(()), |unknown| Err(Fail::Unknown(unknown)))
}

/// The text of a converted argument.
pub(super) fn text(args: &[Value], i: usize) -> &str {
    args.get(i).and_then(Value::as_str).unwrap_or_default()
}

/// The number of a converted argument.
pub(super) fn number(args: &[Value], i: usize) -> Number {
    args.get(i).and_then(Value::as_number).unwrap_or(Number::Int(0))
}

/// The whole number of a converted argument.
pub(super) fn integer(args: &[Value], i: usize) -> Result<i64, Fail> {
    number(args, i).as_i64().ok_or_else(|| Fail::invalid("a whole number is required"))
}

/// A list.
pub(super) fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Data::List(items.into_iter().collect()).into()
}

/// A number as a value.
pub(super) fn int(number: impl TryInto<i64>) -> Value {
    Data::Number(Number::Int(number.try_into().unwrap_or(i64::MAX))).into()
}

/// The body of a function that gives another result on every run.
pub(super) fn impure(context: &Context, _: &[Value]) -> Result<Value, Fail> {
    Err(Fail::Undecided(Reason::Impure(context.name.into())))
}
