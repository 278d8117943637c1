//! `rename-column`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "rename-column",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "A column that is renamed",
    danger: "The old release knows only the old name, the new one only the new name: during the deploy one of them fails.",
    safe: "Add a column with the new name, write both, fill the old rows, move the readers, and drop the old column in a later \
           release.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let (from, to) = match &action.of {
            Action::RenameColumn { from, to } => (from, to),
            Action::Redefine { column, to, .. } if !column.eq_ignore_ascii_case(&to.name) => (column, &to.name),
            _ => continue,
        };
        let table = view.table(&altered.table);
        if table.is_some_and(|table| table.is_new_column(from) || table.kind != RelationKind::Table) {
            continue;
        }
        let name = &altered.table;
        let text = format!("programs that use {name}.{from} fail, and those that use {to} did until now");
        found.on(name, text).at(action.span);
    }
}
