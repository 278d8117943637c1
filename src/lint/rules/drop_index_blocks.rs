//! `drop-index-blocks`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "drop-index-blocks",
    severity: Some(Severity::Warning),
    dialects: POSTGRES,
    title: "An index that is dropped under a lock on its table",
    danger: "DROP INDEX takes ACCESS EXCLUSIVE on the table. The work is short, but it waits for every open transaction on \
             the table, and everything that comes later waits behind it, also SELECT.",
    safe: "DROP INDEX CONCURRENTLY, in a revision of its own with `transaction: false`. Indexes of constraints and of \
           partitioned tables have no such way: there a short `lock_timeout` and a retry help.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::Drop(dropped) = view.parsed() else { return };
    if dropped.kind != DropKind::Index || dropped.concurrently {
        return;
    }
    for index in &dropped.names {
        let table = view.before.table_of_index(index);
        let is_exempt = table.is_some_and(|table| table.is_new || table.is_temporary || table.is_partitioned);
        // IF EXISTS of an index that is not there does nothing.
        if is_exempt || table.is_none() && dropped.if_exists {
            continue;
        }
        let name = table.map_or_else(|| index.clone(), |table| table.name.clone());
        found.on(&name, format!("dropping {index} waits for all users of its table, and makes the next ones wait"));
        found.safe(format!(
            "-- in a revision with `transaction: false`\nDROP INDEX CONCURRENTLY {};",
            view.table_sql(index)
        ));
    }
}
