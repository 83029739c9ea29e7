use std::collections::BTreeMap;

use super::compile::{Compiled, Test, condition, path, refuse};
use super::schema::{self, AddEdit, Case, Literal, SetEdit};
use crate::query::{PathExpr, PathStep, View};

/// A fix of a case, ready to be made of a finding.
#[derive(Debug)]
pub(crate) struct Fix {
    pub(crate) safe: bool,
    pub(crate) when: Option<Test>,
    pub(crate) edits: Vec<Edit>,
}

/// An edit, its path counted from the real place of the element it starts at.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) path: PathExpr,
    pub(crate) change: Change,
}

/// What becomes of the value at a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It is this, whatever it was.
    Set(Literal),
    /// A block or mapping with these members is there, where nothing was.
    Add(BTreeMap<String, Literal>),
    /// It is gone.
    Remove,
}

/// Compiles the fix of a case that goes through `each`.
pub(super) fn compile(fix: &schema::Fix, case: &Case, each: Option<&PathExpr>) -> Compiled<Fix> {
    if fix.edits.is_empty() {
        return refuse("`edits` is empty", "edits");
    }
    let is_workload = case.targets.iter().any(|target| target == "workload");
    let start = Start { each, is_workload };
    Ok(Fix {
        safe: fix.safe,
        when: fix.when.as_ref().map(condition).transpose()?,
        edits: fix.edits.iter().map(|edit| start.edit(edit)).collect::<Compiled<_>>()?,
    })
}

/// What the paths of a fix start at.
struct Start<'r> {
    each: Option<&'r PathExpr>,
    is_workload: bool,
}

impl Start<'_> {
    fn edit(&self, edit: &schema::Edit) -> Compiled<Edit> {
        let (text, change) = match (&edit.set, &edit.add, &edit.remove) {
            (Some(SetEdit { path, to }), None, None) => (path, Change::Set(to.clone())),
            (None, Some(AddEdit { path, body }), None) => (path, Change::Add(body.clone())),
            (None, None, Some(path)) => (path, Change::Remove),
            _ => return refuse("an edit has exactly one of set, add, remove", "edits"),
        };
        Ok(Edit { path: self.real(path(text)?, text)?, change })
    }

    /// The path as it is in the configuration.
    fn real(&self, mut path: PathExpr, text: &str) -> Compiled<PathExpr> {
        if path.steps.iter().any(|step| !matches!(step, PathStep::Key(_))) {
            return refuse(format!("an edit is made at a name: `{text}` has a view or `*`"), text);
        }
        let is_in_element = self.each.is_some() && path.base.is_innermost();
        if is_in_element {
            self.leave_views(&mut path, text)?;
        } else if path.steps.is_empty() {
            return refuse("an edit changes something in the resource, not the whole of it", text);
        }
        if self.is_workload && self.is_derived(&path, is_in_element) {
            return refuse(format!("`{text}` is made up from other places; did you mean `securityContext`?"), text);
        }
        Ok(path)
    }

    /// Behind `@entries` the element is the member itself, known as `value`.
    fn leave_views(&self, path: &mut PathExpr, text: &str) -> Compiled<()> {
        let steps = self.each.map_or(&[][..], |each| &each.steps);
        let views: Vec<_> = steps.iter().filter(|step| matches!(step, PathStep::View(_))).collect();
        match (&views[..], steps.last(), path.steps.first()) {
            ([], ..) | ([PathStep::View(View::Entries)], Some(PathStep::View(_)), None) => Ok(()),
            ([PathStep::View(View::Entries)], Some(PathStep::View(_)), Some(PathStep::Key(key))) if key == "value" => {
                path.steps.remove(0);
                Ok(())
            }
            ([PathStep::View(View::Entries)], Some(PathStep::View(_)), _) => {
                refuse("of an entry only `value` can be edited, or `.` removed", text)
            }
            _ => refuse("a fix cannot be made behind the view in `each`", text),
        }
    }

    /// Whether a path of a workload leads to what its normal form adds to the containers.
    fn is_derived(&self, path: &PathExpr, is_in_element: bool) -> bool {
        let above = if is_in_element { self.each.map_or(&[][..], |each| &each.steps) } else { &[] };
        let mut keys = above.iter().chain(&path.steps).filter_map(|step| match step {
            PathStep::Key(key) => Some(key.as_str()),
            _ => None,
        });
        let (pod, containers) = (keys.next(), keys.next());
        (pod, containers) == (Some("pod"), Some("containers"))
            && matches!(keys.next(), None | Some("effective" | "role"))
            && !(is_in_element && path.steps.is_empty())
    }
}
