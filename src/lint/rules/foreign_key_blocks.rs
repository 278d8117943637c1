//! `foreign-key-blocks`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "foreign-key-blocks",
    severity: Some(Severity::Error),
    dialects: SERVERS,
    title: "A foreign key that is checked for all rows under a lock",
    danger: "PostgreSQL locks both tables against writes (SHARE ROW EXCLUSIVE) while it looks up every row; a column that is \
             added with REFERENCES takes the same lock on the referenced table. MySQL and MariaDB copy the table.",
    safe: "On PostgreSQL: ADD CONSTRAINT ... FOREIGN KEY ... NOT VALID, which takes the locks for a moment, and VALIDATE \
           CONSTRAINT in another revision. On MySQL and MariaDB `SET foreign_key_checks = 0` makes it instant, but no old row \
           is checked then: look for orphans yourself before.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let is_unchecked = view.earlier().iter().rev().find_map(|statement| match &statement.parsed {
        DdlStatement::Setting { name, value } if name == "foreign_key_checks" => {
            Some(matches!(value.to_lowercase().as_str(), "0" | "off" | "false"))
        }
        _ => None,
    });
    if is_unchecked == Some(true) {
        return;
    }
    let is_inline_ignored = view.server.dialect.change_rules().ignores_inline_references(view.server);
    for (altered, action) in view.actions() {
        let (constraint, is_column) = match &action.of {
            Action::AddConstraint(constraint) => (Some(constraint), false),
            Action::AddColumn { constraints, .. } => {
                let is_key =
                    |constraint: &&ConstraintDefinition| matches!(constraint.kind, ConstraintKind::ForeignKey(_));
                (constraints.iter().find(is_key), true)
            }
            _ => (None, false),
        };
        let Some(constraint) = constraint else { continue };
        let ConstraintKind::ForeignKey(reference) = &constraint.kind else { continue };
        if constraint.not_valid || is_column && is_inline_ignored {
            continue;
        }
        let (table, parent) = (&altered.table, &reference.table);
        let work = view.work(table, &action.of);
        let is_instant = work.work < Work::Scan;
        if is_instant && !view.before.is_in_use(parent) {
            continue;
        }
        let text = if is_instant {
            format!("writers of {parent} wait until the transaction ends")
        } else {
            format!("writers of {table} and {parent} wait while every row is checked")
        };
        found.on(table, text).at(action.span);
        if is_instant {
            found.severity(Severity::Warning);
        } else {
            found.note(format!("because {}", work.reason));
        }
        if is_column || !view.server.dialect.rules().has_transactional_ddl() {
            continue;
        }
        let name =
            constraint.name.clone().unwrap_or_else(|| format!("{}_{}_fkey", table.name, constraint.columns.join("_")));
        let (sql, name) = (view.table_sql(table), view.quoted(&name));
        let columns = constraint.columns.iter().map(|column| view.quoted(column)).collect::<Vec<_>>().join(", ");
        let to = reference.columns.iter().map(|column| view.quoted(column)).collect::<Vec<_>>().join(", ");
        let to = if to.is_empty() { String::new() } else { format!(" ({to})") };
        found.safe(format!(
            "-- revision 1\nALTER TABLE {sql} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {}{to} NOT VALID;\n\
             -- revision 2\nALTER TABLE {sql} VALIDATE CONSTRAINT {name};",
            view.table_sql(parent)
        ));
    }
}
