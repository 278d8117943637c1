//! Content of a whole database as text, read with `SHOW CREATE` and queries.

use crate::database::dump::{ContentsRequest, DatabaseContents};
use crate::database::readable::{query, row_texts};
use crate::database::{Database, DatabaseError};
use crate::sql::{Dialect, quote_identifier};

/// Queries for the objects of a schema other than its tables and views.
const SCHEMA_OBJECTS: [&str; 2] = [
    "SELECT trigger_name, event_manipulation, event_object_table, action_timing, action_statement \
     FROM information_schema.triggers WHERE event_object_schema = DATABASE() ORDER BY trigger_name",
    "SELECT routine_type, routine_name, routine_definition FROM information_schema.routines \
     WHERE routine_schema = DATABASE() ORDER BY routine_type, routine_name",
];

/// Reads schema and rows of the current database.
pub(super) fn contents(
    database: &mut dyn Database,
    request: &ContentsRequest<'_>,
) -> Result<DatabaseContents, DatabaseError> {
    let mut contents = DatabaseContents::default();
    for row in query(database, "SHOW FULL TABLES")? {
        let [Some(name), Some(kind)] = row.as_slice() else { continue };
        if request.excluded.contains(name) {
            continue;
        }
        let is_view = kind == "VIEW";
        let what = if is_view { "VIEW" } else { "TABLE" };
        let quoted = quote_identifier(name, Dialect::MYSQL);
        let created = query(database, &format!("SHOW CREATE {what} {quoted}"))?;
        let text = created.first().and_then(|row| row.get(1)).cloned().flatten().unwrap_or_default();
        contents.schema.extend(text.lines().map(str::to_owned));
        if !is_view {
            contents.rows.insert(name.clone(), row_texts(query(database, &format!("SELECT * FROM {quoted}"))?));
        }
    }
    for objects in SCHEMA_OBJECTS {
        for text in row_texts(query(database, objects)?) {
            contents.schema.extend(text.lines().map(str::to_owned));
        }
    }
    // Views and routines contain the name of their database, which differs between the two.
    let name = request.url.database().unwrap_or_default();
    contents.schema.iter_mut().for_each(|line| *line = line.replace(name, "DATABASE"));
    Ok(contents)
}
