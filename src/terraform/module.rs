use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use crate::source::{Problem, Span, normalize};
use crate::syntax::hcl::{Attribute, Block, Body, Expr, ExprKind};

/// A parsed Terraform file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path; files of one folder are one module.
    pub path: PathBuf,
    /// Its content.
    pub body: Arc<Body>,
}

impl File {
    /// Whether the other is the same, read once and shared.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.path == other.path && Arc::ptr_eq(&self.body, &other.body)
    }
}

/// The declarations of one folder, by name.
#[derive(Debug)]
pub(crate) struct Module<'s> {
    pub(crate) folder: &'s Path,
    pub(crate) variables: Vec<Declaration<'s>>,
    pub(crate) locals: Vec<&'s Attribute>,
    pub(crate) outputs: Vec<Declaration<'s>>,
    pub(crate) resources: Vec<Declaration<'s>>,
    pub(crate) calls: Vec<Declaration<'s>>,
    pub(crate) providers: Vec<Declaration<'s>>,
    pub(crate) terraform: Vec<&'s Block>,
    names: FxHashMap<(Kind, EcoString), usize>,
    pub(crate) problems: Vec<Problem>,
}

/// What a name declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Variable,
    Local,
    Output,
    Resource,
    Call,
}

/// A named block. The name of a resource is `type.name`, of a data source `data.type.name`.
#[derive(Clone, Debug)]
pub(crate) struct Declaration<'s> {
    pub(crate) name: EcoString,
    pub(crate) block: &'s Block,
}

impl<'s> Module<'s> {
    /// Indexes the bodies of one folder. Of two declarations of one name the first counts, the
    /// other is a problem.
    pub(crate) fn new(folder: &'s Path, bodies: &'s [Arc<Body>]) -> Self {
        let mut module = Self {
            folder,
            variables: Vec::new(),
            locals: Vec::new(),
            outputs: Vec::new(),
            resources: Vec::new(),
            calls: Vec::new(),
            providers: Vec::new(),
            terraform: Vec::new(),
            names: FxHashMap::default(),
            problems: Vec::new(),
        };
        for block in bodies.iter().flat_map(|body| &body.blocks) {
            module.add(block);
        }
        module
    }

    fn add(&mut self, block: &'s Block) {
        let labels: Vec<&str> = block.labels.iter().map(|label| label.name.as_str()).collect();
        let named = |name: EcoString| Declaration { name, block };
        match (block.kind.name.as_str(), &labels[..]) {
            ("variable", [name]) => self.declare(Kind::Variable, named((*name).into())),
            ("output", [name]) => self.declare(Kind::Output, named((*name).into())),
            ("module", [name]) => self.declare(Kind::Call, named((*name).into())),
            ("resource" | "ephemeral", [kind, name]) => {
                self.declare(Kind::Resource, named(ecow::eco_format!("{kind}.{name}")));
            }
            ("data", [kind, name]) => self.declare(Kind::Resource, named(ecow::eco_format!("data.{kind}.{name}"))),
            ("provider", [name]) => self.providers.push(named((*name).into())),
            ("terraform", []) => self.terraform.push(block),
            ("locals", []) => {
                for attribute in &block.body.attributes {
                    let index = self.locals.len();
                    if self.is_new(Kind::Local, &attribute.name.name, index, attribute.name.span) {
                        self.locals.push(attribute);
                    }
                }
            }
            ("variable" | "output" | "module" | "resource" | "data" | "provider", _) => {
                let expected =
                    if matches!(block.kind.name.as_str(), "resource" | "data") { "two labels" } else { "one label" };
                let message = format!("a `{}` block takes {expected}, found {}", block.kind.name, labels.len());
                self.problems.push(Problem::new(block.header, message));
            }
            _ => {}
        }
    }

    fn declare(&mut self, kind: Kind, declaration: Declaration<'s>) {
        let index = self.of(kind).len();
        if self.is_new(kind, &declaration.name, index, declaration.block.header) {
            match kind {
                Kind::Variable => self.variables.push(declaration),
                Kind::Output => self.outputs.push(declaration),
                Kind::Call => self.calls.push(declaration),
                Kind::Resource | Kind::Local => self.resources.push(declaration),
            }
        }
    }

    fn of(&self, kind: Kind) -> &[Declaration<'s>] {
        match kind {
            Kind::Variable => &self.variables,
            Kind::Output => &self.outputs,
            Kind::Call => &self.calls,
            Kind::Resource | Kind::Local => &self.resources,
        }
    }

