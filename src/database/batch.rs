//! Runs a statement in key ranges. Each batch is one transaction together with a note in the journal of the last key,
//! so that an interrupted statement continues behind the last committed batch. The SQL is built here, a driver executes
//! it ([`BatchDriver`]); throttling is left to the caller.

use std::time::{Duration, Instant};

use super::journal::journal_table;
use super::session::TextRows;
use super::statements::text_literal;
use super::{FailureCause, HASH_LENGTH, RevisionExecution, ServerError, VersionTable, Watch};
use crate::sql::{self, Batch, Dialect, Piece};

/// A committed batch, reported to the throttle.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchStep<'a> {
    /// Parameters of the batches, from the file.
    pub batch: &'a Batch,
    /// Number of keys of the next batch, unless the throttle changes it.
    pub size: u64,
    /// Number of keys of this batch.
    pub keys: u64,
    /// Number of keys so far, including those of earlier attempts.
    pub done: u64,
    /// Part of the key range that is done, from 0 to 1.
    pub share: f64,
    /// Duration of this batch.
    pub took: Duration,
}

/// Operations that a driver provides; `F` is its failure type.
pub(crate) trait BatchDriver<F> {
    /// Runs one query.
    fn ask(&mut self, sql: &str) -> Result<TextRows, F>;
    /// Runs a batch and the journal note in one transaction.
    fn commit(&mut self, batch: &str, note: &str) -> Result<(), F>;
    /// The failure of the statement for a cause of our own.
    fn failure(&self, cause: FailureCause) -> F;
    /// Who watches the unit.
    fn watch(&mut self) -> &mut dyn Watch;
}

/// The statement to run in batches, and the journal row that holds its cursor.
pub(crate) struct BatchContext<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) table: &'a VersionTable,
    pub(crate) unit: &'a RevisionExecution<'a>,
    pub(crate) piece: &'a Piece,
    /// Number of the statement, from 1.
    pub(crate) number: usize,
    /// Id of the journal row.
    pub(crate) journal: i64,
}

/// Progress of the statement: the last key that was processed, and the number of keys so far.
#[derive(Debug, Clone, Copy)]
struct BatchCursor {
    high: i64,
    done: u64,
}

/// Runs the remaining batches. Rows that are inserted behind the greatest key at the start are left alone, so that the
/// loop ends.
pub(crate) fn run<F>(side: &mut dyn BatchDriver<F>, place: &BatchContext<'_>, batch: &Batch) -> Result<(), F> {
    let Batch { table, key, .. } = batch;
    let limits = side.ask(&format!("SELECT MIN({key}), MAX({key}) FROM {table}"))?;
    let Some((least, greatest)) = limits_of(side, &limits)? else { return Ok(()) };
    let cursor = place.read(&side.ask(&place.select())?);
    let mut done = cursor.map_or(0, |cursor| cursor.done);
    side.watch().batched(done);
    let mut low = cursor.map_or(Some(least), |cursor| cursor.high.checked_add(1));
    let mut size = batch.size;
    while let Some(from) = low.filter(|low| *low <= greatest) {
        let Some((high, keys)) = next_range(side, batch, from, greatest, size)? else { return Ok(()) };
        let started = Instant::now();
        done += keys;
        let statement = sql::with_range(place.piece.sql.slice(place.unit.text), place.dialect, from, high);
        side.commit(&statement, &place.note(BatchCursor { high, done }))?;
        side.watch().batched(done);
        let share = share(least, high, greatest);
        let step = BatchStep { batch, size, keys, done, share, took: started.elapsed() };
        size = next_size(side.watch(), &step).ok_or_else(|| side.failure(FailureCause::Interrupted))?;
        low = high.checked_add(1);
    }
    Ok(())
}

/// How many keys the next batch is to have; `None` to stop here.
fn next_size(watch: &mut dyn Watch, step: &BatchStep<'_>) -> Option<u64> {
    watch.paced(step).filter(|_| !watch.interrupted())
}

/// None: the table is empty.
fn limits_of<F>(side: &dyn BatchDriver<F>, rows: &TextRows) -> Result<Option<(i64, i64)>, F> {
    let row = rows.first().map(Vec::as_slice).unwrap_or_default();
    match row {
        [Some(least), Some(greatest)] => match (least.parse(), greatest.parse()) {
            (Ok(least), Ok(greatest)) => Ok(Some((least, greatest))),
            _ => Err(not_whole(side)),
        },
        _ => Ok(None),
    }
}

/// Returns the last of the next `size` keys, and their number. Keys need not be consecutive, so `from + size` would not do.
fn next_range<F>(
    side: &mut dyn BatchDriver<F>,
    Batch { table, key, .. }: &Batch,
    from: i64,
    to: i64,
    size: u64,
) -> Result<Option<(i64, u64)>, F> {
    let sql = format!(
        "SELECT MAX(k), COUNT(*) FROM (SELECT {key} AS k FROM {table} WHERE {key} >= {from} AND {key} <= {to} \
         ORDER BY {key} LIMIT {size}) q"
    );
    let rows = side.ask(&sql)?;
    let row = rows.first().map(Vec::as_slice).unwrap_or_default();
    let [Some(high), Some(keys)] = row else { return Ok(None) };
    // Keys between the limits may still have fractions (`numeric`): the batches must not end there as if all were done.
    match (high.parse(), keys.parse()) {
        (Ok(high), Ok(keys)) => Ok(Some((high, keys))),
        _ => Err(not_whole(side)),
    }
}

fn not_whole<F>(side: &dyn BatchDriver<F>) -> F {
    let message = "the key of a batch must be a whole number".to_owned();
    side.failure(FailureCause::Statement(ServerError { message, ..ServerError::default() }))
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
        format!("{} {} ", self.number, hash.get(..HASH_LENGTH).unwrap_or(&hash))
    }

    /// Query for the cursor of an earlier attempt. Cursors from before the last successful run of the revision, or
    /// before the last stamp, do not count.
    fn select(&self) -> String {
        let journal = journal_table(self.dialect, self.table);
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

    fn note(&self, cursor: BatchCursor) -> String {
        let text = text_literal(self.dialect, &format!("{}{} {}", self.name(), cursor.high, cursor.done));
        format!(
            "UPDATE {} SET batch_cursor = {text} WHERE id = {}",
            journal_table(self.dialect, self.table),
            self.journal
        )
    }
}
