//! Expressions to values.
//!
//! Takes an [`Expr`] and an [`Environment`] that resolves root names;
//! gives a [`Value`] with spans and history, plus problems. Evaluation is total and bounded:
//! what cannot be computed is an unknown with a reason. It does not know modules, resources
//! or how a variable gets its value. Start reading at [`Evaluator::evaluate`].

mod call;
mod collection;
mod fail;
mod history;
mod operator;
mod template;
mod traversal;

#[cfg(test)]
mod tests;

pub(crate) use fail::Fail;
pub(crate) use history::{child, combined, mark_sensitive, unmark};
pub(crate) use operator::equal;
pub(crate) use template::Text as TextBuilder;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use ecow::EcoString;

use crate::source::{Problem, Span};
use crate::syntax::hcl::{Expr, ExprKind, TraversalStep, parse_template};
use crate::value::{Data, Map, Place, Reason, Truth, Unknown, Value};

/// Deepest nesting of expressions that is evaluated.
pub(crate) const MAX_DEPTH: u32 = 128;
/// Most work for one expression: a unit is one expression, or 16 bytes of produced text.
pub(crate) const MAX_STEPS: u32 = 500_000;
/// Deepest nesting of template functions.
pub(crate) const MAX_TEMPLATES: u32 = 8;
/// Longest text, in bytes.
pub(crate) const MAX_TEXT: usize = 4 << 20;
/// Most elements of a collection that a function or a `for` produces.
pub(crate) const MAX_ELEMENTS: usize = 10_000;

/// Resolves root names and reads files; implemented by who knows the module.
pub(crate) trait Environment {
    /// The value of `root` followed by as many of `steps` as the environment consumes, and that
    /// number: `var.x` consumes 1, `module.m.out` 2, `aws_s3_bucket.b` 1, `data.aws_x.y` 2.
    ///
    /// A name that does not exist is an unknown with [`Reason::Undeclared`] and this `span`,
    /// which is then reported as a problem.
    fn resolve(&self, root: &str, steps: &[TraversalStep], span: Span) -> (Value, usize);

    /// The text of the file that an expression names.
    ///
    /// # Errors
    /// Why there is no text: outside of the roots, unreadable, binary. [`Reason::Invalid`] is
    /// reported as a problem.
    fn read(&self, path: &str) -> Result<Arc<str>, Reason>;

    /// Whether the file that an expression names exists.
    ///
    /// # Errors
    /// Why that cannot be told.
    fn exists(&self, path: &str) -> Result<bool, Reason>;

    /// All files below a folder, as paths relative to it with `/`, sorted.
    ///
    /// # Errors
    /// Why that cannot be told.
    fn files(&self, folder: &str) -> Result<Vec<EcoString>, Reason>;
}

/// Evaluates an expression; its problems are dropped. See [`Evaluator`] to keep them.
pub(crate) fn evaluate(expr: &Expr, env: &dyn Environment) -> Value {
    Evaluator::new(env).evaluate(expr)
}

/// Evaluates expressions in one environment and collects problems.
pub(crate) struct Evaluator<'e> {
    env: &'e dyn Environment,
    problems: RefCell<Vec<Problem>>,
    /// Limits that were reached, each once. They are no problems to `try` and `can`: Terraform may
    /// well have a value.
    limits: RefCell<Vec<Problem>>,
    locals: RefCell<Vec<(EcoString, Value)>>,
    depth: Cell<u32>,
    steps: Cell<u32>,
    /// How many template functions surround the expressions.
    templates: u32,
}

impl<'e> Evaluator<'e> {
    /// Starts without local names.
    pub(crate) fn new(env: &'e dyn Environment) -> Self {
        Self {
            env,
            problems: RefCell::default(),
            limits: RefCell::default(),
            locals: RefCell::default(),
            depth: Cell::new(0),
            steps: Cell::new(MAX_STEPS),
            templates: 0,
        }
    }

