use std::sync::OnceLock;

use ecow::{EcoString, eco_format};
use regex::Regex;
use rustc_hash::FxHashSet;

use super::schema;
use super::shape::{is_called, names_things, shape, source};
use super::words::split;
use crate::graph::{Edge, EdgeKind, Graph, Presence, Resource, ResourceId, ResourceKind};
use crate::query::{View, policy, see};
use crate::value::{Data, Map, Path, Step, Value, read_json};

/// Most lines of a resource, its own, absent ones and those of neighbours together.
pub const MAX_LINES: usize = 64;

/// Most lines about what is not set.
const MAX_ABSENT: usize = 16;

/// Most lines of neighbours, and of one of them.
const MAX_NEIGHBOURS: usize = 12;
const MAX_OF_NEIGHBOUR: usize = 4;

/// Most lines about resources that set up a part of such a one, and are not there.
const MAX_MISSING: usize = 8;

/// Values deeper than this are not described.
const MAX_DEPTH: usize = 24;

/// What the classifier is told of a resource: one line a fact, in an order that does not depend on
/// how the resource is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// `aws_s3_bucket`, `Deployment`; of a module call, the last part of its source.
    pub type_name: EcoString,
    /// Sorted, without repeats; the first tells the type.
    pub lines: Vec<Line>,
    /// How many own lines that tell of a defense or a way in did not fit.
    pub n_dropped: usize,
}

/// One fact about a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Whose fact it is.
    pub role: Role,
    /// The attribute's path, indices left out: `logging.enabled`.
    pub path: EcoString,
    /// What it is worth, in words apart by blanks; `absent` where nothing is set.
    pub value: EcoString,
    /// Where it stands in the resource that is described; `None` if it does not stand there.
    pub at: Option<Path>,
}

/// Whose fact a line tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The resource's type.
    Type,
    /// An attribute of the resource, set or absent.
    Own,
    /// An attribute of a resource that is joined to it, by what kind of edge; or, as `missing`, such a
    /// resource that could set up a part of it, and is not there.
    Neighbour(EcoString),
}

impl Role {
    /// The word that stands for it: `type`, `own`, `from-references`, `to-attaches-to`.
    pub fn name(&self) -> &str {
        match self {
            Self::Type => "type",
            Self::Own => "own",
            Self::Neighbour(edge) => edge,
        }
    }

    /// The role of that name.
    pub fn named(name: &str) -> Self {
        match name {
            "type" => Self::Type,
            "own" => Self::Own,
            edge => Self::Neighbour(edge.into()),
        }
    }
}

/// Describes the resources of a graph. What one tells its neighbours is read off it once.
#[derive(Debug)]
pub struct Describer<'g> {
    graph: &'g Graph,
    /// For each resource, what its neighbours are told of it.
    telling: Vec<OnceLock<Vec<Line>>>,
}

impl<'g> Describer<'g> {
    /// One for a graph.
    pub fn new(graph: &'g Graph) -> Self {
        Self { graph, telling: std::iter::repeat_with(OnceLock::new).take(graph.resources().len()).collect() }
    }

    /// Describes a resource; `None` for what is no resource: variables, outputs, providers.
    pub fn describe(&self, id: ResourceId) -> Option<Description> {
        let resource = self.graph.resource(id);
        let type_name = type_name(resource)?;
        let mut own = own(resource, None);
        let absent = if resource.presence == Presence::Partial || resource.kind == ResourceKind::Module {
            Vec::new()
        } else {
            absent(resource, &own)
        };
        let (neighbours, types) = self.neighbours(id);
        let missing = missing(resource, &types);
        let room = MAX_LINES - 1 - absent.len() - neighbours.len() - missing.len();
        let mut n_dropped = 0;
        if own.len() > room {
            own.sort_by_key(|line| std::cmp::Reverse(is_telling(line)));
            n_dropped = own.drain(room..).filter(is_telling).count();
        }
        let kind = match resource.kind {
            ResourceKind::Data => "data",
            ResourceKind::Module => "module",
            ResourceKind::Object => "object",
            _ => "resource",
        };
        let first = Line { role: Role::Type, path: type_name.clone(), value: kind.into(), at: None };
        let mut lines: Vec<Line> =
            std::iter::once(first).chain(own).chain(absent).chain(neighbours).chain(missing).collect();
        lines.sort();
        Some(Description { type_name, lines, n_dropped })
    }

