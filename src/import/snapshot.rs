//! Snapshot of a database for comparison with another of the same kind: its schema as the database prints it, and all
//! rows.

use std::collections::BTreeMap;

use crate::backup::{self, BackupContext};
use crate::config::DatabaseUrl;
use crate::database::scratch::SHADOW_TABLE;
use crate::database::{self, Database, TextRows, VersionTable};
use crate::drivers;
use crate::sql::{Dialect, quote_identifier};

use super::cell::without_times;
use super::error::ImportAlembicError;

/// Contents of a database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatabaseContents {
    /// Schema, line by line.
    pub schema: Vec<String>,
    /// Rows of each table, sorted by their text.
    pub rows: BTreeMap<String, Vec<String>>,
    /// If `true`, times on the days of the run were removed from the rows.
    pub has_times: bool,
}

/// Takes a snapshot of the database at `url`, without the version table of `order`'s service and its companion tables.
/// Times on `days` are removed from the rows.
///
/// # Errors
/// The database or its dump program refuses.
pub fn snapshot(
    order: &BackupContext<'_>,
    url: &DatabaseUrl,
    days: &[String],
) -> Result<DatabaseContents, ImportAlembicError> {
    let mut database = drivers::open(url, order.table, "import", order.environment)?;
    let mut snapshot = match url.dialect() {
        Dialect::Postgres => postgres(order, &mut *database, url)?,
        Dialect::Mysql => mysql(order, &mut *database, url)?,
        Dialect::Sqlite => sqlite(order, &mut *database)?,
    };
    // With --sql Alembic writes four spaces for each tab (callers of `DefaultImpl.static_output`), which makes no
    // difference in a definition.
    snapshot.schema.iter_mut().for_each(|line| *line = line.replace('\t', "    "));
    for rows in snapshot.rows.values_mut() {
        for row in rows.iter_mut() {
            let (text, found) = without_times(row, days);
            snapshot.has_times |= found;
            *row = text;
        }
        rows.sort();
    }
    Ok(snapshot)
}

/// Returns the names of the version table, of the shadow's table, and of their companion tables.
fn own_tables(order: &BackupContext<'_>) -> Vec<String> {
    let shadow = VersionTable { schema: None, name: SHADOW_TABLE.to_owned() };
    let tables = [order.table.clone(), shadow];
    tables.iter().flat_map(database::statements::companions).map(|table| table.name).collect()
}

fn postgres(
    order: &BackupContext<'_>,
    database: &mut dyn Database,
    url: &DatabaseUrl,
) -> Result<DatabaseContents, ImportAlembicError> {
    let exclude = |name: String| format!("--exclude-table=*.\"{}\"", name.replace('"', "\"\""));
    let excluded: Vec<String> = own_tables(order).into_iter().map(exclude).collect();
    let dump = |kind| {
        let arguments: Vec<&str> =
            [kind, "--no-owner"].into_iter().chain(excluded.iter().map(String::as_str)).collect();
        backup::dump_text(order, database.server(), url, &arguments)
    };
    let (schema, data) = (dump("--schema-only")?, dump("--data-only")?);
    // pg_dump of newer minor versions writes a random key into each dump.
    let is_ours =
        |line: &&str| !line.trim().is_empty() && !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
    let mut schema: Vec<String> = schema.lines().filter(is_ours).map(str::to_owned).collect();
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut table = None;
    // The rows of a table are between two lines: `COPY public.t (a, b) FROM stdin;` and `\.`
    for line in data.lines().filter(is_ours) {
        match (&table, line.strip_prefix("COPY ")) {
            (Some(_), _) if line == "\\." => table = None,
            (Some(name), _) => rows.entry(String::clone(name)).or_default().push(line.to_owned()),
            (None, Some(rest)) => {
                let name = rest.split(" (").next().unwrap_or(rest).to_owned();
                rows.entry(name.clone()).or_default();
                table = Some(name);
            }
            // Positions of sequences: `SELECT pg_catalog.setval(...)`.
            (None, None) if line.starts_with("SELECT ") => schema.push(line.to_owned()),
            (None, None) => {}
        }
    }
    Ok(DatabaseContents { schema, rows, has_times: false })
}

fn ask(database: &mut dyn Database, sql: &str) -> Result<TextRows, ImportAlembicError> {
    Ok(database.execute(sql)?.into_iter().last().unwrap_or_default())
}

fn texts(rows: TextRows) -> Vec<String> {
    let cell = |cell: Option<String>| cell.unwrap_or_else(|| "NULL".to_owned());
    rows.into_iter().map(|row| row.into_iter().map(cell).collect::<Vec<_>>().join(" | ")).collect()
}

fn all_rows(database: &mut dyn Database, table: &str, dialect: Dialect) -> Result<Vec<String>, ImportAlembicError> {
    Ok(texts(ask(database, &format!("SELECT * FROM {}", quote_identifier(table, dialect)))?))
}

fn sqlite(order: &BackupContext<'_>, database: &mut dyn Database) -> Result<DatabaseContents, ImportAlembicError> {
    let own = own_tables(order);
    let objects = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                   ORDER BY type, name";
    let mut snapshot = DatabaseContents::default();
    for row in ask(database, objects)? {
        let column = |index: usize| row.get(index).cloned().flatten().unwrap_or_default();
        if own.contains(&column(1)) || own.contains(&column(2)) {
            continue;
        }
        if column(0) == "table" {
            snapshot.rows.insert(column(1), all_rows(database, &column(1), Dialect::Sqlite)?);
        }
        snapshot.schema.extend(column(3).lines().map(|line| line.trim_end().to_owned()));
    }
    Ok(snapshot)
}

/// Queries for the objects of a schema other than its tables and views.
const MYSQL_OBJECTS: [&str; 2] = [
    "SELECT trigger_name, event_manipulation, event_object_table, action_timing, action_statement \
     FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY trigger_name",
    "SELECT routine_type, routine_name, routine_definition FROM information_schema.routines \
     WHERE routine_schema = DATABASE() ORDER BY routine_type, routine_name",
];

fn mysql(
    order: &BackupContext<'_>,
    database: &mut dyn Database,
    url: &DatabaseUrl,
) -> Result<DatabaseContents, ImportAlembicError> {
    let own = own_tables(order);
    let mut snapshot = DatabaseContents::default();
    for row in ask(database, "SHOW FULL TABLES")? {
        let [Some(name), Some(kind)] = row.as_slice() else { continue };
        if own.contains(name) {
            continue;
        }
        let is_view = kind == "VIEW";
        let what = if is_view { "VIEW" } else { "TABLE" };
        let quoted = quote_identifier(name, Dialect::Mysql);
        let created = ask(database, &format!("SHOW CREATE {what} {quoted}"))?;
        let text = created.first().and_then(|row| row.get(1)).cloned().flatten().unwrap_or_default();
        snapshot.schema.extend(text.lines().map(str::to_owned));
        if !is_view {
            snapshot.rows.insert(name.clone(), all_rows(database, name, Dialect::Mysql)?);
        }
    }
    for objects in MYSQL_OBJECTS {
        for text in texts(ask(database, objects)?) {
            snapshot.schema.extend(text.lines().map(str::to_owned));
        }
    }
    // Views and routines contain the name of their database, which differs between the two.
    let name = url.database().unwrap_or_default();
    snapshot.schema.iter_mut().for_each(|line| *line = line.replace(name, "DATABASE"));
    Ok(snapshot)
}
