//! Tables that a plan touches, with facts about them from the catalog.

use std::collections::{BTreeMap, BTreeSet};

use crate::database::{Database, DatabaseError};
use crate::engine::PreparedRun;
use crate::operations::ask::{ask, cell, literal, number};
use crate::sql::{Dialect, Impact, RequiredPrivilege, StatementKind, TableLock, TableName, impact, qualified};

/// Impact of the statements of a plan, in order.
#[derive(Debug)]
pub(crate) struct Touched {
    pub(crate) impacts: Vec<Impact>,
    /// Tables, indexes and views that the plan names and does not create itself.
    pub(crate) names: BTreeSet<TableName>,
}

impl Touched {
    pub(crate) fn of(survey: &PreparedRun, dialect: Dialect) -> Self {
        let mut impacts = Vec::new();
        for prepared in &survey.prepared {
            let text = &prepared.section.text;
            let pieces = prepared.pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing);
            impacts.extend(pieces.map(|piece| impact(piece.sql.of(text), dialect)));
        }
        let mut made = BTreeSet::new();
        let mut names = BTreeSet::new();
        for impact in &impacts {
            let needed = impact.needs.iter().filter_map(need_table);
            let lost = impact.losses.iter().map(|losing| &losing.table);
            let named = impact.locks.iter().map(|lock| &lock.table).chain(needed).chain(lost);
            // What an earlier statement creates is not in the catalog yet.
            names.extend(named.filter(|name| !made.contains(*name)).cloned());
            made.extend(impact.makes.iter().cloned());
        }
        Self { impacts, names }
    }

    /// Returns the locks on tables that the plan does not create itself.
    pub(crate) fn locks(&self) -> impl Iterator<Item = &TableLock> {
        self.impacts.iter().flat_map(|impact| &impact.locks).filter(|lock| self.names.contains(&lock.table))
    }

    /// Returns the required privileges, without those on tables that the plan creates itself.
    pub(crate) fn needs(&self) -> BTreeSet<&RequiredPrivilege> {
        let is_there = |need: &&RequiredPrivilege| need_table(need).is_none_or(|table| self.names.contains(table));
        self.impacts.iter().flat_map(|impact| &impact.needs).filter(is_there).collect()
    }
}

pub(crate) fn need_table(need: &RequiredPrivilege) -> Option<&TableName> {
    match need {
        RequiredPrivilege::Own(table, _) | RequiredPrivilege::Table(table, _) | RequiredPrivilege::OwnIndex(table) => {
            Some(table)
        }
        RequiredPrivilege::Create(_) | RequiredPrivilege::CreateSchema | RequiredPrivilege::Database(_) => None,
    }
}

/// Facts about a table from the catalog.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableFacts {
    /// Size with indexes in bytes, if known.
    pub bytes: Option<u64>,
    /// Approximate number of rows, if known.
    pub rows: Option<u64>,
    /// Owner (PostgreSQL).
    pub owner: String,
    /// Privileges of the user: `OWN`, `SELECT`, `INSERT`... (PostgreSQL).
    pub allowed: BTreeSet<&'static str>,
}

/// Table privileges that are checked.
pub(crate) const PRIVILEGES: [&str; 7] = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];

/// Returns facts about those of the names that exist. The number of queries does not depend on the number of names.
pub(crate) fn look_up(
    database: &mut dyn Database,
    touched: &Touched,
) -> Result<BTreeMap<TableName, TableFacts>, DatabaseError> {
    look_up_names(database, touched.names.iter())
}

/// As [`look_up`], for any names.
pub(crate) fn look_up_names<'n>(
    database: &mut dyn Database,
    names: impl Iterator<Item = &'n TableName>,
) -> Result<BTreeMap<TableName, TableFacts>, DatabaseError> {
    let names: Vec<&TableName> = names.collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    match database.server().dialect {
        Dialect::Postgres => postgres(database, &names),
        Dialect::Mysql => mysql(database, &names),
        Dialect::Sqlite => sqlite(database, &names),
    }
}

fn postgres(
    database: &mut dyn Database,
    names: &[&TableName],
) -> Result<BTreeMap<TableName, TableFacts>, DatabaseError> {
    let dialect = Dialect::Postgres;
    let value = |(index, name): (usize, &&TableName)| {
        let schema = name.schema.as_ref().map_or_else(|| "NULL".to_owned(), |schema| literal(dialect, schema));
        let quoted = literal(dialect, &qualified(None, &name.name, dialect));
        format!("({index}, {schema}, {}, {quoted})", literal(dialect, &name.name))
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
    let rows = match ask(database, &question("pg_catalog.pg_total_relation_size(c.oid)"))? {
        Some(rows) => rows,
        None => {
            ask(database, &question("c.relpages::bigint * current_setting('block_size')::bigint"))?.unwrap_or_default()
        }
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

fn mysql(database: &mut dyn Database, names: &[&TableName]) -> Result<BTreeMap<TableName, TableFacts>, DatabaseError> {
    let dialect = Dialect::Mysql;
    let value = |(index, name): (usize, &&TableName)| {
        let schema = name.schema.as_ref().map_or_else(|| "DATABASE()".to_owned(), |schema| literal(dialect, schema));
        format!("SELECT {index} AS i, {schema} AS s, {} AS n", literal(dialect, &name.name))
    };
    let values: Vec<String> = names.iter().enumerate().map(value).collect();
    let sql = format!(
        "SELECT v.i, t.data_length + t.index_length, t.table_rows FROM ({}) v JOIN information_schema.tables t \
         ON t.table_schema = v.s AND t.table_name = v.n",
        values.join(" UNION ALL ")
    );
    sized(database, &sql, names)
}

/// Sizes are read from dbstat, which not every build of SQLite contains.
fn sqlite(database: &mut dyn Database, names: &[&TableName]) -> Result<BTreeMap<TableName, TableFacts>, DatabaseError> {
    let dialect = Dialect::Sqlite;
    let values: Vec<String> =
        names.iter().enumerate().map(|(index, name)| format!("({index}, {})", literal(dialect, &name.name))).collect();
    let values = values.join(", ");
    let query = |size: &str| {
        format!(
            "WITH v (i, n) AS (VALUES {values}) SELECT v.i, {size}, NULL FROM v JOIN sqlite_schema s \
             ON s.name = v.n COLLATE NOCASE"
        )
    };
    let with_size = query("(SELECT sum(d.pgsize) FROM dbstat d WHERE d.name = s.name)");
    match ask(database, &with_size)? {
        Some(_) => sized(database, &with_size, names),
        None => sized(database, &query("NULL"), names),
    }
}

fn sized(
    database: &mut dyn Database,
    sql: &str,
    names: &[&TableName],
) -> Result<BTreeMap<TableName, TableFacts>, DatabaseError> {
    let rows = ask(database, sql)?.unwrap_or_default();
    let table = |row: &Vec<Option<String>>| {
        let name = names.get(cell(row, 0).parse::<usize>().ok()?)?;
        let whole = |index| number(row, index).map(|value| value as u64);
        Some(((*name).clone(), TableFacts { bytes: whole(1), rows: whole(2), ..TableFacts::default() }))
    };
    Ok(rows.rows.iter().filter_map(table).collect())
}
