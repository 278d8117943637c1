//! Rows of all tables, to check that none is lost.

use std::collections::BTreeMap;

use aludel::database::Database;
use aludel::schema::{Attribute, Kind, Schema};

use crate::support::cases::Case;

/// Values by table and column, sorted, as text.
pub type Rows = BTreeMap<String, BTreeMap<String, Vec<String>>>;

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
        // For a partitioned table the rows of its partitions are included.
        let only = if table.has(Attribute::PartitionBy) { "" } else { "ONLY " };
        let query = format!("SELECT {} FROM {only}{name}", parts.join(", "));
        let found = database.execute(&query).map_err(|error| format!("{query}: {error:?}"))?;
        let values: Vec<String> = found[0][0].iter().map(|value| value.clone().unwrap_or_default()).collect();
        let names = columns.iter().map(|column| column.key.name.clone()).chain(["*".to_owned()]);
        rows.insert(name, names.zip(values.into_iter().map(|value| vec![value])).collect());
    }
    Ok(rows)
}

/// Checks that each remaining table has as many rows as before, and each remaining column the same values. In the
/// case's options, `loses` allows the loss of rows, and `values` allows values to change with their type.
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
