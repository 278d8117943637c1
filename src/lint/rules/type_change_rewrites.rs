//! `type-change-rewrites`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "type-change-rewrites",
    severity: Some(Severity::Error),
    dialects: SERVERS,
    title: "A change of type for which the table is rewritten or read",
    danger: "The server writes or reads every row under the lock of the statement. On PostgreSQL readers and writers wait, \
             and tables with a foreign key to the column, or from it, are locked as well; MySQL and MariaDB copy the table \
             while writers wait.",
    safe: "Add a column of the new type, write both from the application or a trigger, fill the old rows in batches, and \
           swap the names. A longer varchar, varchar to text, and a numeric with more digits before the point are free on \
           PostgreSQL, and not reported.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let (column, to) = match &action.of {
            Action::AlterType { column, data_type, .. } => (column, data_type.as_str()),
            Action::Redefine { column, to, .. } => (column, to.data_type.as_str()),
            _ => continue,
        };
        let Some(table) = view.table(&altered.table) else { continue };
        let Some(own) = table.column(column).map(|own| own.data_type.clone()) else { continue };
        // enum-change-copies is about these.
        let is_list = |text: &str| text.starts_with("enum(") || text.starts_with("set(");
        if is_list(&own) && is_list(to) {
            continue;
        }
        let work = view.work(&altered.table, &action.of);
        if work.work < Work::Scan || table.is_new_column(column) && work.work < Work::Rewrite {
            continue;
        }
        let name = &altered.table;
        let verb = if work.work == Work::Rewrite { "rewritten" } else { "read" };
        let wait = match work.blocks {
            Blocks::Everything => ", and readers and writers wait",
            Blocks::Writes => ", and writers wait",
            _ => "",
        };
        let change = if own == to { format!("{column} {to}") } else { format!("{column} from {own} to {to}") };
        found.on(name, format!("{name} is {verb} to change {change}{wait}")).at(action.span);
        found.note(format!("because {}", work.reason));
    }
}
