//! Made-up rows in the tables of a shadow.

use std::collections::BTreeMap;

use super::error::ProofError;
use super::shadow_database::Shadow;
use crate::database::DatabaseError;
use crate::ddl::{DdlServer, Outline, fills};
use crate::sql::TableName;

/// Result of filling the tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilledTables {
    /// Number of rows that were inserted, by table.
    pub rows: BTreeMap<TableName, u64>,
    /// Tables that could not be filled, with the reason.
    pub unfilled: BTreeMap<TableName, String>,
}

/// Fills tables, and those that they refer to, with up to `rows` rows each.
///
/// # Errors
/// The connection breaks. What the server refuses is in the result.
pub fn fill(
    shadow: &mut Shadow,
    (tables, rows): (&[TableName], u64),
    outline: &Outline,
    server: &DdlServer,
) -> Result<FilledTables, ProofError> {
    let mut filled = FilledTables::default();
    let database = shadow.database()?;
    for fill in fills(tables, rows, outline, server) {
        let sql = match fill.insert {
            Ok(sql) => sql,
            Err(reason) => {
                filled.unfilled.insert(fill.table, reason);
                continue;
            }
        };
        match database.execute(&sql) {
            Ok(_) => {
                filled.rows.insert(fill.table, fill.rows);
            }
            Err(DatabaseError::Server(error)) => {
                filled.unfilled.insert(fill.table, error.message);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(filled)
}
