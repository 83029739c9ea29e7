use ecow::EcoString;

use crate::source::Span;
use crate::value::Number;

/// The content of a file or block, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// `name = expression`
    pub attributes: Vec<Attribute>,
    /// `kind "label" { … }`
    pub blocks: Vec<Block>,
}

/// A name with its span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The name, unquoted.
    pub name: EcoString,
    /// Where it stands; quotes included for a quoted block label.
    pub span: Span,
}

/// `name = expression`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Left side.
    pub name: Ident,
    /// Right side.
    pub value: Expr,
    /// Both sides.
    pub span: Span,
}

/// `kind "label" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// `resource`, `ingress` …
    pub kind: Ident,
    /// Quoted or bare labels.
    pub labels: Vec<Ident>,
    /// Between the braces.
    pub body: Body,
    /// From the kind to the closing brace.
    pub span: Span,
    /// From the kind to the opening brace, without it.
    pub header: Span,
}

/// An expression with its span.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands, without surrounding white space and comments.
    pub span: Span,
}

/// What an expression is. Parentheses leave no trace but in object keys, where `(name)` is an
/// expression and `name` a literal; literal-only templates and heredocs are `String`.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number literal.
    Number(Number),
    /// A quoted string or heredoc without interpolation, escapes resolved.
    String(EcoString),
    /// A quoted string or heredoc with interpolation or directives.
    Template(Vec<Segment>),
    /// `[a, b]`
    Tuple(Vec<Expr>),
    /// `{ a = b }`
    Object(Vec<ObjectItem>),
    /// A root name: `var`, `local`, `aws_s3_bucket`, an iterator.
    Variable(EcoString),
    /// `a.b[0].*.c`
    Traversal(Box<Traversal>),
    /// `f(a, b...)`
    Call(Box<Call>),
    /// `a ? b : c`
    Conditional(Box<Conditional>),
    /// `!a`, `-a`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`
    Binary(Box<Binary>),
    /// `[for …]`, `{for …}`
    For(Box<For>),
    /// What could not be parsed or exceeds a limit; evaluates to unknown.
    Invalid(EcoString),
}

/// Part of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Segment {
    /// Text, escapes resolved, strip markers and heredoc indentation applied.
    Literal(EcoString),
    /// `${ … }`
    Interpolation(Expr),
    /// `%{ if … } … %{ else } … %{ endif }`
    If {
        /// The condition.
        condition: Expr,
        /// Taken when true.
        then: Vec<Segment>,
        /// Taken when false; empty without `else`.
        otherwise: Vec<Segment>,
    },
    /// `%{ for k, v in … } … %{ endfor }`
    For {
        /// Key name, if two names are given.
        key: Option<Ident>,
        /// Value name.
        value: Ident,
        /// What is iterated.
        collection: Expr,
        /// Repeated part.
        body: Vec<Segment>,
    },
}

/// `key = value` in an object constructor.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectItem {
    /// Left side; a bare name is a `String`.
    pub key: Expr,
    /// Whether the key is a reference without parentheses, such as `aws.eu`: the name of a provider
    /// in a call's `providers`, a mistake elsewhere.
    pub is_bare: bool,
    /// Right side.
    pub value: Expr,
}

/// An expression and the steps that follow it.
#[derive(Clone, Debug, PartialEq)]
pub struct Traversal {
    /// Where it starts.
    pub root: Expr,
    /// At least one step.
    pub steps: Vec<TraversalStep>,
}

/// One step of a traversal, its span from the dot or bracket to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct TraversalStep {
    /// What it does.
    pub kind: StepKind,
    /// Where it stands.
    pub span: Span,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// `.name`
    Attr(EcoString),
    /// `[expression]`; the legacy `.0` is an index by a number literal.
    Index(Expr),
    /// `.*`: the attribute steps that follow apply to each element.
    AttrSplat,
    /// `[*]`: all steps that follow apply to each element.
    FullSplat,
}

/// `name(args)`
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function; provider functions keep their full name `provider::aws::arn_parse`.
    pub name: Ident,
    /// Arguments.
    pub args: Vec<Expr>,
    /// Whether the last argument is expanded by `...`.
    pub expand_last: bool,
}

/// `condition ? then : otherwise`
#[derive(Clone, Debug, PartialEq)]
pub struct Conditional {
    /// Condition.
    pub condition: Expr,
    /// Taken when true.
    pub then: Expr,
    /// Taken when false.
    pub otherwise: Expr,
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// `left op right`
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    /// Operator.
    pub op: BinaryOp,
    /// Left operand.
    pub left: Expr,
    /// Right operand.
    pub right: Expr,
}

/// Infix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// `[for k, v in collection : value if condition]` or `{for … : key => value...}`
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// Key name, if two names are given.
    pub key: Option<Ident>,
    /// Value name.
    pub value: Ident,
    /// What is iterated.
    pub collection: Expr,
    /// The result's key, for an object.
    pub key_expr: Option<Expr>,
    /// The result's value.
    pub value_expr: Expr,
    /// Filter.
    pub condition: Option<Expr>,
    /// Whether values of one key are grouped by `...`.
    pub grouping: bool,
}
