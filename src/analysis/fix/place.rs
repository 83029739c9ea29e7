use std::sync::Arc;

use super::{Action, Actions, Found, Inner, Part, Planner, literals};
use crate::finding::NoFix;
use crate::graph::{Resource, ResourceId};
use crate::rules::{Change, RepairEdit};
use crate::source::{FileId, Span};
use crate::syntax::yaml::Refusal;
use crate::syntax::{Content, Member};
use crate::value::{Data, Path, Place, Pointer, Step, Value};

/// A node of a file's text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Node {
    /// A block or value of Terraform, which stands exactly there.
    Hcl(Span),
    /// A node of a document.
    Document(DocumentNode),
}

/// Where a node of a document is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DocumentNode {
    pub(super) file: FileId,
    pub(super) document: u32,
    pub(super) path: Path,
}

impl Node {
    pub(super) fn file(&self) -> FileId {
        match self {
            Self::Hcl(span) => span.file,
            Self::Document(node) => node.file,
        }
    }
}

/// What an edit comes to in the text.
pub(super) struct Target {
    pub(super) actions: Actions,
    /// As it is called in the text.
    pub(super) name: String,
    /// Whether nothing is there yet.
    pub(super) is_missing: bool,
    /// Whether it is outside of the resource's block.
    pub(super) is_elsewhere: bool,
}

impl Planner<'_> {
    pub(super) fn target(&self, id: ResourceId, edit: &RepairEdit) -> Found {
        let resource = self.outcome.graph.resource(id);
        let n_known = known(&resource.attributes, &edit.path);
        let (above, missing) = edit.path.0.split_at(n_known);
        let above = Path(above.to_vec());
        let value = resource.attributes.at(&above).ok_or(NoFix::Layout)?;
        let own = own_place(resource, &above, value, || self.outcome.graph.locate(id, &above).0);
        match own? {
            Own::Span(span) => self.hcl_target(resource, value, span, missing, edit),
            Own::Blocks(spans) => self.hcl_blocks(&spans, missing, edit),
            Own::Pointer(pointer) => document_target(&pointer, missing, &edit.change),
        }
    }
}

/// Where a value stands by itself.
enum Own {
    Span(Span),
    /// All blocks of one type.
    Blocks(Vec<Span>),
    Pointer(Arc<Pointer>),
}

fn own_place(resource: &Resource, path: &Path, value: &Value, locate: impl FnOnce() -> Place) -> Result<Own, NoFix> {
    match &value.origin.place {
        Place::Span(span) => return Ok(Own::Span(*span)),
        Place::Pointer(pointer) => return Ok(Own::Pointer(Arc::clone(pointer))),
        Place::Above if path.0.is_empty() => return Ok(Own::Span(resource.block)),
        Place::Above => {}
    }
    if let Place::Pointer(pointer) = locate() {
        return Ok(Own::Pointer(pointer));
    }
    let items = value.as_list().ok_or(NoFix::Encoded)?;
    if items.is_empty() {
        return Err(NoFix::Dynamic);
    }
    let span = |item: &Value| if let Place::Span(span) = item.origin.place { Some(span) } else { None };
    items.iter().map(span).collect::<Option<Vec<_>>>().map(Own::Blocks).ok_or(NoFix::Encoded)
}

/// How many steps of a path lead to something that is there.
fn known(value: &Value, path: &Path) -> usize {
    let mut value = value;
    for (n, step) in path.0.iter().enumerate() {
        let next = match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.as_list().and_then(|items| items.get(*index as usize)),
        };
        let Some(next) = next else { return n };
        value = next;
    }
    path.0.len()
}

/// What is to be written under the first of the keys that are missing.
pub(super) fn member(missing: &[Step], change: &Change) -> Result<Member, NoFix> {
    let [Step::Key(name), rest @ ..] = missing else { return Err(NoFix::Layout) };
    let content = match (rest, change) {
        (_, Change::Remove) => return Err(NoFix::Layout),
        ([], Change::Set(to)) => literals::content(to),
        ([], Change::Add(body)) => Content::Block(literals::body(body)),
        (rest, _) => Content::Block(vec![member(rest, change)?]),
    };
    Ok(Member { name: name.clone(), content })
}

/// Adds a member to others; blocks of one name become one.
pub(super) fn merge(members: &mut Vec<Member>, new: Member) -> Result<(), NoFix> {
    let Some(known) = members.iter_mut().find(|known| known.name == new.name) else {
        members.push(new);
        return Ok(());
    };
    match (&mut known.content, new.content) {
        (Content::Block(known), Content::Block(new)) => new.into_iter().try_for_each(|member| merge(known, member)),
        (known, new) if *known == new => Ok(()),
        (Content::Value(known), Content::Value(new)) => match (&mut known.data, &new.data) {
            (Data::Object(known), Data::Object(new)) => {
                new.iter().for_each(|(name, value)| known.insert(name.clone(), value.clone()));
                Ok(())
            }
            _ => Err(NoFix::AtOdds),
        },
        _ => Err(NoFix::AtOdds),
    }
}

fn document_target(pointer: &Pointer, missing: &[Step], change: &Change) -> Found {
    let node = |path: Path| Node::Document(DocumentNode { file: pointer.file, document: pointer.document, path });
    let target = |path, action, name: String, is_missing| {
        Ok(Target { actions: vec![(node(path), action)], name, is_missing, is_elsewhere: false })
    };
    if !missing.is_empty() {
        let inner = Inner { added: vec![member(missing, change)?], removed: Vec::new() };
        return target(pointer.path.clone(), Action::Change(inner), Path(missing.to_vec()).to_string(), true);
    }
    let (last, above) = pointer.path.0.split_last().ok_or(NoFix::Layout)?;
    let above = Path(above.to_vec());
    match change {
        Change::Set(to) => target(pointer.path.clone(), Action::Set(literals::value(to)), named(&pointer.path), false),
        Change::Add(body) => {
            let inner = Inner { added: literals::body(body), removed: Vec::new() };
            target(pointer.path.clone(), Action::Change(inner), named(&pointer.path), true)
        }
        Change::Remove => {
            let inner = Inner { removed: vec![Part::Step(last.clone())], added: Vec::new() };
            target(above, Action::Change(inner), named(&pointer.path), false)
        }
    }
}

/// The last key of a path, with the index behind it.
pub(super) fn named(path: &Path) -> String {
    let last = path.0.iter().rposition(|step| matches!(step, Step::Key(_))).unwrap_or(0);
    Path(path.0.get(last..).unwrap_or(&[]).to_vec()).to_string()
}

pub(super) fn refused(refusal: Refusal) -> NoFix {
    match refusal {
        Refusal::Shared => NoFix::Shared,
        Refusal::Layout => NoFix::Layout,
    }
}

/// How many lines at the top of a file are looked at for a note that a program writes it.
const NOTE_LINES: usize = 20;

/// The note at the top of a file that a program writes it.
pub(super) fn generated(text: &str) -> Option<String> {
    const NOTES: &[&str] =
        &["do not edit", "do not modify", "@generated", "autogenerated", "auto-generated", "automatically generated"];
    text.lines().take(NOTE_LINES).find_map(|line| {
        let line = line.trim();
        let note = line.strip_prefix('#').or_else(|| line.strip_prefix("//")).or_else(|| line.strip_prefix("/*"))?;
        let note = note.trim_matches(['#', '/', '*', ' ']);
        let small = note.to_ascii_lowercase();
        let is_rendered = small.starts_with("source: ") && small.contains("/templates/");
        (is_rendered || NOTES.iter().any(|known| small.contains(known))).then(|| note.to_owned())
    })
}
