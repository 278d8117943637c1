//! Guarded change of the version rows: one statement that fails unless the rows are the ones the plan started from and
//! the session is the one that holds the lock. So no revision is applied twice, even where the lock does not hold.
//!
//! The error must be raised by the server, because the rest of the message including COMMIT has been sent already. A
//! failing cast of a text to a number raises it, and puts the text into the server's log; the most frequent change has
//! a cheaper form.
//!
//! ```text
//! WITH moved AS (UPDATE version SET version_num = 'b' WHERE version_num = 'a' RETURNING 1)
//! SELECT 1 / (count(*) = 1)::integer FROM moved        -- division by zero unless one row changed
//! ```

use crate::database::statements::text_literal;
use crate::graph::RowChange;
use crate::id::RevisionId;
use crate::sql::Dialect;

use super::errors::ConnectionError;

/// Part of the server's error message if the rows have changed.
const ROWS: &str = "aludel: another session has changed the version rows; their number is ";

/// Part of the server's error message if the session does not hold the lock.
const SESSION: &str = "aludel: this is not the session that holds the lock, but that of process ";

/// Comment at the end of every change: for readers of the server's log, and as a marker for [`super::lock::try_lock`],
/// which shows the part of a runner's query behind it.
pub(super) const END: &str =
    "/* aludel: fails when another session has changed the version rows, or without the lock */";

/// Reason why the guard failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The version rows are not the expected ones.
    Rows,
    /// This session does not hold the lock.
    Session,
}

/// Facts that the guard checks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    /// Number of version rows.
    pub(super) rows: Option<usize>,
    /// Server process that acquired the lock.
    pub(super) process: Option<i64>,
}

impl Known {
    /// Adjusts the number of version rows to a change of them.
    pub(super) fn change(&mut self, change: &RowChange) {
        if let Some(rows) = &mut self.rows {
            *rows = (*rows + change.insert.len()).saturating_sub(change.delete.len());
        }
    }
}

/// Builds the guarded change.
pub(super) fn change(table: &str, change: &RowChange, known: Known) -> String {
    if let ([old], [new]) = (change.delete.as_slice(), change.insert.as_slice()) {
        return update(table, &quoted(old), &quoted(new), known.process);
    }
    let (steps, conditions) = deletes_and_inserts(table, &change.delete, &change.insert);
    let with = if steps.is_empty() { String::new() } else { format!("WITH {} ", steps.join(", ")) };
    format!("{with}{} {END}", verdict(table, conditions, known))
}

/// Builds the change of one row to another, in the cheapest form: nearly every revision needs it. Planning [`verdict`]
/// takes a fifth of the server's time for a small revision; this form takes less than half of that. It divides by zero
/// unless exactly one row changed, and takes the square root of a negative number in a session without the lock;
/// [`broken`] distinguishes the two errors. `old` and `new` are literals or parameters.
pub(super) fn update(table: &str, old: &str, new: &str, process: Option<i64>) -> String {
    let moved = "1 / (pg_catalog.count(*) = 1)::integer";
    let checked = process.map_or_else(
        || moved.to_owned(),
        |process| {
            let other = "pg_catalog.sqrt(- pg_catalog.pg_backend_pid())";
            format!("CASE WHEN pg_catalog.pg_backend_pid() = {process} THEN {moved} ELSE {other} END")
        },
    );
    format!(
        "WITH moved AS (UPDATE {table} SET version_num = {new} WHERE version_num = {old} RETURNING 1) \
         SELECT {checked} FROM moved {END}"
    )
}

/// Statement that fails as [`update`] does in a session without the lock, if the lease belongs to another runner.
pub(super) fn lease(condition: &str) -> String {
    format!("SELECT CASE WHEN {condition} THEN 1 ELSE pg_catalog.sqrt(- pg_catalog.pg_backend_pid()) END")
}

/// Statement that divides by zero unless the version table holds exactly `rows` (see [`rows_text`]), a literal or a
/// parameter.
pub(super) fn holds(table: &str, rows: &str) -> String {
    let ids = r#"pg_catalog.string_agg(version_num::text, E'\n' ORDER BY version_num::text COLLATE "C")"#;
    format!("SELECT 1 / (coalesce({ids}, '') = {rows})::integer FROM {table}")
}

/// Returns the rows for [`holds`] as a literal.
pub(super) fn rows_text(rows: &[RevisionId]) -> String {
    quote_literal(&rows.iter().map(RevisionId::as_str).collect::<Vec<_>>().join("\n"))
}

/// Wraps `update` so that it divides by zero unless it changes exactly one row: a revision may have emptied the
/// journal.
pub(super) fn must_change_one(update: &str) -> String {
    format!("WITH changed AS ({update} RETURNING 1) SELECT 1 / (pg_catalog.count(*) = 1)::integer FROM changed")
}

/// Returns whether the failure of [`holds`], or of the journal row after it, means that the revision has changed the
/// version table or the journal: `division_by_zero`, `undefined_table`, `undefined_column`.
pub(super) fn is_own_table_changed(trouble: &ConnectionError) -> bool {
    matches!(trouble.sqlstate(), Some("22012" | "42P01" | "42703"))
}

