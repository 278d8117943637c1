//! `unique-blocks`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "unique-blocks",
    severity: Some(Severity::Error),
    dialects: POSTGRES,
    title: "A unique constraint whose index is built under a lock",
    danger: "ADD UNIQUE builds the index while it holds ACCESS EXCLUSIVE: readers and writers wait.",
    safe: "CREATE UNIQUE INDEX CONCURRENTLY in a revision with `transaction: false`, then ADD CONSTRAINT ... UNIQUE USING \
           INDEX, which changes the catalog only.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let is_unique = |constraint: &&ConstraintDefinition| {
            constraint.kind == ConstraintKind::Unique && constraint.using_index.is_none()
        };
        let constraint = match &action.of {
            Action::AddConstraint(constraint) => Some(constraint).filter(is_unique),
            Action::AddColumn { constraints, .. } => constraints.iter().find(is_unique),
            _ => None,
        };
        let Some(constraint) = constraint else { continue };
        let table = &altered.table;
        found.on(table, format!("readers and writers of {table} wait until the index is built")).at(action.span);
        let name =
            constraint.name.clone().unwrap_or_else(|| format!("{}_{}_key", table.name, constraint.columns.join("_")));
        let (sql, name) = (view.table_sql(table), view.quoted(&name));
        let columns = constraint.columns.iter().map(|column| view.quoted(column)).collect::<Vec<_>>().join(", ");
        found.safe(format!(
            "-- in a revision with `transaction: false`\nCREATE UNIQUE INDEX CONCURRENTLY {name} ON {sql} ({columns});\n\
             -- in the next revision\nALTER TABLE {sql} ADD CONSTRAINT {name} UNIQUE USING INDEX {name};"
        ));
    }
}
