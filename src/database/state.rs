//! State of a database according to its version table and its journal. Independent of how they are read.

use std::collections::BTreeSet;

use super::journal;
use crate::id::RevisionId;

/// Contents of the version table and the journal. Reading them never creates or writes anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryState {
    /// Rows of the version table; empty if the table does not exist.
    pub rows: Vec<String>,
    /// Rows in the table whose revision is completely replaced, each with the replacement, which is in `rows` in place of
    /// it. Filled by the engine, which knows the files.
    pub moved_rows: Vec<(String, String)>,
    /// True if the version table exists.
    pub version_table_exists: bool,
    /// True if the journal exists.
    pub journal_exists: bool,
    /// True if the journal can keep the definitions of revisions; false for one of an earlier version.
    pub keeps_definitions: bool,
    /// Maximum length of an id in the version table in characters (32 in Alembic's `VARCHAR(32)`); `None` for no limit.
    pub id_capacity: Option<usize>,
    /// Unfinished revisions that were started outside a transaction, newest first.
    pub incomplete: Vec<Incomplete>,
    /// All other revisions that ever ran, newest first.
    pub settled: Vec<Settled>,
}

/// Converts version rows to ids, in order of id.
#[must_use]
pub fn ids(rows: &[String]) -> Vec<RevisionId> {
    let ids: std::collections::BTreeSet<_> = rows.iter().map(|row| RevisionId::from_row(row)).collect();
    ids.into_iter().collect()
}

/// Unfinished revision that was started outside a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// Id of its journal row.
    pub id: i64,
    pub revision: String,
    /// Name of the operation.
    pub operation: String,
    /// Number of statements that are known to have run.
    pub statements_done: u32,
    /// Total number of statements.
    pub statements_total: u32,
    /// The statement (from 1) of which it is not known whether it ran: the runner died in it, or stopped it in its middle.
    pub running: Option<u32>,
    /// Hashes of all statements at the time of the run, [`HASH_LENGTH`] characters each.
    pub hashes: String,
    /// Recorded error; `None` if the runner died before it could write one.
    pub error: Option<String>,
}

/// Number of characters of a statement's fingerprint that the journal stores.
pub const HASH_LENGTH: usize = 16;

/// Last operation on a revision according to the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub revision: String,
    /// `upgrade`, `downgrade`, `stamp`, `repair`.
    pub operation: String,
    /// Fingerprint of the section that ran, or that was accepted with `repair`.
    pub checksum: Option<String>,
    /// Revisions that it depended on then (down revisions and dependencies); for a stamp, the resulting version rows.
    /// `None` if the journal does not record them.
    pub parents: Option<Vec<String>>,
    /// True if the version rows were stamped afterwards.
    pub stamped_since: bool,
}

/// Row returned by [`journal::select_latest`], in the order of its columns.
#[derive(Debug, Clone, Default)]
pub struct Latest {
    /// Id of the journal row.
    pub id: i64,
    pub revision: String,
    /// Name of the operation.
    pub operation: String,
    /// State after the operation.
    pub state: String,
    /// Fingerprint of the section.
    pub checksum: Option<String>,
    /// Ids of the revisions that it depended on, separated by spaces.
    pub parents: Option<String>,
    /// Number of statements that ran.
    pub done: u32,
    /// Total number of statements.
    pub total: u32,
    /// Number of the statement that was running.
    pub running: Option<u32>,
    /// Hashes of the statements.
    pub hashes: Option<String>,
    /// Error message.
    pub error: Option<String>,
    /// Id of the newest stamp's row.
    pub stamped: Option<i64>,
}

impl HistoryState {
    /// Revisions that the journal records as applied although the version table is empty or missing: it was emptied,
    /// dropped or renamed. Empty whenever there are rows, or when nothing contradicts that nothing is applied.
    #[must_use]
    pub fn lost_rows(&self) -> BTreeSet<&str> {
        if self.rows.is_empty() { self.recorded_as_applied() } else { BTreeSet::new() }
    }

