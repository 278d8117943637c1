//! `rename-table`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "rename-table",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "A table that is renamed",
    danger: "The old release knows only the old name, the new one only the new name: during the deploy one of them fails.",
    safe: "On PostgreSQL rename it and create a view with the old name in the same transaction; drop the view when no release \
           uses it. Elsewhere create the new table, write both, and move the readers.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let mut renamed: Vec<(&TableName, String)> = Vec::new();
    match view.parsed() {
        DdlStatement::RenameTables(pairs) => renamed.extend(pairs.iter().map(|(from, to)| (from, to.to_string()))),
        DdlStatement::AlterTable(altered) => {
            for action in &altered.actions {
                if let Action::RenameTable(to) = &action.of {
                    renamed.push((&altered.table, to.to_string()));
                }
            }
        }
        _ => {}
    }
    for (from, to) in renamed {
        let is_table = view.table(from).is_none_or(|table| table.kind == RelationKind::Table);
        // An index can be renamed with ALTER TABLE too.
        let is_index = view.table(from).is_none() && view.before.table_of_index(from).is_some();
        if !is_table || is_index || !view.before.is_in_use(from) || is_replaced(view, from) {
            continue;
        }
        found.on(from, format!("programs that use {from} fail, and those that use {to} did until now"));
    }
}

/// Returns `true` if a view or a table takes the old name in the same revision.
fn is_replaced(view: &View<'_>, from: &TableName) -> bool {
    view.behind().iter().any(|later| match &later.parsed {
        // Rows can be written through a view that only selects, but not in SQLite.
        DdlStatement::CreateView { view: name, .. } => name.name == from.name && !view.server.dialect.rules().is_file(),
        DdlStatement::AlterTable(altered) => {
            altered.actions.iter().any(|action| matches!(&action.of, Action::RenameTable(to) if to.name == from.name))
        }
        DdlStatement::RenameTables(pairs) => pairs.iter().any(|(_, to)| to.name == from.name),
        _ => false,
    }) || match view.parsed() {
        DdlStatement::RenameTables(pairs) => pairs.iter().any(|(_, to)| to.name == from.name),
        _ => false,
    }
}
