//! `validate-in-same-transaction`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "validate-in-same-transaction",
    severity: Some(Severity::Error),
    dialects: POSTGRES,
    title: "NOT VALID and VALIDATE in one transaction",
    danger: "The strong lock of ADD CONSTRAINT ... NOT VALID is held to the end of the transaction, so that the validation \
             runs under it: nothing is won.",
    safe: "VALIDATE CONSTRAINT in the next revision.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    if !view.revision.in_transaction {
        return;
    }
    for (altered, action) in view.actions() {
        let Action::ValidateConstraint(name) = &action.of else { continue };
        let is_added = |statement: &DdlStatement| match statement {
            DdlStatement::AlterTable(other) if other.table.name == altered.table.name => {
                other.actions.iter().any(|action| match &action.of {
                    Action::AddConstraint(constraint) => {
                        constraint.not_valid
                            && constraint.name.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(name))
                    }
                    _ => false,
                })
            }
            _ => false,
        };
        if view.earlier().iter().any(|statement| is_added(&statement.parsed)) || is_added(view.parsed()) {
            let text = format!("{name} is validated under the lock that adding it has taken");
            found.on(&altered.table, text).at(action.span);
            found.safe(format!(
                "-- in the next revision\nALTER TABLE {} VALIDATE CONSTRAINT {};",
                view.table_sql(&altered.table),
                view.quoted(name)
            ));
        }
    }
}