    /// The lines of neighbours, and the types of all of them.
    fn neighbours(&self, id: ResourceId) -> (Vec<Line>, FxHashSet<&'g str>) {
        let graph = self.graph;
        let mut edges: Vec<(&Edge, ResourceId, &str)> = Vec::new();
        edges.extend(graph.outgoing(id).map(|edge| (edge, edge.to, "to")));
        edges.extend(graph.incoming(id).map(|edge| (edge, edge.from, "from")));
        edges.sort_by_key(|(edge, other, direction)| (edge.kind, *other, *direction));
        let mut seen = FxHashSet::default();
        let mut types = FxHashSet::default();
        let mut all: Vec<Vec<Line>> = Vec::new();
        for (edge, id_of_other, direction) in edges.into_iter().take(256) {
            if edge.kind == EdgeKind::ConfiguredBy || id_of_other == id || !seen.insert(id_of_other) {
                continue;
            }
            let other = graph.resource(id_of_other);
            let (ResourceKind::Managed | ResourceKind::Data | ResourceKind::Object) = other.kind else { continue };
            let type_name = other.type_name.strip_prefix("data.").unwrap_or(&other.type_name);
            types.insert(type_name);
            let role = Role::Neighbour(eco_format!("{direction}-{}", edge.kind.name()));
            let there = Line { role: role.clone(), path: type_name.into(), value: "there".into(), at: None };
            let moved = self.telling(id_of_other).iter().map(|line| Line {
                role: role.clone(),
                path: eco_format!("{type_name}.{}", line.path),
                value: line.value.clone(),
                at: None,
            });
            all.push(std::iter::once(there).chain(moved).collect());
        }
        all.sort();
        let mut lines: Vec<Line> = all.into_iter().flatten().collect();
        lines.sort();
        lines.dedup();
        lines.truncate(MAX_NEIGHBOURS);
        (lines, types)
    }

    fn telling(&self, id: ResourceId) -> &[Line] {
        let read = || {
            let mut telling: Vec<Line> = own(self.graph.resource(id), None).into_iter().filter(is_telling).collect();
            telling.sort();
            telling.truncate(MAX_OF_NEIGHBOUR - 1);
            telling
        };
        self.telling[id.0 as usize].get_or_init(read)
    }
}

/// The type's name; of a module call, the last part of its source.
fn type_name(resource: &Resource) -> Option<EcoString> {
    match resource.kind {
        ResourceKind::Managed | ResourceKind::Data | ResourceKind::Object => {
            Some(resource.type_name.strip_prefix("data.").unwrap_or(&resource.type_name).into())
        }
        ResourceKind::Module => {
            let source = resource.attributes.get("source")?.as_str()?;
            let source = source.split(['?', '@']).next().unwrap_or(source).trim_end_matches('/');
            if source.starts_with('.') {
                return None;
            }
            let registry: Vec<&str> = source.split('/').collect();
            Some(match registry.as_slice() {
                [_, name, _] | [_, _, name, _] if !source.contains(':') => (*name).into(),
                parts => parts.last()?.trim_end_matches(".git").into(),
            })
        }
        _ => None,
    }
}

/// Keys of Terraform itself, and of what only names or sorts things.
const LEFT_OUT: &[&str] = &[
    "apiVersion",
    "connection",
    "count",
    "creationTimestamp",
    "depends_on",
    "for_each",
    "generateName",
    "json",
    "kind",
    "labels",
    "labels_all",
    "lifecycle",
    "matchLabels",
    "minified_json",
    "name_prefix",
    "override_policy_documents",
    "provider",
    "providers",
    "provisioner",
    "status",
    "tags",
    "tags_all",
    "timeouts",
];

/// Keys of command lines, which are described by their options.
const ARGUMENTS: &[&str] = &["args", "command", "entryPoint"];

/// Keys that name a secret kept elsewhere.
const SECRET_REFERENCES: &[&str] = &["secretKeyRef", "secretRef", "secret_key_ref", "secret_ref"];

/// Where the pod template stood that the normal form keeps under `pod`.
const TEMPLATES: &[&str] = &["template", "jobTemplate"];

/// The lines about what is set; only those of which the last key is one of `wanted`, if there is such a
/// choice.
pub(super) fn own(resource: &Resource, wanted: Option<&Regex>) -> Vec<Line> {
    let is_setting = ["name", "value"].iter().all(|key| resource.attributes.get(key).is_some());
    let mut walk = Walk {
        is_setting,
        wanted,
        path: String::new(),
        steps: Vec::new(),
        lines: Vec::new(),
        seen: FxHashSet::default(),
    };
    if let Data::Object(map) = &resource.attributes.data {
        let has_pod = map.get("pod").is_some();
        for (key, value) in map.iter() {
            if has_pod && key == "spec" {
                if resource.type_name != "Pod" {
                    walk.below(key, |walk| walk.members(value, TEMPLATES));
                }
            } else if resource.kind == ResourceKind::Module && key == "source" {
                walk.below(key, |walk| walk.push(source(value.as_str().unwrap_or_default())));
            } else {
                walk.member(key, value);
            }
        }
    }
    walk.lines
}

