use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;

use super::fix::{self, Fix};
use super::schema::{
    Case, CidrClass, Condition, Direction, Exists, Join, Many, Ports, ProviderVersion, Rule, Scalar, Scalars,
};
use crate::finding::Severity;
use crate::graph::EdgeKind;
use crate::query::PathExpr;
use crate::value::Version;

/// A case of a rule, ready to be asked.
#[derive(Debug)]
pub(crate) struct Matcher {
    pub(crate) targets: Vec<String>,
    pub(crate) each: Option<PathExpr>,
    pub(crate) about: Option<String>,
    pub(crate) weighs_exposure: bool,
    pub(crate) test: Test,
    pub(crate) at: Vec<PathExpr>,
    pub(crate) message: Message,
    pub(crate) severity: Severity,
    pub(crate) fix: Option<Fix>,
}

/// A compiled condition.
#[derive(Debug)]
pub(crate) enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Value { path: PathExpr, default: Option<Scalar>, checks: Vec<Check> },
    Some { path: PathExpr, test: Box<Test> },
    Every { path: PathExpr, test: Box<Test> },
    Linked(Link),
    Exists { types: Vec<String>, test: Option<Box<Test>> },
    Ports { from: PathExpr, to: PathExpr, protocol: Option<PathExpr>, cover: Vec<i64> },
    Fact { name: String, test: Option<Box<Test>> },
    ProviderVersion { name: String, below: Version },
}

/// A test of one value.
#[derive(Debug)]
pub(crate) enum Check {
    Present(bool),
    Empty(bool),
    In { values: Vec<String>, ignore_case: bool },
    Matches(LazyRegex),
    EndsWith(Vec<String>),
    Below(f64),
    Above(f64),
    Cidr(CidrClass),
    CoversPort(Vec<i64>),
    CoversAction(Vec<String>),
    VersionBelow(Version),
    SameAs(PathExpr),
    LessThan(PathExpr),
    WideRangeTo(PathExpr),
    Literal(bool),
    Reference(bool),
    Secret(bool),
    NamesSecret(bool),
    Placeholder(bool),
}

/// A join.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) types: Vec<String>,
    pub(crate) direction: Direction,
    pub(crate) edges: Vec<EdgeKind>,
    pub(crate) via: Option<String>,
    pub(crate) test: Option<Box<Test>>,
}

/// A regular expression, checked when loading and built when first needed.
#[derive(Debug)]
pub(crate) struct LazyRegex {
    pattern: String,
    regex: OnceLock<Option<Regex>>,
}

impl LazyRegex {
    pub(crate) fn new(pattern: &str) -> Self {
        Self { pattern: pattern.to_owned(), regex: OnceLock::new() }
    }

    /// Whether text before a match may undo it.
    pub(crate) fn looks_before_match(&self) -> bool {
        ["^", "\\b", "\\B"].iter().any(|anchor| self.pattern.contains(anchor))
    }

    /// Whether text after a match may undo it.
    pub(crate) fn looks_after_match(&self) -> bool {
        ["$", "\\b", "\\B", "\\z"].iter().any(|anchor| self.pattern.contains(anchor))
    }

    fn check(&self) -> Compiled<()> {
        let Err(error) = Regex::new(&self.pattern) else { return Ok(()) };
        let why = error.to_string();
        refuse(why.lines().last().unwrap_or("bad regular expression").trim(), &self.pattern)
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex.get_or_init(|| Regex::new(&self.pattern).ok()).as_ref().is_some_and(|r| r.is_match(text))
    }
}

/// A message with placeholders.
#[derive(Debug)]
pub(crate) struct Message(pub(crate) Vec<Piece>);

/// Part of a message.
#[derive(Debug)]
pub(crate) enum Piece {
    Text(String),
    Address,
    Type,
    At,
    Value(PathExpr),
}

/// Why a rule was refused: what is wrong, and the text in the rule file that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, one line.
    pub message: String,
    /// The offending text as it stands in the file, to find its place.
    pub text: String,
}

pub(super) type Compiled<T> = Result<T, Refusal>;

pub(super) fn refuse<T>(message: impl Into<String>, text: impl Into<String>) -> Compiled<T> {
    Err(Refusal { message: message.into(), text: text.into() })
}

/// Compiles the cases of a rule in which every `use` has been expanded.
pub(crate) fn compile(rule: &Rule) -> Compiled<Vec<Matcher>> {
    check_metadata(rule)?;
    let single = Case {
        targets: rule.targets.clone(),
        each: rule.each.clone(),
        about: rule.about.clone(),
        when: rule.when.clone(),
        at: rule.at.clone(),
        message: None,
        severity: None,
        fix: None,
    };
    let has_single = !rule.targets.is_empty();
    if has_single != rule.cases.is_empty() {
        return refuse("a rule has either `targets` or `cases`", "targets");
    }
    let cases = if has_single { std::slice::from_ref(&single) } else { &rule.cases[..] };
    cases.iter().map(|case| compile_case(rule, case)).collect()
}

