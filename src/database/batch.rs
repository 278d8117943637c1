//! Runs a statement in key ranges, each in a transaction of its own together with the journal's note of how far it is.
//! Knows what to say; how it is said is each driver's ([`Side`]). Must not know how a pace is kept.

use std::time::{Duration, Instant};

use super::journal::journal_table;
use super::session::TextRows;
use super::statements::text_literal;
use super::{FailureCause, HASH_LENGTH, ServerError, Unit, VersionTable, Watch};
use crate::sql::{self, Batch, Dialect, Piece};

/// A batch that has been committed, for whoever keeps the pace.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchStep<'a> {
    /// What the file asks for.
    pub batch: &'a Batch,
    /// How many keys the next one would have.
    pub size: u64,
    /// How many keys this one had.
    pub keys: u64,
    /// How many keys there have been, those of earlier runs among them.
    pub done: u64,
    /// Which part of the range of keys is done, from 0 to 1.
    pub share: f64,
    /// How long this one took.
    pub took: Duration,
}

/// What a driver does for it; `F` is its failure.
pub(super) trait Side<F> {
    /// Asks one question.
    fn ask(&mut self, sql: &str) -> Result<TextRows, F>;
    /// Runs a batch and the journal's note in one transaction.
    fn commit(&mut self, batch: &str, note: &str) -> Result<(), F>;
    /// The failure of the statement for a cause of our own.
    fn failure(&self, cause: FailureCause) -> F;
    /// Who watches the unit.
    fn watch(&mut self) -> &mut dyn Watch;
}

/// The statement that is run, and where its place is noted.
pub(super) struct Place<'a> {
    pub(super) dialect: Dialect,
    pub(super) table: &'a VersionTable,
    pub(super) unit: &'a Unit<'a>,
    pub(super) piece: &'a Piece,
    /// The statement's number, from 1.
    pub(super) number: usize,
    /// The journal's row.
    pub(super) journal: i64,
}

/// How far the statement is: the last key, and how many there were.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    high: i64,
    done: u64,
}

/// Runs all batches that are left.
pub(super) fn run<F>(side: &mut dyn Side<F>, place: &Place<'_>, batch: &Batch) -> Result<(), F> {
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
        let statement = sql::with_range(place.piece.sql.of(place.unit.text), place.dialect, from, high);
        side.commit(&statement, &place.note(Cursor { high, done }))?;
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
fn limits_of<F>(side: &dyn Side<F>, rows: &TextRows) -> Result<Option<(i64, i64)>, F> {
    let row = rows.first().map(Vec::as_slice).unwrap_or_default();
    match row {
        [Some(least), Some(greatest)] => match (least.parse(), greatest.parse()) {
            (Ok(least), Ok(greatest)) => Ok(Some((least, greatest))),
            _ => {
                let message = "the key of a batch has to be a whole number".to_owned();
                Err(side.failure(FailureCause::Statement(ServerError { message, ..ServerError::default() })))
            }
        },
        _ => Ok(None),
    }
}

/// The last of the next `size` keys, and how many they are.
fn next_range<F>(
    side: &mut dyn Side<F>,
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
    Ok(high.parse().ok().zip(keys.parse().ok()))
}

/// Keys are far from even, but nothing better is known without counting.
#[allow(clippy::cast_precision_loss)]
fn share(least: i64, at: i64, greatest: i64) -> f64 {
    let all = greatest as f64 - least as f64;
    if all <= 0.0 { 1.0 } else { ((at as f64 - least as f64) / all).clamp(0.0, 1.0) }
}

impl Place<'_> {
    /// Cursors of this very statement: an edited one starts anew.
    fn name(&self) -> String {
        let hash = sql::statement_fingerprint(self.unit.text, self.piece, self.dialect);
        format!("{} {} ", self.number, hash.get(..HASH_LENGTH).unwrap_or(&hash))
    }

    /// The place that an earlier attempt came to, since the revision was last done, or somebody stamped.
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

    fn read(&self, rows: &TextRows) -> Option<Cursor> {
        let text = rows.first()?.first()?.as_deref()?;
        let mut words = text.strip_prefix(&self.name())?.split(' ');
        Some(Cursor { high: words.next()?.parse().ok()?, done: words.next()?.parse().ok()? })
    }

    fn note(&self, cursor: Cursor) -> String {
        let text = text_literal(self.dialect, &format!("{}{} {}", self.name(), cursor.high, cursor.done));
        format!(
            "UPDATE {} SET batch_cursor = {text} WHERE id = {}",
            journal_table(self.dialect, self.table),
            self.journal
        )
    }
}
