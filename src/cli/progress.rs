//! Progress of a run: bars on a terminal, otherwise one line per revision.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::write_stderr;
use super::{style, text};
use crate::database::{Blocker, StopSignal};
use crate::engine::{Event, Observer};
use crate::report::printable::one_line;
use crate::units::format_elapsed;

/// Set by the first Ctrl-C, checked between statements.
static STOP: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C (and SIGTERM, SIGHUP) request a stop; a second one ends the process at once.
pub fn catch_interrupts() {
    // Fails if a handler is set already, which is then this one.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        write_stderr("stopping; press Ctrl-C again to end at once");
    });
}

/// Returns `true` once the user has requested a stop.
pub fn stopped() -> bool {
    STOP.load(Ordering::SeqCst)
}

/// Observer that prints the progress of a run.
pub struct ProgressDisplay {
    quiet: bool,
    /// Print a line for each statement.
    verbose: bool,
    bars: Option<MultiProgress>,
    open: Mutex<BTreeMap<String, ProgressBar>>,
    batches: Mutex<BTreeMap<String, Batches>>,
}

/// Batches of the running revision, for its summary line.
#[derive(Debug, Clone, Copy, Default)]
struct Batches {
    count: u64,
    rows: u64,
    longest: Duration,
}

impl ProgressDisplay {
    /// Shows bars if stderr is a terminal, otherwise lines; nothing if `quiet`.
    pub fn new(quiet: bool) -> Self {
        let terminal = !quiet && console::user_attended_stderr();
        let bars = terminal.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr()));
        Self { quiet, verbose: false, bars, open: Mutex::default(), batches: Mutex::default() }
    }

    /// Also prints a line for each statement, if `verbose`.
    pub fn verbose(self, verbose: bool) -> Self {
        Self { verbose: verbose && !self.quiet, ..self }
    }

    /// Removes the bars.
    pub fn clear(&self) {
        for bar in self.open.lock().unwrap_or_else(PoisonError::into_inner).values() {
            bar.finish_and_clear();
        }
    }

    fn line(&self, line: &str) {
        match &self.bars {
            _ if self.quiet => {}
            Some(bars) => bars.suspend(|| write_stderr(line)),
            None => write_stderr(line),
        }
    }

    fn blockers(&self, blockers: &[Blocker]) {
        for blocker in blockers {
            self.line(&format!("    {}", text::blocker(blocker)));
        }
    }

    /// Records a batch; `rows` is the number of rows of all batches so far.
    fn batch(&self, service: &str, rows: u64, took: Duration) {
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let batches = batches.entry(service.to_owned()).or_default();
        *batches = Batches { count: batches.count + 1, rows, longest: batches.longest.max(took) };
    }

    /// Prints a summary of the batches since the last call, if there were any.
    fn tell_batches(&self, service: &str) {
        let batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner).remove(service);
        if let Some(Batches { count, rows, longest }) = batches {
            let longest = format_elapsed(longest);
            self.line(&format!("{service}: {rows} rows in batches, {count} in this run; the longest took {longest}"));
        }
    }

    fn with_bar(&self, service: &str, change: impl FnOnce(&ProgressBar)) {
        let Some(bars) = &self.bars else { return };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = open.entry(service.to_owned()).or_insert_with(|| bars.add(bar(service)));
        change(bar);
    }
}

