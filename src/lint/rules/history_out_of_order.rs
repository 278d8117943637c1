//! `history-out-of-order`. Findings in the graph, not in a statement.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "history-out-of-order",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "A revision below one that is applied",
    danger: "It runs after revisions that were written to run behind it, in another order than on a new database. The schema, or the rows, can end up different.",
    safe: "Give it the head as its `down_revision` (`aludel rebase`).",
    scales: false,
    check: |_, _| {},
};