    /// What was wrong so far, in the order of evaluation, and then the limits that were reached.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.extend(self.limits.into_inner());
        problems
    }

    /// Evaluates the text of a template in which `names` are the only names; what is wrong in it
    /// is reported at `span`, the call.
    pub(crate) fn template_text(&self, text: &str, names: &Map, span: Span) -> Result<Value, Fail> {
        if self.templates >= MAX_TEMPLATES {
            return Err(Fail::limit("nesting of templates"));
        }
        let parsed = parse_template(text, span.file, span.start as usize);
        let scope = TemplateScope { names, outer: self.env };
        let inner = Evaluator { templates: self.templates + 1, ..Evaluator::new(&scope) };
        inner.depth.set(self.depth.get());
        inner.steps.set(self.steps.get());
        let value = inner.evaluate(&parsed.tree);
        self.steps.set(inner.steps.get());
        inner.limits.take().iter().for_each(|limit| self.limit(&limit.message, span));
        match parsed.problems.into_iter().chain(inner.into_problems()).next() {
            Some(problem) => Err(Fail::Invalid(ecow::eco_format!("in the template: {}", problem.message))),
            None => Ok(value),
        }
    }

    /// Runs `body` with one more local name, which hides others of that name: the iterators of
    /// `for`, `dynamic` blocks and `each`.
    pub(crate) fn with_local<T>(&self, name: &EcoString, value: Value, body: impl FnOnce(&Self) -> T) -> T {
        self.locals.borrow_mut().push((name.clone(), value));
        let result = body(self);
        self.locals.borrow_mut().pop();
        result
    }

    /// The value of an expression; it stands where the expression stands.
    pub(crate) fn evaluate(&self, expr: &Expr) -> Value {
        let depth = self.depth.get();
        if depth == 0 {
            self.steps.set(MAX_STEPS);
        }
        if depth >= MAX_DEPTH {
            return Value::unknown(Reason::Limit("nesting of expressions".into()), Some(expr.span));
        }
        if let Err(fail) = self.charge(0) {
            return self.failed(fail, expr.span);
        }
        self.depth.set(depth + 1);
        let value = self.dispatch(expr);
        self.depth.set(depth);
        value.placed(Place::Span(expr.span))
    }

    fn dispatch(&self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Null => Data::Null.into(),
            ExprKind::Bool(truth) => Data::Bool(*truth).into(),
            ExprKind::Number(number) => Data::Number(*number).into(),
            ExprKind::String(text) => Data::String(text.clone()).into(),
            ExprKind::Template(segments) => self.template(segments, expr.span),
            ExprKind::Tuple(items) => self.tuple(items),
            ExprKind::Object(items) => self.object(items),
            ExprKind::Variable(name) => self.root(name, &[], expr.span).0,
            ExprKind::Traversal(traversal) => self.traversal(traversal, expr.span),
            ExprKind::Call(call) => self.call(call, expr.span),
            ExprKind::Conditional(conditional) => self.conditional(conditional, expr.span),
            ExprKind::Unary(op, operand) => self.unary(*op, operand, expr.span),
            ExprKind::Binary(binary) => self.binary(binary, expr.span),
            ExprKind::For(each) => self.for_expr(each, expr.span),
            ExprKind::Invalid(why) => Value::unknown(Reason::Invalid(why.clone()), Some(expr.span)),
        }
    }

    /// Takes the cost of one step and of a text of `bytes` bytes.
    fn charge(&self, bytes: usize) -> Result<(), Fail> {
        let cost = 1 + u32::try_from(bytes / 16).unwrap_or(u32::MAX);
        let left = self.steps.get().checked_sub(cost);
        self.steps.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or_else(|| Fail::limit("work for one expression"))
    }

    /// Takes the cost of looking at the elements or at the text of a value.
    fn charge_for(&self, value: &Value) -> Result<(), Fail> {
        let n = match &value.data {
            Data::List(items) | Data::Set(items) => items.len() * 4,
            Data::Object(map) => map.len() * 4,
            Data::String(text) => text.len(),
            _ => 0,
        };
        self.charge(n)
    }

    /// Turns a failure into an unknown, and into a problem where the configuration is wrong.
    pub(crate) fn failed(&self, fail: Fail, span: Span) -> Value {
        match fail {
            Fail::Invalid(why) => self.invalid(why, span),
            Fail::Unknown(unknown) => unknown_like(&unknown),
            Fail::Undecided(reason) => Value::unknown(reason, Some(span)),
            Fail::Limit(what) => {
                let reason = Reason::Limit(what);
                self.limit(&reason.to_string(), span);
                Value::unknown(reason, Some(span))
            }
        }
    }

    fn limit(&self, message: &str, span: Span) {
        let mut limits = self.limits.borrow_mut();
        if !limits.iter().any(|known| known.message == message) {
            limits.push(Problem::new(span, message).with_help("all that depends on this is taken for unknown"));
        }
    }

    /// Reports a problem and gives the unknown that stands for the missing value.
    fn invalid(&self, why: impl Into<EcoString>, span: Span) -> Value {
        let why = why.into();
        self.problems.borrow_mut().push(Problem::new(span, why.as_str()));
        Value::unknown(Reason::Invalid(why), Some(span))
    }

    fn n_problems(&self) -> usize {
        self.problems.borrow().len()
    }

    /// Takes back the problems that came after the first `n`.
    fn take_problems(&self, n: usize) -> Vec<Problem> {
        self.problems.borrow_mut().split_off(n)
    }
}

