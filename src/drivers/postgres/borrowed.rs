//! Borrowed connection of a program, and the restoration of its settings.
//!
//! Its driver answers a message with the rows of all statements or with the first error. So where it matters which
//! statement failed, statements are sent one by one ([`super::wire::WireConnection::send_batch`]).

use std::io::Write as _;

use postgres::{Client, SimpleQueryMessage};

use super::Postgres;
use super::errors::{ConnectionError, sentence};
use super::version_guard::quote_literal;
use super::wire::{CHUNK, ResponseListener, RowReader, WireConnection, WireReply, WireRows};
use crate::database::borrow::{in_transaction, sealed};
use crate::database::{BorrowedConnection, Database, DatabaseError, ServerError, VersionTable};
use crate::sql::Dialect;

/// Query: whether no transaction is open (`now()` is the start of the transaction, so later it differs from the time of
/// the statement), the version, and the settings of the session, including the role, which `pg_settings` does not show.
const GREETING: &str = "SELECT pg_catalog.now() = pg_catalog.statement_timestamp(), pg_catalog.current_setting('server_version');\n\
     SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session' AND context IN ('user', 'superuser') \
     UNION ALL SELECT 'role', pg_catalog.current_setting('role')";

/// Borrowed connection with the original settings of its session.
pub(super) struct BorrowedPostgres<'c> {
    client: &'c mut Client,
    settings: Vec<(String, String)>,
}

impl Drop for BorrowedPostgres<'_> {
    fn drop(&mut self) {
        // The result is ignored: a broken connection has no settings to restore.
        let _ = self.client.batch_execute(&self.set_again());
    }
}

impl BorrowedPostgres<'_> {
    /// Returns the statement that restores the program's settings.
    pub(super) fn set_again(&self) -> String {
        let set = |(name, value): &(String, String)| {
            format!("pg_catalog.set_config({}, {}, false)", quote_literal(name), quote_literal(value))
        };
        format!("SELECT {}", self.settings.iter().map(set).collect::<Vec<_>>().join(", "))
    }

    /// Executes `sql` as one message. After a failure the number of completed statements is not known.
    pub(super) fn say(&mut self, sql: &str, listener: &mut dyn ResponseListener) -> WireReply {
        match self.client.simple_query(sql) {
            Ok(messages) => heard(messages, listener),
            Err(error) => WireReply { trouble: Some(ConnectionError::new(&error)), ..WireReply::default() },
        }
    }

    /// The flag beside an error is true if the connection is out of step.
    pub(super) fn copy(
        &mut self,
        statement: &str,
        data: &str,
        listener: &mut dyn ResponseListener,
    ) -> Result<(), (postgres::Error, bool)> {
        let mut writer = self.client.copy_in(statement).map_err(|error| (error, true))?;
        for chunk in data.as_bytes().chunks(CHUNK) {
            // The server's error is returned by `finish`.
            if writer.write_all(chunk).is_err() {
                break;
            }
        }
        writer.finish().map_err(|error| (error, false))?;
        listener.completed();
        Ok(())
    }
}

fn heard(messages: Vec<SimpleQueryMessage>, listener: &mut dyn ResponseListener) -> WireReply {
    let mut reply = WireReply::default();
    let mut rows = WireRows::new();
    for message in messages {
        match message {
            SimpleQueryMessage::Row(row) if listener.wants_rows() => {
                if rows.len() < listener.limit() {
                    rows.push((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect());
                } else {
                    reply.has_more = true;
                }
            }
            SimpleQueryMessage::RowDescription(columns) if listener.wants_rows() => {
                reply.columns = columns.iter().map(|column| column.name().to_owned()).collect();
            }
            SimpleQueryMessage::CommandComplete(_) => {
                reply.results.push(listener.rows(std::mem::take(&mut rows)));
                listener.completed();
            }
            _ => {}
        }
    }
    reply
}

/// The error of a cancelled statement, for an interruption between two statements.
pub(super) fn interrupted() -> ConnectionError {
    let sqlstate = Some(postgres::error::SqlState::QUERY_CANCELED.code().to_owned());
    let error = ServerError { message: "interrupted".to_owned(), sqlstate, ..ServerError::default() };
    ConnectionError::Server { error, position: None, fatal: false }
}

impl sealed::Sealed for Client {}

impl BorrowedConnection for Client {
    fn dialect(&self) -> Dialect {
        Dialect::POSTGRES
    }

    fn lend<'c>(&'c mut self, table: &VersionTable) -> Result<Box<dyn Database + 'c>, DatabaseError> {
        let messages = self.simple_query(GREETING).map_err(|error| match error.code() {
            // In a failed transaction every query is refused.
            Some(code) if *code == postgres::error::SqlState::IN_FAILED_SQL_TRANSACTION => in_transaction(),
            _ => DatabaseError::ConnectionLost(sentence(&error)),
        })?;
        let mut results = heard(messages, &mut RowReader).results.into_iter();
        let first = results.next().and_then(|rows| rows.into_iter().next()).unwrap_or_default();
        let mut first = first.into_iter().flatten();
        if first.next().as_deref() != Some("t") {
            return Err(in_transaction());
        }
        let version = first.next().unwrap_or_default();
        let pair = |row: Vec<Option<String>>| {
            let mut row = row.into_iter().flatten();
            Some((row.next()?, row.next()?))
        };
        let settings = results.next().unwrap_or_default().into_iter().filter_map(pair).collect();
        Ok(Box::new(Postgres::new(WireConnection::lent(BorrowedPostgres { client: self, settings }), &version, table)))
    }
}
