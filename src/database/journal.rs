//! The journal `NAME_history`: its rows, and the SQL that writes and reads them. SQL text only, for each dialect;
//! drivers execute it, and offline scripts print it. No statement ends with a semicolon.

use std::borrow::Cow;

use super::definition::DEFINITION;
use super::statements::{rows_match, text_literal};
use super::{ManualEntry, RemarkChange, VersionTable};
use crate::graph::RowChange;
use crate::sql::{Dialect, TableTypes, qualified};

/// State of a unit in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalState {
    /// Started outside a transaction, and not finished.
    Running,
    /// Finished successfully.
    Done,
    /// It failed.
    Failed,
    /// An entry made by hand with `repair`: it resolves an unknown state and does not record a run of the revision.
    Noted,
}

impl JournalState {
    /// Returns the value in the journal's column `state`.
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

/// Start time of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started<'a> {
    /// A given time: RFC 3339, UTC.
    At(&'a str),
    /// The time at which the database runs the statement (for scripts).
    Now,
    /// The time at which the transaction with the statement began, by the server's clock.
    AtBegin,
}

/// Duration of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Took {
    /// Not known, or not known yet.
    Unknown,
    /// Milliseconds, measured by the runner.
    Milliseconds(i64),
    /// Time since the start of the transaction, by the server's clock. Only on PostgreSQL; NULL elsewhere.
    SinceBegin,
    /// Time since the server received the message with this statement. Only on PostgreSQL; NULL elsewhere.
    SinceMessage,
}

/// Journal row to write.
#[derive(Debug, Clone)]
pub struct JournalEntry<'a> {
    /// Id of the revision.
    pub revision: &'a str,
    /// Name of the operation.
    pub operation: &'a str,
    /// State after the operation.
    pub state: JournalState,
    /// Start time.
    pub started: Started<'a>,
    /// Duration.
    pub took: Took,
    /// Fingerprint of the section that ran.
    pub checksum: Option<&'a str>,
    /// Number of statements that ran and were not rolled back.
    pub statements_done: u64,
    /// Total number of statements.
    pub statements_total: u64,
    /// Number (from 1) of a statement that is about to run outside a transaction. If the runner dies, this marks the
    /// statement whose outcome is unknown.
    pub running: Option<u64>,
    /// Concatenated hashes of all statements. The next attempt compares them with the file to find the statements that
    /// ran already.
    pub hashes: Option<&'a str>,
    /// Ids of the revisions that this one depended on when it ran, separated by spaces; `None` if not known.
    pub parents: Option<&'a str>,
    /// Name of the operating system's user.
    pub os_user: &'a str,
    /// Host name.
    pub host: &'a str,
    /// Version of aludel.
    pub tool_version: &'a str,
    /// Error message of a failed unit.
    pub error: Option<&'a str>,
    /// The revision as a later downgrade needs it if its file is not there; see [`super::definition`]. `None` also for a
    /// journal without the column, which is then not named.
    pub definition: Option<&'a str>,
}

/// Returns the journal's name without schema or quotes: `NAME_history`.
#[must_use]
pub fn journal_name(table: &VersionTable) -> String {
    format!("{}_history", table.name)
}

/// Returns the journal's name, quoted and schema-qualified.
#[must_use]
pub fn journal_table(dialect: Dialect, table: &VersionTable) -> String {
    qualified(table.schema.as_deref(), &journal_name(table), dialect)
}

/// Query for the number of the newest row.
#[must_use]
pub fn select_newest_entry(dialect: Dialect, table: &VersionTable) -> String {
    format!("SELECT MAX(id) FROM {}", journal_table(dialect, table))
}

/// Statement that creates the journal if it does not exist.
#[must_use]
pub fn create_journal(dialect: Dialect, table: &VersionTable) -> String {
    let TableTypes { row_id: id, instant, long_text: long, options, .. } = dialect.rules().table_types();
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
    note TEXT NULL,
    definition {long} NULL
){options}",
        journal_table(dialect, table)
    )
}

/// Statement that inserts a journal row. Retrieving its id (`RETURNING`, `LAST_INSERT_ID()`, `last_insert_rowid()`) is
/// left to the driver.
#[must_use]
pub fn insert_journal(dialect: Dialect, table: &VersionTable, entry: &JournalEntry<'_>) -> String {
    let (columns, values) = columns_and_values(dialect, entry);
    format!("INSERT INTO {} ({columns}) VALUES ({values})", journal_table(dialect, table))
}

