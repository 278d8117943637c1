//! A unit that the journal announces with the end of the one before it: one commit for both.
//!
//! DDL commits by itself, so that the journal has to say before each such statement that it is about to run, and has to
//! have said so for good. That is one sync of the log for each revision; its end is another. Where one revision follows
//! another at once, the end of the one and the announcement of the other are one transaction.
//!
//! It says "about to run" a moment earlier than a note of its own would. So it is written only where the catalog says at
//! that moment that the first statement has not run: what the catalog says after a crash is then about this run, as ever.

use super::message::Message;
use super::read;
use super::run::Runner;
use crate::database::journal::{self, JournalEntry, JournalState, Took};
use crate::database::statements;
use crate::database::{RunFailure, Transaction, Unit, VersionTable};
use crate::graph::Operation;
use crate::sql::{self, Dialect, Effect, Kind, Object, ObjectKind};

/// How much room a message needs beside the texts that it carries, in bytes.
const ROOM: usize = 8192;

/// A unit that the journal says is about to start.
#[derive(Debug)]
pub(super) struct Announced {
    revision: String,
    operation: Operation,
    id: i64,
}

impl Announced {
    /// What takes it back.
    pub(super) fn withdrawn(&self, table: &VersionTable) -> String {
        journal::withdraw_journal(Dialect::Mysql, table, self.id)
    }

    fn is_of(&self, unit: &Unit<'_>) -> bool {
        self.revision == unit.revision && self.operation == unit.operation && unit.transaction == Transaction::None
    }
}

impl Runner<'_> {
    /// Takes over the journal's row when it is this unit that was announced.
    pub(super) fn take_announced(&mut self) -> Result<(), RunFailure> {
        match self.announced.take() {
            Some(announced) if announced.is_of(self.unit) => {
                self.journal = Some(announced.id);
                self.was_announced = true;
                Ok(())
            }
            Some(announced) => self.control(&announced.withdrawn(self.table)),
            None => Ok(()),
        }
    }

    /// What stands before the first statement of an announced unit. That the version rows are what it starts from, the
    /// transaction has checked that announced it.
    pub(super) fn checks_of_announced(&self) -> Message {
        let mut message = Message::default();
        self.add_lease(&mut message);
        self.add_timeouts(&mut message);
        message
    }

    /// Adds the announcement of the unit that follows, where there may be one; the place of its outcome.
    pub(super) fn add_next(&self, message: &mut Message) -> Option<usize> {
        let next = self.unit.next?;
        let not_run = not_run_yet(next, self.table, self.max_packet)?;
        let entry = next.entry(JournalState::Running, Took::Unknown, 0, None);
        let entry = JournalEntry { running: Some(1), ..entry };
        let place = message.next_place();
        // What it starts from is mostly what this unit has just written, and counted.
        let condition = if next.change.delete == self.unit.change.insert {
            not_run
        } else {
            format!("{} AND {not_run}", statements::rows_match(Dialect::Mysql, self.table, next.change))
        };
        message.add(&journal::insert_journal_if(Dialect::Mysql, self.table, &entry, &condition));
        Some(place)
    }

    /// Remembers the announcement with the journal's row `id`.
    pub(super) fn remember_next(&mut self, id: Option<i64>) {
        let next = self.unit.next.zip(id);
        *self.announced =
            next.map(|(next, id)| Announced { revision: next.revision.to_owned(), operation: next.operation, id });
    }
}

/// The condition that the catalog says now that the unit's first statement has not run; none: it cannot tell, or the
/// unit needs no such announcement.
fn not_run_yet(unit: &Unit<'_>, table: &VersionTable, max_packet: usize) -> Option<String> {
    let (_, first) = unit.statements().next()?;
    let sql = first.sql.of(unit.text);
    let fits = sql.len() + unit.hashes.len() + ROOM < max_packet;
    if !fits || unit.transaction != Transaction::None || unit.skip > 0 || first.kind != Kind::Other {
        return None;
    }
    match sql::effect(sql, Dialect::Mysql)? {
        // A look for them opens every table of the database, and one that somebody changes at that moment would make an
        // error of it (1684, ER_WARN_I_S_SKIPPED_TABLE, as part of an INSERT).
        Effect::Makes(Object { kind: ObjectKind::Trigger, .. })
        | Effect::Drops(Object { kind: ObjectKind::Trigger, .. }) => None,
        Effect::Makes(object) => Some(format!("NOT {}", read::existence(table, &object)?)),
        Effect::Drops(object) => read::existence(table, &object),
        Effect::Repeatable => Some("1 = 1".to_owned()),
    }
}
