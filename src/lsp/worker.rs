use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::analysis::{AnalyzeError, Outcome, Settings, Workspace};

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
pub(super) fn start() -> io::Result<(Sender<Order>, Receiver<Done>)> {
    let (orders, taken) = unbounded();
    let (given, done) = unbounded();
    let analyze = |workspace: &mut Workspace| workspace.analyze(&());
    let work = move || Worker { folders: BTreeMap::new(), analyze }.run(&taken, &given);
    thread::Builder::new().name("worker".into()).stack_size(STACK_BYTES).spawn(work)?;
    Ok((orders, done))
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
}

impl Held {
    fn new(settings: Settings, texts: impl IntoIterator<Item = (PathBuf, Arc<str>)>) -> Self {
        let texts: BTreeMap<_, _> = texts.into_iter().collect();
        let mut workspace = Workspace::new(settings.clone());
        for (path, text) in &texts {
            workspace.open(path, Arc::clone(text));
        }
        Self { workspace, settings, texts, open_since: None }
    }
}

impl<F: FnMut(&mut Workspace) -> Result<Arc<Outcome>, AnalyzeError>> Worker<F> {
    fn run(mut self, orders: &Receiver<Order>, done: &Sender<Done>) {
        while let Ok(first) = orders.recv() {
            self.take(first);
            loop {
                orders.try_iter().for_each(|order| self.take(order));
                let Some(told) = self.analyze_next() else { break };
                if done.send(told).is_err() {
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
            change => {
                let Some(held) = self.folders.get_mut(&folder) else { return };
                match change {
                    Change::Text(path, text) => {
                        held.workspace.open(&path, Arc::clone(&text));
                        held.texts.insert(path, text);
                    }
                    Change::Close(path) => {
                        held.workspace.close(&path);
                        held.texts.remove(&path);
                    }
                    Change::Disk(paths) => {
                        held.workspace.touched(&paths);
                    }
                    Change::Settings(..) | Change::Gone => {}
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
        for order in orders {
            sender.send(order).unwrap();
        }
        drop(sender);
        Worker { folders: BTreeMap::new(), analyze }.run(&taken, &given);
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
