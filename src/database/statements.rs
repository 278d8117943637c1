//! The SQL that aludel itself says to a database: version table, version rows, journal. Text only, per dialect;
//! the drivers send it, and the offline script prints it. Must not know connections.
//!
//! The version table is Alembic's (`alembic.runtime.migration.MigrationContext._version`), with 255 characters
//! instead of 32. Every text ends without a semicolon.

use crate::database::{Remark, RemarkChange, VersionTable};
use crate::graph::RowChange;
use crate::id::RevisionId;
use crate::sql::{Dialect, qualified, quote_identifier};

/// A statement on the version rows, and how many rows it must touch: any other number means that
/// somebody else moved them meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowStatement {
    /// The statement.
    pub sql: String,
    /// The rows it must touch.
    pub rows: u64,
}

/// How a unit stands in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalState {
    /// It was started outside a transaction.
    Running,
    /// It came to its end.
    Done,
    /// It failed.
    Failed,
    /// Somebody said by hand what the database could not tell: a remark, which says nothing of the revision itself.
    Noted,
}

impl JournalState {
    /// The word in the journal's column `state`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Noted => "noted",
        }
    }
}

/// When a unit started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started<'a> {
    /// RFC 3339, UTC.
    At(&'a str),
    /// When the database runs the statement (scripts).
    Now,
}

/// How long a unit took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Took {
    /// Not known (yet).
    Unknown,
    /// Milliseconds, measured by the runner.
    Milliseconds(i64),
    /// What the server's clock says since the transaction began. Only PostgreSQL knows; elsewhere not known.
    SinceBegin,
    /// The same since the message that the statement is in arrived. Only PostgreSQL knows.
    SinceMessage,
}

/// A journal row to write.
#[derive(Debug, Clone)]
pub struct JournalEntry<'a> {
    /// The revision.
    pub revision: &'a str,
    /// What was done.
    pub operation: &'a str,
    /// How it stands.
    pub state: JournalState,
    /// When it started.
    pub started: Started<'a>,
    /// How long it took.
    pub took: Took,
    /// The fingerprint of the section.
    pub checksum: Option<&'a str>,
    /// Statements that ran and stay.
    pub statements_done: u64,
    /// Statements in all.
    pub statements_total: u64,
    /// The statement (from 1) that is about to run without a transaction that would tell whether it ran.
    pub running: Option<u64>,
    /// The hashes of all statements, one after the other: by them a later run knows what has run already.
    pub hashes: Option<&'a str>,
    /// What the revision needed when it ran, ids with blanks between; none: not known.
    pub parents: Option<&'a str>,
    /// The operating system's user.
    pub os_user: &'a str,
    /// The machine.
    pub host: &'a str,
    /// aludel's version.
    pub tool_version: &'a str,
    /// The error.
    pub error: Option<&'a str>,
}

/// The version table's name, quoted, with its schema.
#[must_use]
pub fn version_table(dialect: Dialect, table: &VersionTable) -> String {
    qualified(table.schema.as_deref(), &table.name, dialect)
}

/// The journal's name without schema or quotes: `NAME_history`.
#[must_use]
pub fn journal_name(table: &VersionTable) -> String {
    format!("{}_history", table.name)
}

/// The journal's name, quoted, with its schema.
#[must_use]
pub fn journal_table(dialect: Dialect, table: &VersionTable) -> String {
    qualified(table.schema.as_deref(), &journal_name(table), dialect)
}

/// The name of the table with the schema that was there after the last run, without schema or quotes: `NAME_schema`.
#[must_use]
pub fn snapshot_name(table: &VersionTable) -> String {
    format!("{}_schema", table.name)
}

/// The tables that are aludel's own: version table, journal, lease, snapshot.
#[must_use]
pub fn companions(table: &VersionTable) -> [VersionTable; 4] {
    let beside = |name: String| VersionTable { schema: table.schema.clone(), name };
    [table.clone(), beside(journal_name(table)), beside(format!("{}_lock", table.name)), beside(snapshot_name(table))]
}

