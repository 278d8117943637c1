//! Location and contents of the version table and the journal. Only SELECTs.
//!
//! The location is looked up once, and all later statements use the qualified name, because revisions (dumps of
//! `pg_dump` above all) change `search_path`.

use super::errors::ConnectionError;
use super::version_guard::quote_literal;
use super::wire::{WireConnection, WireRows};
use crate::database::definition::DEFINITION;
use crate::database::journal::{journal_name, select_journal, select_latest};
use crate::database::statements::select_rows;
use crate::database::{HistoryState, JournalRow, Latest, VersionTable};
use crate::dialects::postgres::flavour::PostgresFlavour;
use crate::sql::Dialect;

/// Catalog information about the two tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableLookup {
    /// Version table with the schema that contains it, or in which it would be created.
    pub(super) table: VersionTable,
    pub(super) version_table_exists: bool,
    pub(super) journal_exists: bool,
    /// Whether the journal can keep the definitions of revisions.
    pub(super) keeps_definitions: bool,
    /// Maximum length of an id in characters.
    pub(super) capacity: Option<usize>,
    /// Product of the server.
    pub(super) flavour: PostgresFlavour,
}

/// Query for the schema, the existence of version table and journal, the length of an id, and the product.
///
/// Without a schema in the config, the unqualified name is resolved (as in Alembic). If there is no such table, the
/// schema of the journal is used (the table was dropped or moved), else the one in which a table would be created.
pub(super) fn lookup(table: &VersionTable) -> String {
    let namespace = |name: &str| {
        format!(
            "(SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = to_regclass(quote_ident({})))",
            quote_literal(name)
        )
    };
    let place = match &table.schema {
        Some(schema) => {
            format!("SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = {}::name", quote_literal(schema))
        }
        None => format!(
            "SELECT coalesce({}, {}, (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())) AS oid",
            namespace(&table.name),
            namespace(&journal_name(table)),
        ),
    };
    let class = |name: &str| format!("pg_catalog.pg_class WHERE relname = {}::name", quote_literal(name));
    format!(
        "WITH place AS ({place}), \
         version AS (SELECT oid, relnamespace FROM {version}), journal AS (SELECT oid, relnamespace FROM {journal}) \
         SELECT (SELECT nspname FROM pg_catalog.pg_namespace n WHERE n.oid = place.oid), \
         version.oid IS NOT NULL, journal.relnamespace IS NOT NULL, \
         CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4 END, \
         {recognition}, \
         EXISTS (SELECT FROM pg_catalog.pg_attribute d \
         WHERE d.attrelid = journal.oid AND d.attname = '{DEFINITION}' AND NOT d.attisdropped) \
         FROM place LEFT JOIN version ON version.relnamespace = place.oid \
         LEFT JOIN journal ON journal.relnamespace = place.oid \
         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = version.oid AND a.attname = 'version_num'",
        recognition = PostgresFlavour::RECOGNITION,
        version = class(&table.name),
        journal = class(&journal_name(table)),
    )
}

/// Parses the result of [`lookup`].
pub(super) fn found(table: &VersionTable, rows: Option<&WireRows>) -> TableLookup {
    let row = rows.and_then(|rows| rows.first());
    let column = |index: usize| row.and_then(|row| row.get(index)).cloned().flatten();
    TableLookup {
        table: VersionTable { schema: column(0).or_else(|| table.schema.clone()), name: table.name.clone() },
        version_table_exists: column(1).as_deref() == Some("t"),
        journal_exists: column(2).as_deref() == Some("t"),
        capacity: column(3).and_then(|width| width.parse().ok()),
        flavour: PostgresFlavour::recognized(column(4).as_deref()),
        keeps_definitions: column(5).as_deref() == Some("t"),
    }
}

/// Reads the version rows and the newest journal row of each revision in one message; sends nothing if neither table
/// exists.
pub(super) fn read(link: &mut WireConnection<'_>, found: &TableLookup) -> Result<HistoryState, ConnectionError> {
    let mut queries = Vec::new();
    if found.version_table_exists {
        queries.push(select_rows(Dialect::POSTGRES, &found.table));
    }
    if found.journal_exists {
        queries.push(select_latest(Dialect::POSTGRES, &found.table));
    }
    let mut results = match queries.is_empty() {
        true => Vec::new(),
        false => link.ask(&queries.join(";\n"))?,
    };
    let latest = if found.journal_exists { results.pop() } else { None };
    let rows = if found.version_table_exists { results.pop() } else { None };
    let mut state = HistoryState {
        rows: rows.unwrap_or_default().into_iter().filter_map(|row| row.into_iter().next().flatten()).collect(),
        version_table_exists: found.version_table_exists,
        journal_exists: found.journal_exists,
        keeps_definitions: found.keeps_definitions,
        id_capacity: found.capacity,
        ..HistoryState::default()
    };
    latest.unwrap_or_default().into_iter().map(latest_row).for_each(|row| state.add(row));
    Ok(state)
}

fn latest_row(row: Vec<Option<String>>) -> Latest {
    let mut columns = row.into_iter();
    let mut next = || columns.next().flatten();
    let number = |text: Option<String>| text.and_then(|text| text.parse::<i64>().ok());
    let count = |text: Option<String>| text.and_then(|text| text.parse::<u32>().ok());
    Latest {
        id: number(next()).unwrap_or_default(),
        revision: next().unwrap_or_default(),
        operation: next().unwrap_or_default(),
        state: next().unwrap_or_default(),
        checksum: next(),
        parents: next(),
        done: count(next()).unwrap_or_default(),
        total: count(next()).unwrap_or_default(),
        running: count(next()),
        hashes: next(),
        error: next(),
        stamped: number(next()),
    }
}

/// Reads the newest rows of the journal, which must exist.
pub(super) fn journal(
    link: &mut WireConnection<'_>,
    found: &TableLookup,
    limit: usize,
) -> Result<Vec<JournalRow>, ConnectionError> {
    let results = link.ask(&select_journal(Dialect::POSTGRES, &found.table, limit))?;
    Ok(results.into_iter().next().unwrap_or_default().into_iter().map(journal_row).collect())
}

fn journal_row(row: Vec<Option<String>>) -> JournalRow {
    let mut columns = row.into_iter();
    let mut next = || columns.next().flatten();
    let number = |text: Option<String>| text.and_then(|text| text.parse::<i64>().ok());
    JournalRow {
        id: number(next()).unwrap_or_default(),
        revision: next().unwrap_or_default(),
        operation: next().unwrap_or_default(),
        state: next().unwrap_or_default(),
        started_at: next().unwrap_or_default(),
        duration_ms: number(next()),
        checksum: next(),
        statements_done: number(next()).unwrap_or_default(),
        statements_total: number(next()).unwrap_or_default(),
        os_user: next().unwrap_or_default(),
        host: next().unwrap_or_default(),
        tool_version: next().unwrap_or_default(),
        error: next(),
        note: next(),
    }
}
