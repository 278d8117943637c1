//! `constraint-loosened`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "constraint-loosened",
    severity: Some(Severity::Warning),
    dialects: SERVERS,
    title: "A column that loses NOT NULL, its default or its expression",
    danger: "Programs that read the column meet NULL where there was a value until now; those that write rows without naming \
             it write something else.",
    safe: "Release readers that expect NULL first. Allow it with that reason.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let Some(table) = view.table(&altered.table) else { continue };
        let (column, text) = match &action.of {
            Action::DropNotNull(column) => (column, "may be NULL from here on"),
            Action::DropDefault(column) => (column, "has no default from here on"),
            Action::DropExpression(column) => (column, "is not computed from here on"),
            Action::Redefine { column, to, .. } => {
                let Some(own) = table.column(column) else { continue };
                let is_key = table.primary_key().is_some_and(|key| key.contains(&own.name));
                if own.is_not_null && !to.is_not_null && !is_key {
                    (column, "may be NULL from here on")
                } else if has_default(own) && !has_default(to) && !to.is_numbered && to.generated.is_none() {
                    (column, "has no default from here on")
                } else {
                    continue;
                }
            }
            _ => continue,
        };
        if table.is_new_column(column) {
            continue;
        }
        // What was not there cannot be lost.
        let own = table.column(column);
        let is_lost = match &action.of {
            Action::DropNotNull(_) => own.is_none_or(|own| own.is_not_null),
            Action::DropDefault(_) => own.is_none_or(has_default),
            Action::DropExpression(_) => own.is_none_or(|own| own.generated.is_some()),
            _ => true,
        };
        if is_lost {
            found.on(&altered.table, format!("{}.{column} {text}", altered.table)).at(action.span);
        }
    }
}

fn has_default(column: &DdlColumn) -> bool {
    column.default.as_deref().is_some_and(|default| !default.eq_ignore_ascii_case("null"))
}
