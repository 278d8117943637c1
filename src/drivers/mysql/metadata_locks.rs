//! Metadata locks of a statement, looked at from a second session while it runs (MySQL manual, "The metadata_locks
//! Table").
//!
//! Most are held for a moment only. The second session therefore reads every table in a transaction first: a statement
//! that needs an exclusive lock on one of them, however briefly, waits for the end of that transaction, and shows what it
//! holds meanwhile.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::database::session::{TextRows, pairs};
use crate::database::{Database, DatabaseError, MeasuredLock, run_while_looking};
use crate::sql::{Blocks, Dialect, TableName, quote_identifier};

/// Instrument without which the server lists no locks. MariaDB has it off unless it is configured.
const INSTRUMENT: &str = "SELECT NAME, ENABLED FROM performance_schema.setup_instruments \
                          WHERE NAME = 'wait/lock/metadata/sql/mdl' AND ENABLED = 'YES'";

/// A statement may wait for the readers in a way that the list does not show: for a schema or a tablespace.
const LONGEST_READ: Duration = Duration::from_secs(2);

/// Modes that are held while a statement works, and what others cannot do meanwhile. Every change of a table needs the
/// exclusive mode for a moment as well.
const MODES: [(&str, &str, Blocks); 4] = [
    ("SHARED_UPGRADABLE", "LOCK=NONE", Blocks::Shape),
    ("SHARED_READ_ONLY", "LOCK=SHARED", Blocks::Writes),
    ("SHARED_NO_WRITE", "LOCK=SHARED", Blocks::Writes),
    ("SHARED_NO_READ_WRITE", "LOCK=EXCLUSIVE", Blocks::Everything),
];

/// Locks seen on one table.
#[derive(Debug, Default)]
struct SeenLock {
    /// Strongest mode that was held, as an index into [`MODES`].
    held: Option<usize>,
    has_waited: bool,
}

/// Returns `true` if the server lists metadata locks, and the user may read the list.
pub(super) fn are_shown(database: &mut dyn Database) -> Result<bool, DatabaseError> {
    match database.execute(INSTRUMENT) {
        Ok(answers) => Ok(!pairs(answers).is_empty()),
        Err(DatabaseError::Server(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns the id of the session.
pub(super) fn session_id(database: &mut dyn Database) -> Result<String, DatabaseError> {
    let answer = pairs(database.execute("SELECT CONNECTION_ID(), 1")?);
    let unanswered = || DatabaseError::ConnectionLost("CONNECTION_ID() returned no row".to_owned());
    answer.into_iter().next().map(|(id, _)| id).ok_or_else(unanswered)
}

/// Runs `statement`, which uses the session with this id, and returns its result and the locks that were seen.
pub(super) fn watch<T>(
    beside: &mut dyn Database,
    session: &str,
    statement: impl FnOnce() -> T,
) -> Result<(T, Vec<MeasuredLock>), DatabaseError> {
    read_every_table(beside)?;
    let (result, seen) = run_while_looking(statement, |is_done| locks_while(beside, session, is_done));
    Ok((result, seen?.into_iter().map(measured).collect()))
}

/// Opens a transaction that has read every table of the current database.
fn read_every_table(beside: &mut dyn Database) -> Result<(), DatabaseError> {
    let tables = pairs(beside.execute(
        "SELECT TABLE_NAME, 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'",
    )?);
    let reads = tables.iter().map(|(table, _)| {
        let table = quote_identifier(table, Dialect::MYSQL);
        format!("; SELECT 1 FROM {table} LIMIT 0")
    });
    let statements = "START TRANSACTION".to_owned() + &reads.collect::<String>();
    beside.execute(&statements).map(drop)
}

/// Looks at the locks of the session until `is_done`. Ends the transaction of `beside` when the session waits, or when
/// a look fails: nothing else would let the session go on.
fn locks_while(
    beside: &mut dyn Database,
    session: &str,
    is_done: &AtomicBool,
) -> Result<BTreeMap<String, SeenLock>, DatabaseError> {
    let query = format!(
        "SELECT m.OBJECT_NAME, m.LOCK_TYPE, m.LOCK_STATUS FROM performance_schema.metadata_locks m \
         JOIN performance_schema.threads t ON t.THREAD_ID = m.OWNER_THREAD_ID \
         WHERE t.PROCESSLIST_ID = {session} AND m.OBJECT_TYPE = 'TABLE' AND m.OBJECT_SCHEMA = DATABASE()"
    );
    let start = Instant::now();
    let mut seen = BTreeMap::new();
    let mut is_reading = true;
    while !is_done.load(Ordering::Acquire) {
        let looked = beside.execute(&query);
        let waits = match &looked {
            Ok(rows) => keep(rows, &mut seen),
            Err(_) => true,
        };
        if is_reading && (waits || start.elapsed() > LONGEST_READ) {
            beside.execute("COMMIT")?;
            is_reading = false;
        }
        looked?;
    }
    if is_reading {
        beside.execute("COMMIT")?;
    }
    Ok(seen)
}

/// Adds what a look has found. Returns `true` if the session waits for a table.
fn keep(answers: &[TextRows], seen: &mut BTreeMap<String, SeenLock>) -> bool {
    let mut waits = false;
    for row in answers.iter().flatten() {
        let [Some(table), Some(mode), Some(status)] = row.as_slice() else { continue };
        let held = MODES.iter().position(|(name, ..)| name == mode);
        let is_waiting = status == "PENDING";
        waits |= is_waiting;
        if held.is_none() && !is_waiting {
            continue;
        }
        let lock = seen.entry(table.clone()).or_default();
        lock.has_waited |= is_waiting;
        lock.held = lock.held.max(held.filter(|_| !is_waiting));
    }
    waits
}

fn measured((table, seen): (String, SeenLock)) -> MeasuredLock {
    // What waits and holds nothing works with the exclusive lock.
    let (_, mode, blocks) = seen.held.and_then(|held| MODES.get(held)).unwrap_or(&MODES[3]);
    let table = TableName { schema: None, name: table };
    MeasuredLock { table, index: None, mode, blocks: *blocks, before: None, has_waited: seen.has_waited }
}