/// [`insert_journal`] with the parameters `$1` to `$14` for all values but the duration, and `$15` for the definition
/// if `has_definition` is set; their values are [`journal_arguments`].
#[must_use]
pub fn insert_journal_of_arguments(
    dialect: Dialect,
    table: &VersionTable,
    elapsed: Took,
    has_definition: bool,
) -> String {
    let count = JOURNAL_VALUES + usize::from(has_definition);
    let mut values: Vec<String> = (1..count).map(|number| format!("${number}")).collect();
    values.insert(TOOK_AT, took(dialect, elapsed));
    let columns = columns(has_definition);
    format!("INSERT INTO {} ({columns}) VALUES ({})", journal_table(dialect, table), values.join(", "))
}

/// Values for [`insert_journal_of_arguments`], as literals separated by commas.
#[must_use]
pub fn journal_arguments(dialect: Dialect, entry: &JournalEntry<'_>, has_definition: bool) -> String {
    let values = journal_values(dialect, entry);
    let mut arguments: Vec<String> =
        values.into_iter().enumerate().filter(|(at, _)| *at != TOOK_AT).map(|(_, value)| value).collect();
    arguments.extend(has_definition.then(|| optional_text(dialect, entry.definition)));
    arguments.join(", ")
}

/// [`insert_journal`] that inserts nothing unless the version rows are the ones that `change` starts from.
#[must_use]
pub fn insert_journal_if_rows_match(
    dialect: Dialect,
    table: &VersionTable,
    entry: &JournalEntry<'_>,
    change: &RowChange,
) -> String {
    insert_journal_if(dialect, table, entry, &rows_match(dialect, table, change))
}

/// [`insert_journal`] that inserts nothing unless `condition` holds.
#[must_use]
pub fn insert_journal_if(dialect: Dialect, table: &VersionTable, entry: &JournalEntry<'_>, condition: &str) -> String {
    let (columns, values) = columns_and_values(dialect, entry);
    let from = dialect.rules().clause_for_no_table();
    format!("INSERT INTO {} ({columns}) SELECT {values}{from} WHERE {condition}", journal_table(dialect, table))
}

/// Statement that deletes the journal row `id` of a unit that was announced but not started.
#[must_use]
pub fn withdraw_journal(dialect: Dialect, table: &VersionTable, id: i64) -> String {
    let running = text_literal(dialect, JournalState::Running.name());
    format!("DELETE FROM {} WHERE id = {id} AND state = {running}", journal_table(dialect, table))
}

const JOURNAL_COLUMNS: &str = "revision, operation, state, started_at, duration_ms, checksum, statements_done, \
                               statements_total, statement_running, statement_hashes, parents, os_user, host, \
                               tool_version, error";

const JOURNAL_VALUES: usize = 15;

/// Index of `duration_ms` in the columns.
const TOOK_AT: usize = 4;

fn columns(has_definition: bool) -> Cow<'static, str> {
    if has_definition { format!("{JOURNAL_COLUMNS}, {DEFINITION}").into() } else { JOURNAL_COLUMNS.into() }
}

/// Returns the columns of an entry and its values, both separated by commas. Without a definition its column is not
/// named: the journal may be one of an earlier version.
fn columns_and_values(dialect: Dialect, entry: &JournalEntry<'_>) -> (Cow<'static, str>, String) {
    let mut values = journal_values(dialect, entry).join(", ");
    if entry.definition.is_some() {
        values = format!("{values}, {}", optional_text(dialect, entry.definition));
    }
    (columns(entry.definition.is_some()), values)
}

fn optional_text(dialect: Dialect, value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |value| text_literal(dialect, value))
}

