//! Aludel's own tables on MySQL and MariaDB.

use super::MysqlDialect;
use crate::hexadecimal::hexadecimal;
use crate::sql::{HistoryRules, TableTypes, enclosed};

const TYPES: TableTypes = TableTypes {
    // The default collations treat `abc` and `ABC` as equal.
    revision_id: "VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    version_options: " ENGINE=InnoDB",
    row_id: "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
    instant: "DATETIME(6)",
    long_text: "LONGTEXT",
    options: " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
};

impl HistoryRules for MysqlDialect {
    fn table_types(&self) -> &'static TableTypes {
        &TYPES
    }

    /// The value of a hexadecimal literal does not depend on `NO_BACKSLASH_ESCAPES`.
    fn literal_in_any_mode(&self, text: &str) -> String {
        if !text.contains('\\') {
            return enclosed(text, '\'');
        }
        format!("_utf8mb4 0x{}", hexadecimal(text))
    }

    /// DATETIME does not allow `T` and `Z` in strict mode.
    fn instant_literal(&self, instant: &str) -> String {
        let instant = instant.trim_end_matches(['Z', 'z']).trim_end_matches("+00:00").replace(['T', 't'], " ");
        self.literal_in_any_mode(&instant)
    }

    fn current_instant(&self) -> &'static str {
        "UTC_TIMESTAMP(6)"
    }

    fn instant_as_text(&self, name: &str) -> String {
        format!("DATE_FORMAT({name}, '%Y-%m-%dT%H:%i:%s.%fZ')")
    }

    fn clause_for_no_table(&self) -> &'static str {
        " FROM DUAL"
    }

    fn table_exists(&self, schema: Option<&str>, name: &str) -> String {
        let schema = schema.map_or_else(|| "DATABASE()".to_owned(), |schema| self.literal_in_any_mode(schema));
        let name = self.literal_in_any_mode(name);
        format!("SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = {schema} AND TABLE_NAME = {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_no_t_and_z() {
        let literal = MysqlDialect.instant_literal("2026-11-21T12:00:00.000001Z");
        assert_eq!(literal, "'2026-11-21 12:00:00.000001'");
    }
}
