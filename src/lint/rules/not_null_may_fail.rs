//! `not-null-may-fail`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "not-null-may-fail",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "NOT NULL on a column that may hold NULL",
    danger: "The statement fails when one row has NULL in the column. It passes on every database where that happens not to \
             be so: on a laptop and in CI, and not in production.",
    safe: "Fill the values first, in a revision before this one or in a statement before it: UPDATE ... WHERE column IS \
           NULL. A `-- @require` query in the revision reports the rows before anything runs.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let Some(table) = view.table(&altered.table) else { continue };
        let columns: Vec<String> = match &action.of {
            Action::SetNotNull(column) => vec![column.clone()],
            Action::Redefine { column, to, .. } if to.is_not_null && to.generated.is_none() => vec![column.clone()],
            Action::AddConstraint(constraint) if constraint.kind == ConstraintKind::PrimaryKey => {
                let index = constraint.using_index.as_deref().and_then(|name| table.index(name));
                index.map_or_else(|| constraint.columns.clone(), |index| index.columns.clone())
            }
            _ => continue,
        };
        for column in columns {
            let is_known = table.column(&column).is_some();
            if !is_known || table.has_no_nulls(&column) || is_filled(view, table, &column) {
                continue;
            }
            found
                .on(&altered.table, format!("fails if a row of {} has NULL in {column}", altered.table))
                .at(action.span);
            found.safe(format!(
                "-- @require\nSELECT * FROM {table} WHERE {column} IS NULL LIMIT 1;",
                table = view.table_sql(&altered.table),
                column = view.quoted(&column)
            ));
        }
    }
}

/// Returns `true` if an earlier statement has given the column values: an UPDATE or DELETE of the rows with NULL, or a new
/// column that was filled.
fn is_filled(view: &View<'_>, table: &Relation, column: &str) -> bool {
    let is_new = table.is_new_column(column);
    view.earlier().iter().any(|statement| match &statement.parsed {
        DdlStatement::Rows(rows) if rows.table.name.eq_ignore_ascii_case(&table.name.name) => {
            let is_named = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case(column));
            let is_set = rows.verb == RowVerb::Delete || is_named(&rows.columns);
            is_set && (is_named(&rows.where_null) || rows.verb == RowVerb::Update && (!rows.is_limited || is_new))
        }
        _ => false,
    }) || is_new && table.column(column).is_some_and(|column| column.default.is_some())
}
