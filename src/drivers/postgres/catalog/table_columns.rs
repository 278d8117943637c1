//! List of the tables with their columns, for reading their rows.

use super::followed_query::{COUNTING, rows_written};
use super::query_context::QueryContext;
use crate::database::statements::companions;
use crate::database::{CatalogRequest, DatabaseError, TableColumns};
use crate::dialects::postgres::flavour::PostgresVersion;
use crate::drivers::postgres::Postgres;
use crate::drivers::postgres::wire::WireRows;
use crate::schema::{Key, Kind};

/// Returns the tables without those of extensions, in the order of their OIDs.
pub(super) fn table_columns(
    database: &mut Postgres,
    request: &CatalogRequest,
) -> Result<Vec<TableColumns>, DatabaseError> {
    let has_versions =
        PostgresVersion::counts_catalog_writes(&database.server.version) && database.followed.sees_all_writes();
    let query = query(&QueryContext::new(&database.server.version, request), has_versions);
    let answers = database.ask_repeatedly(vec![query], |link, queries| link.run_query(&queries.concat()))?;
    let own: Vec<_> = request.without.iter().flat_map(companions).collect();
    let is_own = |key: &Key| {
        let is_in = |schema: &String| key.namespace.as_ref() == Some(schema);
        own.iter().any(|table| table.name == key.name && table.schema.as_ref().is_none_or(is_in))
    };
    let mut tables = tables(answers.into_iter().flatten().collect());
    tables.retain(|table| !is_own(&table.key));
    Ok(tables)
}

fn tables(answers: WireRows) -> Vec<TableColumns> {
    let table = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter();
        let (namespace, name, columns, row_version) = (cells.next()??, cells.next()??, cells.next()?, cells.next()?);
        let names: Vec<String> = columns.and_then(|columns| serde_json::from_str(&columns).ok()).unwrap_or_default();
        let columns = names.into_iter().map(|name| (name, String::new())).collect();
        Some(TableColumns { key: Key::new(Kind::Table, Some(&namespace), &name), columns, row_version })
    };
    answers.into_iter().filter_map(table).collect()
}

/// Builds the query. The row version of a table consists of its file, the number of rows that were ever written to it,
/// and the numbers of its columns, which change if a column is dropped and added again.
///
/// A table has no row version where these do not show every change: a partitioned table has no rows of its own; the
/// text of a value may change with its user-defined type; and in the transaction that created the file, TRUNCATE keeps
/// the file and subtracts the rows that it removes.
fn query(ask: &QueryContext, has_versions: bool) -> String {
    // PostgreSQL 12 groups by no xid.
    let version = format!(
        "CASE WHEN (SELECT counting FROM server) LIKE 'on %' AND c.relkind = 'r' AND NOT c.relhassubclass \
         AND pg_catalog.age(c.xmin::text::xid) > (SELECT age FROM server) AND pg_catalog.bool_and(coalesce(a.atttypid, 0) < 16384) \
         THEN pg_catalog.concat_ws(' ', (SELECT counting FROM server), c.relfilenode, {}, \
         pg_catalog.string_agg(a.attnum::text, ',' ORDER BY a.attnum)) END",
        rows_written("c.oid")
    );
    let server = format!(
        "WITH server AS MATERIALIZED (SELECT {COUNTING} AS counting, \
         coalesce(pg_catalog.age((pg_catalog.txid_current_if_assigned() % 4294967296)::text::xid), -1) AS age) "
    );
    let (server, version) = if has_versions { (&*server, &*version) } else { ("", "NULL") };
    format!(
        "{server}SELECT n.nspname, c.relname, pg_catalog.jsonb_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attnum > 0), {version} \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE {} AND c.oid >= 16384 AND c.relkind IN ('r', 'p') \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 1259 AND d.objid = c.oid AND d.deptype = 'e') \
         GROUP BY n.nspname, c.oid, c.relname, c.relkind, c.relhassubclass, c.relfilenode, c.xmin::text ORDER BY c.oid",
        ask.inside
    )
}
