use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::analysis::{AnalyzeError, Outcome, Settings, Workspace, verified};
use crate::finding::Fix;

/// Deeply nested input is walked by recursion; the pages are reserved, not used.
const STACK_BYTES: usize = 256 << 20;

/// A folder of the editor, or one that a file was opened in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct FolderId(pub(super) u32);

/// Something that changed, and what is to be analyzed again for it.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) folder: FolderId,
    /// When it came: an outcome knows all that came until then.
    pub(super) time: u64,
    pub(super) change: Change,
}

/// What changed.
#[derive(Debug)]
pub(super) enum Change {
    /// The settings, also those of a new folder; with all texts that are open there.
    Settings(Box<Settings>, Vec<(PathBuf, Arc<str>)>),
    Text(PathBuf, Arc<str>),
    Close(PathBuf),
    Disk(Vec<PathBuf>),
    /// Which of these findings, named by fingerprints, have a fix that holds. It changes nothing.
    Verify(Vec<String>),
    /// The folder is no longer looked at.
    Gone,
}

/// What became of an order, and of all before it.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) folder: FolderId,
    pub(super) time: u64,
    pub(super) result: Result<Arc<Outcome>, Failure>,
    pub(super) took: Duration,
}

/// The fixes that hold, of the findings that were asked for.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) folder: FolderId,
    /// The outcome whose findings they are; `None` where there is none.
    pub(super) outcome: Option<Arc<Outcome>>,
    pub(super) fixes: BTreeMap<String, Option<Fix>>,
}

/// Why there is no outcome.
#[derive(Debug)]
pub(super) enum Failure {
    /// The settings or rules are at fault.
    Refused(AnalyzeError),
    /// A defect of ours; the log has more.
    Panicked,
}

/// Starts the thread that owns the workspaces. It takes all orders that there are before it
/// analyzes, so that no time goes into what is old already.
pub(super) fn start() -> io::Result<(Sender<Order>, Receiver<Done>, Receiver<Verified>)> {
    let (orders, taken) = unbounded();
    let (given, done) = unbounded();
    let (shown, verified) = unbounded();
    let analyze = |workspace: &mut Workspace| workspace.analyze(&());
    let work = move || Worker { folders: BTreeMap::new(), analyze }.run(&taken, &given, &shown);
    thread::Builder::new().name("worker".into()).stack_size(STACK_BYTES).spawn(work)?;
    Ok((orders, done, verified))
}

struct Worker<F> {
    folders: BTreeMap<FolderId, Held>,
    analyze: F,
}

/// A folder's workspace, and what it can be made from anew.
struct Held {
    workspace: Workspace,
    settings: Settings,
    texts: BTreeMap<PathBuf, Arc<str>>,
    /// When what was not analyzed yet came.
    open_since: Option<u64>,
    /// The findings whose fixes are asked for.
    to_verify: Vec<String>,
}

impl Held {
    fn new(settings: Settings, texts: impl IntoIterator<Item = (PathBuf, Arc<str>)>) -> Self {
        let texts: BTreeMap<_, _> = texts.into_iter().collect();
        let mut workspace = Workspace::new(settings.clone());
        for (path, text) in &texts {
            workspace.open(path, text);
        }
        Self { workspace, settings, texts, open_since: None, to_verify: Vec::new() }
    }

    /// The fix of a finding, if another analysis shows that it holds; with the outcome that it is of.
    fn verify(&mut self, fingerprint: &str) -> (Option<Arc<Outcome>>, Option<Fix>) {
        let Ok(outcome) = self.workspace.analyze(&()) else { return (None, None) };
        let finding = outcome.assessment.findings.iter().find(|finding| finding.fingerprint == fingerprint);
        let fix = finding.and_then(|finding| verified(&mut self.workspace, &outcome, finding).ok()?.ok());
        (Some(outcome), fix)
    }
}

impl<F: FnMut(&mut Workspace) -> Result<Arc<Outcome>, AnalyzeError>> Worker<F> {
    fn run(mut self, orders: &Receiver<Order>, done: &Sender<Done>, shown: &Sender<Verified>) {
        while let Ok(first) = orders.recv() {
            self.take(first);
            loop {
                orders.try_iter().for_each(|order| self.take(order));
                let is_heard = match self.analyze_next() {
                    Some(told) => done.send(told).is_ok(),
                    // What is newer goes first.
                    None => match self.verify_next() {
                        Some(verified) => shown.send(verified).is_ok(),
                        None => break,
                    },
                };
                if !is_heard {
                    return;
                }
            }
        }
    }

