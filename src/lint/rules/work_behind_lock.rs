//! `work-behind-lock`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "work-behind-lock",
    severity: Some(Severity::Warning),
    dialects: POSTGRES,
    title: "Long work behind a statement that locks another table",
    danger: "A lock is held to the end of the transaction. The table that an earlier statement has locked with ACCESS EXCLUSIVE \
             waits for this one, which reads or rewrites another table.",
    safe: "One revision for each: the locks are then held one after the other, and each only as long as its own statement.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    if !view.revision.in_transaction {
        return;
    }
    let (table, work) = match view.parsed() {
        DdlStatement::CreateIndex(index) if !index.only => (index.table.clone(), Work::Scan),
        DdlStatement::AlterTable(altered) => (altered.table.clone(), view.most_work()),
        DdlStatement::Reindex { concurrently: false, name: Some(name), .. } => {
            (view.before.table_of_index(name).map_or_else(|| name.clone(), |table| table.name.clone()), Work::Scan)
        }
        _ => return,
    };
    let table = &table;
    if work < Work::Scan || !view.before.is_in_use(table) {
        return;
    }
    let own = view.before.plain(table);
    if let Some(locked) = super::locked_before(view).filter(|locked| view.before.plain(locked) != own) {
        found.on(table, format!("readers and writers of {locked} wait while {table} is read"));
    }
}
