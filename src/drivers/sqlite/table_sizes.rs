//! Sizes of tables. They are read from dbstat, which not every build of SQLite contains.

use std::collections::BTreeMap;

use crate::database::refusable::first_accepted;
use crate::database::statements::text_literal;
use crate::database::{Database, DatabaseError, TableFacts, TableSize};
use crate::sql::{Dialect, TableName};

/// Returns facts about those of the names that exist.
pub(super) fn facts(
    database: &mut dyn Database,
    names: &[&TableName],
) -> Result<BTreeMap<TableName, TableFacts>, DatabaseError> {
    let value =
        |(index, name): (usize, &&TableName)| format!("({index}, {})", text_literal(Dialect::SQLITE, &name.name));
    let values = names.iter().enumerate().map(value).collect::<Vec<_>>().join(", ");
    let query = |size: &str| {
        format!(
            "WITH v (i, n) AS (VALUES {values}) SELECT v.i, {size}, NULL FROM v JOIN sqlite_schema s \
             ON s.name = v.n COLLATE NOCASE"
        )
    };
    let with_size = query("(SELECT sum(d.pgsize) FROM dbstat d WHERE d.name = s.name)");
    Ok(TableFacts::from_rows(&first_accepted(database, &[with_size, query("NULL")])?, names))
}

/// Returns the `limit` largest tables, the largest first.
pub(super) fn largest(database: &mut dyn Database, limit: usize) -> Result<Vec<TableSize>, DatabaseError> {
    let sql = format!(
        "SELECT t.name, NULL, (SELECT sum(pgsize) FROM dbstat WHERE name = t.name), \
         coalesce((SELECT sum(d.pgsize) FROM dbstat d JOIN sqlite_schema i ON i.name = d.name \
         WHERE i.type = 'index' AND i.tbl_name = t.name), 0) \
         FROM sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY 3 DESC, 1 LIMIT {limit}"
    );
    Ok(TableSize::from_rows(&first_accepted(database, &[sql])?))
}