    fn is_new(&mut self, kind: Kind, name: &EcoString, index: usize, span: Span) -> bool {
        let mut is_new = false;
        self.names.entry((kind, name.clone())).or_insert_with(|| {
            is_new = true;
            index
        });
        if !is_new {
            self.problems.push(Problem::new(span, format!("`{name}` is declared twice in this module")));
        }
        is_new
    }

    /// The index of a name among the declarations of its kind.
    pub(crate) fn find(&self, kind: Kind, name: &str) -> Option<usize> {
        self.names.get(&(kind, name.into())).copied()
    }
}

/// The attribute of a body by name.
pub(crate) fn attribute<'b>(body: &'b Body, name: &str) -> Option<&'b Expr> {
    body.attributes.iter().find(|attribute| attribute.name.name == name).map(|attribute| &attribute.value)
}

/// The literal text of an attribute.
pub(crate) fn literal<'b>(body: &'b Body, name: &str) -> Option<&'b str> {
    match &attribute(body, name)?.kind {
        ExprKind::String(text) => Some(text),
        _ => None,
    }
}

/// The files of a folder as Terraform sees them: `name.tofu` hides `name.tf`, and the blocks of
/// `override.tf` and `*_override.tf` are merged into those they name.
pub(crate) fn bodies(mut files: Vec<File>) -> Vec<Arc<Body>> {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let stem = |file: &File| {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (rest, is_json) = name.strip_suffix(".json").map_or((&*name, false), |rest| (rest, true));
        let (stem, is_tofu) = rest.strip_suffix(".tofu").map_or((rest, false), |stem| (stem, true));
        (stem.strip_suffix(".tf").unwrap_or(stem).to_owned(), is_json, is_tofu)
    };
    let tofu: Vec<_> = files.iter().map(&stem).filter(|(_, _, is_tofu)| *is_tofu).map(|(s, j, _)| (s, j)).collect();
    let is_hidden = |(stem, is_json, is_tofu): &(String, bool, bool)| {
        !is_tofu && tofu.iter().any(|(other, json)| other == stem && json == is_json)
    };
    let is_override = |stem: &str| stem == "override" || stem.ends_with("_override");
    let kept = files.iter().filter(|file| !is_hidden(&stem(file)));
    let (overriding, plain): (Vec<&File>, Vec<&File>) = kept.partition(|file| is_override(&stem(file).0));
    let mut bodies: Vec<Arc<Body>> = plain.into_iter().map(|file| Arc::clone(&file.body)).collect();
    for block in overriding.iter().flat_map(|file| &file.body.blocks) {
        override_block(&mut bodies, block);
    }
    bodies
}

fn override_block(bodies: &mut [Arc<Body>], by: &Block) {
    let is_same = |block: &Block| {
        block.kind.name == by.kind.name
            && block.labels.len() == by.labels.len()
            && block.labels.iter().zip(&by.labels).all(|(a, b)| a.name == b.name)
    };
    for body in bodies {
        if by.kind.name == "locals" {
            for attribute in &by.body.attributes {
                let has = |block: &Block| {
                    block.kind.name == "locals"
                        && block.body.attributes.iter().any(|a| a.name.name == attribute.name.name)
                };
                if body.blocks.iter().any(has) {
                    for block in Arc::make_mut(body).blocks.iter_mut().filter(|block| has(block)) {
                        replace_attribute(&mut block.body, attribute);
                    }
                }
            }
        } else if body.blocks.iter().any(is_same) {
            for block in Arc::make_mut(body).blocks.iter_mut().filter(|block| is_same(block)) {
                merge_into(&mut block.body, &by.body);
            }
        }
    }
}

/// Attributes replace attributes; nested blocks replace all blocks of their type.
fn merge_into(body: &mut Body, by: &Body) {
    for attribute in &by.attributes {
        replace_attribute(body, attribute);
    }
    body.blocks.retain(|block| by.blocks.iter().all(|other| block_type(other) != block_type(block)));
    body.blocks.extend(by.blocks.iter().cloned());
}

fn block_type(block: &Block) -> &str {
    match block.labels.first() {
        Some(label) if block.kind.name == "dynamic" => &label.name,
        _ => &block.kind.name,
    }
}

fn replace_attribute(body: &mut Body, by: &Attribute) {
    match body.attributes.iter_mut().find(|attribute| attribute.name.name == by.name.name) {
        Some(attribute) => *attribute = by.clone(),
        None => body.attributes.push(by.clone()),
    }
}

/// The lexical path of `source` as seen from `folder`, if it is a local one.
pub(crate) fn local_source(folder: &Path, source: &str) -> Option<PathBuf> {
    let is_local = source.starts_with("./") || source.starts_with("../") || source == "." || source == "..";
    is_local.then(|| normalize(&folder.join(source)))
}
