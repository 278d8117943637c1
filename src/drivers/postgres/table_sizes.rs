//! Sizes, owners and privileges of tables.

use std::collections::BTreeMap;

use crate::database::refusable::{cell, first_accepted, try_query};
use crate::database::statements::text_literal;
use crate::database::{Database, DatabaseError, TableFacts, TableSize};
use crate::sql::{Dialect, TableName, qualified};

/// Table privileges that are checked.
const PRIVILEGES: [&str; 7] = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];

/// Returns facts about those of the names that exist, with owner and privileges.
pub(super) fn facts(
    database: &mut dyn Database,
    names: &[&TableName],
) -> Result<BTreeMap<TableName, TableFacts>, DatabaseError> {
    let dialect = Dialect::POSTGRES;
    let value = |(index, name): (usize, &&TableName)| {
        let schema = name.schema.as_ref().map_or_else(|| "NULL".to_owned(), |schema| text_literal(dialect, schema));
        let quoted = text_literal(dialect, &qualified(None, &name.name, dialect));
        format!("({index}, {schema}, {}, {quoted})", text_literal(dialect, &name.name))
    };
    let values: Vec<String> = names.iter().enumerate().map(value).collect();
    let allowed = |privilege: &&str| {
        format!(
            "CASE WHEN c.relkind IN ('i', 'I', 'S', 'c') THEN NULL ELSE pg_catalog.has_table_privilege(c.oid, '{privilege}') END"
        )
    };
    let allowed: Vec<String> = PRIVILEGES.iter().map(allowed).collect();
    let question = |size: &str| {
        format!(
            "SELECT v.i, {size}, CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END, \
             pg_catalog.pg_get_userbyid(c.relowner), pg_catalog.pg_has_role(c.relowner, 'USAGE'), {} \
             FROM (VALUES {}) v (i, schema, name, quoted) JOIN pg_catalog.pg_class c ON c.oid = CASE WHEN v.schema IS NULL \
             THEN to_regclass(v.quoted)::oid ELSE (SELECT k.oid FROM pg_catalog.pg_class k \
             JOIN pg_catalog.pg_namespace n ON n.oid = k.relnamespace WHERE n.nspname = v.schema AND k.relname = v.name) END",
            allowed.join(", "),
            values.join(", ")
        )
    };
    // A named schema is looked up in pg_namespace, because to_regclass fails if the user may not use it.
    // pg_total_relation_size waits for a session with an ACCESS EXCLUSIVE lock; the estimate in the catalog does not.
    let rows = match try_query(database, &question("pg_catalog.pg_total_relation_size(c.oid)"))? {
        Some(rows) => rows,
        None => try_query(database, &question("c.relpages::bigint * current_setting('block_size')::bigint"))?
            .unwrap_or_default(),
    };
    let table = |row: &Vec<Option<String>>| {
        let name = names.get(cell(row, 0).parse::<usize>().ok()?)?;
        let owns = (cell(row, 4) == "t").then_some("OWN");
        let privileges = PRIVILEGES.into_iter().enumerate().filter(|(index, _)| cell(row, index + 5) == "t");
        let table = TableFacts {
            bytes: cell(row, 1).parse().ok(),
            rows: cell(row, 2).parse().ok(),
            owner: cell(row, 3).to_owned(),
            allowed: privileges.map(|(_, privilege)| privilege).chain(owns).collect(),
        };
        Some(((*name).clone(), table))
    };
    Ok(rows.rows.iter().filter_map(table).collect())
}

/// Returns the `limit` largest tables and materialized views, the largest first.
pub(super) fn largest(database: &mut dyn Database, limit: usize) -> Result<Vec<TableSize>, DatabaseError> {
    let query = |table: &str, indexes: &str| {
        format!(
            "SELECT c.oid::regclass::text, CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END, {table}, \
             {indexes} FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') \
             AND n.nspname NOT LIKE 'pg_temp%' ORDER BY 3 DESC, 1 LIMIT {limit}"
        )
    };
    // The size functions wait for a session with an ACCESS EXCLUSIVE lock; the estimates in the catalog do not.
    let pages = "c.relpages::bigint * current_setting('block_size')::bigint";
    let index_pages = "(SELECT coalesce(sum(i.relpages), 0)::bigint * current_setting('block_size')::bigint \
                       FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
                       WHERE x.indrelid = c.oid)";
    let queries = [query("pg_table_size(c.oid)", "pg_indexes_size(c.oid)"), query(pages, index_pages)];
    Ok(TableSize::from_rows(&first_accepted(database, &queries)?))
}
