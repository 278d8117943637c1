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
    // enum-change-copies is about these.
    let is_list = |text: &str| text.starts_with("enum(") || text.starts_with("set(");
    for change in super::type_changes(view) {
        let (name, old, to) = (&change.column.name, change.column.data_type.as_str(), change.to);
        if is_list(old) && is_list(to) {
            continue;
        }
        let work = view.work(change.table, &change.action.of);
        let is_new = view.table(change.table).is_some_and(|table| table.is_new_column(name));
        if work.work < Work::Scan || is_new && work.work < Work::Rewrite {
            continue;
        }
        let verb = if work.work == Work::Rewrite { "rewritten" } else { "read" };
        let wait = match work.blocks {
            Blocks::Everything => ", and readers and writers wait",
            Blocks::Writes => ", and writers wait",
            _ => "",
        };
        let what = if old == to { format!("{name} {to}") } else { format!("{name} from {old} to {to}") };
        found.on(change.table, format!("{} is {verb} to change {what}{wait}", change.table)).at(change.action.span);
        found.note(format!("because {}", work.reason));
    }
}
