//! `rebuild-loses-rows`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "rebuild-loses-rows",
    severity: Some(Severity::Error),
    dialects: SQLITE,
    title: "A table that others refer to is dropped while foreign keys act",
    danger: "DROP TABLE deletes all rows first. With foreign keys on, ON DELETE CASCADE empties the tables that refer to it, and \
             NO ACTION makes the statement fail. `PRAGMA foreign_keys = OFF` inside a transaction has no effect, and no message.",
    safe: "Rebuild the table in a revision with `transaction: false`: PRAGMA foreign_keys = OFF, BEGIN is aludel's, create the \
           new table, copy, drop, rename, and PRAGMA foreign_key_check before foreign keys are switched on again. `revision \
           --autogenerate` writes it that way.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::Drop(dropped) = view.parsed() else { return };
    if dropped.kind != DropKind::Table {
        return;
    }
    let is_off = !view.revision.in_transaction
        && view.earlier().iter().rev().find_map(|statement| match &statement.parsed {
            DdlStatement::Setting { name, value } if name == "foreign_keys" => {
                Some(matches!(value.to_lowercase().as_str(), "off" | "0" | "false" | "no"))
            }
            _ => None,
        }) == Some(true);
    for table in dropped.names.iter().filter(|table| view.before.is_in_use(table)) {
        let users: Vec<_> = view.before.referencing(table).map(|user| user.name.to_string()).collect();
        if !users.is_empty() && !is_off {
            found.on(table, format!("dropping {table} deletes its rows, and with them those of {}", users.join(", ")));
        }
    }
}
