//! SQLite's part of error reports.

use super::SqliteDialect;
use crate::sql::AdviceRules;

impl AdviceRules for SqliteDialect {
    fn products(&self) -> &'static str {
        "SQLite"
    }

    fn instead_of_statement(&self, name: &str) -> Option<&'static str> {
        (name == "PRAGMA foreign_keys").then_some(
            "remove it: foreign keys are not enforced while revisions run, and are checked at the end of each",
        )
    }
}
