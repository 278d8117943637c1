//! SQL for the version table and its rows, and the names of aludel's own tables. SQL text only, for each dialect;
//! drivers execute it, and offline scripts print it.
//!
//! The version table is compatible with Alembic's (`alembic.runtime.migration.MigrationContext._version`), with 255
//! characters instead of 32. No statement ends with a semicolon.

use super::VersionTable;
use super::journal::journal_name;
use crate::graph::RowChange;
use crate::id::RevisionId;
use crate::sql::{Dialect, qualified, quote_identifier};

/// Statement on the version rows with the number of rows it must affect. Any other number means that another process
/// has changed them in the meantime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowStatement {
    /// The statement.
    pub sql: String,
    /// Required number of affected rows.
    pub rows: u64,
}

/// Returns the version table's name, quoted and schema-qualified.
#[must_use]
pub fn version_table(dialect: Dialect, table: &VersionTable) -> String {
    qualified(table.schema.as_deref(), &table.name, dialect)
}

/// Returns the name of the snapshot table, which holds the schema after the last run, without schema or quotes:
/// `NAME_schema`.
#[must_use]
pub fn snapshot_name(table: &VersionTable) -> String {
    format!("{}_schema", table.name)
}

/// Returns aludel's own tables: version table, journal, lease, snapshot.
#[must_use]
pub fn companions(table: &VersionTable) -> [VersionTable; 4] {
    let beside = |name: String| VersionTable { schema: table.schema.clone(), name };
    [table.clone(), beside(journal_name(table)), beside(format!("{}_lock", table.name)), beside(snapshot_name(table))]
}

/// Statement that creates the version table if it does not exist.
#[must_use]
pub fn create_version_table(dialect: Dialect, table: &VersionTable) -> String {
    let types = dialect.rules().table_types();
    let (column, options) = (types.revision_id, types.version_options);
    format!(
        "CREATE TABLE IF NOT EXISTS {} (\n    version_num {column} NOT NULL,\n    CONSTRAINT {} PRIMARY KEY (version_num)\n){options}",
        version_table(dialect, table),
        quote_identifier(&format!("{}_pkc", table.name), dialect),
    )
}

/// Statements that change the version rows: one UPDATE, or at most one DELETE and one INSERT.
#[must_use]
pub fn change_rows(dialect: Dialect, table: &VersionTable, change: &RowChange) -> Vec<RowStatement> {
    let name = version_table(dialect, table);
    let (gone, come) = (quoted(dialect, &change.delete), quoted(dialect, &change.insert));
    if let ([old], [new]) = (gone.as_slice(), come.as_slice()) {
        let sql = format!("UPDATE {name} SET version_num = {new} WHERE version_num = {old}");
        return vec![RowStatement { sql, rows: 1 }];
    }
    let mut statements = Vec::new();
    if !gone.is_empty() {
        let condition =
            if let [one] = gone.as_slice() { format!("= {one}") } else { format!("IN ({})", gone.join(", ")) };
        let sql = format!("DELETE FROM {name} WHERE version_num {condition}");
        statements.push(RowStatement { sql, rows: gone.len() as u64 });
    }
    if !come.is_empty() {
        let values = come.iter().map(|id| format!("({id})")).collect::<Vec<_>>().join(", ");
        let sql = format!("INSERT INTO {name} (version_num) VALUES {values}");
        statements.push(RowStatement { sql, rows: come.len() as u64 });
    }
    statements
}

/// Condition that holds if the version rows are the ones that `change` starts from.
#[must_use]
pub fn rows_match(dialect: Dialect, table: &VersionTable, change: &RowChange) -> String {
    let version = version_table(dialect, table);
    let condition = |ids: &[RevisionId], count: usize| {
        let ids = quoted(dialect, ids).join(", ");
        format!("(SELECT COUNT(*) FROM {version} WHERE version_num IN ({ids})) = {count}")
    };
    let gone = (!change.delete.is_empty()).then(|| condition(&change.delete, change.delete.len()));
    let come = (!change.insert.is_empty()).then(|| condition(&change.insert, 0));
    let all: Vec<String> = gone.into_iter().chain(come).collect();
    if all.is_empty() { "1 = 1".to_owned() } else { all.join(" AND ") }
}

