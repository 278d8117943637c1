//! `detach-partition-blocks`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "detach-partition-blocks",
    severity: Some(Severity::Warning),
    dialects: POSTGRES,
    title: "A partition that is detached under a lock on the whole table",
    danger: "DETACH PARTITION takes ACCESS EXCLUSIVE on the partitioned table: it waits for all its users, and all later ones wait \
             behind it.",
    safe: "DETACH PARTITION ... CONCURRENTLY (PostgreSQL 14 and later, without a default partition), in a revision with \
           `transaction: false`.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let Action::DetachPartition { partition, is_gentle: false } = &action.of else { continue };
        let table = &altered.table;
        found.on(table, format!("all users of {table} wait while {partition} is detached")).at(action.span);
        if view.server.is_at_least((14, 0)) {
            found.safe(format!(
                "-- in a revision with `transaction: false`\nALTER TABLE {} DETACH PARTITION {} CONCURRENTLY;",
                view.table_sql(table),
                view.table_sql(partition)
            ));
        }
    }
}
