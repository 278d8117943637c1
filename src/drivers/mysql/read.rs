//! Reads version rows and journal. Never writes.

use mysql::{Conn, Row};

use super::errors::{NO_SUCH_TABLE, code};
use super::session::{FailedStatement, StatementOutcome, send, value};
use crate::database::definition::DEFINITION;
use crate::database::journal::{journal_name, select_journal, select_latest};
use crate::database::statements::{select_rows, text_literal};
use crate::database::{HistoryState, JournalRow, Latest, VersionTable};
use crate::sql::{CatalogObject, Dialect, ObjectKind};

/// Reads version rows and journal in one round trip, or in two if a table does not exist.
pub(super) fn state(conn: &mut Conn, table: &VersionTable) -> Result<HistoryState, mysql::Error> {
    let columns = select_columns(table);
    let rows = select_rows(Dialect::MYSQL, table);
    let latest = select_latest(Dialect::MYSQL, table);
    match send(conn, &format!("{columns}; {rows}; {latest}")) {
        Ok(outcomes) => Ok(described(&outcomes, Some(1), Some(2))),
        Err(failed) if code(&failed.error) == Some(NO_SUCH_TABLE) => {
            let sql = if failed.index == 1 { latest } else { rows };
            let (rows, latest) = if failed.index == 1 { (None, Some(1)) } else { (Some(1), None) };
            match send(conn, &format!("{columns}; {sql}")) {
                Ok(outcomes) => Ok(described(&outcomes, rows, latest)),
                Err(FailedStatement { error, .. }) if code(&error) == Some(NO_SUCH_TABLE) => {
                    Ok(HistoryState::default())
                }
                Err(failed) => Err(failed.error),
            }
        }
        Err(failed) => Err(failed.error),
    }
}

/// Builds the state; `rows` and `latest` are the indexes of their results, `None` for a missing table.
fn described(outcomes: &[StatementOutcome], rows: Option<usize>, latest: Option<usize>) -> HistoryState {
    let answer =
        |index: Option<usize>| index.and_then(|index| outcomes.get(index)).map_or(&[][..], |o| o.rows.as_slice());
    let mut state = HistoryState {
        rows: answer(rows).iter().filter_map(|row| value(row, 0)).collect(),
        version_table_exists: rows.is_some(),
        journal_exists: latest.is_some(),
        keeps_definitions: keeps_definitions(outcomes.first()),
        id_capacity: answer(Some(0)).first().and_then(|row| value(row, 0)),
        ..HistoryState::default()
    };
    answer(latest).iter().filter_map(latest_row).for_each(|row| state.add(row));
    state
}

/// Query for the length of an id, and whether the journal can keep definitions.
pub(super) fn select_columns(table: &VersionTable) -> String {
    let text = |text: &str| text_literal(Dialect::MYSQL, text);
    let schema = table.schema.as_deref().map_or_else(|| "DATABASE()".to_owned(), text);
    let column = |table: &str, name: &str| {
        format!(
            "FROM information_schema.COLUMNS \
             WHERE TABLE_SCHEMA = {schema} AND TABLE_NAME = {} AND COLUMN_NAME = {}",
            text(table),
            text(name)
        )
    };
    format!(
        "SELECT (SELECT CHARACTER_MAXIMUM_LENGTH {}), EXISTS (SELECT 1 {})",
        column(&table.name, "version_num"),
        column(&journal_name(table), DEFINITION)
    )
}

/// Returns whether the journal can keep definitions, from the result of [`select_columns`].
pub(super) fn keeps_definitions(columns: Option<&StatementOutcome>) -> bool {
    columns.and_then(|columns| value::<i64>(columns.rows.first()?, 1)) == Some(1)
}

fn latest_row(row: &Row) -> Option<Latest> {
    Some(Latest {
        id: value(row, 0)?,
        revision: value(row, 1)?,
        operation: value(row, 2)?,
        state: value(row, 3)?,
        checksum: value(row, 4),
        parents: value(row, 5),
        done: value(row, 6)?,
        total: value(row, 7)?,
        running: value(row, 8),
        hashes: value(row, 9),
        error: value(row, 10),
        stamped: value(row, 11),
    })
}

