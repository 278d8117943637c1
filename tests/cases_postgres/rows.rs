//! The rows of all tables, to see that none is lost.

use std::collections::BTreeMap;

use aludel::database::Database;
use aludel::schema::{Attribute, Kind, Schema};

use crate::support::cases::Case;

/// For each table, for each column, its values in order, as text.
pub type Rows = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// Reads all rows of all tables.
pub fn all(database: &mut dyn Database, schema: &Schema) -> Result<Rows, String> {
    let tables = schema.objects().filter(|object| object.key.kind == Kind::Table);
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let mut rows = Rows::new();
    for table in tables.filter(|table| !table.has(Attribute::PartitionOf)) {
        let namespace = table.key.namespace.as_deref().unwrap_or("public");
        let name = format!("{}.{}", quoted(namespace), quoted(&table.key.name));
        let columns = schema.columns(&table.key);
        let parts: Vec<String> = columns
            .iter()
            .map(|column| {
                format!(
                    "array_agg({}::text ORDER BY {}::text COLLATE \"C\")",
                    quoted(&column.key.name),
                    quoted(&column.key.name)
                )
            })
            .chain(["count(*)".to_owned()])
            .collect();
        // Rows of tables below are told there.
        let only = if table.has(Attribute::PartitionBy) { "" } else { "ONLY " };
        let query = format!("SELECT {} FROM {only}{name}", parts.join(", "));
        let found = database.execute(&query).map_err(|error| format!("{query}: {error:?}"))?;
        let values: Vec<String> = found[0][0].iter().map(|value| value.clone().unwrap_or_default()).collect();
        let names = columns.iter().map(|column| column.key.name.clone()).chain(["*".to_owned()]);
        rows.insert(name, names.zip(values.into_iter().map(|value| vec![value])).collect());
    }
    Ok(rows)
}

/// Each table that is still there has as many rows, and each column that is still there the same values. `loses` in the
/// case's options: rows are lost. `values` there: values change with their type.
pub fn kept(case: &Case, before: &Rows, after: &Rows) -> Result<(), String> {
    if case.says("loses") {
        return Ok(());
    }
    for (table, columns) in before {
        let Some(now) = after.get(table) else { continue };
        for (column, values) in columns {
            let is_compared = column == "*" || !case.says("values");
            if let Some(found) = now.get(column).filter(|found| is_compared && *found != values) {
                return Err(format!("rows of {table}.{column}: {values:?} became {found:?}"));
            }
        }
    }
    Ok(())
}
