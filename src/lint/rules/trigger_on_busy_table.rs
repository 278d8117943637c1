//! `trigger-on-busy-table`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "trigger-on-busy-table",
    severity: Some(Severity::Warning),
    dialects: SERVERS,
    title: "A trigger on a table in use",
    danger: "CREATE TRIGGER blocks writers (PostgreSQL) or waits for an exclusive lock (MySQL, MariaDB), and from then on every \
             write of a row does more.",
    safe: "Set a lock timeout, measure the function on real rows, and allow it with the reason.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::CreateTrigger { table, .. } = view.parsed() else { return };
    let is_view = view.table(table).is_some_and(|table| table.kind != RelationKind::Table);
    if view.before.is_in_use(table) && !is_view {
        found.on(table, format!("writers of {table} wait for it, and every write does more from here on"));
    }
}