/// Returns whether a rollback would undo changes to every table of the database, including tables that are created
/// later.
pub(super) fn has_only_transactional_tables(conn: &mut Conn) -> Result<bool, FailedStatement> {
    let sql = "SELECT @@default_storage_engine = 'InnoDB' AND NOT EXISTS (SELECT 1 FROM information_schema.TABLES \
               WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND ENGINE <> 'InnoDB')";
    let outcomes = send(conn, sql)?;
    let row = outcomes.first().and_then(|outcome| outcome.rows.first());
    Ok(row.and_then(|row| value::<i64>(row, 0)) == Some(1))
}

/// Returns whether the object exists; `None` if the server has no information about this kind of object.
pub(super) fn exists(
    conn: &mut Conn,
    table: &VersionTable,
    object: &CatalogObject,
) -> Result<Option<bool>, mysql::Error> {
    let Some(existence) = existence(table, object) else { return Ok(None) };
    let outcomes = send(conn, &format!("SELECT {existence}")).map_err(|failed| failed.error)?;
    let row = outcomes.first().and_then(|outcome| outcome.rows.first());
    Ok(row.and_then(|row| value::<i64>(row, 0)).map(|found| found == 1))
}

/// Returns a condition that holds if the object exists; `None` if the server has no information about this kind of
/// object.
pub(super) fn existence(table: &VersionTable, object: &CatalogObject) -> Option<String> {
    let text = |text: &str| text_literal(Dialect::MYSQL, text);
    let schema = match object.schema.as_deref().or(table.schema.as_deref()) {
        Some(schema) => text(schema),
        None => "DATABASE()".to_owned(),
    };
    let (name, of) = (text(&object.name), object.table.as_deref().map(text));
    let of = |column: &str| of.as_ref().map(|table| format!(" AND {column} = {table}")).unwrap_or_default();
    let (from, condition) = match object.kind {
        ObjectKind::Table => {
            ("TABLES", format!("TABLE_SCHEMA = {schema} AND TABLE_NAME = {name} AND TABLE_TYPE <> 'VIEW'"))
        }
        ObjectKind::Sequence => ("TABLES", format!("TABLE_SCHEMA = {schema} AND TABLE_NAME = {name}")),
        ObjectKind::View => ("VIEWS", format!("TABLE_SCHEMA = {schema} AND TABLE_NAME = {name}")),
        ObjectKind::Column => {
            ("COLUMNS", format!("TABLE_SCHEMA = {schema}{} AND COLUMN_NAME = {name}", of("TABLE_NAME")))
        }
        ObjectKind::Index => {
            ("STATISTICS", format!("TABLE_SCHEMA = {schema}{} AND INDEX_NAME = {name}", of("TABLE_NAME")))
        }
        ObjectKind::Constraint => {
            ("TABLE_CONSTRAINTS", format!("TABLE_SCHEMA = {schema}{} AND CONSTRAINT_NAME = {name}", of("TABLE_NAME")))
        }
        ObjectKind::Function | ObjectKind::Procedure => {
            let kind = if object.kind == ObjectKind::Function { "FUNCTION" } else { "PROCEDURE" };
            ("ROUTINES", format!("ROUTINE_SCHEMA = {schema} AND ROUTINE_NAME = {name} AND ROUTINE_TYPE = '{kind}'"))
        }
        ObjectKind::Trigger => (
            "TRIGGERS",
            format!("EVENT_OBJECT_SCHEMA = {schema}{} AND TRIGGER_NAME = {name}", of("EVENT_OBJECT_TABLE")),
        ),
        ObjectKind::Schema | ObjectKind::Database => ("SCHEMATA", format!("SCHEMA_NAME = {name}")),
        ObjectKind::MaterializedView | ObjectKind::Type | ObjectKind::Extension => return None,
    };
    Some(format!("EXISTS (SELECT 1 FROM information_schema.{from} WHERE {condition})"))
}

/// Reads the newest `limit` journal rows in one round trip.
pub(super) fn journal(conn: &mut Conn, table: &VersionTable, limit: usize) -> Result<Vec<JournalRow>, mysql::Error> {
    match send(conn, &select_journal(Dialect::MYSQL, table, limit)) {
        Ok(outcomes) => Ok(outcomes.iter().flat_map(|outcome| &outcome.rows).filter_map(journal_row).collect()),
        Err(FailedStatement { error, .. }) if code(&error) == Some(NO_SUCH_TABLE) => Ok(Vec::new()),
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
