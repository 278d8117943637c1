//! Runs a statement in key ranges. Each batch is one transaction together with a note in the journal of the last key
//! (except in a rehearsal), so that an interrupted statement continues behind the last committed batch. Throttling is
//! left to the caller.

use std::time::Instant;

use super::RevisionRun;
use crate::database::journal::journal_table;
use crate::database::session::TextRows;
use crate::database::statements::text_literal;
use crate::database::{
    BatchStep, FailureCause, HASH_LENGTH, RevisionExecution, RunStep, ServerError, StepFailure, TransactionScope,
    VersionTable, Watch,
};
use crate::sql::{self, Batch, Dialect, Piece};

/// Failure of a batch, with the step that failed.
type BatchFailure = (RunStep<'static>, StepFailure);

/// Run of one statement in batches.
pub(super) struct BatchRun<'a, 'r> {
    run: &'a mut RevisionRun<'r>,
    index: usize,
    piece: &'r Piece,
    context: BatchContext<'r>,
}

/// The statement to run in batches, and the journal row that holds its cursor.
struct BatchContext<'r> {
    dialect: Dialect,
    table: VersionTable,
    unit: &'r RevisionExecution<'r>,
    piece: &'r Piece,
    /// Number of the statement, from 1.
    number: usize,
    /// Id of the journal row; `None` in a rehearsal.
    journal: Option<i64>,
}

/// Progress of the statement: the last key that was processed, and the number of keys so far.
#[derive(Debug, Clone, Copy)]
struct BatchCursor {
    high: i64,
    done: u64,
}

impl<'a, 'r> BatchRun<'a, 'r> {
    /// Prepares the run of piece `index`, the statement with this `number` (from 1).
    pub(super) fn new(run: &'a mut RevisionRun<'r>, index: usize, number: usize) -> Result<Self, BatchFailure> {
        let (dialect, unit, table) = (run.dialect, run.unit, run.session.version_table().clone());
        let journal = run.session.journal();
        let Some(piece) = unit.pieces.get(index).filter(|_| journal.is_some() || !unit.is_recorded()) else {
            return Err(own_failure(index, "the journal has no row for this revision"));
        };
        Ok(Self { run, index, piece, context: BatchContext { dialect, table, unit, piece, number, journal } })
    }

    /// Runs the remaining batches. Rows that are inserted behind the greatest key at the start are left alone, so that
    /// the loop ends.
    pub(super) fn run(&mut self, batch: &Batch) -> Result<(), BatchFailure> {
        let Batch { table, key, .. } = batch;
        let limits = self.run_query(&format!("SELECT MIN({key}), MAX({key}) FROM {table}"))?;
        let Some((least, greatest)) = self.limits(&limits)? else { return Ok(()) };
        let cursor = match self.context.journal {
            Some(_) => self.run_query(&self.context.select())?,
            None => TextRows::new(),
        };
        let cursor = self.context.read(&cursor);
        let mut done = cursor.map_or(0, |cursor| cursor.done);
        self.run.watch.batched(done);
        let mut low = cursor.map_or(Some(least), |cursor| cursor.high.checked_add(1));
        let mut size = batch.size;
        while let Some(from) = low.filter(|low| *low <= greatest) {
            let Some((high, keys)) = self.next_range(batch, from, greatest, size)? else { return Ok(()) };
            let started = Instant::now();
            done += keys;
            let text = self.piece.sql.slice(self.context.unit.text);
            let statement = sql::with_range(text, self.context.dialect, from, high);
            self.commit(&statement, self.context.note(BatchCursor { high, done }).as_deref())?;
            self.run.watch.batched(done);
            let share = share(least, high, greatest);
            let step = BatchStep { batch, size, keys, done, share, took: started.elapsed() };
            let next = next_size(self.run.watch, &step);
            size = next.ok_or_else(|| self.failure(StepFailure::new(0, FailureCause::Interrupted)))?;
            low = high.checked_add(1);
        }
        Ok(())
    }

    /// Runs a batch and the journal note in one transaction.
    fn commit(&mut self, sql: &str, note: Option<&str>) -> Result<(), BatchFailure> {
        let mut steps = vec![
            RunStep::Begin(TransactionScope::Statement),
            RunStep::CheckLease,
            RunStep::Batch { piece: self.index, sql },
        ];
        steps.extend(note.map(RunStep::Cursor));
        steps.extend([RunStep::RenewLease, RunStep::Commit(TransactionScope::Statement)]);
        self.run.session.send(&steps, self.run.watch).map_err(|failed| self.failure(failed))
    }

    fn run_query(&mut self, sql: &str) -> Result<TextRows, BatchFailure> {
        self.run.session.run_query(sql).map_err(|cause| self.failure(StepFailure::new(0, cause)))
    }

