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

fn check(view: &View<'_>, found: &mut Found) {
    let DdlStatement::AlterTable(altered) = view.parsed() else { return };
    let Some(table) = view.table(&altered.table) else { return };
    let algorithm = altered.algorithm.as_deref().unwrap_or_default();
    for action in &altered.actions {
        let work = view.work(&table.name, &action.of);
        let is_refused = match algorithm {
            "INSTANT" => work.work >= Work::Scan,
            // A rebuild in place is refused by NOCOPY, a copy by both.
            "NOCOPY" => work.work >= Work::Rewrite,
            "INPLACE" => work.work >= Work::Rewrite && work.blocks >= Blocks::Writes,
            _ => false,
        };
        if is_refused
            && !matches!(
                action.of,
                Action::Storage(StorageChange::Engine(_) | StorageChange::Order | StorageChange::Partitioning)
            )
        {
            found.on(&altered.table, format!("{algorithm} is refused: {}", work.reason)).at(action.span);
        }
    }
}