    /// Revisions that the journal records as applied; of a line of them perhaps only some.
    ///
    /// Only aludel's own runs count. Entries before the newest stamp, and everything during a restore, are ignored.
    #[must_use]
    pub fn recorded_as_applied(&self) -> BTreeSet<&str> {
        if self.incomplete.iter().any(|half| half.operation == "restore") {
            return BTreeSet::new();
        }
        let mut lost = BTreeSet::new();
        let mut reverted = BTreeSet::new();
        // Rows of backups and restores have names in parentheses. Newest first.
        let moves = self.settled.iter().filter(|row| !row.stamped_since && !row.revision.starts_with('('));
        for (age, row) in moves.enumerate() {
            let left = row.parents.iter().flatten().map(String::as_str);
            match row.operation.as_str() {
                "upgrade" => drop(lost.insert(row.revision.as_str())),
                // Accepting an edited file implies that it is applied; accepting that a file has vanished does not.
                "repair" if row.checksum.is_some() => drop(lost.insert(row.revision.as_str())),
                "downgrade" => {
                    reverted.insert(row.revision.as_str());
                    // The most recent operation left at least the revisions that this one depended on. For older
                    // downgrades that is not certain: later ones may have reverted them.
                    lost.extend(left.filter(|_| age == 0));
                }
                "stamp" => lost.extend(left.filter(|id| !reverted.contains(id))),
                _ => {}
            }
        }
        lost
    }

    /// Adds the newest journal row of a revision.
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
                // A statement that the journal counts as done is not one of unknown outcome.
                running: row.running.filter(|running| *running > row.done),
                hashes: row.hashes.unwrap_or_default(),
                error: row.error,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Journal rows, newest first: operation, revision, parents (for a stamp: the resulting version rows).
    fn lost(entries: &[(&str, &str, Option<&str>)]) -> Vec<String> {
        let stamp = entries.iter().position(|(operation, ..)| *operation == "stamp");
        let settled = entries.iter().enumerate().map(|(age, (operation, revision, parents))| Settled {
            revision: (*revision).to_owned(),
            operation: (*operation).to_owned(),
            checksum: (*operation == "upgrade").then(|| "0".to_owned()),
            parents: parents.map(|text| text.split_whitespace().map(str::to_owned).collect()),
            stamped_since: stamp.is_some_and(|stamp| age > stamp),
        });
        let state = HistoryState { settled: settled.collect(), ..HistoryState::default() };
        state.lost_rows().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn upgrades_that_no_row_shows_are_lost() {
        assert_eq!(lost(&[("upgrade", "b", Some("a")), ("upgrade", "a", Some(""))]), ["a", "b"]);
        assert_eq!(lost(&[("downgrade", "b", Some("a")), ("upgrade", "a", None)]), ["a"]);
        // `a` was applied before aludel was introduced.
        assert_eq!(lost(&[("downgrade", "b", Some("a"))]), ["a"]);
        assert_eq!(lost(&[("stamp", "b", Some("b")), ("upgrade", "a", None)]), ["b"]);
        assert_eq!(lost(&[("downgrade", "b", Some("")), ("stamp", "c", Some("b c"))]), ["c"]);
    }

    #[test]
    fn an_empty_table_is_right_after_a_way_back_to_base() {
        assert!(lost(&[]).is_empty());
        assert!(lost(&[("downgrade", "a", Some("")), ("downgrade", "b", Some("a"))]).is_empty());
        assert!(lost(&[("stamp", "b", Some("")), ("upgrade", "b", Some("a")), ("upgrade", "a", None)]).is_empty());
        // Stamps of earlier releases did not record the resulting version rows.
        assert!(lost(&[("stamp", "b", None), ("upgrade", "a", None)]).is_empty());
        assert!(lost(&[("repair", "gone", None)]).is_empty());
    }

    #[test]
    fn a_restore_under_way_has_an_error_of_its_own() {
        let half = Incomplete {
            id: 1,
            revision: "(restore)".to_owned(),
            operation: "restore".to_owned(),
            statements_done: 0,
            statements_total: 0,
            running: None,
            hashes: String::new(),
            error: None,
        };
        let upgrade = Settled {
            revision: "a".to_owned(),
            operation: "upgrade".to_owned(),
            checksum: None,
            parents: None,
            stamped_since: false,
        };
        let state = HistoryState { incomplete: vec![half], settled: vec![upgrade], ..HistoryState::default() };
        assert!(state.lost_rows().is_empty());
    }
}
