//! Sizes of tables.

use std::collections::BTreeMap;

use crate::database::refusable::{first_accepted, try_query};
use crate::database::statements::text_literal;
use crate::database::{Database, DatabaseError, TableFacts, TableSize};
use crate::sql::{Dialect, TableName};

/// Returns facts about those of the names that exist.
pub(super) fn facts(
    database: &mut dyn Database,
    names: &[&TableName],
) -> Result<BTreeMap<TableName, TableFacts>, DatabaseError> {
    let literal = |text: &str| text_literal(Dialect::MYSQL, text);
    // With a join or a list of names MariaDB opens every table of the server.
    let lookup = |(index, name): (usize, &&TableName)| {
        let schema = name.schema.as_ref().map_or_else(|| "DATABASE()".to_owned(), |schema| literal(schema));
        format!(
            "SELECT {index}, data_length + index_length, table_rows FROM information_schema.tables \
             WHERE table_schema = {schema} AND table_name = {}",
            literal(&name.name)
        )
    };
    let lookups: Vec<String> = names.iter().enumerate().map(lookup).collect();
    let sql = lookups.join(" UNION ALL ");
    Ok(TableFacts::from_rows(&try_query(database, &sql)?.unwrap_or_default(), names))
}

/// Returns the `limit` largest tables, the largest first.
pub(super) fn largest(database: &mut dyn Database, limit: usize) -> Result<Vec<TableSize>, DatabaseError> {
    let sql = format!(
        "SELECT table_name, table_rows, data_length, index_length FROM information_schema.tables \
         WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' \
         ORDER BY data_length + index_length DESC, 1 LIMIT {limit}"
    );
    Ok(TableSize::from_rows(&first_accepted(database, &[sql])?))
}
