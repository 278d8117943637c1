//! The change of the version rows as one statement that fails when the rows are not what the plan started from, or
//! when another session than the lock's runs it. Then nobody applies a revision twice, even without a lock.
//!
//! A failure must come from the server, in the middle of a message that goes on to COMMIT: a cast of a sentence to a
//! number fails, and the sentence stands in the server's log; the usual change has a cheaper form.

use crate::database::statements::text_literal;
use crate::graph::RowChange;
use crate::id::RevisionId;
use crate::sql::Dialect;

use super::errors::Trouble;

/// Stands in the server's message when the rows were moved.
const ROWS: &str = "aludel: somebody else has moved the version rows; their number is ";

/// Stands in the server's message when the session is not the one that took the lock.
const SESSION: &str = "aludel: this is not the session that holds the lock, but that of process ";

/// Stands behind every change: for who reads the server's log, and for [`super::lock::try_lock`], which shows what a runner
/// runs from here on.
pub(super) const END: &str = "/* aludel: fails when somebody else has moved the version rows, or without the lock */";

/// What a fence found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The rows are others.
    Rows,
    /// The lock is not held by this session.
    Session,
}

/// What is known before the change.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    /// How many version rows there are.
    pub(super) rows: Option<usize>,
    /// The server process that took the lock.
    pub(super) process: Option<i64>,
}

/// The change, fenced.
pub(super) fn change(table: &str, change: &RowChange, known: Known) -> String {
    if let ([old], [new]) = (change.delete.as_slice(), change.insert.as_slice()) {
        return update(table, &quoted(old), &quoted(new), known.process);
    }
    let (steps, conditions) = deletes_and_inserts(table, &change.delete, &change.insert);
    let with = if steps.is_empty() { String::new() } else { format!("WITH {} ", steps.join(", ")) };
    format!("{with}{} {END}", verdict(table, conditions, known))
}

/// One row for another: what nearly every revision does, so in the cheapest form that was found. To plan [`verdict`]
/// costs the server a fifth of what a small revision costs; this costs less than half of that. It divides by
/// zero when it was not one row that moved, and takes the root of a negative number in another session than the lock's.
/// `old` and `new` are literals or parameters.
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

/// Fails as [`update`] does in another session than the lock's, when the lease is somebody else's.
pub(super) fn lease(condition: &str) -> String {
    format!("SELECT CASE WHEN {condition} THEN 1 ELSE pg_catalog.sqrt(- pg_catalog.pg_backend_pid()) END")
}

/// Divides by zero when the version table does not hold `rows` (see [`rows_text`]), a literal or a parameter, and no others.
pub(super) fn holds(table: &str, rows: &str) -> String {
    let ids = r#"pg_catalog.string_agg(version_num::text, E'\n' ORDER BY version_num::text COLLATE "C")"#;
    format!("SELECT 1 / (coalesce({ids}, '') = {rows})::integer FROM {table}")
}

/// The rows that [`holds`] compares, as a literal.
pub(super) fn rows_text(rows: &[RevisionId]) -> String {
    text(&rows.iter().map(RevisionId::as_str).collect::<Vec<_>>().join("\n"))
}

/// `update`, which divides by zero when it does not change exactly one row: a revision may have emptied the journal.
pub(super) fn must_change_one(update: &str) -> String {
    format!("WITH changed AS ({update} RETURNING 1) SELECT 1 / (pg_catalog.count(*) = 1)::integer FROM changed")
}

/// Whether the failure of [`holds`], or of the journal's row behind it, comes from a version table or a journal that the
/// revision has changed: `division_by_zero`, `undefined_table`, `undefined_column`.
pub(super) fn is_own_table_changed(trouble: &Trouble) -> bool {
    matches!(trouble.sqlstate(), Some("22012" | "42P01" | "42703"))
}

/// Asks, changing nothing, whether [`change`] would go through.
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

/// The parts of a WITH see the table as it was before: the number of all rows is the one before the change.
fn verdict(table: &str, mut conditions: Vec<String>, known: Known) -> String {
    let all = format!("(SELECT pg_catalog.count(*) FROM {table})");
    if let Some(rows) = known.rows {
        conditions.push(format!("{all} = {rows}"));
    }
    let session = known.process.map(|process| {
        let other = format!("CAST({} || pg_catalog.pg_backend_pid() AS integer)", text(SESSION));
        format!("WHEN pg_catalog.pg_backend_pid() <> {process} THEN {other} ")
    });
    let condition = if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") };
    format!(
        "SELECT CASE {}WHEN {condition} THEN 1 ELSE CAST({} || {all} AS integer) END",
        session.unwrap_or_default(),
        text(ROWS)
    )
}

/// What the failure of a fence means; none: something else.
pub(super) fn broken(trouble: &Trouble) -> Option<Broken> {
    let Trouble::Server { error, .. } = trouble else { return None };
    match error.sqlstate.as_deref() {
        Some("22P02") if error.message.contains(SESSION) => Some(Broken::Session),
        Some("22P02") if error.message.contains(ROWS) => Some(Broken::Rows),
        // What `update` fails with: division_by_zero, invalid_argument_for_power_function.
        Some("22012") => Some(Broken::Rows),
        Some("2201F") => Some(Broken::Session),
        // The row is there already, or somebody changed it at the same time (unique_violation, serialization_failure).
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
    text(id.as_str())
}

/// A text literal for PostgreSQL.
pub(super) fn text(value: &str) -> String {
    text_literal(Dialect::Postgres, value)
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
             /* aludel: fails when somebody else has moved the version rows, or without the lock */"
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
