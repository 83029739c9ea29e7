use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::kept::Kept;
use super::{AnalyzeError, Outcome, Progress, Settings, run};
use crate::source::{FileKind, Overlay, Walked, normalize};

/// The files below some roots, analyzed again and again as they change. What did not change is neither
/// read nor parsed nor evaluated again; the outcome is that of [`analyze`](super::analyze()) all the same.
#[derive(Debug)]
pub struct Workspace {
    settings: Settings,
    files: Overlay,
    kept: Kept,
    walked: Places,
    /// The outcome, as long as nothing has changed.
    last: Option<Arc<Outcome>>,
}

/// The paths of walked files by the places they lead to, and by what they are themselves: a link is
/// changed with its target, and by being set anew.
#[derive(Debug, Default)]
struct Places {
    /// The walk they are of.
    walk: Option<Arc<Walked>>,
    paths: FxHashMap<PathBuf, Vec<PathBuf>>,
}

impl Workspace {
    /// A workspace that nothing is known of yet. Its roots are as in the settings for as long as it is
    /// used; for others there is to be a new one.
    pub fn new(settings: Settings) -> Self {
        Self { settings, files: Overlay::default(), kept: Kept::default(), walked: Places::default(), last: None }
    }

    /// Shows `text` in place of the file on the disk: an editor's open document, when it is opened and
    /// with each change. A file that is not on the disk is analyzed as if it were.
    pub fn open(&mut self, path: &Path, text: &Arc<str>) {
        let place = self.files.place(path);
        let before = self.files.document(&place);
        if before.is_some_and(|before| before.as_ref().is_ok_and(|before| before == text)) {
            return;
        }
        let is_new = before.is_none();
        self.files.open(place.clone(), text);
        if is_new {
            self.shown_or_hidden(&place);
        }
        self.read_again(&place);
    }

    /// Shows what is on the disk again.
    pub fn close(&mut self, path: &Path) {
        let place = self.files.place(path);
        if self.files.document(&place).is_some() {
            self.files.close(&place);
            self.shown_or_hidden(&place);
            self.read_again(&place);
        }
    }

    /// The disk changed there: files or folders were made, changed or removed. Whether that may change
    /// the outcome, so that it is worth while to analyze again.
    pub fn touched(&mut self, paths: &[PathBuf]) -> bool {
        let concerns: Vec<&PathBuf> = paths.iter().filter(|path| self.concerns(path)).collect();
        if concerns.is_empty() {
            return false;
        }
        self.files.forget();
        self.last = None;
        for path in concerns {
            if self.is_rules(path) {
                self.kept.load_again();
            }
            if !self.is_known_file(path) {
                self.kept.walk_again();
            }
            self.read_again(&self.files.place(path));
            self.read_again(&lexical(path));
        }
        true
    }

    /// Analyzes the workspace as it is now; gives the same outcome again where nothing was changed.
    ///
    /// # Errors
    /// As for [`analyze`](super::analyze()).
    pub fn analyze(&mut self, progress: &dyn Progress) -> Result<Arc<Outcome>, AnalyzeError> {
        if let Some(last) = &self.last {
            return Ok(Arc::clone(last));
        }
        self.files.begin();
        let outcome = run(&self.settings, &self.files, &mut self.kept, progress);
        // Files were read even if there is no outcome.
        if let Some(walk) = self.kept.last_walk() {
            self.walked.follow(walk, &self.files);
        }
        let outcome = Arc::new(outcome?);
        self.last = Some(Arc::clone(&outcome));
        Ok(outcome)
    }

