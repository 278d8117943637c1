//! A query over rows that are held in memory, in a database that exists for it alone.

use rusqlite::types::Value;

/// Table for a query: its name, its columns, its rows.
pub type QueriedTable<'t> = (&'t str, &'t [&'t str], &'t [Vec<Option<String>>]);

/// Runs a query on tables and returns its rows as text; NULL is `None`.
///
/// # Errors
/// SQLite's message, if the query is not valid.
pub fn query_rows(tables: &[QueriedTable<'_>], query: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    let failed = |error: rusqlite::Error| error.to_string();
    let database = rusqlite::Connection::open_in_memory().map_err(failed)?;
    for (name, columns, rows) in tables {
        let quoted: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
        database.execute(&format!("CREATE TABLE {name} ({})", quoted.join(", ")), []).map_err(failed)?;
        let marks = vec!["?"; columns.len()].join(", ");
        let mut insert = database.prepare(&format!("INSERT INTO {name} VALUES ({marks})")).map_err(failed)?;
        for row in *rows {
            // Numbers compare as numbers.
            let value = |cell: &Option<String>| match cell {
                None => Value::Null,
                Some(text) => text.parse().map_or_else(|_| Value::Text(text.clone()), Value::Integer),
            };
            insert.execute(rusqlite::params_from_iter(row.iter().map(value))).map_err(failed)?;
        }
    }
    // The query may read only.
    database.pragma_update(None, "query_only", true).map_err(failed)?;
    let mut statement = database.prepare(query).map_err(failed)?;
    let width = statement.column_count();
    let mut found = Vec::new();
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let cell = |index: usize| -> Result<Option<String>, rusqlite::Error> {
            Ok(match row.get::<_, Value>(index)? {
                Value::Null => None,
                Value::Integer(number) => Some(number.to_string()),
                Value::Real(number) => Some(number.to_string()),
                Value::Text(text) => Some(text),
                Value::Blob(bytes) => Some(format!("{} bytes", bytes.len())),
            })
        };
        found.push((0..width).map(cell).collect::<Result<_, _>>().map_err(failed)?);
    }
    Ok(found)
}
