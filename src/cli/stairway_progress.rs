//! Progress of `test`: a bar on a terminal, otherwise nothing.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Progress bar of one service.
pub struct StairwayProgress(Option<ProgressBar>);

impl StairwayProgress {
    /// Shows a bar if stderr is a terminal, unless `quiet`.
    pub fn new(service: &str, revisions: usize, quiet: bool) -> Self {
        let shown = !quiet && console::user_attended_stderr();
        Self(shown.then(|| {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(Some(revisions as u64), target).with_prefix(service.to_owned());
            if let Ok(style) =
                ProgressStyle::with_template("{prefix:.bold} [{bar:24}] revision {pos} of {len}  {elapsed_precise}")
            {
                bar.set_style(style.progress_chars("=> "));
            }
            bar
        }))
    }

    /// Counts a revision.
    pub fn next(&self) {
        self.0.iter().for_each(|bar| bar.inc(1));
    }

    /// Removes the bar.
    pub fn clear(&self) {
        self.0.iter().for_each(ProgressBar::finish_and_clear);
    }
}
