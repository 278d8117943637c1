//! Reads version rows and journal from an open connection. Never writes.

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::database::definition::DEFINITION;
use crate::database::journal::{journal_name, journal_table, select_journal, select_latest};
use crate::database::statements::select_rows;
use crate::database::{HistoryState, JournalRow, Latest, TextRows, VersionTable};
use crate::sql::{CatalogObject, Dialect, ObjectKind};

/// Reads version rows and journal in one consistent snapshot.
pub(super) fn state(connection: &Connection, table: &VersionTable) -> rusqlite::Result<HistoryState> {
    // One read transaction for all queries, unless one is open already.
    let _transaction = connection.is_autocommit().then(|| connection.unchecked_transaction()).transpose()?;
    let mut state = HistoryState {
        version_table_exists: exists(connection, table, &table.name)?,
        journal_exists: exists(connection, table, &journal_name(table))?,
        ..HistoryState::default()
    };
    state.keeps_definitions = state.journal_exists && keeps_definitions(connection, table);
    if state.version_table_exists {
        let mut statement = connection.prepare(&select_rows(Dialect::SQLITE, table))?;
        state.rows = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    }
    if state.journal_exists {
        let mut statement = connection.prepare(&select_latest(Dialect::SQLITE, table))?;
        for row in statement.query_map([], latest)? {
            state.add(row?);
        }
    }
    Ok(state)
}

/// Reads the newest `limit` journal rows.
pub(super) fn journal(
    connection: &Connection,
    table: &VersionTable,
    limit: usize,
) -> rusqlite::Result<Vec<JournalRow>> {
    if !exists(connection, table, &journal_name(table))? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(&select_journal(Dialect::SQLITE, table, limit))?;
    statement.query_map([], journal_row)?.collect()
}

/// Runs statements and returns the rows of the last one as text.
pub(super) fn texts(connection: &Connection, sql: &str) -> rusqlite::Result<TextRows> {
    let mut batch = rusqlite::Batch::new(connection, sql);
    let mut found = TextRows::new();
    while let Some(mut statement) = batch.next()? {
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        found.clear();
        while let Some(row) = rows.next()? {
            found
                .push((0..columns).map(|column| row.get_ref(column).map(value_text)).collect::<rusqlite::Result<_>>()?);
        }
    }
    Ok(found)
}

fn value_text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

fn exists(connection: &Connection, table: &VersionTable, name: &str) -> rusqlite::Result<bool> {
    let schema = table.schema.as_deref().unwrap_or("main").replace('"', "\"\"");
    // SQLite's table names are case-insensitive.
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM \"{schema}\".sqlite_master WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE)"
    );
    connection.query_row(&sql, [name], |row| row.get(0))
}

/// Returns whether the journal was created by an earlier version, without the column for definitions.
pub(super) fn is_older_journal(connection: &Connection, table: &VersionTable) -> rusqlite::Result<bool> {
    Ok(exists(connection, table, &journal_name(table))? && !keeps_definitions(connection, table))
}

fn keeps_definitions(connection: &Connection, table: &VersionTable) -> bool {
    let journal = journal_table(Dialect::SQLITE, table);
    connection.prepare(&format!("SELECT {DEFINITION} FROM {journal}")).is_ok()
}

/// Returns whether the object exists; `None` for kinds of objects that SQLite does not list.
pub(super) fn object_exists(connection: &Connection, object: &CatalogObject) -> rusqlite::Result<Option<bool>> {
    let kind = match object.kind {
        ObjectKind::Table => "table",
        ObjectKind::View => "view",
        ObjectKind::Index => "index",
        ObjectKind::Trigger => "trigger",
        _ => return Ok(None),
    };
    let schema = object.schema.as_deref().unwrap_or("main").replace('"', "\"\"");
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM \"{schema}\".sqlite_master WHERE type = ?1 AND name = ?2 COLLATE NOCASE)"
    );
    connection.query_row(&sql, [kind, &object.name], |row| row.get(0)).map(Some)
}

fn latest(row: &Row<'_>) -> rusqlite::Result<Latest> {
    Ok(Latest {
        id: row.get(0)?,
        revision: row.get(1)?,
        operation: row.get(2)?,
        state: row.get(3)?,
        checksum: row.get(4)?,
        parents: row.get(5)?,
        done: row.get(6)?,
        total: row.get(7)?,
        running: row.get(8)?,
        hashes: row.get(9)?,
        error: row.get(10)?,
        stamped: row.get(11)?,
    })
}

fn journal_row(row: &Row<'_>) -> rusqlite::Result<JournalRow> {
    Ok(JournalRow {
        id: row.get(0)?,
        revision: row.get(1)?,
        operation: row.get(2)?,
        state: row.get(3)?,
        started_at: row.get(4)?,
        duration_ms: row.get(5)?,
        checksum: row.get(6)?,
        statements_done: row.get(7)?,
        statements_total: row.get(8)?,
        os_user: row.get(9)?,
        host: row.get(10)?,
        tool_version: row.get(11)?,
        error: row.get(12)?,
        note: row.get(13)?,
    })
}