fn check_metadata(rule: &Rule) -> Compiled<()> {
    let is_kebab = |id: &str| {
        let mut chars = id.chars();
        chars.next().is_some_and(|c| c.is_ascii_lowercase())
            && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    if !is_kebab(&rule.id) {
        return refuse("an id is written in kebab-case", &rule.id);
    }
    for (text, name) in [(&rule.title, "title"), (&rule.why, "why"), (&rule.remedy, "remedy")] {
        if text.trim().is_empty() {
            return refuse(format!("`{name}` is empty"), name);
        }
    }
    if rule.references.is_empty() {
        return refuse("`references` is empty", "references");
    }
    Ok(())
}

fn compile_case(rule: &Rule, case: &Case) -> Compiled<Matcher> {
    if case.targets.is_empty() {
        return refuse("a case has no `targets`", "cases");
    }
    let test = match (&case.when, &case.about) {
        (Some(when), _) => condition(when)?,
        (None, Some(_)) => Test::All(Vec::new()),
        (None, None) => return refuse("`when` is missing", &rule.id),
    };
    if case.each.is_some() && case.about.is_some() {
        return refuse("a case has `each` or `about`, not both", "about");
    }
    let each = case.each.as_deref().map(path).transpose()?;
    let fix = case.fix.as_ref().or(rule.fix.as_ref());
    Ok(Matcher {
        targets: case.targets.to_vec(),
        fix: fix.map(|fix| fix::compile(fix, case, each.as_ref())).transpose()?,
        each,
        about: case.about.as_deref().map(fact).transpose()?,
        weighs_exposure: rule.weighs_exposure,
        test,
        at: case.at.iter().map(|text| path(text)).collect::<Compiled<_>>()?,
        message: message(case.message.as_ref().unwrap_or(&rule.message))?,
        severity: case.severity.unwrap_or(rule.severity),
    })
}

fn fact(name: &str) -> Compiled<String> {
    if !crate::facts::NAMES.contains(&name) {
        return refuse(format!("`{name}` is none of the facts {}", crate::facts::NAMES.join(", ")), name);
    }
    Ok(name.to_owned())
}

pub(super) fn path(text: &str) -> Compiled<PathExpr> {
    text.parse().map_err(|message| Refusal { message, text: text.to_owned() })
}

fn message(text: &str) -> Compiled<Message> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        pieces.push(Piece::Text(before.to_owned()));
        let Some((name, after)) = after.split_once('}') else {
            return refuse("a placeholder `{` is not closed", text);
        };
        pieces.push(match name {
            "address" => Piece::Address,
            "type" => Piece::Type,
            "at" => Piece::At,
            name => Piece::Value(path(name)?),
        });
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Ok(Message(pieces))
}

pub(super) fn condition(c: &Condition) -> Compiled<Test> {
    let heads = [
        ("all", c.all.is_some()),
        ("any", c.any.is_some()),
        ("not", c.not.is_some()),
        ("path", c.path.is_some()),
        ("some", c.some.is_some()),
        ("every", c.every.is_some()),
        ("linked", c.linked.is_some()),
        ("exists", c.exists.is_some()),
        ("ports", c.ports.is_some()),
        ("fact", c.fact.is_some()),
        ("provider_version", c.provider_version.is_some()),
        ("use", c.use_.is_some()),
    ];
    let given: Vec<_> = heads.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
    if given.len() != 1 {
        let names = heads.map(|(name, _)| name).join(", ");
        let found = if given.is_empty() { "none".to_owned() } else { given.join(" and ") };
        return refuse(format!("a condition has exactly one of {names}; found {found}"), given.join(""));
    }
    let checks = checks(c)?;
    if c.path.is_none() && (!checks.is_empty() || c.default.is_some()) {
        return refuse("a test needs a `path` beside it", given[0]);
    }
    if c.where_.is_some() && c.some.is_none() && c.every.is_none() && c.fact.is_none() {
        return refuse("`where` needs `some`, `every` or `fact` beside it", "where");
    }
    head(c, checks)
}

