//! `truncate`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "truncate",
    severity: Some(Severity::Error),
    dialects: SERVERS,
    title: "TRUNCATE of a table in use",
    danger: "All rows are gone, and on MySQL and MariaDB no transaction brings them back. CASCADE empties every table that \
             refers to it as well. The table is locked against readers.",
    safe: "DELETE in batches what has to go, and name the tables.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::Truncate { tables, cascades } = view.parsed() else { return };
    for table in tables.iter().filter(|table| view.before.is_in_use(table)) {
        found.on(table, format!("all rows of {table} are lost"));
        if *cascades {
            let users: Vec<_> = view.before.referencing(table).map(|user| user.name.to_string()).collect();
            if !users.is_empty() {
                found.note(format!("and those of {}, which refer to it", users.join(", ")));
            }
        }
    }
}
