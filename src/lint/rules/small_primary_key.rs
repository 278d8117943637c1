//! `small-primary-key`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "small-primary-key",
    severity: Some(Severity::Warning),
    dialects: SERVERS,
    title: "A primary key that runs out of numbers",
    danger: "An integer ends at 2,147,483,647. A busy table reaches that, failed inserts count too, and then every insert fails; the \
             change to bigint rewrites the table.",
    safe: "bigint, or a UUID.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    if let DdlStatement::AlterTable(altered) = view.parsed() {
        added_later(view, altered, found);
    }
    let DdlStatement::CreateTable(created) = view.parsed() else { return };
    let key = created.constraints.iter().find(|constraint| constraint.of.kind == ConstraintKind::PrimaryKey);
    let Some([key]) = key.map(|key| key.of.columns.as_slice()) else { return };
    // A key that is also a foreign key follows the table that it refers to.
    let refers = created.constraints.iter().any(|constraint| {
        matches!(constraint.of.kind, ConstraintKind::ForeignKey(_)) && constraint.of.columns.contains(key)
    });
    if refers || created.is_temporary {
        return;
    }
    for column in created.columns.iter().filter(|column| column.of.name == *key) {
        if is_small(&column.of.data_type) {
            found.on(&created.table, format!("{key} is {}", column.of.data_type)).at(column.span);
        }
    }
}

/// A key that is added to a table of the same revisions.
fn added_later(view: &View<'_>, altered: &AlterTable, found: &mut Findings) {
    let Some(table) = view.table(&altered.table).filter(|table| table.is_new) else { return };
    for action in &altered.actions {
        let Action::AddConstraint(constraint) = &action.of else { continue };
        if let (ConstraintKind::PrimaryKey, [key]) = (&constraint.kind, constraint.columns.as_slice())
            && let Some(column) = table.column(key).filter(|column| is_small(&column.data_type))
        {
            found.on(&altered.table, format!("{key} is {}", column.data_type)).at(action.span);
        }
    }
}

fn is_small(data_type: &str) -> bool {
    let base = data_type.split(['(', ' ']).next().unwrap_or_default();
    matches!(base, "integer" | "smallint" | "int" | "mediumint" | "tinyint")
}
