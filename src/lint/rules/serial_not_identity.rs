//! `serial-not-identity`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "serial-not-identity",
    severity: Some(Severity::Info),
    dialects: POSTGRES,
    title: "serial instead of an identity column",
    danger: "serial makes a sequence with privileges of its own, which a GRANT on the table does not cover, and a default that any \
             INSERT can get past.",
    safe: "bigint GENERATED ALWAYS AS IDENTITY.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    super::for_new_columns(view, |table, column, span| {
        if column.written_type.contains("serial") {
            found.on(table, format!("{} is {}", column.name, column.written_type)).at(span);
        }
    });
}
