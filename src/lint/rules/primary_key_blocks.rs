//! `primary-key-blocks`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "primary-key-blocks",
    severity: Some(Severity::Error),
    dialects: SERVERS,
    title: "A primary key that is added to a table in use",
    danger: "PostgreSQL builds the index, and reads all rows for NULL, under ACCESS EXCLUSIVE: readers and writers wait. MySQL \
             and MariaDB rebuild the table in the order of the key.",
    safe: "On PostgreSQL: make the columns NOT NULL by way of a CHECK, build a unique index CONCURRENTLY, then ADD PRIMARY KEY \
           USING INDEX, which changes the catalog only.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let is_key = |constraint: &&ConstraintDefinition| constraint.kind == ConstraintKind::PrimaryKey;
        let has_key = match &action.of {
            Action::AddConstraint(constraint) => is_key(&constraint),
            Action::AddColumn { constraints, .. } => constraints.iter().any(|constraint| is_key(&constraint)),
            _ => false,
        };
        let work = view.work(&altered.table, &action.of);
        if !has_key || work.work < Work::Scan {
            continue;
        }
        let table = &altered.table;
        let text = match work.blocks {
            Blocks::Everything => format!("readers and writers of {table} wait until the key is built"),
            _ => format!("{table} is rebuilt in the order of the key"),
        };
        found.on(table, text).at(action.span);
        found.note(format!("because {}", work.reason));
    }
}