/// `text` as a literal that means the same whatever the session's settings.
#[must_use]
pub fn text_literal(dialect: Dialect, text: &str) -> String {
    literal(dialect, text)
}

/// Creates the version table where it is missing.
#[must_use]
pub fn create_version_table(dialect: Dialect, table: &VersionTable) -> String {
    // MySQL's usual collations would take `abc` and `ABC` for one id; SQLite's and PostgreSQL's do not.
    let (column, options) = match dialect {
        Dialect::Mysql => ("VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", " ENGINE=InnoDB"),
        Dialect::Postgres | Dialect::Sqlite => ("VARCHAR(255)", ""),
    };
    format!(
        "CREATE TABLE IF NOT EXISTS {} (\n    version_num {column} NOT NULL,\n    CONSTRAINT {} PRIMARY KEY (version_num)\n){options}",
        version_table(dialect, table),
        quote_identifier(&format!("{}_pkc", table.name), dialect),
    )
}

/// Creates the journal where it is missing.
#[must_use]
pub fn create_journal(dialect: Dialect, table: &VersionTable) -> String {
    let (id, instant, long, options) = match dialect {
        Dialect::Postgres => {
            let id = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY";
            (id, "TIMESTAMP WITH TIME ZONE", "TEXT", "")
        }
        Dialect::Mysql => {
            let options = " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
            ("BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY", "DATETIME(6)", "LONGTEXT", options)
        }
        Dialect::Sqlite => ("INTEGER PRIMARY KEY", "TEXT", "TEXT", ""),
    };
    format!(
        "CREATE TABLE IF NOT EXISTS {} (
    id {id},
    revision VARCHAR(255) NOT NULL,
    operation VARCHAR(16) NOT NULL,
    state VARCHAR(16) NOT NULL,
    started_at {instant} NOT NULL,
    duration_ms BIGINT NULL,
    checksum CHAR(64) NULL,
    statements_done BIGINT NOT NULL,
    statements_total BIGINT NOT NULL,
    statement_running BIGINT NULL,
    statement_hashes {long} NULL,
    parents TEXT NULL,
    batch_cursor VARCHAR(255) NULL,
    os_user VARCHAR(255) NOT NULL,
    host VARCHAR(255) NOT NULL,
    tool_version VARCHAR(64) NOT NULL,
    error TEXT NULL,
    note TEXT NULL
){options}",
        journal_table(dialect, table)
    )
}

/// The statements that change the version rows: at most one DELETE and one INSERT, or one UPDATE.
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

/// Writes a journal row. (Its id: `RETURNING`, `LAST_INSERT_ID()`, `last_insert_rowid()` are the driver's.)
#[must_use]
pub fn insert_journal(dialect: Dialect, table: &VersionTable, entry: &JournalEntry<'_>) -> String {
    let (columns, values) = (JOURNAL_COLUMNS, journal_values(dialect, entry).join(", "));
    format!("INSERT INTO {} ({columns}) VALUES ({values})", journal_table(dialect, table))
}

/// The same with the parameters `$1` to `$14` for all values but how long it took; they are [`journal_arguments`].
#[must_use]
pub fn insert_journal_of_arguments(dialect: Dialect, table: &VersionTable, elapsed: Took) -> String {
    let mut values: Vec<String> = (1..JOURNAL_VALUES).map(|number| format!("${number}")).collect();
    values.insert(TOOK_AT, took(dialect, elapsed));
    format!("INSERT INTO {} ({JOURNAL_COLUMNS}) VALUES ({})", journal_table(dialect, table), values.join(", "))
}