    /// The outcome with other texts in place of what is shown now, which is shown again afterwards. Nothing is
    /// suspected.
    ///
    /// # Errors
    /// As for [`analyze`](super::analyze()).
    pub fn analyze_with<'t>(
        &mut self,
        texts: impl Iterator<Item = (&'t Path, &'t Arc<str>)> + Clone,
    ) -> Result<Arc<Outcome>, AnalyzeError> {
        let last = self.last.clone();
        let shown: Vec<Option<Arc<str>>> = texts.clone().map(|(path, _)| self.shown(path)).collect();
        #[cfg(feature = "classifier")]
        let suspect = self.settings.suspect.take();
        texts.clone().for_each(|(path, text)| self.open(path, text));
        let outcome = self.analyze(&());
        for ((path, _), before) in texts.zip(shown) {
            match before {
                Some(text) => self.open(path, &text),
                None => self.close(path),
            }
        }
        #[cfg(feature = "classifier")]
        {
            self.settings.suspect = suspect;
        }
        // All is as it was.
        self.last = last;
        outcome
    }

    /// The text of an open document.
    fn shown(&self, path: &Path) -> Option<Arc<str>> {
        let document = self.files.document(&self.files.place(path))?;
        document.as_ref().ok().map(Arc::clone)
    }

    /// A document that is no file, or is a root, counts for the walk.
    fn shown_or_hidden(&mut self, place: &Path) {
        let is_root = self.settings.roots.iter().any(|root| self.files.place(root) == place);
        if is_root || !place.is_file() {
            self.kept.walk_again();
        }
    }

    /// Reads what is at a place again, or below it.
    fn read_again(&mut self, place: &Path) {
        self.last = None;
        if let Some(paths) = self.walked.paths.get(place) {
            for path in paths {
                self.kept.read_again(path.clone());
            }
        } else {
            let below = self.walked.paths.iter().filter(|(other, _)| other.starts_with(place));
            below.flat_map(|(_, paths)| paths).for_each(|path| self.kept.read_again(path.clone()));
        }
    }

    /// Whether a change there may be of any consequence.
    fn concerns(&self, path: &Path) -> bool {
        let is_git = path.iter().any(|part| part == ".git") && !path.ends_with(".git/info/exclude");
        let is_ours = FileKind::of(path).is_some() || is_ignore_file(path) || path.is_dir();
        let is_known = || self.is_around_files(path) || self.files.was_asked(&self.files.place(path));
        self.is_rules(path) || (!is_git && (is_ours || is_known()))
    }

    /// Whether something that is gone may have been a folder of ours.
    fn is_around_files(&self, path: &Path) -> bool {
        let own = lexical(path);
        !path.exists() && self.walked.paths.keys().any(|file| file.starts_with(&own))
    }

    fn is_rules(&self, path: &Path) -> bool {
        let path = lexical(path);
        let mut outside = self.settings.rule_folders.iter().chain(&self.settings.advisory_files);
        outside.any(|one| path.starts_with(lexical(one)))
    }

    /// Whether the last walk gave the file and another one would, whatever it holds.
    fn is_known_file(&self, path: &Path) -> bool {
        let is_known = self.walked.paths.contains_key(&lexical(path));
        let is_root = self.settings.roots.iter().any(|root| lexical(root) == lexical(path));
        let is_plain = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
        is_plain && !is_root && (is_known || (FileKind::of(path).is_none() && !is_ignore_file(path)))
    }
}

/// Whether git reads from it what to ignore.
fn is_ignore_file(path: &Path) -> bool {
    path.ends_with(".gitignore") || path.ends_with(".git/info/exclude")
}

fn lexical(path: &Path) -> PathBuf {
    normalize(&absolute(path).unwrap_or_else(|_| path.to_path_buf()))
}

impl Places {
    fn follow(&mut self, walk: &Arc<Walked>, files: &Overlay) {
        if self.walk.as_ref().is_some_and(|known| Arc::ptr_eq(known, walk)) {
            return;
        }
        self.walk = Some(Arc::clone(walk));
        self.paths.clear();
        for (path, _) in &walk.files {
            let (place, own) = (files.place(path), lexical(path));
            if place != own {
                self.paths.entry(own).or_default().push(path.clone());
            }
            self.paths.entry(place).or_default().push(path.clone());
        }
    }
}
