//! `table-without-primary-key`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "table-without-primary-key",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "A table without a primary key",
    danger: "Logical replication of PostgreSQL refuses UPDATE and DELETE without one, MySQL's replicas search the whole table for \
             each row, and a row written twice cannot be told from another.",
    safe: "Add a primary key.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::CreateTable(created) = view.parsed() else { return };
    if created.is_temporary || created.is_copy || created.partition_of.is_some() || created.inherits {
        return;
    }
    // Judged by what the table has in the end, also if it is renamed or dropped meanwhile.
    let has_key = |table: &Relation| table.primary_key().is_some();
    let in_the_end = view.end.relation(&created.table);
    let at_once = created.constraints.iter().any(|constraint| constraint.of.kind == ConstraintKind::PrimaryKey);
    if !at_once && in_the_end.is_some_and(|table| !has_key(table)) {
        found.on(&created.table, format!("{} has no primary key", created.table));
    }
}
