use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::analysis::Progress;

/// Shorter work shows nothing, so that a small check does not flicker.
const PATIENCE: Duration = Duration::from_millis(500);

/// A progress bar on standard error, shown on a terminal only and only if work takes long.
pub(super) struct Bar {
    drawn: ProgressBar,
    started: Instant,
    /// Whether it waits for its time; false where it is shown or never will be.
    is_waiting: AtomicBool,
}

impl Bar {
    pub(super) fn new(is_wanted: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let is_waiting = AtomicBool::new(is_wanted && io::stderr().is_terminal());
        Self { drawn: bar, started: Instant::now(), is_waiting }
    }

    /// Takes the bar off the terminal.
    pub(super) fn finish(&self) {
        self.is_waiting.store(false, Ordering::Relaxed);
        self.drawn.finish_and_clear();
    }

    fn show_if_due(&self) {
        if !self.is_waiting.load(Ordering::Relaxed) || self.started.elapsed() < PATIENCE {
            return;
        }
        if self.is_waiting.swap(false, Ordering::Relaxed) {
            if let Ok(style) = ProgressStyle::with_template("{msg:12} {bar:30} {pos}/{len}") {
                self.drawn.set_style(style);
            }
            self.drawn.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Progress for Bar {
    fn phase(&self, name: &'static str, total: usize) {
        self.drawn.set_length(total as u64);
        self.drawn.set_position(0);
        self.drawn.set_message(name);
        self.show_if_due();
    }

    fn step(&self, n: usize) {
        self.drawn.inc(n as u64);
        self.show_if_due();
    }
}