/// The names of a template; files are those of the caller.
struct TemplateScope<'t> {
    names: &'t Map,
    outer: &'t dyn Environment,
}

impl Environment for TemplateScope<'_> {
    fn resolve(&self, root: &str, _: &[TraversalStep], span: Span) -> (Value, usize) {
        let known = self.names.get(root).cloned();
        (known.unwrap_or_else(|| Value::unknown(Reason::Undeclared(root.into()), Some(span))), 0)
    }

    fn read(&self, path: &str) -> Result<Arc<str>, Reason> {
        self.outer.read(path)
    }

    fn exists(&self, path: &str) -> Result<bool, Reason> {
        self.outer.exists(path)
    }

    fn files(&self, folder: &str) -> Result<Vec<EcoString>, Reason> {
        self.outer.files(folder)
    }
}

/// Another value that is unknown for the same reason; what is known of the text is not kept.
fn unknown_like(unknown: &Arc<Unknown>) -> Value {
    let data = match &unknown.partial {
        None => Data::Unknown(Arc::clone(unknown)),
        Some(_) => {
            Data::Unknown(Arc::new(Unknown { reason: unknown.reason.clone(), span: unknown.span, partial: None }))
        }
    };
    data.into()
}

/// A bool, or unknown for the reason of whichever of the values is unknown.
fn truth_value(truth: Truth, values: &[&Value]) -> Value {
    match truth {
        Truth::True => Data::Bool(true).into(),
        Truth::False => Data::Bool(false).into(),
        Truth::Unknown => {
            let unknown = values.iter().find_map(|value| first_unknown(value));
            unknown.map_or_else(|| Value::unknown(Reason::Partial, None), |u| unknown_like(&u))
        }
    }
}

/// Refuses a set whose number and order of elements is open, as unknown ones may coincide.
pub(crate) fn settled(value: &Value) -> Result<(), Fail> {
    match &value.data {
        Data::Set(items) if items.len() > 1 => {
            first_unknown(value).map_or(Ok(()), |unknown| Err(Fail::Unknown(unknown)))
        }
        _ => Ok(()),
    }
}

/// The first unknown in a value, itself included.
pub(crate) fn first_unknown(value: &Value) -> Option<Arc<Unknown>> {
    match &value.data {
        Data::Unknown(unknown) => Some(Arc::clone(unknown)),
        Data::List(items) | Data::Set(items) => items.iter().find_map(first_unknown),
        Data::Object(map) => map.iter().find_map(|(_, item)| first_unknown(item)),
        _ => None,
    }
}