/// Condition that holds if the version table contains exactly these rows.
#[must_use]
pub fn rows_are(dialect: Dialect, table: &VersionTable, rows: &[RevisionId]) -> String {
    let version = version_table(dialect, table);
    let all = format!("(SELECT COUNT(*) FROM {version}) = {}", rows.len());
    if rows.is_empty() {
        return all;
    }
    let ids = quoted(dialect, rows).join(", ");
    format!("{all} AND (SELECT COUNT(*) FROM {version} WHERE version_num IN ({ids})) = {}", rows.len())
}

/// Query for the version rows, in order of id.
#[must_use]
pub fn select_rows(dialect: Dialect, table: &VersionTable) -> String {
    format!("SELECT version_num FROM {} ORDER BY version_num", version_table(dialect, table))
}

fn quoted(dialect: Dialect, ids: &[RevisionId]) -> Vec<String> {
    ids.iter().map(|id| text_literal(dialect, id.as_str())).collect()
}

/// Returns `text` as a literal that, unlike [`crate::sql::quote_literal`]'s, has the same value regardless of
/// `standard_conforming_strings` and `NO_BACKSLASH_ESCAPES`. NUL is removed, because PostgreSQL cannot store it.
#[must_use]
pub fn text_literal(dialect: Dialect, text: &str) -> String {
    dialect.rules().literal_in_any_mode(&text.replace('\0', ""))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn table() -> VersionTable {
        VersionTable { schema: Some("app".to_owned()), name: "alembic_version".to_owned() }
    }

    fn change(delete: &[&str], insert: &[&str]) -> RowChange {
        let ids = |texts: &[&str]| texts.iter().map(|text| RevisionId::new(text).unwrap()).collect();
        RowChange { delete: ids(delete), insert: ids(insert) }
    }

    fn texts(dialect: Dialect, change: &RowChange) -> Vec<(String, u64)> {
        change_rows(dialect, &table(), change).into_iter().map(|row| (row.sql, row.rows)).collect()
    }

    #[test]
    fn one_row_for_another_is_an_update() {
        let expected = r#"UPDATE "app"."alembic_version" SET version_num = 'b' WHERE version_num = 'a'"#;
        assert_eq!(texts(Dialect::POSTGRES, &change(&["a"], &["b"])), [(expected.to_owned(), 1)]);
    }

    #[test]
    fn a_merge_deletes_all_and_inserts_one() {
        let expected = [
            ("DELETE FROM `app`.`alembic_version` WHERE version_num IN ('a', 'b')".to_owned(), 2),
            ("INSERT INTO `app`.`alembic_version` (version_num) VALUES ('m')".to_owned(), 1),
        ];
        assert_eq!(texts(Dialect::MYSQL, &change(&["a", "b"], &["m"])), expected);
        assert!(texts(Dialect::MYSQL, &change(&[], &[])).is_empty());
    }

    #[test]
    fn literals_survive_quotes_and_backslashes_in_every_mode() {
        assert_eq!(text_literal(Dialect::SQLITE, r"a'\b"), r"'a''\b'");
        assert_eq!(text_literal(Dialect::POSTGRES, r"a'\b"), r"E'a''\\b'");
        assert_eq!(text_literal(Dialect::MYSQL, r"a'\b"), "_utf8mb4 0x61275c62");
        assert_eq!(text_literal(Dialect::MYSQL, "größe'"), "'größe'''");
    }

    #[test]
    fn the_version_table_is_alembics() {
        let expected = "CREATE TABLE IF NOT EXISTS \"app\".\"alembic_version\" (\n    version_num VARCHAR(255) NOT NULL,\n    \
                        CONSTRAINT \"alembic_version_pkc\" PRIMARY KEY (version_num)\n)";
        assert_eq!(create_version_table(Dialect::POSTGRES, &table()), expected);
    }
}
