//! Operations on an open connection: messages of several statements, and settings that are restored after a unit.

use std::collections::BTreeMap;

use mysql::prelude::{FromValue, Queryable as _};
use mysql::{Conn, Row};

use crate::database::session::TextRows;

/// Result of one statement of a message.
#[derive(Debug)]
pub(super) struct StatementOutcome {
    pub(super) last_insert_id: Option<u64>,
    pub(super) rows: Vec<Row>,
}

impl StatementOutcome {
    /// Returns the rows in text format.
    pub(super) fn texts(&self) -> TextRows {
        self.rows.iter().map(|row| (0..row.len()).map(|column| value(row, column)).collect()).collect()
    }
}

/// Failure of a message, with the index (from 0) of the failed statement; those after it did not run.
#[derive(Debug)]
pub(super) struct FailedStatement {
    pub(super) index: usize,
    pub(super) error: mysql::Error,
    /// Results of the statements before it, as far as they were kept.
    pub(super) outcomes: Vec<StatementOutcome>,
}

/// Sends `sql`, statements separated by semicolons, as one message.
pub(super) fn send(conn: &mut Conn, sql: &str) -> Result<Vec<StatementOutcome>, FailedStatement> {
    send_keeping(conn, sql, usize::MAX)
}

/// Sends `sql` as one message and discards all rows.
pub(super) fn send_and_drop(conn: &mut Conn, sql: &str) -> Result<(), FailedStatement> {
    send_keeping(conn, sql, 0).map(|_| ())
}

/// Sends `sql` as one message and keeps its first `keep` results; the rows of the others are discarded as they arrive.
/// (A CALL may return several results, so it must be the last statement: otherwise indexes do not correspond to
/// statements.)
pub(super) fn send_keeping(conn: &mut Conn, sql: &str, keep: usize) -> Result<Vec<StatementOutcome>, FailedStatement> {
    let mut result = conn.query_iter(sql).map_err(|error| FailedStatement { index: 0, error, outcomes: Vec::new() })?;
    let mut outcomes = Vec::new();
    let mut index = 0;
    while let Some(set) = result.iter() {
        let last_insert_id = set.last_insert_id();
        let mut rows = Vec::new();
        for row in set {
            match row {
                Ok(row) if index < keep => rows.push(row),
                Ok(_) => {}
                Err(error) => return Err(FailedStatement { index, error, outcomes }),
            }
        }
        if index < keep {
            outcomes.push(StatementOutcome { last_insert_id, rows });
        }
        index += 1;
    }
    Ok(outcomes)
}

/// A column of a row; none when it is NULL or is not of that type.
pub(super) fn value<T: FromValue>(row: &Row, index: usize) -> Option<T> {
    row.get_opt::<Option<T>, usize>(index)?.ok()?
}

/// Variables that change by themselves, or that a session cannot set.
const RESTLESS: [&str; 14] = [
    "timestamp",
    "last_insert_id",
    "identity",
    "insert_id",
    "rand_seed1",
    "rand_seed2",
    "warning_count",
    "error_count",
    "pseudo_thread_id",
    "in_transaction",
    "last_gtid",
    "gtid_next",
    "proxy_user",
    "external_user",
];

/// Settings of a session: its database and all its variables.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MysqlSessionSettings {
    database: Option<String>,
    variables: BTreeMap<String, String>,
}

impl MysqlSessionSettings {
    /// Takes one round trip.
    pub(super) fn read(conn: &mut Conn) -> Result<Self, FailedStatement> {
        let outcomes = send(conn, "SELECT DATABASE(); SHOW SESSION VARIABLES")?;
        let rows = |index: usize| outcomes.get(index).map_or(&[][..], |outcome| outcome.rows.as_slice());
        let pair = |row: &Row| Some((value::<String>(row, 0)?.to_ascii_lowercase(), value(row, 1)?));
        let variables = rows(1).iter().filter_map(pair).filter(|(name, _)| !RESTLESS.contains(&name.as_str()));
        Ok(Self { database: rows(0).first().and_then(|row| value(row, 0)), variables: variables.collect() })
    }

    /// Restores settings that have changed: one round trip to read them, and one for each change.
    pub(super) fn restore(&self, conn: &mut Conn) -> Result<(), FailedStatement> {
        let now = Self::read(conn)?;
        if now.database != self.database
            && let Some(database) = &self.database
        {
            send_and_drop(conn, &format!("USE `{}`", database.replace('`', "``")))?;
        }
        let changed = self.variables.iter().filter(|(name, value)| now.variables.get(*name) != Some(*value));
        for (name, value) in changed {
            let sql = format!("SET SESSION {name} = {}", literal(name, value));
            match send_and_drop(conn, &sql) {
                // The server refuses global variables. If another session has changed one, it is not restored.
                Err(FailedStatement { error: mysql::Error::MySqlError(_), .. }) | Ok(()) => {}
                lost => return lost,
            }
        }
        Ok(())
    }
}

/// Formats a value for SET. SHOW VARIABLES returns text, but SET requires numbers for numeric variables.
fn literal(name: &str, value: &str) -> String {
    let is_number = value.parse::<f64>().is_ok() && !value.contains(|character: char| character.is_alphabetic());
    match value {
        "" if name == "character_set_results" => "NULL".to_owned(),
        _ if is_number => value.to_owned(),
        // Values of session variables contain no backslashes; only paths do, and those are global.
        _ => format!("'{}'", value.replace('\'', "''")),
    }
}
