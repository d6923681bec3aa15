//! How far reading is, on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// What is faster needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar on standard error that comes when reading takes long, and goes when it is over.
#[derive(Debug)]
pub struct Progress {
    began: Instant,
    bytes: u64,
    /// All bytes, where that is known.
    total: Option<u64>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins, where standard error is a terminal.
    pub fn begin(total: Option<u64>) -> Option<Self> {
        let began = Instant::now();
        std::io::stderr().is_terminal().then_some(Self { began, bytes: 0, total, bar: None })
    }

    /// So many bytes more have come.
    pub fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
        if self.began.elapsed() >= PATIENCE {
            let total = self.total;
            self.bar.get_or_insert_with(|| bar(total)).set_position(self.bytes);
        }
    }

    /// Does something while the bar is out of the way.
    pub fn aside(&self, what: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(what),
            None => what(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "reading {wide_bar} {bytes} of {total_bytes}, {eta} left",
        None => "reading: {bytes} so far, {binary_bytes_per_sec}",
    };
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    // A template is a constant: where it were wrong, the bar would look plain.
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}
