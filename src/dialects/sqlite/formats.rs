//! Other tools' handling of SQLite.

use super::SqliteDialect;
use crate::formats::FormatRules;

impl FormatRules for SqliteDialect {
    fn skip_all_rows(&self) -> &'static str {
        "LIMIT 1 OFFSET 9223372036854775807"
    }

    fn has_sqitch_registry_file(&self) -> bool {
        true
    }

    fn liquibase_names(&self) -> &'static [&'static str] {
        &["sqlite"]
    }

    fn alembic_implementations(&self) -> &'static [&'static str] {
        &["SQLite"]
    }

    fn sqlalchemy_schemes(&self) -> &'static [&'static str] {
        &["sqlite"]
    }
}
