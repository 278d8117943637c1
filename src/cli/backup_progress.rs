//! Progress of a backup or a restore: a bar on a terminal, otherwise nothing.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::progress::stopped;
use crate::backup::{BackupPhase, BackupWatch};

/// Progress bar of one service.
pub struct Copying {
    bar: Option<ProgressBar>,
    phase: Mutex<Option<BackupPhase>>,
}

impl Copying {
    /// Shows a bar if stderr is a terminal, unless `quiet`.
    pub fn new(service: &str, quiet: bool) -> Self {
        let shown = !quiet && console::user_attended_stderr();
        let bar = shown.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_prefix(service.to_owned());
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, phase: Mutex::new(None) }
    }

    /// Removes the bar.
    pub fn clear(&self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }

    fn begin(&self, phase: BackupPhase, bar: &ProgressBar, total: Option<u64>) {
        let mut known = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if known.replace(phase) == Some(phase) {
            return;
        }
        bar.reset();
        let template = match total {
            Some(total) => {
                bar.set_length(total);
                "{prefix:.bold} {msg} [{bar:24}] {decimal_bytes} of {decimal_total_bytes}  {decimal_bytes_per_sec}  {elapsed_precise}  {eta} left"
            }
            None => "{prefix:.bold} {msg} {spinner} {decimal_bytes}  {decimal_bytes_per_sec}  {elapsed_precise}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(words(phase));
    }
}

const fn words(phase: BackupPhase) -> &'static str {
    match phase {
        BackupPhase::Dumping => "backing up",
        BackupPhase::Checking => "checking the checksum",
        BackupPhase::Restoring => "restoring",
        BackupPhase::Counting => "counting rows",
        BackupPhase::Rehearsing => "restoring into a scratch database",
    }
}

impl BackupWatch for Copying {
    fn at(&self, phase: BackupPhase, done: u64, total: Option<u64>) {
        if let Some(bar) = &self.bar {
            self.begin(phase, bar, total);
            bar.set_position(done);
        }
    }

    fn interrupted(&self) -> bool {
        stopped()
    }
}