fn bar(service: &str) -> ProgressBar {
    let bar = ProgressBar::new(0).with_prefix(service.to_owned());
    let template = "{prefix:.bold} [{bar:24}] revision {pos} of {len}  {elapsed_precise}  {wide_msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

impl Observer for ProgressDisplay {
    fn event(&self, service: &str, event: &Event<'_>) {
        match event {
            Event::Waiting { holder, waited } => {
                let seconds = waited.as_secs();
                self.line(&format!("{service}: waiting for the lock ({seconds} s); held by {}", one_line(&holder.description)));
            }
            Event::Planned { revisions } => self.with_bar(service, |bar| bar.set_length(*revisions as u64)),
            Event::Started { revision, message, statements, .. } => self.with_bar(service, |bar| {
                let plural = if *statements == 1 { "" } else { "s" };
                bar.set_message(format!("{revision} {} ({statements} statement{plural})", one_line(message)));
            }),
            Event::Statements { done, total } => {
                self.with_bar(service, |bar| bar.set_message(format!("statement {done} of {total}")));
            }
            Event::StatementRan { number, of, text, took } => {
                let time = style::faint(&format_elapsed(*took));
                self.line(&format!("{service}   {number}/{of} {} {time}", text::statement_line(text)));
            }
            Event::Resumed { revision, operation, skip, of, found } => {
                let from = match found {
                    Some(true) => format!("; according to the catalog, statement {skip} ran"),
                    Some(false) => format!("; according to the catalog, statement {} did not run", skip + 1),
                    None => String::new(),
                };
                let operation = operation.name();
                self.line(&format!(
                    "{service}: {operation} of {revision} continues, {skip} of {of} statements ran before{from}"
                ));
            }
            Event::FromJournal { revision } => self.line(&format!(
                "{service}: {revision} has no file here: the downgrade section that the journal keeps is run"
            )),
            Event::Replaced { row, replacement } => self.line(&format!(
                "{service}: {row} is replaced by {replacement}: the version row was changed, nothing ran"
            )),
            Event::DefinitionsNotKept => self.line(&format!(
                "{service}: the journal is of an earlier version, and this user may not add a column to it: an older release will not know the revisions that are applied now (its owner may run `aludel ensure-version`)"
            )),
            Event::DroppedInvalidIndex { revision, index } => {
                self.line(&format!("{service}: {revision}: the index {index} was left INVALID by an earlier build: it is dropped and built again"));
            }
            Event::Blocked { waited, blockers } => {
                self.line(&format!("{service}: the statement waits ({}) for", format_elapsed(*waited)));
                self.blockers(blockers);
            }
            Event::Killed { blocker, ended } => {
                let what = if *ended { "ended" } else { "could not end" };
                self.line(&format!("{service}: {what} {}", text::blocker(blocker)));
            }
            Event::LockRefused { revision, said, attempt, of, pause, blockers } => {
                let id = style::id(revision.as_str());
                let next = format!("try {attempt} of {of} again in {}", format_elapsed(*pause));
                self.line(&format!("{service}: {id} did not get its lock ({said}); {next}"));
                self.blockers(blockers);
            }
            Event::Batch { done, share, rate, left, took, .. } => {
                self.batch(service, *done, *took);
                self.with_bar(service, |bar| {
                    let left = left.map(|left| format!(", {} left", format_elapsed(left))).unwrap_or_default();
                    bar.set_message(format!("{done} rows, {:.0}%, {rate:.0} rows/s{left}", share * 100.0));
                });
            }
            Event::BatchPaused { lag, waiting } => {
                let why = match (lag, waiting) {
                    (Some(lag), _) => format!("a replica is {} behind", format_elapsed(*lag)),
                    (None, Some(waiting)) => format!("{waiting} sessions wait for locks"),
                    (None, None) => "sessions wait for locks".to_owned(),
                };
                self.line(&format!("{service}: the next batch waits: {why}"));
            }
            Event::ReplicasUnknown { replicas } => {
                for replica in *replicas {
                    self.line(&format!("{service}: the lag of a replica is not known: {replica}"));
                }
            }
            Event::SnapshotNotKept { error } => self.line(&format!(
                "{service}: the schema could not be saved for `check --drift` ({error}); `snapshot: false` in the config switches it off"
            )),
            Event::DurabilityUnknown { error } => self.line(&format!(
                "{service}: the database did not confirm that the last revisions are on its disk ({error}); a crash of the server may have lost them: `aludel current` shows what is there"
            )),
            Event::NotCommitted { revisions, error } => {
                let plural = if *revisions == 1 { "" } else { "s" };
                self.line(&format!(
                    "{service}: COMMIT failed ({error}): {revisions} more revision{plural} rolled back, to be applied again by the next run"
                ));
            }
            Event::InStatement { progress } => self.with_bar(service, |bar| bar.set_message(one_line(&text::progress(progress)).into_owned())),
            Event::Finished { index, of, revision, operation, message, duration } => {
                let place = format!("[{}/{of}]", index + 1);
                let id = style::id(revision.as_str());
                let time = style::faint(&format_elapsed(*duration));
                self.tell_batches(service);
                let name = if message.is_empty() { id } else { format!("{id} {}", one_line(message)) };
                self.line(&format!("{service} {place} {} {name} {time}", operation.name()));
                self.with_bar(service, |bar| bar.set_position(*index as u64 + 1));
            }
        }
    }

    fn wants_statements(&self) -> bool {
        self.verbose
    }

    fn interrupted(&self) -> bool {
        STOP.load(Ordering::SeqCst)
    }

    fn stop_signal(&self) -> Option<StopSignal> {
        Some(Arc::new(|| STOP.load(Ordering::SeqCst)))
    }
}