fn head(c: &Condition, checks: Vec<Check>) -> Compiled<Test> {
    let list = |conditions: &[Condition]| conditions.iter().map(condition).collect::<Compiled<Vec<_>>>();
    Ok(if let Some(all) = &c.all {
        Test::All(list(all)?)
    } else if let Some(any) = &c.any {
        Test::Any(list(any)?)
    } else if let Some(not) = &c.not {
        Test::Not(Box::new(condition(not)?))
    } else if let Some(text) = &c.path {
        if checks.is_empty() {
            return refuse("a `path` needs a test beside it, such as `equals` or `present`", text);
        }
        Test::Value { path: path(text)?, default: c.default.clone(), checks }
    } else if let Some(text) = &c.some {
        Test::Some { path: path(text)?, test: element(c, text)? }
    } else if let Some(text) = &c.every {
        Test::Every { path: path(text)?, test: element(c, text)? }
    } else if let Some(join) = &c.linked {
        Test::Linked(link(join)?)
    } else if let Some(exists) = &c.exists {
        let Exists { types, where_ } = exists;
        Test::Exists { types: types.to_vec(), test: optional(where_.as_deref())? }
    } else if let Some(Ports { from, to, protocol, cover }) = &c.ports {
        let protocol = protocol.as_deref().map(path).transpose()?;
        let cover = cover.iter().map(port).collect::<Compiled<_>>()?;
        Test::Ports { from: path(from)?, to: path(to)?, protocol, cover }
    } else if let Some(name) = &c.fact {
        Test::Fact { name: fact(name)?, test: optional(c.where_.as_deref())? }
    } else if let Some(ProviderVersion { name, below }) = &c.provider_version {
        Test::ProviderVersion { name: name.clone(), below: written_version(below)? }
    } else {
        let name = c.use_.as_deref().unwrap_or_default();
        return refuse(format!("`{name}` is no shared condition"), name);
    })
}

fn port(scalar: &Scalar) -> Compiled<i64> {
    let Scalar::Int(port) = scalar else { return refuse(format!("`{scalar}` is no port"), scalar.to_string()) };
    Ok(*port)
}

fn element(c: &Condition, text: &str) -> Compiled<Box<Test>> {
    match &c.where_ {
        Some(inner) => condition(inner).map(Box::new),
        None => refuse("`some` and `every` need a `where` beside them", text),
    }
}

fn optional(c: Option<&Condition>) -> Compiled<Option<Box<Test>>> {
    c.map(|inner| condition(inner).map(Box::new)).transpose()
}

fn link(join: &Join) -> Compiled<Link> {
    if join.types.is_empty() {
        return refuse("a join needs a `type`", "linked");
    }
    let edges =
        if join.edges.is_empty() { vec![EdgeKind::References, EdgeKind::AttachesTo] } else { join.edges.clone() };
    Ok(Link {
        types: join.types.to_vec(),
        direction: join.direction,
        edges,
        via: join.via.clone(),
        test: optional(join.where_.as_deref())?,
    })
}

fn checks(c: &Condition) -> Compiled<Vec<Check>> {
    let mut checks = Vec::new();
    checks.extend(c.present.map(Check::Present));
    checks.extend(c.empty.map(Check::Empty));
    let ignore_case = c.ignore_case.unwrap_or(false);
    let texts = |values: &[Scalar]| {
        let text = |value: &Scalar| if ignore_case { value.to_string().to_lowercase() } else { value.to_string() };
        Check::In { values: values.iter().map(text).collect(), ignore_case }
    };
    checks.extend(c.equals.as_ref().map(|value| texts(std::slice::from_ref(value))));
    checks.extend(c.in_.as_ref().map(|Many(values)| texts(values)));
    checks.extend(c.ends_with.as_ref().map(|ends| Check::EndsWith(ends.to_vec())));
    checks.extend(c.matches.as_deref().map(|pattern| Check::Matches(LazyRegex::new(pattern))));
    checks.extend(c.below.map(Check::Below));
    checks.extend(c.above.map(Check::Above));
    checks.extend(c.cidr.map(Check::Cidr));
    checks.extend(c.covers_port.as_ref().map(|ports| Check::CoversPort(ports.to_vec())));
    checks.extend(
        c.covers_action
            .as_ref()
            .map(|Many(actions)| Check::CoversAction(actions.iter().map(|action| action.to_lowercase()).collect())),
    );
    if let Some(version) = &c.version_below {
        checks.push(Check::VersionBelow(written_version(version)?));
    }
    checks.extend(c.same_as.as_deref().map(path).transpose()?.map(Check::SameAs));
    checks.extend(c.less_than.as_deref().map(path).transpose()?.map(Check::LessThan));
    checks.extend(c.wide_range_to.as_deref().map(path).transpose()?.map(Check::WideRangeTo));
    checks.extend(c.literal.map(Check::Literal));
    checks.extend(c.reference.map(Check::Reference));
    checks.extend(c.secret.map(Check::Secret));
    checks.extend(c.names_secret.map(Check::NamesSecret));
    checks.extend(c.placeholder.map(Check::Placeholder));
    Ok(checks)
}

fn written_version(text: &str) -> Compiled<Version> {
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    match Version::parse(text).filter(|_| is_plain) {
        Some(version) => Ok(version),
        None => refuse("a version is written in numbers and dots", text),
    }
}