struct Walk<'w> {
    /// Whether the resource is itself a setting: its name says which, its value what.
    is_setting: bool,
    /// What the last key of a line is to match, if not all are wanted.
    wanted: Option<&'w Regex>,
    /// The current path, as lines tell it.
    path: String,
    /// The current place in the resource.
    steps: Vec<Step>,
    lines: Vec<Line>,
    seen: FxHashSet<(EcoString, EcoString)>,
}

impl Walk<'_> {
    fn push(&mut self, value: EcoString) {
        let path = EcoString::from(self.path.as_str());
        if self.is_wanted() && self.seen.insert((path.clone(), value.clone())) {
            self.lines.push(Line { role: Role::Own, path, value, at: Some(Path(self.steps.clone())) });
        }
    }

    /// The last key of the current path.
    fn key(&self) -> &str {
        self.path.get(self.path.bytes().rposition(|byte| byte == b'.').map_or(0, |dot| dot + 1)..).unwrap_or_default()
    }

    fn is_wanted(&self) -> bool {
        self.wanted.is_none_or(|wanted| wanted.is_match(self.key()))
    }

    /// Does something with the path a step longer.
    fn at(&mut self, step: &str, work: impl FnOnce(&mut Self)) {
        let end = self.path.len();
        if end > 0 {
            self.path.push('.');
        }
        self.path.push_str(step);
        work(self);
        self.path.truncate(end);
    }

    /// Does something with the path and the place a step further.
    fn below(&mut self, key: &EcoString, work: impl FnOnce(&mut Self)) {
        self.steps.push(Step::Key(key.clone()));
        self.at(key, work);
        self.steps.pop();
    }

    fn member(&mut self, key: &EcoString, value: &Value) {
        if !(LEFT_OUT.contains(&key.as_str()) || value.is_null() || value.is_unset()) {
            self.below(key, |walk| walk.value(value));
        }
    }

    fn members(&mut self, value: &Value, but: &[&str]) {
        let Some(map) = value.as_object() else { return };
        for (key, member) in map.iter().filter(|(key, _)| !but.contains(&key.as_str())) {
            self.member(key, member);
        }
    }

    fn value(&mut self, value: &Value) {
        if self.steps.len() > MAX_DEPTH || self.lines.len() >= 16 * MAX_LINES {
            return;
        }
        if self.policy(value) {
            return;
        }
        if ARGUMENTS.contains(&self.key())
            && let Data::Object(options) = &see(View::Flags, value).data
            && !options.is_empty()
        {
            let path = std::mem::replace(&mut self.path, "options".to_owned());
            for (name, option) in options.iter() {
                self.member(name, option);
            }
            self.path = path;
            return;
        }
        if SECRET_REFERENCES.contains(&self.key()) {
            return self.push("ref secret".into());
        }
        match &value.data {
            Data::Object(map) if !map.is_empty() => {
                if let Some((name, setting)) = setting(map) {
                    return self.member(&name, setting);
                }
                let is_notes = self.key() == "annotations";
                for (name, member) in map.iter().filter(|(name, _)| !is_notes || name.contains('/')) {
                    match name.rsplit_once('/').filter(|_| is_notes) {
                        Some((_, last)) => self.member(&last.into(), member),
                        None => self.member(name, member),
                    }
                }
            }
            Data::List(items) | Data::Set(items) if !items.is_empty() => {
                for (index, item) in (0..).zip(items) {
                    self.steps.push(Step::Index(index));
                    self.value(item);
                    self.steps.pop();
                }
            }
            _ if !self.is_wanted() => {}
            _ => {
                let is_name = !self.is_setting && is_called(&self.path);
                let key = self.key();
                let shape = shape(key, value).and_then(|shape| {
                    let is_hidden = is_name && shape.starts_with("literal");
                    if is_hidden { (!names_things(key)).then(|| "text".into()) } else { Some(shape) }
                });
                if let Some(shape) = shape {
                    self.push(shape);
                }
            }
        }
    }

    /// A text that encodes a structure is described as that structure, a policy by its statements.
    fn policy(&mut self, value: &Value) -> bool {
        let is_statement = self.key() == "statement" && value.as_list().is_some();
        let read;
        let structure = match (policy::structure(value), value.as_str()) {
            (Some(structure), _) => structure,
            (None, Some(text)) if text.trim_start().starts_with(['{', '[']) => {
                let Some(json) = read_json(text) else { return false };
                read = json;
                &read
            }
            _ if is_statement => value,
            _ => return false,
        };
        let has_statements = structure.get("Statement").or_else(|| structure.get("statement")).is_some();
        if has_statements {
            self.statements(structure);
        } else if is_statement {
            let members = [("statement".into(), structure.clone())];
            let path = std::mem::replace(&mut self.path, "policy".to_owned());
            self.statements(&Data::Object(members.into_iter().collect()).into());
            self.path = path;
        } else {
            let (from, place) = (self.lines.len(), Path(self.steps.clone()));
            self.value(structure);
            self.lines[from..].iter_mut().for_each(|line| line.at = Some(place.clone()));
        }
        true
    }

    fn statements(&mut self, document: &Value) {
        let policy = policy::normalize(document);
        let statements = policy.get("statements").and_then(Value::as_list).unwrap_or_default();
        for statement in statements {
            let effect = statement.get("effect").and_then(Value::as_str).unwrap_or("unknown").to_ascii_lowercase();
            self.at(&effect, |walk| walk.statement(statement));
        }
    }

    fn statement(&mut self, statement: &Value) {
        let members = |part: &str| statement.get(part).and_then(Value::as_list).unwrap_or_default();
        for part in ["actions", "not_actions", "resources", "not_resources", "principals", "not_principals"] {
            self.at(part, |walk| {
                let ids = members(part).iter().map(|item| item.get("id").unwrap_or(item));
                ids.filter_map(|id| shape(part, id)).for_each(|shape| walk.push(shape));
            });
        }
        let conditions = members("conditions");
        for condition in conditions {
            let variable = condition.get("variable").and_then(Value::as_str).unwrap_or_default();
            let name = variable.rsplit(':').next().unwrap_or_default();
            let values = condition.get("values").and_then(Value::as_list).unwrap_or_default();
            let shapes = values.iter().filter_map(|item| shape(name, item));
            self.at("condition", |walk| walk.at(name, |walk| shapes.for_each(|shape| walk.push(shape))));
        }
        self.push(summary(statement, !conditions.is_empty()));
    }
}