fn journal_values(dialect: Dialect, entry: &JournalEntry<'_>) -> [String; JOURNAL_VALUES] {
    let text = |value: &str| text_literal(dialect, value);
    let optional = |value: Option<&str>| optional_text(dialect, value);
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

/// Statement that records in the journal row `id` how many statements have run, and which one (from 1) is about to run
/// outside a transaction with this record.
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

/// Statement that replaces the hashes in the journal row `id` by those of the current file.
#[must_use]
pub fn journal_hashes(dialect: Dialect, table: &VersionTable, id: i64, hashes: &str) -> String {
    let (journal, hashes) = (journal_table(dialect, table), text_literal(dialect, hashes));
    format!("UPDATE {journal} SET statement_hashes = {hashes} WHERE id = {id}")
}

/// Statements that write a manual entry.
#[must_use]
pub fn remark(dialect: Dialect, table: &VersionTable, remark: &ManualEntry<'_>) -> Vec<String> {
    let change = remark.change.map(|change| match change {
        RemarkChange::Done { id, statements } => journal_progress(dialect, table, id, statements, None),
        RemarkChange::Hashes { id, hashes } => journal_hashes(dialect, table, id, hashes),
    });
    change.into_iter().chain([insert_journal(dialect, table, &remark.entry)]).collect()
}

/// Statement that records in the journal row `id` how the unit ended.
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
    let error =
        error.map_or_else(|| "NULL".to_owned(), |error| text_literal(dialect, &shortened(error, ERROR_CHARACTERS)));
    // A finished revision is never resumed, so its hashes would only take space.
    let hashes = if state == JournalState::Done { ", statement_hashes = NULL" } else { "" };
    format!(
        "UPDATE {} SET state = {}, duration_ms = {}, statements_done = {statements_done}, statement_running = NULL{hashes}, \
         error = {error} WHERE id = {id}",
        journal_table(dialect, table),
        text_literal(dialect, state.name()),
        took(dialect, elapsed),
    )
}

/// Condition on a journal row that may determine the state of its revision: it is done, or it was started and is
/// unfinished with effects that were not rolled back. A failed run that left nothing behind is ignored.
pub const DETERMINES_STATE: &str = "(state IN ('done', 'running') OR (state = 'failed' AND (statements_done > 0 \
     OR statement_running IS NOT NULL OR batch_cursor IS NOT NULL)))";

/// Query for the newest journal row of each revision that determines its state. Newest first; columns in the order of
/// [`crate::database::Latest`]'s fields.
#[must_use]
pub fn select_latest(dialect: Dialect, table: &VersionTable) -> String {
    let journal = journal_table(dialect, table);
    format!(
        "SELECT j.id, j.revision, j.operation, j.state, j.checksum, j.parents, j.statements_done, j.statements_total, \
         j.statement_running, j.statement_hashes, j.error, \
         (SELECT MAX(s.id) FROM {journal} s WHERE s.operation = 'stamp' AND s.state = 'done') \
         FROM {journal} j JOIN (SELECT MAX(id) AS newest FROM {journal} WHERE {DETERMINES_STATE} \
         GROUP BY revision) n ON n.newest = j.id ORDER BY j.id DESC"
    )
}

/// Query for the newest `limit` journal rows, newest first; columns in the order of [`crate::database::JournalRow`]'s
/// fields, `started_at` as RFC 3339 text.
#[must_use]
pub fn select_journal(dialect: Dialect, table: &VersionTable, limit: usize) -> String {
    let started_at = dialect.rules().instant_as_text("started_at");
    format!(
        "SELECT id, revision, operation, state, {started_at}, duration_ms, checksum, statements_done, \
         statements_total, os_user, host, tool_version, error, note FROM {} ORDER BY id DESC LIMIT {}",
        journal_table(dialect, table),
        i64::try_from(limit).unwrap_or(i64::MAX),
    )
}

/// Maximum length of an error message in the journal: MySQL's TEXT holds 65,535 bytes, at most four per character.
const ERROR_CHARACTERS: usize = 16_000;

fn shortened(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

pub(crate) fn started(dialect: Dialect, started: Started<'_>) -> String {
    match started {
        Started::At(text) => dialect.rules().instant_literal(text),
        Started::Now => dialect.rules().current_instant().to_owned(),
        Started::AtBegin => dialect.rules().transaction_start().to_owned(),
    }
}

pub(crate) fn took(dialect: Dialect, took: Took) -> String {
    let elapsed = match took {
        Took::Milliseconds(milliseconds) => return milliseconds.to_string(),
        Took::SinceBegin => dialect.rules().elapsed_in_transaction(),
        Took::SinceMessage => dialect.rules().elapsed_in_message(),
        Took::Unknown => None,
    };
    elapsed.unwrap_or("NULL").to_owned()
}
