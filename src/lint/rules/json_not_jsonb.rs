//! `json-not-jsonb`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "json-not-jsonb",
    severity: Some(Severity::Warning),
    dialects: POSTGRES,
    title: "A column of the type json",
    danger: "json keeps the text and has no equality: SELECT DISTINCT, GROUP BY and UNION of the column fail, and no index helps \
             its operators.",
    safe: "jsonb, unless the spelling of the text matters.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    super::for_new_columns(view, |table, column, span| {
        if matches!(column.data_type.as_str(), "json" | "json[]") {
            found.on(table, format!("{} is json", column.name)).at(span);
        }
    });
}