/// What [`insert_journal_of_arguments`] takes, as literals with commas between.
#[must_use]
pub fn journal_arguments(dialect: Dialect, entry: &JournalEntry<'_>) -> String {
    let values = journal_values(dialect, entry);
    let arguments = values.iter().enumerate().filter(|(at, _)| *at != TOOK_AT).map(|(_, value)| &**value);
    arguments.collect::<Vec<_>>().join(", ")
}

/// The same, but no row is written when the version rows are not what `change` starts from.
#[must_use]
pub fn insert_journal_if_rows_match(
    dialect: Dialect,
    table: &VersionTable,
    entry: &JournalEntry<'_>,
    change: &RowChange,
) -> String {
    insert_journal_if(dialect, table, entry, &rows_match(dialect, table, change))
}

/// The same, but no row is written unless `condition` holds.
#[must_use]
pub fn insert_journal_if(dialect: Dialect, table: &VersionTable, entry: &JournalEntry<'_>, condition: &str) -> String {
    let (columns, values) = (JOURNAL_COLUMNS, journal_values(dialect, entry).join(", "));
    let from = if dialect == Dialect::Mysql { " FROM DUAL" } else { "" };
    format!("INSERT INTO {} ({columns}) SELECT {values}{from} WHERE {condition}", journal_table(dialect, table))
}

/// The condition that the version rows are what `change` starts from.
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

/// Takes back the journal row `id` of a unit that was announced and did not start.
#[must_use]
pub fn withdraw_journal(dialect: Dialect, table: &VersionTable, id: i64) -> String {
    let running = literal(dialect, JournalState::Running.name());
    format!("DELETE FROM {} WHERE id = {id} AND state = {running}", journal_table(dialect, table))
}

const JOURNAL_COLUMNS: &str = "revision, operation, state, started_at, duration_ms, checksum, statements_done, \
                               statements_total, statement_running, statement_hashes, parents, os_user, host, \
                               tool_version, error";

const JOURNAL_VALUES: usize = 15;

/// Where `duration_ms` stands among them.
const TOOK_AT: usize = 4;

fn journal_values(dialect: Dialect, entry: &JournalEntry<'_>) -> [String; JOURNAL_VALUES] {
    let text = |value: &str| literal(dialect, value);
    let optional = |value: Option<&str>| value.map_or_else(|| "NULL".to_owned(), text);
    [
        text(entry.revision),
        text(entry.operation),
        text(entry.state.name()),
        started(dialect, entry.started),
        took(dialect, entry.took),
        optional(entry.checksum),
        entry.statements_done.to_string(),
        entry.statements_total.to_string(),
        number(entry.running),
        optional(entry.hashes),
        optional(entry.parents),
        text(&shortened(entry.os_user, 255)),
        text(&shortened(entry.host, 255)),
        text(&shortened(entry.tool_version, 64)),
        optional(entry.error.map(|error| shortened(error, ERROR_CHARACTERS)).as_deref()),
    ]
}

fn number(value: Option<u64>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |value| value.to_string())
}

/// Notes in the journal row `id` how many statements have run, and which one (from 1) is about to run without a
/// transaction around it and this note.
#[must_use]
pub fn journal_progress(
    dialect: Dialect,
    table: &VersionTable,
    id: i64,
    statements_done: u64,
    running: Option<u64>,
) -> String {
    format!(
        "UPDATE {} SET statements_done = {statements_done}, statement_running = {} WHERE id = {id}",
        journal_table(dialect, table),
        number(running)
    )
}

/// Writes into the journal row `id` the hashes of the statements as the file has them now.
#[must_use]
pub fn journal_hashes(dialect: Dialect, table: &VersionTable, id: i64, hashes: &str) -> String {
    let (journal, hashes) = (journal_table(dialect, table), literal(dialect, hashes));
    format!("UPDATE {journal} SET statement_hashes = {hashes} WHERE id = {id}")
}

