//! Cache of a connection whose tables are read again and again: their columns, and the number of writes to them. Before
//! a statement can run, SQLite asks an authorizer about each table that it writes to, also through triggers and foreign
//! keys (<https://www.sqlite.org/c3ref/set_authorizer.html>).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::database::TableColumns;
use crate::schema::{Key, Kind};

/// Ordinary tables with their statements. A virtual table has no pages of its own, and to list its columns may need a
/// module that is not loaded.
const TABLES: &str = "SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND rootpage > 0 \
    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid";

const COLUMNS: &str = "SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 1 ORDER BY cid";

/// Cache of a connection.
#[derive(Debug, Default)]
pub(super) struct RepeatedReads {
    /// Number of statements that may have changed the rows of a table, by its name in lower case.
    writes: Arc<Mutex<HashMap<String, u64>>>,
    /// Names of the columns by the statement that creates the table. Copies share them.
    columns: Arc<Mutex<HashMap<String, Vec<String>>>>,
}

impl RepeatedReads {
    /// Starts to count what `connection` writes. It goes on from the numbers of another connection, `before`, whose
    /// database this one has a copy of.
    pub(super) fn new(connection: &mut Connection, before: Option<&Self>) -> rusqlite::Result<Self> {
        let reads = before.map_or_else(Self::default, |before| Self {
            writes: Arc::new(Mutex::new(locked(&before.writes).clone())),
            columns: Arc::clone(&before.columns),
        });
        let writes = Arc::clone(&reads.writes);
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            if let Some(table) = written(&context.action) {
                *locked(&writes).entry(table.to_ascii_lowercase()).or_default() += 1;
            }
            Authorization::Allow
        }))?;
        Ok(reads)
    }

    /// Reads the ordinary tables with their columns.
    pub(super) fn table_columns(&self, connection: &Connection) -> rusqlite::Result<Vec<TableColumns>> {
        let (writes, mut known) = (locked(&self.writes).clone(), locked(&self.columns));
        let mut tables = Vec::new();
        let mut statement = connection.prepare_cached(TABLES)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, sql): (String, &str) = (row.get(0)?, row.get_ref(1)?.as_str()?);
            if !known.contains_key(sql) {
                let mut columns = connection.prepare_cached(COLUMNS)?;
                let names = columns.query_map([&name], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
                known.insert(sql.to_owned(), names);
            }
            let columns = known.get(sql).into_iter().flatten().map(|column| (column.clone(), String::new())).collect();
            let written = writes.get(&name.to_ascii_lowercase()).copied().unwrap_or_default();
            let key = Key::new(Kind::Table, None, &name);
            tables.push(TableColumns { key, columns, row_version: Some(written.to_string()) });
        }
        Ok(tables)
    }
}

/// Returns the table whose rows a statement may change, or that it makes another one.
const fn written<'a>(action: &AuthAction<'a>) -> Option<&'a str> {
    match *action {
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
        | AuthAction::CreateTable { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::AlterTable { table_name, .. } => Some(table_name),
        _ => None,
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
