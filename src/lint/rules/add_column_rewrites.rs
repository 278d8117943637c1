//! `add-column-rewrites`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "add-column-rewrites",
    severity: Some(Severity::Error),
    dialects: SERVERS,
    title: "A new column for which the table is rewritten",
    danger: "The server writes every row again, and all indexes: a default that differs from row to row, a serial or \
             identity column, a stored generated column, a domain with constraints; on MySQL and MariaDB also a column and an index that are added \
             in one statement. On PostgreSQL readers and writers wait \
             meanwhile; on MySQL and MariaDB the table is copied, and writers wait.",
    safe: "Add the column without a default (which changes the catalog only), set the default for new rows, and fill the \
           old ones in batches. now() is not a danger: it has one value for the whole statement.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    if let Some((altered, work)) = view.rewrite_together()
        && let Some(added) = altered.actions.iter().find(|action| matches!(action.of, Action::AddColumn { .. }))
    {
        found.on(&altered.table, format!("{} is rebuilt for the new column and the index at once", altered.table));
        found.at(added.span).note(format!("because {}", work.reason)).safe("-- two statements, the column first");
    }
    for (altered, action) in view.actions() {
        let Action::AddColumn { column, .. } = &action.of else { continue };
        let work = view.work(&altered.table, &action.of);
        if work.work < Work::Rewrite {
            continue;
        }
        let table = &altered.table;
        let wait = if work.blocks >= Blocks::Everything {
            "readers and writers wait"
        } else if work.blocks >= Blocks::Writes {
            "writers wait"
        } else {
            "the disk needs room for a second copy"
        };
        found.on(table, format!("{table} is rewritten for {}, and {wait}", column.name)).at(action.span);
        found.note(format!("because {}", work.reason));
        if let Some(default) = &column.default {
            let (sql, name) = (view.table_sql(table), view.quoted(&column.name));
            found.safe(format!(
                "ALTER TABLE {sql} ADD COLUMN {name} {};\nALTER TABLE {sql} ALTER COLUMN {name} SET DEFAULT {default};\n\
                 -- and fill the old rows in batches",
                column.written_type
            ));
        }
    }
}