/// Builds every regular expression once, to see that it can be built.
pub(crate) fn check_patterns(matchers: &[Matcher]) -> Compiled<()> {
    let fixes = matchers.iter().filter_map(|matcher| matcher.fix.as_ref()?.when.as_ref());
    matchers.iter().map(|matcher| &matcher.test).chain(fixes).try_for_each(patterns)
}

fn patterns(test: &Test) -> Compiled<()> {
    match test {
        Test::All(tests) | Test::Any(tests) => tests.iter().try_for_each(patterns),
        Test::Not(inner) | Test::Some { test: inner, .. } | Test::Every { test: inner, .. } => patterns(inner),
        Test::Linked(Link { test, .. }) | Test::Exists { test, .. } | Test::Fact { test, .. } => {
            test.as_deref().map_or(Ok(()), patterns)
        }
        Test::Value { checks, .. } => checks.iter().try_for_each(|check| match check {
            Check::Matches(regex) => regex.check(),
            _ => Ok(()),
        }),
        Test::Ports { .. } | Test::ProviderVersion { .. } => Ok(()),
    }
}

/// Replaces each `use` by the shared condition it names, parameters filled in.
pub(crate) fn expand(rule: &mut Rule, shared: &BTreeMap<String, Condition>) -> Compiled<()> {
    let own = rule.when.iter_mut().chain(rule.fix.iter_mut().filter_map(|fix| fix.when.as_mut()));
    let cases = rule.cases.iter_mut().flat_map(|case| {
        let fix = case.fix.iter_mut().filter_map(|fix| fix.when.as_mut());
        case.when.iter_mut().chain(fix)
    });
    for when in own.chain(cases) {
        *when = expand_condition(when, shared, 0)?;
    }
    Ok(())
}

fn expand_condition(c: &Condition, shared: &BTreeMap<String, Condition>, depth: usize) -> Compiled<Condition> {
    const DEEPEST: usize = 8;
    let mut c = c.clone();
    if let Some(name) = &c.use_ {
        let Some(definition) = shared.get(name).filter(|_| depth < DEEPEST) else {
            return refuse(format!("`{name}` is no shared condition"), name);
        };
        let filled = fill(definition, c.with.as_ref().unwrap_or(&BTreeMap::new()), name)?;
        return expand_condition(&filled, shared, depth + 1);
    }
    for list in [&mut c.all, &mut c.any].into_iter().flatten() {
        *list = list.iter().map(|inner| expand_condition(inner, shared, depth)).collect::<Compiled<_>>()?;
    }
    let join = c.linked.as_mut().and_then(|join| join.where_.as_mut());
    let exists = c.exists.as_mut().and_then(|exists| exists.where_.as_mut());
    for inner in [c.not.as_mut(), c.where_.as_mut(), join, exists].into_iter().flatten() {
        **inner = expand_condition(inner, shared, depth)?;
    }
    Ok(c)
}

fn fill(definition: &Condition, with: &BTreeMap<String, Scalars>, name: &str) -> Compiled<Condition> {
    let broken = |error: serde_yaml::Error| Refusal { message: error.to_string(), text: name.to_owned() };
    let mut tree = serde_yaml::to_value(definition).map_err(broken)?;
    substitute(&mut tree, with, name)?;
    serde_yaml::from_value(tree).map_err(broken)
}

/// Replaces `$name` in every text: a text that is nothing else becomes the value itself.
fn substitute(tree: &mut serde_yaml::Value, with: &BTreeMap<String, Scalars>, name: &str) -> Compiled<()> {
    use serde_yaml::Value;
    let as_value = |scalar: &Scalar| serde_yaml::to_value(scalar).unwrap_or(Value::Null);
    match tree {
        Value::String(text) if text.contains('$') => {
            if let Some(Many(values)) = text.strip_prefix('$').and_then(|parameter| with.get(parameter)) {
                *tree = match &values[..] {
                    [one] => as_value(one),
                    many => Value::Sequence(many.iter().map(as_value).collect()),
                };
                return Ok(());
            }
            for (parameter, Many(values)) in with.iter().rev() {
                let joined: Vec<_> = values.iter().map(ToString::to_string).collect();
                *text = text.replace(&format!("${parameter}"), &joined.join("|"));
            }
            if is_parameter(text) {
                return refuse(format!("`{text}` is not given to the shared condition `{name}`"), name);
            }
        }
        Value::Sequence(items) => {
            for item in items.iter_mut() {
                substitute(item, with, name)?;
            }
            let flat = std::mem::take(items).into_iter().flat_map(|item| match item {
                Value::Sequence(inner) => inner,
                other => vec![other],
            });
            *items = flat.collect();
        }
        Value::Mapping(members) => {
            for (_, value) in members.iter_mut() {
                substitute(value, with, name)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn is_parameter(text: &str) -> bool {
    text.strip_prefix('$').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
}
