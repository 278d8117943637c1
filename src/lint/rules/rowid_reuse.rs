//! `rowid-reuse`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "rowid-reuse",
    severity: None,
    dialects: SQLITE,
    title: "INTEGER PRIMARY KEY without AUTOINCREMENT",
    danger: "After the newest row is deleted, the next one gets its number: what still refers to the old row, in another database \
             or in a log, refers to the new one.",
    safe: "AUTOINCREMENT, where numbers must never be used again.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::CreateTable(created) = view.parsed() else { return };
    if created.options.contains("WITHOUT ROWID") {
        return;
    }
    let key = created.constraints.iter().find(|constraint| constraint.of.kind == ConstraintKind::PrimaryKey);
    let Some([key]) = key.map(|key| key.of.columns.as_slice()) else { return };
    for column in created.columns.iter().filter(|column| column.of.name == *key) {
        if column.of.written_type == "integer" && !column.of.is_numbered {
            found.on(&created.table, format!("numbers of {key} can be used again")).at(column.span);
        }
    }
}
