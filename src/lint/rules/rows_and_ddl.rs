//! `rows-and-ddl`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "rows-and-ddl",
    severity: Some(Severity::Error),
    dialects: POSTGRES,
    title: "Rows that are changed under the lock of a change of schema",
    danger: "ALTER TABLE keeps ACCESS EXCLUSIVE to the end of the transaction. While the rows are changed, readers and writers \
             of the altered table wait.",
    safe: "Change the rows in a revision of their own, behind the one that changes the schema.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::Rows(rows) = view.parsed() else { return };
    let is_long = rows.verb != RowVerb::Insert || rows.is_from_query;
    if !is_long || !view.revision.in_transaction || view.statement.is_batch || !view.before.is_in_use(&rows.table) {
        return;
    }
    if let Some(locked) = super::locked_before(view) {
        found.on(&rows.table, format!("readers and writers of {locked} wait while rows of {} are changed", rows.table));
        found.safe(format!("-- in the next revision\n{};", view.statement.sql));
    }
}
