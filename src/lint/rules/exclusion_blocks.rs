//! `exclusion-blocks`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "exclusion-blocks",
    severity: Some(Severity::Error),
    dialects: POSTGRES,
    title: "An exclusion constraint on a table in use",
    danger: "The index is built and every row compared under ACCESS EXCLUSIVE. An exclusion constraint cannot be NOT VALID, \
             and cannot use an index that exists.",
    safe: "Plan a window, or create a new table with the constraint and move the rows.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        if matches!(&action.of, Action::AddConstraint(constraint) if constraint.kind == ConstraintKind::Exclusion) {
            let table = &altered.table;
            found.on(table, format!("readers and writers of {table} wait until all rows are compared")).at(action.span);
        }
    }
}
