//! `unique-may-fail`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "unique-may-fail",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "Uniqueness that existing rows may break",
    danger: "The statement fails when two rows have the same values. It passes where that happens not to be so: on a laptop \
             and in CI, and not in production. A concurrent build leaves an invalid index behind.",
    safe: "Look for duplicates first, with a `-- @require` query in the revision.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let mut added: Vec<(&TableName, &[String])> = Vec::new();
    match view.parsed() {
        DdlStatement::CreateIndex(index) if index.is_unique => added.push((&index.table, &index.columns)),
        DdlStatement::AlterTable(altered) => {
            for action in &altered.actions {
                match &action.of {
                    Action::AddConstraint(constraint) if is_unique(constraint) => {
                        added.push((&altered.table, &constraint.columns));
                    }
                    Action::AddIndex(index) if index.is_unique => added.push((&altered.table, &index.columns)),
                    Action::AddColumn { column, constraints, .. }
                        if column.default.as_deref().is_some_and(is_value) =>
                    {
                        // Every row gets the same value.
                        let unique = constraints.iter().filter(|constraint| is_unique(constraint));
                        added.extend(unique.map(|constraint| (&altered.table, constraint.columns.as_slice())));
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
    // A key that lets several NULLs in proves nothing for one that does not.
    let nulls_are_equal = view.statement.sql.to_uppercase().contains("NULLS NOT DISTINCT");
    for (name, columns) in added {
        if !view.before.is_in_use(name) || columns.is_empty() {
            continue;
        }
        let table = view.table(name);
        // A new column is NULL, or has a default that was checked by another rule; a superset of a key is unique.
        let is_proved = table.is_some_and(|table| {
            columns.iter().any(|column| is_added_empty(view.parsed(), column))
                || columns.iter().any(|column| table.is_new_column(column) && !is_filled(view, name, column))
                || !nulls_are_equal
                    && unique_keys(table)
                        .any(|key| key.iter().all(|own| columns.iter().any(|column| column.eq_ignore_ascii_case(own))))
        });
        if is_proved {
            continue;
        }
        let list = columns.join(", ");
        found.on(name, format!("fails if two rows of {name} have the same ({list})"));
        let quoted =
            columns.iter().map(|column| if column.starts_with('(') { column.clone() } else { view.quoted(column) });
        let quoted = quoted.collect::<Vec<_>>().join(", ");
        found.safe(format!(
            "-- @require\nSELECT {quoted}, count(*) FROM {} GROUP BY {quoted} HAVING count(*) > 1 LIMIT 1;",
            view.table_sql(name)
        ));
    }
}

fn is_value(default: &str) -> bool {
    !default.eq_ignore_ascii_case("null") && !default.contains('(')
}

/// Returns `true` if the same statement adds the column, without a value.
fn is_added_empty(statement: &DdlStatement, column: &str) -> bool {
    let DdlStatement::AlterTable(altered) = statement else { return false };
    altered.actions.iter().any(|action| match &action.of {
        Action::AddColumn { column: added, .. } => {
            added.name.eq_ignore_ascii_case(column) && !added.default.as_deref().is_some_and(is_value)
        }
        _ => false,
    })
}

fn is_unique(constraint: &ConstraintDefinition) -> bool {
    matches!(constraint.kind, ConstraintKind::Unique | ConstraintKind::PrimaryKey) && constraint.using_index.is_none()
}

fn unique_keys(table: &Relation) -> impl Iterator<Item = &[String]> {
    let of_constraint = |constraint: &&ConstraintDefinition| {
        matches!(constraint.kind, ConstraintKind::Unique | ConstraintKind::PrimaryKey)
    };
    let constraints = table.constraints.iter().filter(of_constraint).map(|constraint| constraint.columns.as_slice());
    let whole = |index: &&IndexDefinition| index.is_unique && index.predicate.is_none() && !index.is_invalid;
    constraints.chain(table.indexes.iter().filter(whole).map(|index| index.columns.as_slice()))
}

fn is_filled(view: &View<'_>, table: &TableName, column: &str) -> bool {
    let has_default = view
        .table(table)
        .and_then(|table| table.column(column))
        .is_some_and(|column| column.default.is_some() || column.generated.is_some());
    has_default
        || view.earlier().iter().any(|statement| match &statement.parsed {
            DdlStatement::Rows(rows) => {
                rows.table.name == table.name && rows.columns.iter().any(|own| own.eq_ignore_ascii_case(column))
            }
            _ => false,
        })
}
