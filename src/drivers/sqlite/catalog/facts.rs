//! Table properties from PRAGMAs (<https://www.sqlite.org/pragma.html#pragma_table_xinfo> and its neighbours), for
//! comparison with the parsed statements.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use crate::dialects::sqlite::schema::{Column, ParsedTable};
use crate::schema::Kind;

/// Condition for ordinary tables. A virtual table has no pages of its own, and querying it may need a module that is
/// not loaded.
const TABLES: &str = "main.sqlite_schema m JOIN";
const ORDINARY: &str = "m.type = 'table' AND m.rootpage > 0 AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

/// Results of the PRAGMAs for each table; table names in lower case.
#[derive(Debug, Default)]
pub(super) struct PragmaFacts {
    columns: BTreeMap<String, Vec<ColumnFacts>>,
    /// Target and columns of each foreign key, sorted.
    foreign_keys: BTreeMap<String, Vec<String>>,
    /// Columns of each key that has an index.
    keys: BTreeMap<String, BTreeSet<String>>,
}

/// Row of `table_xinfo`.
#[derive(Debug, PartialEq, Eq)]
struct ColumnFacts {
    name: String,
    of_type: String,
    not_null: bool,
    has_default: bool,
    is_key: bool,
    /// 0: ordinary, 2: generated, 3: generated and stored.
    hidden: i64,
}

impl PragmaFacts {
    /// Reads the PRAGMAs. SQLite compiles a statement for each table that a PRAGMA is called for, so it is called only
    /// for tables whose statement contains a relevant keyword.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut facts = Self::default();
        facts.read_columns(connection)?;
        let foreign_keys = format!(
            "SELECT lower(name), lower(target) || '(' || group_concat(lower(source)) || ')' FROM \
             (SELECT m.name, f.id, f.\"table\" AS target, f.\"from\" AS source FROM {TABLES} \
             pragma_foreign_key_list(m.name, 'main') f WHERE {ORDINARY} AND m.sql LIKE '%references%' \
             ORDER BY m.name, f.id, f.seq) GROUP BY name, id"
        );
        for (table, key) in pairs(connection, &foreign_keys)? {
            facts.foreign_keys.entry(table).or_default().push(key);
        }
        facts.foreign_keys.values_mut().for_each(|keys| keys.sort());
        // Indexes without a statement belong to keys. (The primary key of a table WITHOUT ROWID has none.)
        let keys = "SELECT lower(tbl_name), group_concat(lower(col)) FROM (SELECT m.tbl_name, m.name AS key, x.name AS col \
                    FROM main.sqlite_schema m JOIN pragma_index_info(m.name, 'main') x \
                    WHERE m.type = 'index' AND m.sql IS NULL ORDER BY m.name, x.seqno) GROUP BY tbl_name, key";
        for (table, key) in pairs(connection, keys)? {
            facts.keys.entry(table).or_default().insert(key);
        }
        Ok(facts)
    }

    fn read_columns(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let sql = format!(
            "SELECT lower(m.name), x.name, x.type, x.\"notnull\", x.dflt_value IS NOT NULL, x.pk > 0, x.hidden FROM {TABLES} \
             pragma_table_xinfo(m.name, 'main') x WHERE {ORDINARY} ORDER BY m.name, x.cid"
        );
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let listed = ColumnFacts {
                name: row.get(1)?,
                of_type: compact(&row.get::<_, String>(2)?),
                not_null: row.get(3)?,
                has_default: row.get(4)?,
                is_key: row.get(5)?,
                hidden: row.get(6)?,
            };
            self.columns.entry(row.get(0)?).or_default().push(listed);
        }
        Ok(())
    }

    /// Returns whether the parsed statement agrees with SQLite's own interpretation.
    pub(super) fn agree(&self, table: &ParsedTable) -> bool {
        let name = table.name.to_ascii_lowercase();
        let columns: Vec<_> = table.columns.iter().map(|column| implied_facts(table, column)).collect();
        let listed = self.columns.get(&name).map(Vec::as_slice).unwrap_or_default();
        let mut foreign_keys: Vec<String> = table
            .constraints
            .iter()
            .filter_map(|key| {
                Some(format!("{}({})", key.target.as_deref()?, key.columns.join(",")).to_ascii_lowercase())
            })
            .collect();
        foreign_keys.sort();
        let keys: BTreeSet<String> =
            table.constraints.iter().map(|key| key.columns.join(",").to_ascii_lowercase()).collect();
        columns == listed
            && foreign_keys == self.foreign_keys.get(&name).map(Vec::as_slice).unwrap_or_default()
            && self.keys.get(&name).is_none_or(|listed| listed.is_subset(&keys))
    }
}

/// Returns the row of `table_xinfo` that the statement implies.
fn implied_facts(table: &ParsedTable, column: &Column) -> ColumnFacts {
    let hidden = match (&column.generated, column.is_stored) {
        (None, _) => 0,
        (Some(_), false) => 2,
        (Some(_), true) => 3,
    };
    let is_same = |name: &String| name.eq_ignore_ascii_case(&column.name);
    let in_key = |kind| {
        let mut of_kind = table.constraints.iter().filter(|constraint| constraint.kind == kind);
        of_kind.any(|constraint| constraint.columns.iter().any(is_same))
    };
    ColumnFacts {
        name: column.name.clone(),
        of_type: compact(&column.of_type),
        not_null: table.refuses_null(column),
        has_default: column.default.is_some(),
        is_key: in_key(Kind::PrimaryKey),
        hidden,
    }
}

/// Removes the parts of a type that can be written in several ways.
fn compact(of_type: &str) -> String {
    let kept = of_type.chars().filter(|character| !character.is_whitespace() && !"\"'`[]".contains(*character));
    kept.collect::<String>().to_ascii_uppercase()
}

fn pairs(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<(String, String)>> {
    connection.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
