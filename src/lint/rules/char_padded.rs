//! `char-padded`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "char-padded",
    severity: Some(Severity::Warning),
    dialects: POSTGRES,
    title: "A column of the type char(n)",
    danger: "Values are padded with blanks to the length, which comparisons ignore in some places and not in others. It saves no \
             space, and a longer one rewrites the table.",
    safe: "text, with a CHECK of the length where there is one.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    super::for_new_columns(view, |table, column, span| {
        let length = column.data_type.strip_prefix("character(").and_then(|rest| rest.split(')').next());
        if length.is_some_and(|length| length != "1") {
            found.on(table, format!("{} is {}", column.name, column.data_type)).at(span);
        }
    });
}
