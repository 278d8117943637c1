//! `check-blocks`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "check-blocks",
    severity: Some(Severity::Error),
    dialects: ALL,
    title: "A CHECK that is tested on all rows under a lock",
    danger: "Every row is tested before the statement ends. PostgreSQL holds ACCESS EXCLUSIVE meanwhile, so that readers wait \
             as well; MySQL and MariaDB copy the table; SQLite blocks all writers of the file. One row that breaks the \
             condition makes it fail.",
    safe: "On PostgreSQL: ADD CONSTRAINT ... NOT VALID, and VALIDATE CONSTRAINT in another revision, which lets others read and \
           write. MySQL can add it NOT ENFORCED, but has no online way to enforce it.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let constraint = match &action.of {
            Action::AddConstraint(constraint) => Some(constraint),
            Action::AddColumn { constraints, .. } | Action::Redefine { constraints, .. } => {
                constraints.iter().find(|constraint| matches!(constraint.kind, ConstraintKind::Check(_)))
            }
            Action::EnforceConstraint(_) => {
                let table = &altered.table;
                found.on(table, format!("every row of {table} is tested while others wait")).at(action.span);
                continue;
            }
            _ => None,
        };
        let Some(constraint) = constraint else { continue };
        let ConstraintKind::Check(condition) = &constraint.kind else { continue };
        let work = view.work(&altered.table, &action.of);
        if constraint.not_valid || work.work < Work::Scan {
            continue;
        }
        let table = &altered.table;
        let wait = match work.blocks {
            Blocks::Everything => " while readers and writers wait",
            Blocks::Writes => " while writers wait",
            _ => ", and the table copied",
        };
        found.on(table, format!("every row of {table} is tested{wait}")).at(action.span);
        found.note(format!("because {}", work.reason));
        if work.blocks >= Blocks::Everything && matches!(action.of, Action::AddConstraint(_)) {
            let name = constraint.name.clone().unwrap_or_else(|| format!("{}_check", table.name));
            let (sql, name) = (view.table_sql(table), view.quoted(&name));
            found.safe(format!(
                "-- revision 1\nALTER TABLE {sql} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID;\n\
                 -- revision 2\nALTER TABLE {sql} VALIDATE CONSTRAINT {name};"
            ));
        }
    }
}
