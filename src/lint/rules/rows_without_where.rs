//! `rows-without-where`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "rows-without-where",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "UPDATE or DELETE of all rows",
    danger: "Every row is locked until the transaction ends, replicas fall behind, and on PostgreSQL the table doubles in size. \
             On a large table it takes minutes, and a failure near the end undoes all of it.",
    safe: "Run it in batches: a comment `-- @batch table=t key=id` before a statement with BETWEEN :low AND :high, in a revision \
           with `transaction: false`.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::Rows(rows) = view.parsed() else { return };
    let verb = match rows.verb {
        RowVerb::Update => "updated",
        RowVerb::Delete => "deleted",
        RowVerb::Insert | RowVerb::Merge => return,
    };
    if !rows.is_limited && !view.statement.is_batch && view.before.is_in_use(&rows.table) {
        found.on(&rows.table, format!("all rows of {} are {verb} in one transaction", rows.table));
    }
}
