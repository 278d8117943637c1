//! `algorithm-not-possible`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "algorithm-not-possible",
    severity: Some(Severity::Error),
    dialects: MYSQL,
    title: "An ALGORITHM that the server refuses for this change",
    danger: "The statement fails with error 1845 or 1846: the change needs a rebuild or a copy.",
    safe: "Leave the clause out if the cost is acceptable, or change the table in another way.",
    scales: false,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    let rules = view.server.dialect.change_rules();
    match view.parsed() {
        DdlStatement::CreateIndex(index) => {
            let work = rules.index_work(index, view.table(&index.table), view.server);
            let clauses = (index.algorithm.as_deref(), index.lock.as_deref());
            if let Some(text) = rules.refused_clause(clauses, &work, view.server) {
                found.on(&index.table, text);
            }
        }
        DdlStatement::AlterTable(altered) => {
            let Some(table) = view.table(&altered.table) else { return };
            let clauses = (altered.algorithm.as_deref(), altered.lock.as_deref());
            for action in &altered.actions {
                // MariaDB 10.11 takes any algorithm for these and copies all the same (as measured).
                let is_unchecked = matches!(
                    action.of,
                    Action::Storage(StorageChange::Engine(_) | StorageChange::Order | StorageChange::Partitioning)
                );
                let work = view.work(&table.name, &action.of);
                let refused = rules.refused_clause(clauses, &work, view.server).filter(|_| !is_unchecked);
                if let Some(text) = refused {
                    found.on(&altered.table, text).at(action.span);
                    return;
                }
            }
            if let Some((_, work)) = view.rewrite_together()
                && let Some(text) = rules.refused_clause(clauses, &work, view.server)
            {
                found.on(&altered.table, text);
            }
        }
        _ => {}
    }
}
