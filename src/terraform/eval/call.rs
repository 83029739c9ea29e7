use super::{Evaluator, combined, first_unknown, unknown_like};
use crate::source::Span;
use crate::syntax::hcl::{Call, Expr};
use crate::terraform::functions;
use crate::value::{Data, Reason, Value};

/// What compiling a regular expression costs, in bytes of text.
const REGEX_COST: usize = 800;

impl Evaluator<'_> {
    pub(super) fn call(&self, call: &Call, span: Span) -> Value {
        let name = call.name.name.strip_prefix("core::").unwrap_or(&call.name.name);
        match name {
            "try" => return self.call_try(&call.args, span),
            "can" => return self.call_can(&call.args, span),
            _ if name.starts_with("provider::") => return self.provider_call(call, span),
            _ => {}
        }
        let Some(function) = functions::find(name) else {
            return self.invalid(ecow::eco_format!("there is no function `{name}`"), call.name.span);
        };
        let before = self.n_problems();
        let args = match self.arguments(call) {
            Ok(args) => args,
            Err(unknown) => return unknown,
        };
        if self.n_problems() > before {
            let broken = args.iter().find_map(first_unknown);
            return broken.map_or_else(
                || Value::unknown(Reason::Invalid("an argument is wrong".into()), Some(span)),
                |u| unknown_like(&u),
            );
        }
        let context = functions::Context { name, env: self.env, evaluator: self, span };
        let compiled = matches!(name, "regex" | "regexall" | "replace");
        let cost = if compiled { REGEX_COST } else { 0 };
        if let Err(fail) = self.charge(cost).and_then(|()| args.iter().try_for_each(|arg| self.charge_for(arg))) {
            return self.failed(fail, span);
        }
        match function.call(&context, &args) {
            Ok(value) => match self.charge_for(&value) {
                Ok(()) => value,
                Err(fail) => self.failed(fail, span),
            },
            Err(functions::Refused { fail, argument, hop }) => {
                let at = argument.and_then(|i| call.args.get(i)).map_or(span, |arg| arg.span);
                let mut value = self.failed(fail, at);
                value.origin.hop = hop;
                value
            }
        }
    }

    /// The arguments with the last one expanded; `Err` is the value of a call that cannot be.
    fn arguments(&self, call: &Call) -> Result<Vec<Value>, Value> {
        let mut args: Vec<Value> = call.args.iter().map(|arg| self.evaluate(arg)).collect();
        if !call.expand_last {
            return Ok(args);
        }
        let Some(last) = args.pop() else { return Ok(args) };
        let span = call.args.last().map_or(call.name.span, |arg| arg.span);
        match &last.data {
            Data::List(items) | Data::Set(items) => {
                args.extend(items.iter().map(|item| super::child(&last, item, None)));
                Ok(args)
            }
            Data::Unknown(unknown) => {
                let mut value = unknown_like(unknown);
                value.origin.hop = combined(args.iter().chain([&last]));
                Err(value)
            }
            _ => Err(self.invalid("`...` expands a list, a set or a tuple", span)),
        }
    }

    /// The first argument without problems.
    fn call_try(&self, args: &[Expr], span: Span) -> Value {
        let before = self.n_problems();
        for arg in args {
            let value = self.evaluate(arg);
            if self.take_problems(before).is_empty() {
                return decided(value);
            }
        }
        self.invalid("no argument of `try` can be evaluated", span)
    }

    /// Whether the argument has no problems.
    fn call_can(&self, args: &[Expr], span: Span) -> Value {
        let [arg] = args else { return self.invalid("`can` takes one argument", span) };
        let before = self.n_problems();
        let value = self.evaluate(arg);
        if !self.take_problems(before).is_empty() {
            return Data::Bool(false).into();
        }
        match first_unknown(&value) {
            Some(unknown) => unknown_like(&unknown),
            None => Data::Bool(true).into(),
        }
    }

    fn provider_call(&self, call: &Call, span: Span) -> Value {
        let args: Vec<Value> = call.args.iter().map(|arg| self.evaluate(arg)).collect();
        let mut value = Value::unknown(Reason::Impure(call.name.name.clone()), Some(span));
        value.origin.hop = combined(&args);
        value
    }
}

/// A value with unknown parts may still turn out to be wrong, so `try` cannot choose it yet.
fn decided(value: Value) -> Value {
    if value.as_unknown().is_some() {
        return value;
    }
    let Some(unknown) = first_unknown(&value) else { return value };
    let mut lost = unknown_like(&unknown);
    lost.origin.hop = combined([&value]);
    lost
}