/// The statements that write a remark.
#[must_use]
pub fn remark(dialect: Dialect, table: &VersionTable, remark: &Remark<'_>) -> Vec<String> {
    let change = remark.change.map(|change| match change {
        RemarkChange::Done { id, statements } => journal_progress(dialect, table, id, statements, None),
        RemarkChange::Hashes { id, hashes } => journal_hashes(dialect, table, id, hashes),
    });
    change.into_iter().chain([insert_journal(dialect, table, &remark.entry)]).collect()
}

/// Notes in the journal row `id` how the unit ended.
#[must_use]
pub fn finish_journal(
    dialect: Dialect,
    table: &VersionTable,
    id: i64,
    state: JournalState,
    elapsed: Took,
    statements_done: u64,
    error: Option<&str>,
) -> String {
    let error = error.map_or_else(|| "NULL".to_owned(), |error| literal(dialect, &shortened(error, ERROR_CHARACTERS)));
    // Nobody goes on with what is done: its hashes would only fill the journal.
    let hashes = if state == JournalState::Done { ", statement_hashes = NULL" } else { "" };
    format!(
        "UPDATE {} SET state = {}, duration_ms = {}, statements_done = {statements_done}, statement_running = NULL{hashes}, \
         error = {error} WHERE id = {id}",
        journal_table(dialect, table),
        literal(dialect, state.name()),
        took(dialect, elapsed),
    )
}

/// Reads the version rows, in order of id.
#[must_use]
pub fn select_rows(dialect: Dialect, table: &VersionTable) -> String {
    format!("SELECT version_num FROM {} ORDER BY version_num", version_table(dialect, table))
}

/// Reads of each revision the newest journal row that says what is there: done, or begun and not ended with something
/// left behind. Newest first; in the order of [`crate::database::Latest`]'s fields. One pass over the journal.
#[must_use]
pub fn select_latest(dialect: Dialect, table: &VersionTable) -> String {
    let journal = journal_table(dialect, table);
    format!(
        "SELECT j.id, j.revision, j.operation, j.state, j.checksum, j.parents, j.statements_done, j.statements_total, \
         j.statement_running, j.statement_hashes, j.error, \
         (SELECT MAX(s.id) FROM {journal} s WHERE s.operation = 'stamp' AND s.state = 'done') \
         FROM {journal} j JOIN (SELECT MAX(id) AS newest FROM {journal} WHERE state IN ('done', 'running') \
         OR (state = 'failed' AND (statements_done > 0 OR batch_cursor IS NOT NULL)) GROUP BY revision) n ON n.newest = j.id ORDER BY j.id DESC"
    )
}

/// Reads the newest `limit` journal rows, newest first, in the order of [`crate::database::JournalRow`]'s fields;
/// `started_at` as RFC 3339 text.
#[must_use]
pub fn select_journal(dialect: Dialect, table: &VersionTable, limit: usize) -> String {
    let started_at = match dialect {
        Dialect::Postgres => r#"to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#,
        Dialect::Mysql => "DATE_FORMAT(started_at, '%Y-%m-%dT%H:%i:%s.%fZ')",
        Dialect::Sqlite => "started_at",
    };
    format!(
        "SELECT id, revision, operation, state, {started_at}, duration_ms, checksum, statements_done, \
         statements_total, os_user, host, tool_version, error, note FROM {} ORDER BY id DESC LIMIT {}",
        journal_table(dialect, table),
        i64::try_from(limit).unwrap_or(i64::MAX),
    )
}

/// How much of an error the journal keeps: MySQL's TEXT ends at 65,535 bytes, four for a character.
const ERROR_CHARACTERS: usize = 16_000;

fn quoted(dialect: Dialect, ids: &[RevisionId]) -> Vec<String> {
    ids.iter().map(|id| literal(dialect, id.as_str())).collect()
}

