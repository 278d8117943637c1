//! `unnamed-constraint`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "unnamed-constraint",
    severity: None,
    dialects: ALL,
    title: "A constraint without a name",
    danger: "The server chooses a name, which differs between databases and versions: a later DROP CONSTRAINT has to know it.",
    safe: "CONSTRAINT name before it.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let DdlStatement::AlterTable(altered) = view.parsed() else { return };
    for action in &altered.actions {
        let is_unnamed = match &action.of {
            Action::AddConstraint(constraint) => {
                let is_key = constraint.kind == ConstraintKind::PrimaryKey;
                constraint.name.is_none() && (!is_key || view.server.dialect.rules().has_transactional_ddl())
            }
            _ => false,
        };
        if is_unnamed {
            found.on(&altered.table, "the server chooses the name of the constraint").at(action.span);
        }
    }
}
