//! Location and contents of the version table and the journal. Only SELECTs.
//!
//! The location is looked up once, and all later statements use the qualified name, because revisions (dumps of
//! `pg_dump` above all) change `search_path`.

use super::errors::ConnectionError;
use super::version_guard::quote_literal;
use super::wire::{WireConnection, WireRows};
use crate::database::definition::DEFINITION;
use crate::database::journal::{DETERMINES_STATE, journal_name, journal_table, select_journal};
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
    /// True if the journal can keep the definitions of revisions.
    pub(super) keeps_definitions: bool,
    /// Maximum length of an id in characters.
    pub(super) capacity: Option<usize>,
    /// Product of the server.
    pub(super) flavour: PostgresFlavour,
}

/// Query for the tables that have the names of version table and journal, in all schemas, each with its column of
/// interest; and for the product and the schema in which a table would be created, which are in every row.
///
/// [`found`] chooses among the schemas, because a new session takes longer to plan that than to run it.
pub(super) fn lookup(table: &VersionTable) -> String {
    format!(
        "SELECT current_schema(), {recognition}, c.relname, n.nspname, pg_catalog.pg_table_is_visible(c.oid), \
         a.attname, CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4 END \
         FROM (SELECT 1) AS always LEFT JOIN (pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_attribute a \
         ON a.attrelid = c.oid AND a.attname IN ('version_num', '{DEFINITION}') AND NOT a.attisdropped) \
         ON c.relname IN ({version}, {journal})",
        recognition = PostgresFlavour::RECOGNITION,
        version = quote_literal(&table.name),
        journal = quote_literal(&journal_name(table)),
    )
}

/// Row of [`lookup`].
struct NamedTable<'r> {
    name: &'r str,
    schema: &'r str,
    is_visible: bool,
    column: Option<&'r str>,
    width: Option<usize>,
}

impl<'r> NamedTable<'r> {
    /// Parses a row; `None` for the row that the query returns if no table has one of the names.
    fn parse(row: &'r [Option<String>]) -> Option<Self> {
        let column = |index: usize| row.get(index).and_then(Option::as_deref);
        Some(Self {
            name: column(2)?,
            schema: column(3)?,
            is_visible: column(4) == Some("t"),
            column: column(5),
            width: column(6).and_then(|width| width.parse().ok()),
        })
    }
}

/// Parses the result of [`lookup`].
///
/// Without a schema in the config, PostgreSQL resolves the name of the version table along the search path, as for
/// Alembic. If it finds no table (dropped or moved), the journal's schema is used, or else the current schema.
pub(super) fn found(table: &VersionTable, rows: Option<&WireRows>) -> TableLookup {
    let rows = rows.map(Vec::as_slice).unwrap_or_default();
    let everywhere = |index: usize| rows.first().and_then(|row| row.get(index)).cloned().flatten();
    let named: Vec<NamedTable<'_>> = rows.iter().filter_map(|row| NamedTable::parse(row)).collect();
    let visible = |name: &str| {
        let found = named.iter().find(|found| found.name == name && found.is_visible)?;
        Some(found.schema.to_owned())
    };
    let schema = table.schema.clone();
    let schema =
        schema.or_else(|| visible(&table.name)).or_else(|| visible(&journal_name(table))).or_else(|| everywhere(0));
    let in_schema = named.iter().filter(|found| Some(found.schema) == schema.as_deref());
    let (version, other): (Vec<_>, Vec<_>) = in_schema.partition(|found| found.name == table.name);
    TableLookup {
        version_table_exists: !version.is_empty(),
        journal_exists: !other.is_empty(),
        capacity: version.iter().find(|found| found.column == Some("version_num")).and_then(|found| found.width),
        flavour: PostgresFlavour::recognized(everywhere(1).as_deref()),
        keeps_definitions: other.iter().any(|found| found.column == Some(DEFINITION)),
        table: VersionTable { schema, name: table.name.clone() },
    }
}

/// Query as [`select_latest`](crate::database::journal::select_latest), but unordered. It sorts once instead of looking
/// up the newest row of each revision by its id, which is what a server without statistics of the journal plans.
fn select_latest(table: &VersionTable) -> String {
    let journal = journal_table(Dialect::POSTGRES, table);
    format!(
        "SELECT DISTINCT ON (revision COLLATE \"C\") id, revision, operation, state, checksum, parents, \
         statements_done, statements_total, statement_running, statement_hashes, error, \
         (SELECT max(s.id) FROM {journal} s WHERE s.operation = 'stamp' AND s.state = 'done') \
         FROM {journal} WHERE {DETERMINES_STATE} ORDER BY revision COLLATE \"C\", id DESC"
    )
}

/// Reads the version rows and the newest journal row of each revision in one message; sends nothing if neither table
/// exists.
pub(super) fn read(link: &mut WireConnection<'_>, found: &TableLookup) -> Result<HistoryState, ConnectionError> {
    let mut queries = Vec::new();
    if found.version_table_exists {
        queries.push(select_rows(Dialect::POSTGRES, &found.table));
    }
    if found.journal_exists {
        queries.push(select_latest(&found.table));
    }
    let mut results = match queries.is_empty() {
        true => Vec::new(),
        false => link.run_query(&queries.join(";\n"))?,
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
    let mut latest: Vec<Latest> = latest.unwrap_or_default().into_iter().map(latest_row).collect();
    latest.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    latest.into_iter().for_each(|row| state.add(row));
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
    let results = link.run_query(&select_journal(Dialect::POSTGRES, &found.table, limit))?;
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
