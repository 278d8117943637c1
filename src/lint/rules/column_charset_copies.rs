//! `column-charset-copies`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "column-charset-copies",
    severity: Some(Severity::Error),
    dialects: MYSQL,
    title: "A character set for which the table is copied",
    danger: "Every text is converted, and writers wait while the table is copied. MariaDB keeps the rows of a table that goes \
             from utf8mb3 to utf8mb4; MySQL does so for single columns without an index.",
    safe: "Change one column at a time where that is free, and copy the table beside its users where it is not.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let is_charset = match &action.of {
            Action::Storage(StorageChange::Convert(_)) => true,
            Action::Redefine { column, to, .. } => {
                let own = view.table(&altered.table).and_then(|table| table.column(column));
                own.is_some_and(|own| own.data_type == to.data_type) && (to.charset.is_some() || to.collation.is_some())
            }
            _ => false,
        };
        let work = view.work(&altered.table, &action.of);
        if is_charset && work.work >= Work::Scan {
            let verb = if work.work == Work::Rewrite { "copied while writers wait" } else { "read" };
            found.on(&altered.table, format!("{} is {verb} to convert its texts", altered.table)).at(action.span);
            found.note(format!("because {}", work.reason));
        }
    }
}
