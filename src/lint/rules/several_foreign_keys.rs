//! `several-foreign-keys`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "several-foreign-keys",
    severity: Some(Severity::Warning),
    dialects: POSTGRES,
    title: "Foreign keys to several tables in one transaction",
    danger: "The transaction collects a lock on each referenced table and holds all of them to its end. Two transactions that \
             take them in another order wait for each other, and the server aborts one of them.",
    safe: "One revision for each referenced table.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let own = parents(view, view.parsed());
    let Some(last) = own.last() else { return };
    let mut all: Vec<TableName> = if view.revision.in_transaction {
        view.earlier().iter().flat_map(|statement| parents(view, &statement.parsed)).collect()
    } else {
        Vec::new()
    };
    all.sort();
    all.dedup();
    let before = all.len();
    all.extend(own.iter().cloned());
    all.sort();
    all.dedup();
    if all.len() > before && all.len() == before.max(1) + 1 || before == 0 && all.len() > 1 {
        let names = all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        found.on(last, format!("one transaction locks {names} against writes"));
    }
}

/// Tables in use that the statement's foreign keys refer to.
fn parents(view: &View<'_>, statement: &DdlStatement) -> Vec<TableName> {
    let mut constraints: Vec<&ConstraintDefinition> = Vec::new();
    let mut own = None;
    match statement {
        DdlStatement::CreateTable(created) => {
            own = Some(&created.table);
            constraints.extend(created.constraints.iter().map(|constraint| &constraint.of));
        }
        DdlStatement::AlterTable(altered) => {
            own = Some(&altered.table);
            for action in &altered.actions {
                match &action.of {
                    Action::AddConstraint(constraint) => constraints.push(constraint),
                    Action::AddColumn { constraints: of_column, .. } => constraints.extend(of_column),
                    _ => {}
                }
            }
        }
        _ => {}
    }
    let parent = |constraint: &ConstraintDefinition| match &constraint.kind {
        ConstraintKind::ForeignKey(reference) if Some(&reference.table) != own => {
            Some(view.before.plain(&reference.table))
        }
        _ => None,
    };
    let in_use = |table: &TableName| view.before.relation(table).is_some() && view.before.is_in_use(table);
    constraints.into_iter().filter_map(parent).filter(in_use).collect()
}
