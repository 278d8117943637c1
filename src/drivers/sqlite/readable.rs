//! Content of a whole database as text: the statements of its schema, and its rows.

use crate::database::dump::{ContentsRequest, DatabaseContents};
use crate::database::readable::{query, row_texts};
use crate::database::{Database, DatabaseError};
use crate::sql::{Dialect, quote_identifier};

/// Reads schema and rows of the database.
pub(super) fn contents(
    database: &mut dyn Database,
    request: &ContentsRequest<'_>,
) -> Result<DatabaseContents, DatabaseError> {
    let objects = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                   ORDER BY type, name";
    let mut contents = DatabaseContents::default();
    for row in query(database, objects)? {
        let column = |index: usize| row.get(index).cloned().flatten().unwrap_or_default();
        if request.excluded.contains(&column(1)) || request.excluded.contains(&column(2)) {
            continue;
        }
        if column(0) == "table" {
            let name = quote_identifier(&column(1), Dialect::SQLITE);
            let rows = row_texts(query(database, &format!("SELECT * FROM {name}"))?);
            contents.rows.insert(column(1), rows);
        }
        contents.schema.extend(column(3).lines().map(|line| line.trim_end().to_owned()));
    }
    Ok(contents)
}
