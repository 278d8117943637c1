//! Where a database is: what its version table and its journal say. Must not know how they are read.

use super::journal;

/// What the version table and the journal hold. Reading it never creates or writes anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// The rows of the version table; empty when there is no table.
    pub rows: Vec<String>,
    /// Whether the version table exists.
    pub version_table_exists: bool,
    /// Whether the journal exists.
    pub journal_exists: bool,
    /// How many characters an id may have in the version table (`VARCHAR(32)` in Alembic's); none: no limit.
    pub id_capacity: Option<usize>,
    /// What the journal says of revisions that were started outside a transaction and did not come to their end, newest
    /// first.
    pub incomplete: Vec<Incomplete>,
    /// What the journal says of the others that ever ran, newest first.
    pub settled: Vec<Settled>,
}

/// A revision that was started outside a transaction and did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// The number of its journal row.
    pub id: i64,
    /// The revision.
    pub revision: String,
    /// What was being done.
    pub operation: String,
    /// How many statements are known to have run.
    pub statements_done: u32,
    /// Of how many.
    pub statements_total: u32,
    /// The statement (from 1) of which it is not known whether it ran: the runner died in it.
    pub running: Option<u32>,
    /// The hashes of all its statements as they were, [`HASH_LENGTH`] characters each.
    pub hashes: String,
    /// The error that was recorded; none when the runner died before it could.
    pub error: Option<String>,
}

/// How many characters of a statement's fingerprint the journal keeps.
pub const HASH_LENGTH: usize = 16;

/// What was done last with a revision, as the journal knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The revision.
    pub revision: String,
    /// `upgrade`, `downgrade`, `stamp`, `repair`.
    pub operation: String,
    /// The fingerprint of the section that ran (that was accepted).
    pub checksum: Option<String>,
    /// What the revision needed then (down revisions and dependencies); none: not known.
    pub parents: Option<Vec<String>>,
    /// Whether the version rows were stamped since.
    pub stamped_since: bool,
}

/// A row of [`journal::select_latest`], in the order of its columns.
#[derive(Debug, Clone, Default)]
pub struct Latest {
    /// The journal row's number.
    pub id: i64,
    /// The revision.
    pub revision: String,
    /// What was done.
    pub operation: String,
    /// How it stands.
    pub state: String,
    /// The section's fingerprint.
    pub checksum: Option<String>,
    /// What the revision needed, ids with blanks between.
    pub parents: Option<String>,
    /// Statements that ran.
    pub done: u32,
    /// Statements in all.
    pub total: u32,
    /// The statement under way.
    pub running: Option<u32>,
    /// The statements' hashes.
    pub hashes: Option<String>,
    /// The error.
    pub error: Option<String>,
    /// The newest stamp's row.
    pub stamped: Option<i64>,
}

impl State {
    /// Adds what the journal says of a revision.
    pub fn add(&mut self, row: Latest) {
        let stamped_since = row.stamped.is_some_and(|stamp| stamp > row.id);
        if row.state == journal::JournalState::Done.name() {
            let parents = row.parents.map(|text| text.split_whitespace().map(str::to_owned).collect());
            let Latest { revision, operation, checksum, .. } = row;
            self.settled.push(Settled { revision, operation, checksum, parents, stamped_since });
        } else if !stamped_since {
            self.incomplete.push(Incomplete {
                id: row.id,
                revision: row.revision,
                operation: row.operation,
                statements_done: row.done,
                statements_total: row.total,
                running: row.running,
                hashes: row.hashes.unwrap_or_default(),
                error: row.error,
            });
        }
    }
}
