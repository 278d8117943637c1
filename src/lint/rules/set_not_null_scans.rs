//! `set-not-null-scans`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "set-not-null-scans",
    severity: Some(Severity::Error),
    dialects: POSTGRES,
    title: "SET NOT NULL that reads the whole table under a lock",
    danger: "SET NOT NULL reads every row under ACCESS EXCLUSIVE: readers and writers wait until it has seen the last one.",
    safe: "Add a CHECK (column IS NOT NULL) NOT VALID, validate it in another revision (beside readers and writers), then \
           SET NOT NULL, which finds the valid CHECK and reads nothing, and drop the CHECK. The CHECK has to be there before \
           the statement, not in the same one.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let column = match &action.of {
            Action::SetNotNull(column) => column,
            Action::AddConstraint(constraint)
                if constraint.kind == ConstraintKind::NotNull && !constraint.not_valid =>
            {
                let Some(column) = constraint.columns.first() else { continue };
                column
            }
            _ => continue,
        };
        let is_proved = view.work(&altered.table, &Action::SetNotNull(column.clone())).work < Work::Scan;
        if is_proved && !drops_proof(view, altered, column) {
            continue;
        }
        let table = &altered.table;
        found.on(table, format!("every row of {table} is read while readers and writers wait")).at(action.span);
        found.note(format!("ACCESS EXCLUSIVE on {table}: no valid CHECK proves that {column} has no NULL"));
        found.safe(safe(&view.table_sql(table), &view.quoted(column), &format!("{}_{column}_not_null", table.name)));
    }
}

/// Returns `true` if the same statement drops the CHECK: the server drops constraints first.
fn drops_proof(view: &View<'_>, altered: &AlterTable, column: &str) -> bool {
    let Some(table) = view.table(&altered.table) else { return false };
    let mut without = table.clone();
    for action in &altered.actions {
        if let Action::DropConstraint { name: Some(name), .. } = &action.of {
            without.constraints.retain(|constraint| constraint.name.as_ref() != Some(name));
        }
    }
    !without.has_no_nulls(column)
}

fn safe(table: &str, column: &str, name: &str) -> String {
    format!(
        "-- revision 1\nALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID;\n-- revision 2\n\
         ALTER TABLE {table} VALIDATE CONSTRAINT {name};\n-- revision 3\n\
         ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL;\nALTER TABLE {table} DROP CONSTRAINT {name};"
    )
}
