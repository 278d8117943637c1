//! Other tools' handling of MySQL and MariaDB.

use super::{MysqlDialect, delimiter};
use crate::formats::FormatRules;

impl FormatRules for MysqlDialect {
    fn delimited_body(&self, statement: &str) -> Option<String> {
        // Without a DELIMITER the body would be split at its semicolons.
        delimiter::begins_body(statement).then(|| delimiter::with_delimiter(statement.trim_end_matches(';'), '$'))
    }

    fn skip_all_rows(&self) -> &'static str {
        "LIMIT 1 OFFSET 18446744073709551614"
    }

    fn liquibase_names(&self) -> &'static [&'static str] {
        &["mysql", "mariadb"]
    }

    fn alembic_implementations(&self) -> &'static [&'static str] {
        &["MySQL", "MariaDB"]
    }

    fn sqlalchemy_schemes(&self) -> &'static [&'static str] {
        &["mysql", "mariadb"]
    }

    fn sqlalchemy_scheme(&self) -> Option<&'static str> {
        Some("mysql+pymysql")
    }
}
