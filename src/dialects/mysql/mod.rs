//! Rules of MySQL and MariaDB.

mod delimiter;
mod formats;
pub mod schema;

use std::collections::BTreeSet;

use crate::schema::{Options, Schema, SchemaEntry, SchemaRules, Script, Statement};
use crate::sql::{self, Dialect, DialectRules};

/// MySQL and MariaDB.
#[derive(Debug)]
pub struct MysqlDialect;

impl DialectRules for MysqlDialect {
    fn name(&self) -> &'static str {
        "mysql"
    }

    fn has_transactional_ddl(&self) -> bool {
        false
    }

    fn begin_statement(&self) -> &'static str {
        "START TRANSACTION"
    }

    fn with_delimiter(&self, statement: &str, mark: char) -> Option<String> {
        Some(delimiter::with_delimiter(statement, mark))
    }

    fn loads_local_file(&self, statement: &str) -> bool {
        sql::loads_local_file(statement)
    }

    fn has_change_column(&self) -> bool {
        true
    }
}

impl SchemaRules for MysqlDialect {
    fn script(&self, from: &Schema, to: &Schema, options: &Options) -> Script {
        schema::script(from, to, options)
    }

    fn schema_of_entries(&self, _entries: &[SchemaEntry], _unread: &BTreeSet<&str>) -> Schema {
        Schema::new(Dialect::Mysql)
    }

    fn fall_back(&self, statement: &Statement, number: Option<i64>) -> Option<Statement> {
        // ER_ALTER_OPERATION_NOT_SUPPORTED and ER_ALTER_OPERATION_NOT_SUPPORTED_REASON.
        if matches!(number, Some(1845 | 1846)) { schema::fall_back_to_weaker_algorithm(statement) } else { None }
    }
}
