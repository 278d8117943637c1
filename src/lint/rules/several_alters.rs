//! `several-alters`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "several-alters",
    severity: Some(Severity::Warning),
    dialects: SERVERS,
    title: "Several ALTER TABLEs that each go through the table",
    danger: "Each of them reads or rewrites the whole table. One ALTER TABLE with several actions does it once.",
    safe: "Combine the actions in one statement, separated by commas.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let Some(altered) = view.altered() else { return };
    // Where actions are rebuilds in place or copies, a scan for an index is not saved by combining them.
    let least = if view.server.dialect.rules().has_transactional_ddl() { Work::Scan } else { Work::Rewrite };
    if view.most_work() < least || !is_combinable(altered) {
        return;
    }
    let is_other = |statement: &DdlStatement| match statement {
        DdlStatement::AlterTable(other) => {
            view.before.plain(&other.table) == view.before.plain(&altered.table) && is_combinable(other)
        }
        _ => false,
    };
    let heavy = view.earlier().iter().zip(view.works).filter(|(_, work)| **work >= least);
    if heavy.into_iter().any(|(statement, _)| is_other(&statement.parsed)) {
        found.on(&altered.table, format!("{} is gone through a second time", altered.table));
    }
}

/// VALIDATE CONSTRAINT is better alone: together with others it runs under their lock.
fn is_combinable(altered: &AlterTable) -> bool {
    !altered.actions.iter().any(|action| {
        matches!(
            action.of,
            Action::ValidateConstraint(_) | Action::AttachPartition { .. } | Action::DetachPartition { .. }
        )
    })
}
