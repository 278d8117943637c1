//! `default-not-constant`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "default-not-constant",
    severity: Some(Severity::Error),
    dialects: SQLITE,
    title: "A new column that SQLite refuses for a table with rows",
    danger: "ADD COLUMN takes only a constant default on a table with rows: no CURRENT_TIMESTAMP, no expression in parentheses; no \
             UNIQUE, PRIMARY KEY or STORED at all. On an empty database, such as that of the tests, the first ones pass.",
    safe: "Add the column without it and fill the rows, or rebuild the table (`revision --autogenerate` writes the statements).",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::AlterTable(altered) = view.parsed() else { return };
    for action in &altered.actions {
        let Action::AddColumn { column, constraints, .. } = &action.of else { continue };
        let is_key = constraints
            .iter()
            .any(|constraint| matches!(constraint.kind, ConstraintKind::Unique | ConstraintKind::PrimaryKey));
        if is_key {
            let text = format!("SQLite adds no UNIQUE or PRIMARY KEY column: {}", column.name);
            found.on(&altered.table, text).at(action.span);
            continue;
        }
        if !view.before.is_in_use(&altered.table) {
            continue;
        }
        let default = column.default.as_deref().unwrap_or_default().to_lowercase();
        let is_refused = default.starts_with('(') || default.starts_with("current_");
        let is_stored = column.generated.as_ref().is_some_and(|generated| generated.is_stored);
        if is_refused {
            found.on(&altered.table, format!("the default of {} is not a constant", column.name)).at(action.span);
        } else if is_stored {
            found.on(&altered.table, format!("{} is a STORED column", column.name)).at(action.span);
        }
    }
}