    /// Returns the failure as one of the statement, whichever step it was.
    const fn failure(&self, failed: StepFailure) -> BatchFailure {
        (RunStep::Piece(self.index), failed)
    }

    /// Returns the least and the greatest key; `None` if the table is empty.
    fn limits(&self, rows: &TextRows) -> Result<Option<(i64, i64)>, BatchFailure> {
        let row = rows.first().map(Vec::as_slice).unwrap_or_default();
        match row {
            [Some(least), Some(greatest)] => match (least.parse(), greatest.parse()) {
                (Ok(least), Ok(greatest)) => Ok(Some((least, greatest))),
                _ => Err(not_whole(self.index)),
            },
            _ => Ok(None),
        }
    }

    /// Returns the last of the next `size` keys, and their number. Keys need not be consecutive, so `from + size` would
    /// not do.
    fn next_range(
        &mut self,
        Batch { table, key, .. }: &Batch,
        from: i64,
        to: i64,
        size: u64,
    ) -> Result<Option<(i64, u64)>, BatchFailure> {
        let sql = format!(
            "SELECT MAX(k), COUNT(*) FROM (SELECT {key} AS k FROM {table} WHERE {key} >= {from} AND {key} <= {to} \
             ORDER BY {key} LIMIT {size}) q"
        );
        let rows = self.run_query(&sql)?;
        let row = rows.first().map(Vec::as_slice).unwrap_or_default();
        let [Some(high), Some(keys)] = row else { return Ok(None) };
        // Keys between the limits may still have fractions (`numeric`): the batches must not end there as if all were
        // done.
        match (high.parse(), keys.parse()) {
            (Ok(high), Ok(keys)) => Ok(Some((high, keys))),
            _ => Err(not_whole(self.index)),
        }
    }
}

/// Returns the number of keys of the next batch; `None` to stop here.
fn next_size(watch: &mut dyn Watch, step: &BatchStep<'_>) -> Option<u64> {
    watch.paced(step).filter(|_| !watch.interrupted())
}

fn not_whole(index: usize) -> BatchFailure {
    own_failure(index, "the key of a batch must be a whole number")
}

fn own_failure(index: usize, message: &str) -> BatchFailure {
    let error = ServerError { message: message.to_owned(), ..ServerError::default() };
    (RunStep::Piece(index), StepFailure::new(0, FailureCause::Statement(error)))
}

/// Returns the position of a key in its range. Assumes evenly distributed keys; anything better needs a count.
#[allow(clippy::cast_precision_loss)]
fn share(least: i64, at: i64, greatest: i64) -> f64 {
    let all = greatest as f64 - least as f64;
    if all <= 0.0 { 1.0 } else { ((at as f64 - least as f64) / all).clamp(0.0, 1.0) }
}

impl BatchContext<'_> {
    /// Returns the prefix of this statement's cursors. It contains the hash of the statement, so that an edited
    /// statement starts from the beginning.
    fn name(&self) -> String {
        let hash = sql::statement_fingerprint(self.unit.text, self.piece, self.dialect);
        format!("{} {} ", self.number, &hash[..HASH_LENGTH])
    }

    /// Query for the cursor of an earlier attempt. Cursors from before the last successful run of the revision, or
    /// before the last stamp, do not count.
    fn select(&self) -> String {
        let journal = journal_table(self.dialect, &self.table);
        let literal = |text: &str| text_literal(self.dialect, text);
        let revision = literal(self.unit.revision);
        let (operation, cursor) = (literal(self.unit.operation.name()), literal(&format!("{}%", self.name())));
        format!(
            "SELECT batch_cursor FROM {journal} WHERE revision = {revision} AND operation = {operation} \
             AND batch_cursor LIKE {cursor} AND id > COALESCE((SELECT MAX(id) FROM {journal} WHERE state = 'done' \
             AND (revision = {revision} OR operation = 'stamp')), 0) ORDER BY id DESC LIMIT 1"
        )
    }

    fn read(&self, rows: &TextRows) -> Option<BatchCursor> {
        let text = rows.first()?.first()?.as_deref()?;
        let mut words = text.strip_prefix(&self.name())?.split(' ');
        Some(BatchCursor { high: words.next()?.parse().ok()?, done: words.next()?.parse().ok()? })
    }

    /// Returns the statement that records the cursor; `None` in a rehearsal.
    fn note(&self, cursor: BatchCursor) -> Option<String> {
        let journal = self.journal?;
        let text = text_literal(self.dialect, &format!("{}{} {}", self.name(), cursor.high, cursor.done));
        let table = journal_table(self.dialect, &self.table);
        Some(format!("UPDATE {table} SET batch_cursor = {text} WHERE id = {journal}"))
    }
}
