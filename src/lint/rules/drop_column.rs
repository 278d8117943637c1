//! `drop-column`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "drop-column",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "A column that is dropped",
    danger: "Its values are gone, and the old release, which still runs during the deploy, fails at its next query: most \
             libraries name all columns they know.",
    safe: "Remove every use of the column in one release, and drop it in a later one. Allow it with that reason.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let Action::DropColumn { column, .. } = &action.of else { continue };
        let table = view.table(&altered.table);
        let is_new = table.is_some_and(|table| table.is_new_column(column));
        let is_absent = table.is_some_and(|table| table.has_all_columns && table.column(column).is_none());
        if is_new || is_absent {
            continue;
        }
        let name = &altered.table;
        found
            .on(name, format!("the values of {name}.{column} are lost, and programs that use it fail"))
            .at(action.span);
    }
}
