use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::folder::{Folder, Folders};
use super::input::Given;
use super::{Ceilings, Root, Sources};
use crate::source::{FileSystem, Problem, ReadError, SkipReason, Walked, normalize};

/// What an evaluation leaves behind for the next one: root modules that need not be evaluated again
/// where nothing that they depend on has changed.
#[derive(Debug, Default)]
pub struct Kept {
    pub(super) folders: Folders,
    roots: FxHashMap<Name, Arc<Done>>,
}

/// A root module's folder and the name of the deployment.
type Name = (PathBuf, Option<EcoString>);

/// A root module that was evaluated, and all that it depends on.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) root: Arc<Root>,
    surroundings: Surroundings,
    /// The folders of modules that were looked for, and what was there.
    modules: Vec<(PathBuf, Option<Arc<Folder>>)>,
    answers: Answers,
}

/// What a root module is told from outside of its modules.
#[derive(Debug)]
pub(super) struct Surroundings {
    pub(super) given: Vec<Given>,
    bounds: Vec<PathBuf>,
    installed: Vec<(EcoString, PathBuf)>,
    locked: Option<Ceilings>,
    pub(super) undeclared: Vec<Problem>,
}

impl Surroundings {
    pub(super) fn new(folder: &Path, given: Vec<Given>, undeclared: Vec<Problem>, sources: Sources<'_>) -> Self {
        let folder = normalize(folder);
        let installed = sources.installed.range((folder.clone(), EcoString::new())..);
        let installed = installed.take_while(|((root, _), _)| *root == folder);
        let installed = installed.map(|((_, key), target)| (key.clone(), target.clone())).collect();
        let locked = sources.locks.get(&folder).cloned();
        Self { given, bounds: sources.bounds.to_vec(), installed, locked, undeclared }
    }

    fn is(&self, other: &Self) -> bool {
        self.given.len() == other.given.len()
            && self.given.iter().zip(&other.given).all(|(a, b)| a.is(b))
            && (&self.bounds, &self.installed, &self.locked) == (&other.bounds, &other.installed, &other.locked)
            && self.undeclared == other.undeclared
    }
}

impl Kept {
    /// The root module as it was evaluated before, if that would give the same again.
    pub(super) fn find(
        &self,
        (folder, deployment): (&Path, Option<&EcoString>),
        surroundings: &Surroundings,
        folders: &Folders,
        fs: &dyn FileSystem,
    ) -> Option<&Arc<Done>> {
        let done = self.roots.get(&(folder.to_path_buf(), deployment.cloned()))?;
        let is_same = |(place, then): &(PathBuf, Option<Arc<Folder>>)| match (then, folders.get(place)) {
            (Some(then), Some(now)) => Arc::ptr_eq(then, now),
            (None, None) => true,
            _ => false,
        };
        let holds = done.surroundings.is(surroundings)
            && done.modules.iter().all(is_same)
            && done.answers.iter().all(|((path, _), answer)| answer.holds(path, fs));
        holds.then_some(done)
    }

    /// Keeps these and nothing else.
    pub(super) fn keep(&mut self, folders: Folders, roots: &[Arc<Done>]) {
        self.folders = folders;
        let name = |done: &Done| (done.root.folder.clone(), done.root.deployment.clone());
        self.roots = roots.iter().map(|done| (name(done), Arc::clone(done))).collect();
    }
}

impl Done {
    pub(super) fn new(
        root: Root,
        surroundings: Surroundings,
        asked: BTreeSet<PathBuf>,
        folders: &Folders,
        answers: Answers,
    ) -> Self {
        let modules = asked.into_iter().map(|place| {
            let folder = folders.get(&place).cloned();
            (place, folder)
        });
        Self { root: Arc::new(root), surroundings, modules: modules.collect(), answers }
    }
}

/// What a file system was asked, by path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    Text,
    RealPath,
    Files,
}

/// What it said.
#[derive(Debug)]
pub(super) enum Answer {
    Text(Result<Arc<str>, Refused>),
    RealPath(Option<PathBuf>),
    Files(Vec<PathBuf>),
}

/// All that a file system said while a root module was evaluated.
pub(super) type Answers = BTreeMap<(PathBuf, Question), Answer>;

/// Why there was no text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Io,
    NotText(SkipReason),
}

impl Answer {
    /// Whether the file system says the same now.
    fn holds(&self, path: &Path, fs: &dyn FileSystem) -> bool {
        match self {
            Self::Text(then) => match (then, &fs.read(path)) {
                (Ok(then), Ok(now)) => Arc::ptr_eq(then, now) || then == now,
                (Err(then), Err(now)) => *then == Refused::of(now),
                _ => false,
            },
            Self::RealPath(then) => fs.real_path(path) == *then,
            Self::Files(then) => fs.list(path) == *then,
        }
    }
}

impl Refused {
    fn of(error: &ReadError) -> Self {
        match error {
            ReadError::Io(_) => Self::Io,
            ReadError::NotText(reason) => Self::NotText(reason.clone()),
        }
    }
}

/// A file system that writes down what it says.
pub(super) struct Heard<'f> {
    fs: &'f dyn FileSystem,
    answers: Mutex<Answers>,
}

impl<'f> Heard<'f> {
    pub(super) fn new(fs: &'f dyn FileSystem) -> Self {
        Self { fs, answers: Mutex::default() }
    }

    pub(super) fn into_answers(self) -> Answers {
        self.answers.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, path: &Path, question: Question, answer: Answer) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert((path.to_path_buf(), question), answer);
    }
}

impl FileSystem for Heard<'_> {
    fn read(&self, path: &Path) -> Result<Arc<str>, ReadError> {
        let text = self.fs.read(path);
        self.note(path, Question::Text, Answer::Text(text.as_ref().map(Arc::clone).map_err(Refused::of)));
        text
    }

    fn real_path(&self, path: &Path) -> Option<PathBuf> {
        let real = self.fs.real_path(path);
        self.note(path, Question::RealPath, Answer::RealPath(real.clone()));
        real
    }

    fn list(&self, folder: &Path) -> Vec<PathBuf> {
        let files = self.fs.list(folder);
        self.note(folder, Question::Files, Answer::Files(files.clone()));
        files
    }

    fn walk(&self, root: &Path, walked: &mut Walked) {
        self.fs.walk(root, walked);
    }
}
