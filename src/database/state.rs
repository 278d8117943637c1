//! Where a database is: what its version table and its journal say. Must not know how they are read.

use std::collections::BTreeSet;

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
    /// The statement (from 1) of which it is not known whether it ran: the runner died in it, or stopped it in its middle.
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
    /// What the revision needed then (down revisions and dependencies); of a stamp, the version rows it left. `None` when
    /// the journal does not record it.
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
    /// Revisions that the journal records as applied although the version table is empty or missing: somebody emptied,
    /// dropped or renamed it. Empty whenever there are rows, or when nothing contradicts that nothing is applied.
    #[must_use]
    pub fn lost_rows(&self) -> BTreeSet<&str> {
        if self.rows.is_empty() { self.recorded_as_applied() } else { BTreeSet::new() }
    }

    /// Revisions that the journal records as applied; of a line of them perhaps only some.
    ///
    /// Only what aludel did itself counts. The newest stamp, or a restore that is under way, outdates the entries before it.
    #[must_use]
    pub fn recorded_as_applied(&self) -> BTreeSet<&str> {
        if self.incomplete.iter().any(|half| half.operation == "restore") {
            return BTreeSet::new();
        }
        let mut lost = BTreeSet::new();
        let mut reverted = BTreeSet::new();
        // Backups and restores are no moves; newest first.
        let moves = self.settled.iter().filter(|row| !row.stamped_since && !row.revision.starts_with('('));
        for (age, row) in moves.enumerate() {
            let left = row.parents.iter().flatten().map(String::as_str);
            match row.operation.as_str() {
                "upgrade" => drop(lost.insert(row.revision.as_str())),
                // Accepting an edited file says that it is applied; accepting that a file has vanished does not.
                "repair" if row.checksum.is_some() => drop(lost.insert(row.revision.as_str())),
                "downgrade" => {
                    reverted.insert(row.revision.as_str());
                    // The last thing that was done left at least what the revision stood on.
                    lost.extend(left.filter(|_| age == 0));
                }
                "stamp" => lost.extend(left.filter(|id| !reverted.contains(id))),
                _ => {}
            }
        }
        lost
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries of the journal, newest first: operation, revision, what it needed (a stamp: left).
    fn lost(entries: &[(&str, &str, Option<&str>)]) -> Vec<String> {
        let stamp = entries.iter().position(|(operation, ..)| *operation == "stamp");
        let settled = entries.iter().enumerate().map(|(age, (operation, revision, parents))| Settled {
            revision: (*revision).to_owned(),
            operation: (*operation).to_owned(),
            checksum: (*operation == "upgrade").then(|| "0".to_owned()),
            parents: parents.map(|text| text.split_whitespace().map(str::to_owned).collect()),
            stamped_since: stamp.is_some_and(|stamp| age > stamp),
        });
        let state = State { settled: settled.collect(), ..State::default() };
        state.lost_rows().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn upgrades_that_no_row_shows_are_lost() {
        assert_eq!(lost(&[("upgrade", "b", Some("a")), ("upgrade", "a", Some(""))]), ["a", "b"]);
        assert_eq!(lost(&[("downgrade", "b", Some("a")), ("upgrade", "a", None)]), ["a"]);
        // `a` was there before aludel came.
        assert_eq!(lost(&[("downgrade", "b", Some("a"))]), ["a"]);
        assert_eq!(lost(&[("stamp", "b", Some("b")), ("upgrade", "a", None)]), ["b"]);
        assert_eq!(lost(&[("downgrade", "b", Some("")), ("stamp", "c", Some("b c"))]), ["c"]);
    }

    #[test]
    fn an_empty_table_is_right_after_a_way_back_to_base() {
        assert!(lost(&[]).is_empty());
        assert!(lost(&[("downgrade", "a", Some("")), ("downgrade", "b", Some("a"))]).is_empty());
        assert!(lost(&[("stamp", "b", Some("")), ("upgrade", "b", Some("a")), ("upgrade", "a", None)]).is_empty());
        // Stamps of earlier releases do not tell where they led.
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
        let state = State { incomplete: vec![half], settled: vec![upgrade], ..State::default() };
        assert!(state.lost_rows().is_empty());
    }
}
