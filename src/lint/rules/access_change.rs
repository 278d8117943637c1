//! `access-change`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "access-change",
    severity: Some(Severity::Info),
    dialects: SERVERS,
    title: "A change of who may do what",
    danger: "A GRANT opens data, a REVOKE or a policy takes it away from programs that run: both deserve a second pair of eyes. On \
             PostgreSQL policies and row-level security lock the table against readers.",
    safe: "Have it reviewed, and allow it with the reason.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let is_new = |table: &TableName| view.before.relation(table).is_some_and(|table| table.is_new);
    match view.parsed() {
        DdlStatement::Access { verb, table } => match table {
            Some(table) if is_new(table) => {}
            Some(table) => {
                found.on(table, format!("{verb} changes who may do what with {table}"));
            }
            None => {
                found.add(format!("{verb} changes who may do what"));
            }
        },
        DdlStatement::Drop(dropped) if dropped.words == "POLICY" => {
            found.add("DROP POLICY changes who may do what");
        }
        DdlStatement::AlterTable(altered) if !is_new(&altered.table) => {
            for action in altered.actions.iter().filter(|action| action.of == Action::Access) {
                let text = format!("who may do what with {} changes", altered.table);
                found.on(&altered.table, text).at(action.span);
            }
        }
        _ => {}
    }
}
