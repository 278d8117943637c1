//! Settings of a connection that a revision may change but must not leave to the next one: PRAGMAs and attached
//! databases.

use rusqlite::Connection;

/// PRAGMAs that belong to a connection, not to the file (<https://www.sqlite.org/pragma.html>).
const PRAGMAS: [&str; 21] = [
    "query_only",
    "foreign_keys",
    "defer_foreign_keys",
    "ignore_check_constraints",
    "recursive_triggers",
    "legacy_alter_table",
    "writable_schema",
    "reverse_unordered_selects",
    "cell_size_check",
    "trusted_schema",
    "automatic_index",
    "read_uncommitted",
    "busy_timeout",
    "cache_size",
    "cache_spill",
    "temp_store",
    "synchronous",
    "secure_delete",
    "locking_mode",
    "full_column_names",
    "short_column_names",
];

/// Settings of a connection.
#[derive(Debug)]
pub(super) struct SqliteConnectionSettings {
    values: Vec<(&'static str, rusqlite::types::Value)>,
    journal_mode: String,
    attached: Vec<String>,
    has_sensitive_like: bool,
}

impl SqliteConnectionSettings {
    pub(super) fn read(connection: &Connection) -> Self {
        let value = |name: &&'static str| {
            connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).ok().map(|value| (*name, value))
        };
        Self {
            values: PRAGMAS.iter().filter_map(value).collect(),
            journal_mode: journal_mode(connection),
            attached: attached(connection),
            has_sensitive_like: has_sensitive_like(connection),
        }
    }

    /// Restores all settings that have changed. Errors are ignored (some are not allowed inside a transaction).
    pub(super) fn restore(&self, connection: &Connection) {
        let now = Self::read(connection);
        // A mode without a rollback journal would leave the next revision without ROLLBACK; WAL is a property of the
        // file.
        if matches!(now.journal_mode.as_str(), "memory" | "off") && now.journal_mode != self.journal_mode {
            set(connection, "journal_mode", &self.journal_mode);
        }
        for (name, value) in self.values.iter().filter(|pair| !now.values.contains(pair)) {
            set(connection, name, &pragma_text(value));
        }
        if now.has_sensitive_like != self.has_sensitive_like {
            set(connection, "case_sensitive_like", if self.has_sensitive_like { "ON" } else { "OFF" });
        }
        for name in now.attached.iter().filter(|name| !self.attached.contains(name)) {
            let _ = connection.execute_batch(&format!("DETACH DATABASE \"{}\"", name.replace('"', "\"\"")));
        }
    }
}

fn set(connection: &Connection, name: &str, value: &str) {
    let _ = connection.execute_batch(&format!("PRAGMA {name} = {value}"));
}

/// Returns the effect of this PRAGMA, whose value cannot be queried.
fn has_sensitive_like(connection: &Connection) -> bool {
    connection.query_row("SELECT 'a' NOT LIKE 'A'", [], |row| row.get(0)).unwrap_or(false)
}

fn pragma_text(value: &rusqlite::types::Value) -> String {
    match value {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text.clone(),
        _ => "0".to_owned(),
    }
}

fn journal_mode(connection: &Connection) -> String {
    connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap_or_default()
}

fn attached(connection: &Connection) -> Vec<String> {
    let read = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare("SELECT name FROM pragma_database_list WHERE name <> 'temp'")?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    read().unwrap_or_default()
}
