//! Announces a unit in the journal in the transaction that ends the previous one: one commit for both.
//!
//! DDL commits implicitly, so the journal must record durably that such a statement is about to run before it does.
//! That is one sync of the log for each revision, and its end is another. If one revision directly follows another, the
//! end of the first one and the announcement of the second one are one transaction:
//!
//! ```text
//! ALTER TABLE ...                                          revision 1, announced before
//! START TRANSACTION; version rows; journal 1 'done';
//!   journal 2 'running, statement 1' if it has not run;    announcement of revision 2
//!   COMMIT
//! CREATE TABLE ...                                         revision 2
//! ```
//!
//! The announcement precedes the statement by a moment longer than a separate note would. So it is written only if the
//! catalog shows at that moment that the first statement has not run. Then the state of the catalog after a crash is a
//! result of this run, as with a separate note.

use super::message::{MessageRole, MysqlMessage};
use super::read;
use super::run::{MysqlRun, ROOM};
use crate::database::journal::{self, JournalEntry, JournalState, Took};
use crate::database::statements;
use crate::database::{RevisionExecution, RunFailure, Transaction, VersionTable};
use crate::graph::Operation;
use crate::sql::{self, CatalogObject, Dialect, Effect, ObjectKind, StatementKind};

/// Unit that the journal records as about to start.
#[derive(Debug)]
pub(super) struct Announced {
    revision: String,
    operation: Operation,
    id: i64,
}

impl Announced {
    /// Statement that withdraws the announcement.
    pub(super) fn withdrawn(&self, table: &VersionTable) -> String {
        journal::withdraw_journal(Dialect::MYSQL, table, self.id)
    }

    fn is_of(&self, unit: &RevisionExecution<'_>) -> bool {
        self.revision == unit.revision && self.operation == unit.operation && unit.transaction == Transaction::None
    }
}

impl MysqlRun<'_> {
    /// Adopts the announced journal row if it belongs to this revision; withdraws it otherwise.
    pub(super) fn take_announced(&mut self) -> Result<(), RunFailure> {
        match self.announced.take() {
            Some(announced) if announced.is_of(self.unit) => {
                self.journal = Some(announced.id);
                self.was_announced = true;
                Ok(())
            }
            Some(announced) => {
                self.control(&announced.withdrawn(self.table)).map_err(|cause| RunFailure::new(cause, None))
            }
            None => Ok(()),
        }
    }

    /// Adds the announcement of the next revision, if possible.
    pub(super) fn add_next(&self, message: &mut MysqlMessage, step: usize) {
        let Some(next) = self.unit.next else { return };
        let Some(not_run) = not_run_yet(next, self.table, self.max_packet) else { return };
        let entry = next.entry(JournalState::Running, Took::Unknown, 0, None);
        let entry = JournalEntry { running: Some(1), ..entry };
        // In most cases the next revision starts from the rows that this one has just written and counted.
        let condition = if next.change.delete == self.unit.change.insert {
            not_run
        } else {
            format!("{} AND {not_run}", statements::rows_match(Dialect::MYSQL, self.table, next.change))
        };
        let sql = journal::insert_journal_if(Dialect::MYSQL, self.table, &entry, &condition);
        message.add(step, MessageRole::Announcement, sql);
    }

    /// Remembers the announcement with the journal row `id`.
    pub(super) fn remember_next(&mut self, id: Option<i64>) {
        let next = self.unit.next.zip(id);
        *self.announced =
            next.map(|(next, id)| Announced { revision: next.revision.to_owned(), operation: next.operation, id });
    }
}

/// Returns a condition that holds if the unit's first statement has not run according to the catalog. `None` if the
/// catalog cannot show that, or if the unit needs no announcement.
fn not_run_yet(unit: &RevisionExecution<'_>, table: &VersionTable, max_packet: usize) -> Option<String> {
    let (_, first) = unit.statements().next()?;
    let sql = first.sql.slice(unit.text);
    let definition = unit.journal.as_ref().and_then(|journal| journal.definition).map_or(0, str::len);
    let fits = sql.len() + unit.hashes.len() + definition + ROOM < max_packet;
    if !fits || unit.transaction != Transaction::None || unit.skip > 0 || first.kind != StatementKind::Other {
        return None;
    }
    match sql::effect(sql, Dialect::MYSQL)? {
        // Querying for triggers opens every table of the database. If one is being altered at that moment, the query
        // fails as part of an INSERT (1684, ER_WARN_I_S_SKIPPED_TABLE).
        Effect::Makes(CatalogObject { kind: ObjectKind::Trigger, .. })
        | Effect::Drops(CatalogObject { kind: ObjectKind::Trigger, .. }) => None,
        Effect::Makes(object) => Some(format!("NOT {}", read::existence(table, &object)?)),
        Effect::Drops(object) => read::existence(table, &object),
        Effect::Repeatable => Some("1 = 1".to_owned()),
    }
}
