//! Seed files: rows for a new database. Each text runs once; the journal records which ones ran.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::error::EngineError;
use super::lock::{LockTimeout, with_lock};
use super::observer::Observer;
use super::operator::Operator;
use super::unit::facts;
use crate::database::journal::journal_table;
use crate::database::{
    Database, Durability, JournalFacts, RevisionExecution, RunFailure, StopSignal, Transaction, Watch,
};
use crate::diagnostic::{Location, Span};
use crate::graph::{Operation, RowChange};
use crate::id::RevisionId;
use crate::sql::{self, Dialect, Piece};

/// Operation in the journal.
const SEED: &str = "seed";

/// Result of one seed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// Path of the file.
    pub path: PathBuf,
    /// True if it ran now, false if it had run before.
    pub ran: bool,
}

struct SeedWatch<'a>(&'a dyn Observer);

impl Watch for SeedWatch<'_> {
    fn statements(&mut self, _done: usize, _total: usize) {}

    fn interrupted(&self) -> bool {
        self.0.interrupted()
    }

    fn stop_signal(&self) -> Option<StopSignal> {
        self.0.stop_signal()
    }
}

/// Acquires the lock and runs the files whose text has not run yet, each in a transaction.
///
/// # Errors
/// A lock that cannot be acquired, a text that cannot be split, a statement that the server refuses. The effects of
/// earlier files remain.
pub fn seed(
    database: &mut dyn Database,
    service: &str,
    files: &[(PathBuf, String)],
    (operator, now, lock_timeout): (&Operator, &(dyn Fn() -> String + Sync), LockTimeout),
    observer: &dyn Observer,
) -> Result<Vec<Seeded>, EngineError> {
    with_lock(database, service, lock_timeout, observer, |database| {
        // All files are checked first, so that one that cannot be split is found before another one runs.
        check_seed(files, database.server().dialect)?;
        database.ensure_tables()?;
        let mut known = finished_checksums(database)?;
        let mut seeded = Vec::new();
        for (path, text) in files {
            let checksum = sql::fingerprint(text, database.server().dialect);
            let ran = known.insert(checksum.clone());
            if ran {
                let started_at = now();
                let journal = JournalFacts { operation: Some(SEED), ..facts(operator, &started_at, &checksum) };
                run(database, (path, text), journal, observer)?;
            }
            seeded.push(Seeded { path: path.clone(), ran });
        }
        Ok(seeded)
    })
}

/// Checks that the texts of all files can be split into statements.
///
/// # Errors
/// [`EngineError::Failed`] with the position in the first file that cannot be split.
pub fn check_seed(files: &[(PathBuf, String)], dialect: Dialect) -> Result<(), EngineError> {
    files.iter().try_for_each(|(path, text)| split(path, text, dialect).map(drop))
}

fn split(path: &Path, text: &str, dialect: Dialect) -> Result<Vec<Piece>, EngineError> {
    sql::split(text, dialect).map_err(|error| {
        let location = Location { path: path.to_owned(), text: text.to_owned(), span: error.span };
        let failure = RunFailure { piece: None, ..RunFailure::refused(&error.to_string(), 0) };
        seed_error(path, Some(location), None, 0, failure)
    })
}

fn seed_error(
    path: &Path,
    location: Option<Location>,
    statement: Option<usize>,
    statements: usize,
    failure: RunFailure,
) -> EngineError {
    EngineError::Failed {
        revision: RevisionId::from_row(&journal_name(path)),
        operation: Operation::Upgrade,
        path: path.to_owned(),
        location: location.map(Box::new),
        statement,
        statements,
        batched: 0,
        failure: Box::new(failure),
    }
}

/// Returns the name of a file's run in the journal, which is not a valid revision id.
fn journal_name(path: &Path) -> String {
    format!("(seed) {}", path.display()).chars().take(255).collect()
}

fn finished_checksums(database: &mut dyn Database) -> Result<BTreeSet<String>, EngineError> {
    let journal = journal_table(database.server().dialect, &database.resolve_version_table()?);
    let query = format!("SELECT checksum FROM {journal} WHERE operation = '{SEED}' AND state = 'done'");
    let rows = database.query(&query, usize::MAX)?.rows;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).map(|sum| sum.trim().to_owned()).collect())
}

fn run(
    database: &mut dyn Database,
    (path, text): (&Path, &str),
    journal: JournalFacts<'_>,
    observer: &dyn Observer,
) -> Result<(), EngineError> {
    let at = |span: Span| Location { path: path.to_owned(), text: text.to_owned(), span };
    let pieces = split(path, text, database.server().dialect)?;
    let shown = journal_name(path);
    let change = RowChange::default();
    let unit = RevisionExecution {
        revision: &shown,
        operation: Operation::Upgrade,
        text,
        pieces: &pieces,
        change: &change,
        rows_after: None,
        require: &[],
        verify: &[],
        transaction: Transaction::Own,
        skip: 0,
        hashes: "",
        journal: Some(journal),
        durability: Durability::Immediate,
        next: None,
    };
    let statements = unit.total();
    super::execute::run(database, &unit, &mut SeedWatch(observer)).map(drop).map_err(|failure| {
        let piece = failure.piece.and_then(|index| pieces.get(index));
        let span = failure.offset.map(|at| Span::word_at(text, at)).or(piece.map(|piece| piece.sql));
        // Comments and lines of the client are pieces too, but are not counted.
        let number = failure.piece.map(|index| unit.statements().take_while(|(at, _)| *at < index).count() + 1);
        seed_error(path, span.map(at), number, statements, failure)
    })
}
