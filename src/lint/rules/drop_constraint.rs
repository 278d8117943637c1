//! `drop-constraint`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "drop-constraint",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "A constraint that is dropped",
    danger: "From here on the database accepts what it refused before, and rows that break the rule make it hard to add it \
             again. On PostgreSQL dropping a foreign key also takes ACCESS EXCLUSIVE on the referenced table.",
    safe: "Make sure that nothing relies on it, and allow it with the reason. A constraint that is replaced is added first \
           (NOT VALID, then VALIDATE), and the old one dropped behind it.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let Action::DropConstraint { name, if_exists } = &action.of else { continue };
        let table = view.table(&altered.table);
        let dropped = match (name, table) {
            (Some(name), Some(table)) => table.constraint(name),
            (None, Some(table)) => table.constraints.iter().find(|own| own.kind == ConstraintKind::PrimaryKey),
            _ => None,
        };
        if dropped.is_none() && *if_exists && table.is_some() {
            continue;
        }
        if is_replaced(view, altered, dropped) || dropped.is_some_and(|dropped| only_proves_not_null(table, dropped)) {
            continue;
        }
        let name = name.clone().unwrap_or_else(|| "the primary key".to_owned());
        let what = match dropped.map(|dropped| &dropped.kind) {
            Some(ConstraintKind::PrimaryKey) => "rows with the same key are accepted from here on",
            Some(ConstraintKind::ForeignKey(_)) => "rows that refer to nothing are accepted from here on",
            Some(ConstraintKind::Unique) => "duplicates are accepted from here on",
            Some(ConstraintKind::Check(_)) => "rows that break the condition are accepted from here on",
            _ => "what it refused is accepted from here on",
        };
        found.on(&altered.table, format!("without {name}, {what}")).at(action.span);
    }
}

/// Returns `true` if a constraint of the same kind is added, in the same statement or in another one that is examined.
fn is_replaced(view: &View<'_>, altered: &AlterTable, dropped: Option<&ConstraintDefinition>) -> bool {
    let Some(dropped) = dropped else { return false };
    let is_same = |constraint: &ConstraintDefinition| {
        std::mem::discriminant(&constraint.kind) == std::mem::discriminant(&dropped.kind)
            && (constraint.name == dropped.name
                || !dropped.columns.is_empty() && constraint.columns == dropped.columns
                || constraint.kind == dropped.kind
                || constraint.kind == ConstraintKind::PrimaryKey)
    };
    let adds = |statement: &DdlStatement| match statement {
        DdlStatement::AlterTable(other) if other.table.name == altered.table.name => {
            other.actions.iter().any(|action| matches!(&action.of, Action::AddConstraint(added) if is_same(added)))
        }
        _ => false,
    };
    let earlier = view.earlier().iter().any(|statement| adds(&statement.parsed));
    earlier || adds(view.parsed()) || view.after().any(|statement| adds(&statement.parsed))
}

/// A CHECK (column IS NOT NULL) is superfluous once the column is NOT NULL.
fn only_proves_not_null(table: Option<&Relation>, dropped: &ConstraintDefinition) -> bool {
    let (Some(table), ConstraintKind::Check(text)) = (table, &dropped.kind) else { return false };
    let plain: String = text.chars().filter(|c| !matches!(c, '(' | ')' | '"')).collect();
    plain
        .to_lowercase()
        .strip_suffix("is not null")
        .and_then(|column| table.column(column.trim()))
        .is_some_and(|column| column.is_not_null)
}
