//! `required-column-without-default`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "required-column-without-default",
    severity: Some(Severity::Error),
    dialects: ALL,
    title: "A new NOT NULL column without a default",
    danger: "On PostgreSQL and SQLite the statement fails as soon as the table has one row. MySQL and MariaDB write an \
             implicit value instead: 0, an empty text, the first member of an ENUM, '0000-00-00' (MariaDB). And the old \
             release, which does not know the column, cannot insert any more.",
    safe: "Add the column as nullable or with a constant default, fill it, and make it NOT NULL when all releases write it.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let Action::AddColumn { column, if_not_exists, .. } = &action.of else { continue };
        let exists =
            *if_not_exists && view.table(&altered.table).is_some_and(|table| table.column(&column.name).is_some());
        let has_value = column.default.as_deref().is_some_and(|default| !default.eq_ignore_ascii_case("null"));
        if exists || !column.is_not_null || has_value || column.is_numbered || column.generated.is_some() {
            continue;
        }
        let table = &altered.table;
        found.on(table, format!("rows of {table} have no value for {}", column.name)).at(action.span);
        let (sql, name) = (view.table_sql(table), view.quoted(&column.name));
        found.safe(format!(
            "ALTER TABLE {sql} ADD COLUMN {name} {};\n-- fill it, and make it NOT NULL in a later revision",
            column.written_type
        ));
    }
}
