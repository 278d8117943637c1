//! `timestamp-without-zone`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "timestamp-without-zone",
    severity: Some(Severity::Warning),
    dialects: POSTGRES,
    title: "A timestamp without a time zone",
    danger: "The column holds what a clock on some wall showed, not a point in time. Two programs with different time zones write \
             different values for the same moment.",
    safe: "timestamptz.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    super::for_new_columns(view, |table, column, span| {
        if column.data_type.starts_with("timestamp") && column.data_type.contains("without time zone") {
            found.on(table, format!("{} has no time zone", column.name)).at(span);
        }
    });
}
