//! `enum-value-place`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "enum-value-place",
    severity: Some(Severity::Info),
    dialects: POSTGRES,
    title: "An enum value without a place",
    danger: "The value goes to the end, and ORDER BY and comparisons follow that order. It cannot be moved later.",
    safe: "Write BEFORE or AFTER where the order means something.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::AlterType { name, change: TypeChange::AddValue { label, has_place: false } } = view.parsed()
    else {
        return;
    };
    if !view.before.is_new_enum(name) {
        found.add(format!("'{label}' goes to the end of {name}"));
    }
}