    fn take(&mut self, order: Order) {
        let Order { folder, time, change } = order;
        match change {
            Change::Settings(settings, texts) => {
                self.folders.insert(folder, Held::new(*settings, texts));
            }
            Change::Gone => {
                self.folders.remove(&folder);
            }
            Change::Verify(fingerprints) => {
                let held = self.folders.get_mut(&folder);
                return held.map_or((), |held| held.to_verify.extend(fingerprints));
            }
            change => {
                let Some(held) = self.folders.get_mut(&folder) else { return };
                match change {
                    Change::Text(path, text) => {
                        held.workspace.open(&path, &text);
                        held.texts.insert(path, text);
                    }
                    Change::Close(path) => {
                        held.workspace.close(&path);
                        held.texts.remove(&path);
                    }
                    Change::Disk(paths) => {
                        held.workspace.touched(&paths);
                    }
                    Change::Settings(..) | Change::Gone | Change::Verify(_) => {}
                }
            }
        }
        if let Some(held) = self.folders.get_mut(&folder) {
            held.open_since = Some(time);
        }
    }

    /// Analyzes the folder that changed last, which is the one that somebody looks at.
    fn analyze_next(&mut self) -> Option<Done> {
        let open = self.folders.iter_mut().filter_map(|(id, held)| Some((held.open_since?, *id, held)));
        let (time, folder, held) = open.max_by_key(|(time, id, _)| (*time, *id))?;
        held.open_since = None;
        let began = Instant::now();
        let analyze = &mut self.analyze;
        let result = if let Ok(result) = catch_unwind(AssertUnwindSafe(|| analyze(&mut held.workspace))) {
            result.map_err(Failure::Refused)
        } else {
            // What it was in the middle of is not to be trusted.
            *held = Held::new(held.settings.clone(), std::mem::take(&mut held.texts));
            Err(Failure::Panicked)
        };
        Some(Done { folder, time, result, took: began.elapsed() })
    }
}

impl<F> Worker<F> {
    /// Looks for the fixes of one finding.
    fn verify_next(&mut self) -> Option<Verified> {
        let open = self.folders.iter_mut().find(|(_, held)| !held.to_verify.is_empty());
        let (folder, held) = open.map(|(id, held)| (*id, held))?;
        let fingerprint = held.to_verify.remove(0);
        let verified = catch_unwind(AssertUnwindSafe(|| held.verify(&fingerprint)));
        let (outcome, fix) = verified.unwrap_or_else(|_| {
            *held = Held::new(held.settings.clone(), std::mem::take(&mut held.texts));
            (None, None)
        });
        Some(Verified { folder, outcome, fixes: BTreeMap::from([(fingerprint, fix)]) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(folder: u32, time: u64, change: Change) -> Order {
        Order { folder: FolderId(folder), time, change }
    }

    fn settings() -> Change {
        Change::Settings(Box::default(), Vec::new())
    }

    /// The times of the outcomes, and whether each is one.
    fn run(
        orders: Vec<Order>,
        analyze: impl FnMut(&mut Workspace) -> Result<Arc<Outcome>, AnalyzeError>,
    ) -> Vec<(u64, bool)> {
        let (sender, taken) = unbounded();
        let (given, done) = unbounded();
        let (shown, _verified) = unbounded();
        for order in orders {
            sender.send(order).unwrap();
        }
        drop(sender);
        Worker { folders: BTreeMap::new(), analyze }.run(&taken, &given, &shown);
        drop(given);
        done.iter().map(|done| (done.time, done.result.is_ok())).collect()
    }

    #[test]
    fn what_came_meanwhile_is_analyzed_at_once() {
        let text = || Change::Text("/a.tf".into(), "".into());
        let orders = vec![order(1, 1, settings()), order(2, 2, settings()), order(1, 3, text()), order(1, 4, text())];
        assert_eq!(run(orders, |_| Ok(Arc::default())), [(4, true), (2, true)]);
        assert_eq!(run(vec![order(1, 1, settings()), order(1, 2, Change::Gone)], |_| Ok(Arc::default())), []);
    }

    #[test]
    fn a_panic_is_told_and_survived() {
        let mut n_runs = 0;
        let mut worker = Worker {
            folders: BTreeMap::new(),
            analyze: |_: &mut Workspace| {
                n_runs += 1;
                assert!(n_runs > 1, "the first run fails");
                Ok(Arc::default())
            },
        };
        worker.take(order(1, 1, Change::Settings(Box::default(), vec![("/a.tf".into(), "x".into())])));
        let failed = worker.analyze_next().unwrap();
        assert!(matches!(failed.result, Err(Failure::Panicked)));
        assert_eq!(worker.folders[&FolderId(1)].texts.len(), 1, "what is open stays open");
        assert!(worker.analyze_next().is_none());
        worker.take(order(1, 2, Change::Disk(Vec::new())));
        assert!(worker.analyze_next().unwrap().result.is_ok());
    }
}
