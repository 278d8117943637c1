//! `drop-table`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "drop-table",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "A table that is dropped",
    danger: "Its rows are gone, and the old release, which still runs during the deploy, fails at its next query. On \
             PostgreSQL a table that its foreign keys refer to is locked as well.",
    safe: "Remove every use of the table in one release, and drop it in a later one, with a backup. Allow it with that reason.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::Drop(dropped) = view.parsed() else { return };
    if dropped.kind != DropKind::Table || dropped.is_temporary {
        return;
    }
    for table in &dropped.names {
        let is_known = view.before.relation(table).is_some();
        let is_absent = !is_known && dropped.if_exists;
        if is_absent || !view.before.is_in_use(table) || super::is_rebuilt(view, table) {
            continue;
        }
        found.on(table, format!("the rows of {table} are lost, and programs that use it fail"));
        let users: Vec<_> = view.before.referencing(table).map(|user| user.name.to_string()).collect();
        if !users.is_empty() {
            found.note(format!("foreign keys of {} refer to it", users.join(", ")));
        }
    }
}
