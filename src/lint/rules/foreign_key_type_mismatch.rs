//! `foreign-key-type-mismatch`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "foreign-key-type-mismatch",
    severity: Some(Severity::Warning),
    dialects: ALL,
    title: "A foreign key between columns of different types",
    danger: "An integer that refers to a bigint runs out before the referenced key does, and every join converts. MySQL and \
             MariaDB refuse most pairs; SQLite compares values of different types as unequal.",
    safe: "Give the column exactly the type of the column that it refers to.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    super::for_foreign_keys(view, |table, constraint, reference| {
        let (Some(own), Some(parent)) = (view.end.relation(table), view.end.relation(&reference.table)) else { return };
        let to =
            if reference.columns.is_empty() { parent.primary_key().unwrap_or_default() } else { &reference.columns };
        for (from, to) in constraint.columns.iter().zip(to) {
            let (Some(one), Some(other)) = (own.column(from), parent.column(to)) else { continue };
            if !view.server.dialect.change_rules().is_comparable(&one.data_type, &other.data_type) {
                let text = format!("{from} is {}, and {}.{to} is {}", one.data_type, parent.name, other.data_type);
                found.on(table, text);
            }
        }
    });
}
