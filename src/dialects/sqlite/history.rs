//! Aludel's own tables on SQLite.

use super::SqliteDialect;
use crate::sql::{Dialect, HistoryRules, TableTypes, qualified};

const TYPES: TableTypes = TableTypes {
    revision_id: "VARCHAR(255)",
    version_options: "",
    row_id: "INTEGER PRIMARY KEY",
    instant: "TEXT",
    long_text: "TEXT",
    options: "",
};

impl HistoryRules for SqliteDialect {
    fn table_types(&self) -> &'static TableTypes {
        &TYPES
    }

    fn current_instant(&self) -> &'static str {
        "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
    }

    fn table_exists(&self, schema: Option<&str>, name: &str) -> String {
        let catalog = qualified(Some(schema.unwrap_or("main")), "sqlite_schema", Dialect::SQLITE);
        let name = self.literal_in_any_mode(name);
        format!("SELECT 1 FROM {catalog} WHERE type = 'table' AND name = {name}")
    }
}