/// A statement's reach in four words, because its parts apart do not show it.
fn summary(statement: &Value, is_conditional: bool) -> EcoString {
    let has_wild = |part: &str, is_wild: fn(&str) -> bool| {
        let items = statement.get(part).and_then(Value::as_list).unwrap_or_default();
        items.iter().any(|item| item.get("id").unwrap_or(item).as_str().is_some_and(is_wild))
    };
    let actions = match () {
        () if has_wild("actions", |text| text == "*" || text == "*:*") => "anything",
        () if has_wild("actions", |text| text.ends_with(":*")) => "service",
        () => "some",
    };
    let resources = if has_wild("resources", |text| text == "*") { "everywhere" } else { "somewhere" };
    let principals = match () {
        () if statement.get("principals").is_none() => "bearer",
        () if has_wild("principals", |text| text == "*") => "anybody",
        () => "somebody",
    };
    let when = if is_conditional { "conditional" } else { "always" };
    eco_format!("{actions} {resources} {principals} {when}")
}

/// `{name, value}` as a setting of that name: environment variables, parameters, options.
fn setting(map: &Map) -> Option<(EcoString, &Value)> {
    let Data::String(name) = &map.get("name")?.data else { return None };
    let value = map.get("value").or_else(|| map.get("valueFrom")).or_else(|| map.get("value_from"))?;
    (map.len() <= 4 && !name.is_empty()).then(|| (name.clone(), value))
}

fn absent(resource: &Resource, own: &[Line]) -> Vec<Line> {
    let set: FxHashSet<&str> = own
        .iter()
        .flat_map(|line| {
            let path = line.path.as_str();
            let ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
            ends.filter_map(move |end| path.get(..end))
        })
        .collect();
    let is_there = |path: &str| {
        set.contains(path) || resource.attributes.get(path).is_some_and(|it| !it.is_null() && !it.is_unset())
    };
    let mut above: FxHashSet<&str> = FxHashSet::default();
    let mut lines = Vec::new();
    for path in schema::attributes(&resource.type_name) {
        let parent = path.rsplit_once('.').map(|(parent, _)| parent);
        let is_open = parent.is_none_or(|parent| is_there(parent) && !above.contains(parent));
        if is_open && !is_there(path) && above.insert(path) {
            lines.push(Line { role: Role::Own, path: path.into(), value: "absent".into(), at: None });
            if lines.len() == MAX_ABSENT {
                break;
            }
        }
    }
    lines
}

fn is_telling(line: &Line) -> bool {
    split(&line.path).any(|word| schema::is_telling(&word))
}

/// Resources that could set up a part of this one, and do not.
fn missing(resource: &Resource, joined: &FxHashSet<&str>) -> Vec<Line> {
    if resource.kind != ResourceKind::Managed {
        return Vec::new();
    }
    let satellites = schema::satellites(&resource.type_name).iter();
    let lacking = satellites.filter(|(name, _)| !joined.contains(name)).take(MAX_MISSING);
    let role = Role::Neighbour("missing".into());
    lacking
        .map(|(_, adds)| Line { role: role.clone(), path: (*adds).into(), value: "absent".into(), at: None })
        .collect()
}