/// Query that fails if [`change`] would fail, without changing anything.
pub(super) fn expect(table: &str, change: &RowChange, known: Known) -> String {
    let count = |ids| format!("(SELECT pg_catalog.count(*) FROM {table} WHERE version_num IN ({}))", list(ids));
    let mut conditions = Vec::new();
    if !change.delete.is_empty() {
        conditions.push(format!("{} = {}", count(&change.delete), change.delete.len()));
    }
    if !change.insert.is_empty() {
        conditions.push(format!("{} = 0", count(&change.insert)));
    }
    verdict(table, conditions, known)
}

fn deletes_and_inserts(table: &str, delete: &[RevisionId], insert: &[RevisionId]) -> (Vec<String>, Vec<String>) {
    let mut steps = Vec::new();
    let mut conditions = Vec::new();
    if !delete.is_empty() {
        steps.push(format!("gone AS (DELETE FROM {table} WHERE version_num IN ({}) RETURNING 1)", list(delete)));
        conditions.push(counts("gone", delete.len()));
    }
    if !insert.is_empty() {
        let values: Vec<String> = insert.iter().map(|id| format!("({})", quoted(id))).collect();
        let insertion = format!("INSERT INTO {table} (version_num) VALUES {} RETURNING 1", values.join(", "));
        steps.push(format!("come AS ({insertion})"));
        conditions.push(counts("come", insert.len()));
    }
    (steps, conditions)
}

/// Builds the checking SELECT. The parts of a WITH all read the table as it was before, so the number of rows is the
/// one before the change.
fn verdict(table: &str, mut conditions: Vec<String>, known: Known) -> String {
    let all = format!("(SELECT pg_catalog.count(*) FROM {table})");
    if let Some(rows) = known.rows {
        conditions.push(format!("{all} = {rows}"));
    }
    let session = known.process.map(|process| {
        let other = format!("CAST({} || pg_catalog.pg_backend_pid() AS integer)", quote_literal(SESSION));
        format!("WHEN pg_catalog.pg_backend_pid() <> {process} THEN {other} ")
    });
    let condition = if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") };
    format!(
        "SELECT CASE {}WHEN {condition} THEN 1 ELSE CAST({} || {all} AS integer) END",
        session.unwrap_or_default(),
        quote_literal(ROWS)
    )
}

/// Returns the meaning of a guard's error; `None` for any other error.
pub(super) fn broken(trouble: &ConnectionError) -> Option<Broken> {
    let ConnectionError::Server { error, .. } = trouble else { return None };
    match error.sqlstate.as_deref() {
        Some("22P02") if error.message.contains(SESSION) => Some(Broken::Session),
        Some("22P02") if error.message.contains(ROWS) => Some(Broken::Rows),
        // Errors of `update`: division_by_zero, invalid_argument_for_power_function.
        Some("22012") => Some(Broken::Rows),
        Some("2201F") => Some(Broken::Session),
        // The row exists already, or another transaction changed it concurrently (unique_violation,
        // serialization_failure).
        Some("23505" | "40001") => Some(Broken::Rows),
        _ => None,
    }
}

fn counts(step: &str, number: usize) -> String {
    format!("(SELECT pg_catalog.count(*) FROM {step}) = {number}")
}

fn list(ids: &[RevisionId]) -> String {
    ids.iter().map(quoted).collect::<Vec<_>>().join(", ")
}

fn quoted(id: &RevisionId) -> String {
    quote_literal(id.as_str())
}

/// Returns a text literal for PostgreSQL.
pub(super) fn quote_literal(value: &str) -> String {
    text_literal(Dialect::POSTGRES, value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ids(texts: &[&str]) -> Vec<RevisionId> {
        texts.iter().map(|text| RevisionId::new(text).unwrap()).collect()
    }

    #[test]
    fn one_row_for_another_is_an_update_that_must_hit() {
        let row_change = RowChange { delete: ids(&["a"]), insert: ids(&["b"]) };
        let sql = change("t", &row_change, Known { rows: Some(2), process: Some(7) });
        assert_eq!(
            sql,
            "WITH moved AS (UPDATE t SET version_num = 'b' WHERE version_num = 'a' RETURNING 1) \
             SELECT CASE WHEN pg_catalog.pg_backend_pid() = 7 THEN 1 / (pg_catalog.count(*) = 1)::integer \
             ELSE pg_catalog.sqrt(- pg_catalog.pg_backend_pid()) END FROM moved \
             /* aludel: fails when another session has changed the version rows, or without the lock */"
        );
    }

    #[test]
    fn a_merge_counts_what_goes_and_what_comes() {
        let row_change = RowChange { delete: ids(&["a", "b"]), insert: ids(&["m"]) };
        let sql = change("t", &row_change, Known::default());
        assert!(sql.starts_with("WITH gone AS (DELETE FROM t WHERE version_num IN ('a', 'b') RETURNING 1), come AS"));
        assert!(sql.contains("FROM gone) = 2 AND"));
        assert!(sql.contains("FROM come) = 1 THEN"));
    }
}
