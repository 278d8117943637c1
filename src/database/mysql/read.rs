//! Reads version rows and journal. Writes nothing.

use mysql::{Conn, Row};

use super::error::{NO_SUCH_TABLE, code};
use super::session::{Failed, Outcome, send, value};
use crate::database::statements::{select_incomplete, select_journal, select_rows, text_literal};
use crate::database::{Incomplete, JournalRow, State, VersionTable};
use crate::sql::Dialect;

/// Version rows and journal: one round trip when both tables are there, two when one is missing.
pub(super) fn state(conn: &mut Conn, table: &VersionTable) -> Result<State, mysql::Error> {
    let columns = select_columns(table);
    let rows = select_rows(Dialect::Mysql, table);
    let incomplete = select_incomplete(Dialect::Mysql, table);
    match send(conn, &format!("{columns}; {rows}; {incomplete}")) {
        Ok(outcomes) => Ok(described(&outcomes, Some(1), Some(2))),
        Err(failed) if code(&failed.error) == Some(NO_SUCH_TABLE) => {
            let sql = if failed.index == 1 { incomplete } else { rows };
            let (rows, incomplete) = if failed.index == 1 { (None, Some(1)) } else { (Some(1), None) };
            match send(conn, &format!("{columns}; {sql}")) {
                Ok(outcomes) => Ok(described(&outcomes, rows, incomplete)),
                Err(Failed { error, .. }) if code(&error) == Some(NO_SUCH_TABLE) => Ok(State::default()),
                Err(failed) => Err(failed.error),
            }
        }
        Err(failed) => Err(failed.error),
    }
}

/// `rows` and `incomplete` are the places of their answers; none where the table is missing.
fn described(outcomes: &[Outcome], rows: Option<usize>, incomplete: Option<usize>) -> State {
    let answer =
        |index: Option<usize>| index.and_then(|index| outcomes.get(index)).map_or(&[][..], |o| o.rows.as_slice());
    State {
        rows: answer(rows).iter().filter_map(|row| value(row, 0)).collect(),
        version_table_exists: rows.is_some(),
        journal_exists: incomplete.is_some(),
        id_capacity: answer(Some(0)).first().and_then(|row| value(row, 0)),
        incomplete: answer(incomplete).first().and_then(incomplete_row),
    }
}

fn select_columns(table: &VersionTable) -> String {
    let text = |text: &str| text_literal(Dialect::Mysql, text);
    let schema = table.schema.as_deref().map_or_else(|| "DATABASE()".to_owned(), text);
    format!(
        "SELECT CHARACTER_MAXIMUM_LENGTH FROM information_schema.COLUMNS \
         WHERE TABLE_SCHEMA = {schema} AND TABLE_NAME = {} AND COLUMN_NAME = 'version_num'",
        text(&table.name)
    )
}

fn incomplete_row(row: &Row) -> Option<Incomplete> {
    Some(Incomplete {
        revision: value(row, 0)?,
        operation: value(row, 1)?,
        statements_done: value(row, 2)?,
        statements_total: value(row, 3)?,
        error: value(row, 4),
    })
}

/// The newest `limit` journal rows: one round trip.
pub(super) fn journal(conn: &mut Conn, table: &VersionTable, limit: usize) -> Result<Vec<JournalRow>, mysql::Error> {
    match send(conn, &select_journal(Dialect::Mysql, table, limit)) {
        Ok(outcomes) => Ok(outcomes.iter().flat_map(|outcome| &outcome.rows).filter_map(journal_row).collect()),
        Err(Failed { error, .. }) if code(&error) == Some(NO_SUCH_TABLE) => Ok(Vec::new()),
        Err(failed) => Err(failed.error),
    }
}

fn journal_row(row: &Row) -> Option<JournalRow> {
    Some(JournalRow {
        id: value(row, 0)?,
        revision: value(row, 1)?,
        operation: value(row, 2)?,
        state: value(row, 3)?,
        started_at: value(row, 4)?,
        duration_ms: value(row, 5),
        checksum: value(row, 6),
        statements_done: value(row, 7)?,
        statements_total: value(row, 8)?,
        os_user: value(row, 9)?,
        host: value(row, 10)?,
        tool_version: value(row, 11)?,
        error: value(row, 12),
        note: value(row, 13),
    })
}