fn shortened(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

pub(super) fn started(dialect: Dialect, started: Started<'_>) -> String {
    match (dialect, started) {
        (Dialect::Mysql, Started::At(text)) => literal(dialect, &mysql_datetime(text)),
        (Dialect::Postgres | Dialect::Sqlite, Started::At(text)) => literal(dialect, text),
        (Dialect::Postgres, Started::Now) => "clock_timestamp()".to_owned(),
        (Dialect::Mysql, Started::Now) => "UTC_TIMESTAMP(6)".to_owned(),
        (Dialect::Sqlite, Started::Now) => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')".to_owned(),
    }
}

/// RFC 3339 in UTC as a DATETIME literal, which knows no `T` or `Z` in strict mode.
fn mysql_datetime(text: &str) -> String {
    text.trim_end_matches(['Z', 'z']).trim_end_matches("+00:00").replace(['T', 't'], " ")
}

pub(super) fn took(dialect: Dialect, took: Took) -> String {
    match (took, dialect) {
        (Took::Milliseconds(milliseconds), _) => milliseconds.to_string(),
        (Took::SinceBegin, Dialect::Postgres) => {
            "CAST(extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000 AS bigint)".to_owned()
        }
        (Took::SinceMessage, Dialect::Postgres) => {
            "CAST(extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000 AS bigint)".to_owned()
        }
        (Took::Unknown | Took::SinceBegin | Took::SinceMessage, _) => "NULL".to_owned(),
    }
}

/// A text literal that, unlike [`crate::sql::quote_literal`]'s, means the same whatever `standard_conforming_strings` and `NO_BACKSLASH_ESCAPES` say.
/// NUL, which PostgreSQL cannot hold, is left out.
fn literal(dialect: Dialect, text: &str) -> String {
    let text = text.replace('\0', "");
    let doubled = text.replace('\'', "''");
    match dialect {
        Dialect::Postgres if text.contains('\\') => format!("E'{}'", doubled.replace('\\', "\\\\")),
        Dialect::Mysql if text.contains('\\') => {
            let hexadecimal = text.bytes().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
            format!("_utf8mb4 0x{hexadecimal}")
        }
        Dialect::Postgres | Dialect::Mysql | Dialect::Sqlite => format!("'{doubled}'"),
    }
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
        assert_eq!(texts(Dialect::Postgres, &change(&["a"], &["b"])), [(expected.to_owned(), 1)]);
    }

    #[test]
    fn a_merge_deletes_all_and_inserts_one() {
        let expected = [
            ("DELETE FROM `app`.`alembic_version` WHERE version_num IN ('a', 'b')".to_owned(), 2),
            ("INSERT INTO `app`.`alembic_version` (version_num) VALUES ('m')".to_owned(), 1),
        ];
        assert_eq!(texts(Dialect::Mysql, &change(&["a", "b"], &["m"])), expected);
        assert!(texts(Dialect::Mysql, &change(&[], &[])).is_empty());
    }

    #[test]
    fn literals_survive_quotes_and_backslashes_in_every_mode() {
        assert_eq!(literal(Dialect::Sqlite, r"a'\b"), r"'a''\b'");
        assert_eq!(literal(Dialect::Postgres, r"a'\b"), r"E'a''\\b'");
        assert_eq!(literal(Dialect::Mysql, r"a'\b"), "_utf8mb4 0x61275c62");
        assert_eq!(literal(Dialect::Mysql, "größe'"), "'größe'''");
    }

    #[test]
    fn mysql_takes_an_instant_without_t_and_z() {
        let text = started(Dialect::Mysql, Started::At("2026-11-21T12:00:00.000001Z"));
        assert_eq!(text, "'2026-11-21 12:00:00.000001'");
    }

    #[test]
    fn the_version_table_is_alembics() {
        let expected = "CREATE TABLE IF NOT EXISTS \"app\".\"alembic_version\" (\n    version_num VARCHAR(255) NOT NULL,\n    \
                        CONSTRAINT \"alembic_version_pkc\" PRIMARY KEY (version_num)\n)";
        assert_eq!(create_version_table(Dialect::Postgres, &table()), expected);
    }
}
